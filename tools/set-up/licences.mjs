// The licences of packages whose code is passed on within a file of ours: they ask for their texts beside it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TEXT = /^licen[cs]e([.](md|txt))?$/i;
const NOTICE = /^notice([.](md|txt))?$/i;

/**
 * The same packages give the same text, in whichever folder.
 *
 * @param {readonly string[]} files what was bundled, as paths from the root
 * @param {string} root
 * @throws when a package has no text of its licence.
 */
export function licencesOf(files, root) {
  const folders = new Set(files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  /** @type {Map<string, string[]>} */
  const packagesOf = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const text = textIn(join(root, folder));
    if (text === undefined)
      throw new Error(`the package ${name} comes without the text of its licence: it cannot be bundled as it is`);
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...packagesOf].map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`);
  return `The code in index.js is that of azure-run-command and of the packages below.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

/** @param {string} folder */
function textIn(folder) {
  const names = readdirSync(folder).sort();
  const licence = names.find((name) => TEXT.test(name));
  const found = [licence, names.find((name) => NOTICE.test(name))].filter((name) => name !== undefined);
  const texts = found.map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim());
  return licence === undefined ? undefined : texts.join("\n\n");
}
