// `npm run docs`: writes docs/errors.md, and the texts that the tests hold against it, from the table of Azure's answers.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/core";
import { say } from "./progress.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
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

const { errorsPage } = require(join(ROOT, "test/core/failures/errors-page.ts"));
const { answersText } = require(join(ROOT, "test/core/failures/answers-text.ts"));
const { EXAMPLES } = require(join(ROOT, "test/core/failures/examples.ts"));
const { describeFailure } = require(join(ROOT, "core/failures/errors.ts"));

const failures = Object.values(EXAMPLES).map((failure) => `${failure.kind}: ${describeFailure(failure)}\n`);
const pages = {
  "docs/errors.md": await errorsPage(),
  "test/golden/azure-answers.txt": await answersText(),
  "test/golden/failures.txt": failures.join(""),
};
for (const [path, text] of Object.entries(pages)) {
  writeFileSync(join(ROOT, path), text);
  say(`wrote ${path}`);
}
