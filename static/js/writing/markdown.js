// What an author writes, as a document: read from Markdown and written as Markdown. Three kinds of texts, as the pages
// render them: "prose" has paragraphs, lists, quotes and code; of "moves" each line is one; a "line" is a single one.
import { Schema } from "../../vendor/prosemirror/prosemirror-model.js";
import {
  MarkdownParser, MarkdownSerializer, defaultMarkdownParser, defaultMarkdownSerializer, schema as whole,
} from "../../vendor/prosemirror/prosemirror-markdown.js";
import MarkdownIt from "../../vendor/prosemirror/markdown-it.js";

const SCHEMES = /^(https?:\/\/|mailto:|tel:)/i;

export function isAddress(address) {
  return SCHEMES.test(address);
}

// Pasted links lead where the pages let them lead, or nowhere.
const link = Object.assign({}, whole.spec.marks.get("link"), {
  parseDOM: [{
    tag: "a[href]",
    getAttrs: (dom) => (isAddress(dom.getAttribute("href")) ? { href: dom.getAttribute("href"), title: null } : false),
  }],
});
const marks = whole.spec.marks.update("link", link);
const inline = (content) => ({
  doc: { content },
  paragraph: whole.spec.nodes.get("paragraph"),
  text: whole.spec.nodes.get("text"),
});

// Without pictures, which no page shows; lists that are begun here are tight.
const like = (name, other) => Object.assign({}, whole.spec.nodes.get(name), other);
const tight = (name, tag) => {
  const attrs = Object.assign({}, whole.spec.nodes.get(name).attrs, { tight: { default: true } });
  const getAttrs = (dom) => (attrs.order ? { order: Number(dom.getAttribute("start")) || 1 } : null);
  return like(name, { attrs, parseDOM: [{ tag, getAttrs }] });
};
const blocks = whole.spec.nodes
  .remove("image")
  .update("heading", like("heading", { content: "text*" }))
  .update("bullet_list", tight("bullet_list", "ul"))
  .update("ordered_list", tight("ordered_list", "ol"));

const SCHEMAS = {
  prose: new Schema({ nodes: blocks, marks }),
  moves: new Schema({ nodes: inline("paragraph+"), marks }),
  line: new Schema({ nodes: inline("paragraph"), marks }),
};

const read = MarkdownIt("commonmark", { html: false }).disable("image");
const tag = (type) => ({ type, attrGet: () => null });

function paragraphs(lines, env) {
  return lines.flatMap((line) => [tag("paragraph_open"), ...read.parseInline(line, env), tag("paragraph_close")]);
}

const TOKENIZERS = {
  prose: read,
  moves: { parse: (text, env) => paragraphs(text.split("\n").filter((line) => line.trim()), env) },
  line: { parse: (text, env) => paragraphs([text.trim().replace(/\s*\n\s*/g, " ")], env) },
};

const KNOWN = defaultMarkdownParser.tokens;
const INLINE = ["paragraph", "em", "strong", "link", "code_inline"];

function tokens(kind) {
  const { image: _image, ...prose } = KNOWN;
  if (kind === "prose") return prose;
  return Object.fromEntries([...INLINE.map((name) => [name, KNOWN[name]]), ["hardbreak", { ignore: true, noCloseToken: true }]]);
}

const written = new MarkdownSerializer(
  { ...defaultMarkdownSerializer.nodes, bullet_list: (state, node) => state.renderList(node, "  ", () => "- ") },
  defaultMarkdownSerializer.marks,
);

export class Language {
  constructor(kind) {
    this.kind = kind;
    this.schema = SCHEMAS[kind];
    this.parser = new MarkdownParser(this.schema, TOKENIZERS[kind], tokens(kind));
  }

  read(text) {
    const doc = this.parser.parse(text);
    return doc.childCount ? doc : this.schema.topNodeType.createAndFill();
  }

  write(doc) {
    if (this.kind === "prose") return written.serialize(doc);
    const lines = [];
    doc.forEach((paragraph) => lines.push(written.serialize(this.schema.topNodeType.create(null, paragraph)).trim()));
    return lines.filter(Boolean).join("\n");
  }
}
