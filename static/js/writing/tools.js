// The buttons below a text: which there are, what each does, and which of them is pressed where the cursor stands.
import { lift, setBlockType, toggleMark, wrapIn } from "../../vendor/prosemirror/prosemirror-commands.js";
import { redo, undo } from "../../vendor/prosemirror/prosemirror-history.js";
import { liftListItem, wrapInList } from "../../vendor/prosemirror/prosemirror-schema-list.js";
import { isAddress } from "./markdown.js";

function around(state, type) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
}

function marked(state, type) {
  const { from, to, empty, $from } = state.selection;
  return empty ? Boolean(type.isInSet(state.storedMarks || $from.marks())) : state.doc.rangeHasMark(from, to, type);
}

function mark(type) {
  return { run: toggleMark(type), isOn: (state) => marked(state, type) };
}

// A list of the other kind takes the place of the one that is there.
function list(schema, type) {
  const item = schema.nodes.list_item;
  return {
    run(state, dispatch) {
      if (around(state, type)) return liftListItem(item)(state, dispatch);
      const { $from, $to } = state.selection;
      const range = $from.blockRange($to, (node) => node.type.spec.group === "block" && node.firstChild && node.firstChild.type === item);
      if (!range) return wrapInList(type)(state, dispatch);
      if (dispatch) dispatch(state.tr.setNodeMarkup(range.$from.before(range.depth), type));
      return true;
    },
    isOn: (state) => around(state, type),
  };
}

function quote(type) {
  return { run: (state, dispatch) => (around(state, type) ? lift : wrapIn(type))(state, dispatch), isOn: (state) => around(state, type) };
}

function code(schema) {
  const { code: inline } = schema.marks;
  const { code_block: block, paragraph } = schema.nodes;
  const isWhole = (state) => block && state.selection.$from.parent.type === block;
  return {
    run(state, dispatch) {
      if (isWhole(state)) return setBlockType(paragraph)(state, dispatch);
      const { $from, $to } = state.selection;
      return (block && !$from.sameParent($to) ? setBlockType(block) : toggleMark(inline))(state, dispatch);
    },
    isOn: (state) => Boolean(isWhole(state)) || marked(state, inline),
  };
}

export function toolsOf(schema) {
  const { nodes, marks } = schema;
  const tools = { strong: mark(marks.strong), em: mark(marks.em), link: { isOn: (state) => marked(state, marks.link) } };
  if (nodes.bullet_list) {
    tools.bullets = list(schema, nodes.bullet_list);
    tools.numbers = list(schema, nodes.ordered_list);
    tools.quote = quote(nodes.blockquote);
  }
  return Object.assign(tools, { code: code(schema), undo: { run: undo }, redo: { run: redo } });
}

// The link around the cursor, as far as it reaches; else what is selected.
function reach(state, type) {
  const { $from, from, to, empty } = state.selection;
  if (!empty) return { from, to };
  const { parent, parentOffset } = $from;
  const start = from - parentOffset;
  let found = { from, to };
  parent.forEach((child, offset) => {
    if (offset <= parentOffset && parentOffset <= offset + child.nodeSize && type.isInSet(child.marks)) {
      found = { from: start + offset, to: start + offset + child.nodeSize };
    }
  });
  return found;
}

export function addressAt(state) {
  const type = state.schema.marks.link;
  const { from, to } = reach(state, type);
  let address = "";
  state.doc.nodesBetween(from, to, (node) => {
    const link = type.isInSet(node.marks);
    if (link) address = link.attrs.href;
  });
  return address;
}

// An empty address takes the link away. Where nothing is selected the address is its own text.
export function setAddress(view, typed) {
  const { state } = view;
  const type = state.schema.marks.link;
  const { from, to } = reach(state, type);
  const bare = typed.trim();
  const address = !bare || isAddress(bare) ? bare : bare.includes("@") && !bare.includes("/") ? `mailto:${bare}` : `https://${bare}`;
  const { tr } = state;
  if (!address) tr.removeMark(from, to, type);
  else if (from === to) tr.insert(from, state.schema.text(bare, [type.create({ href: address })]));
  else tr.removeMark(from, to, type).addMark(from, to, type.create({ href: address }));
  view.dispatch(tr.removeStoredMark(type).scrollIntoView());
}

// The toolbar is one stop for the Tab key; the arrows go from button to button, Escape back to the text.
export class Bar {
  constructor(template, tools, label) {
    this.dom = template.content.firstElementChild.cloneNode(true);
    this.tools = tools;
    this.bar = this.dom.querySelector("[role=toolbar]");
    this.bar.setAttribute("aria-label", `${this.bar.getAttribute("aria-label")}: ${label}`);
    this.row = this.dom.querySelector("[data-address]");
    this.field = this.row.querySelector("input");
    this.dom.querySelectorAll("[data-do]").forEach((button) => {
      if (!tools[button.dataset.do]) button.remove();
    });
    this.buttons = [...this.dom.querySelectorAll("[data-do]")];
    this.buttons.forEach((button, at) => { button.tabIndex = at ? -1 : 0; });
  }

  serve(view) {
    this.view = view;
    this.bar.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus, and its selection
    this.bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.press(button.dataset.do, event.detail > 0);
    });
    this.bar.addEventListener("keydown", (event) => this.steer(event));
    this.row.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key !== "Enter" || event.target !== this.field) return;
      event.preventDefault();
      this.apply(this.field.value);
    });
    // What is typed here is no text of the form's yet.
    this.row.addEventListener("input", (event) => event.stopPropagation());
    this.row.querySelector("[data-set]").addEventListener("click", () => this.apply(this.field.value));
    this.row.querySelector("[data-unset]").addEventListener("click", () => this.apply(""));
    this.show();
  }

  press(name, byPointer) {
    if (name === "link") return this.ask();
    this.tools[name].run(this.view.state, this.view.dispatch, this.view);
    if (byPointer) this.view.focus();
    return true;
  }

  ask() {
    this.field.value = addressAt(this.view.state);
    this.row.hidden = false;
    this.field.focus();
    return true;
  }

  apply(address) {
    setAddress(this.view, address);
    this.close();
  }

  close() {
    this.row.hidden = true;
    this.view.focus();
  }

  steer(event) {
    const at = this.buttons.indexOf(document.activeElement);
    const last = this.buttons.length - 1;
    const goes = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last };
    if (event.key === "Escape") this.view.focus();
    if (!(event.key in goes)) return;
    event.preventDefault();
    this.buttons.forEach((button, place) => { button.tabIndex = place === goes[event.key] ? 0 : -1; });
    this.buttons[goes[event.key]].focus();
  }

  show() {
    this.buttons.forEach((button) => {
      const { isOn, run } = this.tools[button.dataset.do];
      if (isOn) button.setAttribute("aria-pressed", String(isOn(this.view.state)));
      else button.setAttribute("aria-disabled", String(!run(this.view.state)));
    });
  }
}
