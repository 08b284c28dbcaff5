/** What a user reads for each answer of Azure's, by the real way from the wire to the sentence. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { answersText } from "./answers-text";
import { ask } from "./ask-azure";
import { AZURE_ANSWERS } from "./azure-answers";
import { errorsPage, otherKinds } from "./errors-page";
import { EXAMPLES } from "./examples";

test.each(AZURE_ANSWERS)("when $when ($to): $kind", async (row) => {
  const { error } = await ask(row);
  expect(error.failure.kind).toBe(row.kind);
});

test("the sentences, and how often each was asked, are the golden ones", async () => {
  expect(await answersText()).toBe(readFileSync(join(__dirname, "../../golden/azure-answers.txt"), "utf8"));
});

describe("docs/errors.md", () => {
  test("is up to date: 'npm run docs' makes it", async () => {
    expect(await errorsPage()).toBe(readFileSync(join(__dirname, "../../../docs/errors.md"), "utf8"));
  });

  test("has every kind of failure, and no kind that there is not", () => {
    const onThePage = new Set([...AZURE_ANSWERS.map(({ kind }) => kind), ...otherKinds()]);
    expect([...onThePage].sort()).toEqual(Object.keys(EXAMPLES).sort());
  });
});
