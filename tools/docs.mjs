// `npm run docs`: writes the pages that are made from the code, and the texts that tests hold against it; with --check, says which are old.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { transformSync } from "@swc/core";
import { licencesPage } from "./docs/licences.mjs";
import { referencePages } from "./docs/reference.mjs";
import { say } from "./progress.mjs";
import { repositoryRoot as ROOT } from "./pulumi/versions.mjs";

const require = createRequire(import.meta.url);

/** The table is TypeScript beside the tests: it is read as jest reads it. */
require.extensions[".ts"] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, "utf8"), {
    filename,
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  module._compile(code, filename);
};

const pages = { ...(await errorPages()), "docs/licences.md": licencesPage(), ...(await referencePages()) };
if (process.argv.includes("--check")) check();
else write();

/** From the table of Azure's answers. */
async function errorPages() {
  const { errorsPage } = require(join(ROOT, "test/core/failures/errors-page.ts"));
  const { answersText } = require(join(ROOT, "test/core/failures/answers-text.ts"));
  const { EXAMPLES } = require(join(ROOT, "test/core/failures/examples.ts"));
  const { describeFailure } = require(join(ROOT, "core/failures/errors.ts"));
  const failures = Object.values(EXAMPLES).map((failure) => `${failure.kind}: ${describeFailure(failure)}\n`);
  return {
    "docs/errors.md": await errorsPage(),
    "test/golden/azure-answers.txt": await answersText(),
    "test/golden/failures.txt": failures.join(""),
  };
}

function check() {
  const old = Object.entries(pages).flatMap(([path, text]) => (text === readText(path) ? [] : [path]));
  if (old.length === 0) return;
  say(`docs: not what the code says now: ${old.join(", ")}; run 'npm run docs'`);
  process.exitCode = 1;
}

function write() {
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    say(`wrote ${path}`);
  }
}

function readText(path) {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}
