/** Which links of the pages lead nowhere, and what must not be named. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import type { Page } from "./pages";

/** Hosts from which packages are downloaded: which one that is, is each user's own affair. */
const REGISTRY_HOST = /\b(?:registry|proxy|mirror|sum|pypi|crates|files)\.(?:[a-z0-9-]+\.)*[a-z]{2,}\b/i;
/** Folders of the machine that a page was written on. */
const OWN_FOLDER = /(?<![\w.])\/(?:work|root|home\/[a-z]+|Users\/\w+)\/[\w.]/;

/** One line for each fault: page, line, what. */
export function linkFaults(root: string, pages: readonly Page[]): readonly string[] {
  const anchorsOf = new Map(pages.map(({ path, anchors }) => [path, new Set(anchors)]));
  return pages.flatMap((page) =>
    page.links.flatMap(({ href, line }) => {
      const fault = linkFault(root, page.path, href, anchorsOf);
      return fault === undefined ? [] : [`${page.path}:${line}: ${href}: ${fault}`];
    }),
  );
}

function linkFault(
  root: string,
  from: string,
  href: string,
  anchorsOf: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  if (href.startsWith("https://")) return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return "not https";
  const [file = "", anchor] = href.split("#", 2);
  const target = file === "" ? from : normalize(join(dirname(from), decodeURIComponent(file)));
  if (target.startsWith("..")) return "outside of the repository";
  if (!existsWithThisCase(root, target)) return "no such file";
  if (anchor === undefined) return undefined;
  const page = statSync(join(root, target)).isDirectory() ? join(target, "README.md") : target;
  return anchorsOf.get(page)?.has(anchor) ? undefined : "no such anchor";
}

/** A file system that does not tell `A` from `a` would hide a link that GitHub does not follow. */
function existsWithThisCase(root: string, path: string): boolean {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return false;
  return (
    relative(root, absolute) === "" || readdirSync(dirname(absolute)).includes(absolute.split(/[/\\]/).at(-1) ?? "")
  );
}

export function namedHosts(pages: readonly Page[]): readonly string[] {
  return linesWith(pages, REGISTRY_HOST);
}

export function namedFolders(pages: readonly Page[]): readonly string[] {
  return linesWith(pages, OWN_FOLDER);
}

function linesWith(pages: readonly Page[], pattern: RegExp): readonly string[] {
  return pages.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const [found] = pattern.exec(line) ?? [];
      return found === undefined ? [] : [`${path}:${index + 1}: ${found}`];
    }),
  );
}
