// Files that are made from the code: writes them, or says which are not what the code says now.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { say } from "../progress.mjs";

/** Texts by their path below `root`. Each that differs is named, and the process then ends with 1. */
export function checkPages(pages, root) {
  const old = Object.entries(pages).flatMap(([path, text]) => (text === readText(join(root, path)) ? [] : [path]));
  if (old.length === 0) return;
  say(`docs: not what the code says now: ${old.join(", ")}; run 'npm run docs'`);
  process.exitCode = 1;
}

export function writePages(pages, root) {
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(`wrote ${path}`);
  }
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
