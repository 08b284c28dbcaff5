/** The messages that the documents quote are ones that the code says. Of docs/cdk.md, test/constructs/docs.test.ts sees to that. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page, ROOT, readPages, withPages } from "./pages";

const SAID = readFileSync(join(ROOT, "test/golden/failures.txt"), "utf8");

/** Made from the code; and what commands print, which is more than messages. */
const OTHERS = ["docs/errors.md", "docs/doctor.md", "docs/command-line.md"];

/** Lines about the VM `web1` in `text` blocks; `…` stands for any text. */
function unsaid(pages: readonly Page[]): readonly string[] {
  const quoted = pages
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => language === "text")
    .flatMap(({ text }) => text.split("\n"))
    .filter((line) => line.includes("'web1'"));
  return quoted.filter((line) => !patternOf(line).test(SAID));
}

function patternOf(quoted: string): RegExp {
  const parts = quoted.split("…").map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join(".*"));
}

test("each message that a page quotes is one of those that failures have", () => {
  expect(unsaid(readPages().filter(({ path }) => !OTHERS.includes(path)))).toEqual([]);
});

test("a message that nothing says is found", () => {
  const page = "```text\ncannot run a command on 'web1': …; nothing was run\n'web1' feels unwell\n```\n";
  withPages({ "a.md": page }, (_, found) => expect(unsaid(found)).toEqual(["'web1' feels unwell"]));
});
