// `npm run docs`: writes the pages that are made from the code, and the texts that tests hold against it; with --check, says which are old.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import { licencesPage } from "./docs/licences.mjs";
import { checkPages, writePages } from "./docs/made-pages.mjs";
import { referencePages } from "./docs/reference.mjs";
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
if (process.argv.includes("--check")) checkPages(pages, ROOT);
else writePages(pages, ROOT);

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
