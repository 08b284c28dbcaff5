// Reads Markdown pages for the tests beside this file, which jest cannot load `marked` into: the folder is the argument, JSON goes to stdout.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import GithubSlugger from "github-slugger";
import { lexer, Parser, TextRenderer, walkTokens } from "marked";

/** Folders that are made, some of them while this runs: they are not even looked into. */
const MADE = /^(?:node_modules|coverage|dist(?:[.].*)?|[.].*)$/;
const GIVEN = /^<!-- given: (.+?) -->/;

const root = process.argv[2];
const paths = pagesBelow("").sort();
process.stdout.write(JSON.stringify(paths.map(readPage)));

function pagesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return MADE.test(entry.name) ? [] : pagesBelow(path);
    return entry.isFile() && entry.name.endsWith(".md") ? [path] : [];
  });
}

function readPage(path) {
  const text = readFileSync(join(root, path), "utf8");
  const tokens = lexer(text);
  const page = { path, text, anchors: anchorsOf(tokens), links: [], blocks: [], inlineCodes: [] };
  let line = 1;
  let given = [];
  for (const token of tokens) {
    collect(token, { line, given }, page);
    line += token.raw.split("\n").length - 1;
    if (token.type !== "space") given = GIVEN.exec(token.raw)?.[1].split(/,\s*/) ?? [];
  }
  return page;
}

/** `line` is that in which the outermost element begins, so a link in a long table has the line of the table. */
function collect(top, { line, given }, page) {
  walkTokens([top], (token) => {
    if (token.type === "link" || token.type === "image") page.links.push({ href: token.href, line });
    if (token.type === "html")
      for (const [, href] of token.raw.matchAll(/\s(?:href|src)="([^"]*)"/g)) page.links.push({ href, line });
    if (token.type === "code") page.blocks.push({ language: token.lang ?? "", text: token.text, line, given });
    if (token.type === "codespan") page.inlineCodes.push({ text: token.text, line });
  });
}

/** As GitHub makes them of headings, and those that are in the text as HTML. */
function anchorsOf(tokens) {
  const slugger = new GithubSlugger();
  const anchors = [];
  walkTokens(tokens, (token) => {
    if (token.type === "heading")
      anchors.push(slugger.slug(unescaped(Parser.parseInline(token.tokens, { renderer: new TextRenderer() }))));
    if (token.type === "html") for (const [, id] of token.raw.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.push(id);
  });
  return anchors;
}

function unescaped(html) {
  const named = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return html.replace(/<[^>]+>/g, "").replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => named[entity]);
}
