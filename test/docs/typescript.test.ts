/** Whoever copies a program out of the documents gets one that compiles. Uses dist/ as it is (`npm run build`). */
import { readPages, withPages } from "./pages";
import { typeFaults } from "./typescript";

jest.setTimeout(180_000);

/** Of the tests' own simulator a page tells its authors; the others are for users. */
const pages = readPages().filter(({ path }) => !path.startsWith("test/"));

test("each TypeScript block compiles, and one that does not is found with its page and line", () => {
  const PLANTED = [
    "<!-- given: vm -->",
    "```ts",
    'import { RunCommand } from "azure-run-command";',
    'new RunCommand("a", { virtualMachineId: vm.id, skript: "true" });',
    "```",
  ].join("\n");
  const CARELESS = "```ts\nexport const nameOf = (vm) => vm.name;\n```\n";
  const UNKNOWN = '```ts\nnew RunCommand("a", {});\n```\n';
  withPages({ "careless.md": CARELESS, "planted.md": PLANTED, "unknown.md": UNKNOWN }, (_, planted) => {
    expect(typeFaults([...pages, ...planted])).toEqual([
      "careless.md:1: error TS7006: Parameter 'vm' implicitly has an 'any' type.",
      expect.stringMatching(/^planted[.]md:2: error TS2561: .*'skript' does not exist in type 'RunCommandArgs'/),
      "unknown.md:1: error TS2304: Cannot find name 'RunCommand'.",
    ]);
  });
});

test("no page marks TypeScript by another word than `ts`: it would not be looked at", () => {
  const languages = pages.flatMap(({ blocks }) => blocks.map(({ language }) => language));
  expect(languages.filter((language) => /script|^[jt]sx$|^js$/i.test(language))).toEqual([]);
});
