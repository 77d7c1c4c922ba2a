// A visual editor in the place of each textarea with data-writes. The textarea stays in the form and holds the Markdown:
// exactly what it held, until somebody changes the text. Without this file, or where it fails, the textarea is the editor.
import { EditorState, TextSelection } from "../../vendor/prosemirror/prosemirror-state.js";
import { EditorView } from "../../vendor/prosemirror/prosemirror-view.js";
import { Slice } from "../../vendor/prosemirror/prosemirror-model.js";
import { baseKeymap, toggleMark } from "../../vendor/prosemirror/prosemirror-commands.js";
import { history, redo, undo } from "../../vendor/prosemirror/prosemirror-history.js";
import { inputRules, textblockTypeInputRule, wrappingInputRule } from "../../vendor/prosemirror/prosemirror-inputrules.js";
import { keymap } from "../../vendor/prosemirror/prosemirror-keymap.js";
import { liftListItem, sinkListItem, splitListItem } from "../../vendor/prosemirror/prosemirror-schema-list.js";
import { Language } from "./markdown.js";
import { Bar, toolsOf } from "./tools.js";

const languages = new Map();

function languageOf(kind) {
  if (!languages.has(kind)) languages.set(kind, new Language(kind));
  return languages.get(kind);
}

function keys({ nodes, marks }, bar) {
  const own = {
    "Mod-b": toggleMark(marks.strong),
    "Mod-i": toggleMark(marks.em),
    "Mod-e": toggleMark(marks.code),
    "Mod-k": () => bar.ask(),
    "Mod-z": undo,
    "Mod-y": redo,
    "Shift-Mod-z": redo,
    "Alt-F10": (_state, _dispatch, view) => {
      takeSelection(view);
      bar.buttons.find((button) => button.tabIndex === 0).focus();
      return true;
    },
  };
  if (nodes.list_item) {
    own.Enter = splitListItem(nodes.list_item);
    own["Mod-["] = liftListItem(nodes.list_item);
    own["Mod-]"] = sinkListItem(nodes.list_item);
  }
  if (nodes.hard_break) {
    own["Shift-Enter"] = (state, dispatch) => {
      if (dispatch) dispatch(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
      return true;
    };
  }
  return own;
}

// What the browser has just selected: without the focus the editor does not hear of it any more.
function takeSelection(view) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = view.root.getSelection();
  if (!view.dom.contains(anchorNode) || !view.dom.contains(focusNode)) return;
  const { doc, selection, tr } = view.state;
  const anchor = doc.resolve(view.posAtDOM(anchorNode, anchorOffset));
  const head = doc.resolve(view.posAtDOM(focusNode, focusOffset));
  if (selection instanceof TextSelection) view.dispatch(tr.setSelection(TextSelection.between(anchor, head)));
}

// What people who know Markdown type at the beginning of a line.
function rules({ nodes }) {
  if (!nodes.bullet_list) return [];
  return [
    wrappingInputRule(/^\s*([-*])\s$/, nodes.bullet_list),
    wrappingInputRule(/^(\d+)[.)]\s$/, nodes.ordered_list, (found) => ({ order: Number(found[1]), tight: true })),
    wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
    textblockTypeInputRule(/^```$/, nodes.code_block),
  ];
}

function nameOf(textarea) {
  const legend = textarea.closest("fieldset") && textarea.closest("fieldset").querySelector("legend");
  const parts = [legend, ...textarea.labels].filter(Boolean).map((each) => each.textContent.trim());
  return parts.filter(Boolean).join(", ");
}

function attributes(textarea, name) {
  const given = { role: "textbox", "aria-multiline": "true", "aria-label": name, class: "form-control" };
  if (textarea.lang) given.lang = textarea.lang;
  ["aria-describedby", "aria-invalid"].forEach((each) => {
    if (textarea.hasAttribute(each)) given[each] = textarea.getAttribute(each);
  });
  return given;
}

export function write(textarea) {
  const language = languageOf(textarea.dataset.writes);
  let original = textarea.value;
  let first = language.read(original);
  const name = nameOf(textarea);
  const bar = new Bar(document.getElementById("writing-tools"), toolsOf(language.schema), name);
  const box = document.createElement("div");
  box.className = `wr-box wr-${language.kind}`;
  box.style.setProperty("--wr-lines", textarea.rows);
  const view = new EditorView(box, {
    state: EditorState.create({
      doc: first,
      plugins: [
        inputRules({ rules: rules(language.schema) }),
        keymap(keys(language.schema, bar)),
        keymap(baseKeymap),
        history(),
      ],
    }),
    attributes: attributes(textarea, name),
    // Plain text from elsewhere is read as Markdown, and what is copied out is Markdown.
    clipboardTextParser: (text) => Slice.maxOpen(language.read(text).content),
    clipboardTextSerializer: (slice) => {
      const whole = language.schema.topNodeType.createAndFill(null, slice.content);
      return whole ? language.write(whole) : slice.content.textBetween(0, slice.content.size, "\n");
    },
    dispatchTransaction(change) {
      view.updateState(view.state.apply(change));
      if (bar.view) bar.show();
      if (!change.docChanged) return;
      const text = view.state.doc.eq(first) ? original : language.write(view.state.doc);
      box.classList.toggle("wr-empty", isEmpty(view.state.doc));
      if (text === textarea.value) return;
      textarea.value = text;
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  // Another text from elsewhere, which Ctrl+Z here does not take out again.
  const showAnew = () => {
    original = textarea.value;
    first = language.read(original);
    view.updateState(EditorState.create({ doc: first, plugins: view.state.plugins }));
    box.classList.toggle("wr-empty", isEmpty(first));
  };
  ["draft:brought", "draft:put"].forEach((what) => textarea.addEventListener(what, showAnew));
  box.classList.toggle("wr-empty", isEmpty(first));
  if (textarea.placeholder) box.dataset.placeholder = textarea.placeholder;
  box.append(bar.dom);
  bar.serve(view);
  textarea.after(box);
  textarea.hidden = true;
  [...textarea.labels].forEach((label) => label.addEventListener("click", () => view.focus()));
  return view;
}

function isEmpty(doc) {
  return doc.childCount === 1 && doc.firstChild.isTextblock && !doc.firstChild.content.size;
}

document.querySelectorAll("textarea[data-writes]").forEach((textarea) => {
  try {
    write(textarea);
  } catch (error) {
    // The textarea does it all; what cannot be shown as a document is still Markdown.
    console.error(error);
  }
});
