/** The Markdown pages of a folder, as GitHub shows them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ROOT = join(__dirname, "../..");

export interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  /** Names that the comment `<!-- given: a, b -->` before it says are there already. */
  readonly given: readonly string[];
}

export interface Page {
  /** From the folder's root. */
  readonly path: string;
  readonly text: string;
  readonly anchors: readonly string[];
  readonly links: readonly { readonly href: string; readonly line: number }[];
  readonly blocks: readonly Block[];
  readonly inlineCodes: readonly { readonly text: string; readonly line: number }[];
}

export function readPages(root = ROOT): readonly Page[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, "read-pages.mjs"), root], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`read-pages.mjs ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as Page[];
}

/** Pages of a folder that is there for the time of `use` only. */
export function withPages<T>(
  files: Readonly<Record<string, string>>,
  use: (root: string, pages: readonly Page[]) => T,
) {
  const root = mkdtempSync(join(tmpdir(), "pages-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return use(root, readPages(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
