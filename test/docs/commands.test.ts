/** Whoever types what the documents say gets what they say. */
import { buildProgram } from "../../cli/main";
import { commandFaults, commandsOf } from "./commands";
import { readPages, withPages } from "./pages";

const pages = readPages();

test("each command in the pages is a script of package.json, or a subcommand of ours with its options", () => {
  expect(commandFaults(pages, buildProgram())).toEqual([]);
  expect(pages.flatMap(commandsOf).length).toBeGreaterThan(30);
});

test("commands that do not exist are found, in blocks and in the text, and others are not", () => {
  const page = [
    "Say `npm run nothing`, `npm run build`, `npx azure-run-command simulat` or `azure-run-command --version`.",
    "Say `npx azure-run-command simulate --env-file x` or `azure-run-command simulate --env-file x`.",
    "```sh",
    "cd x && npm test && npm run --silent engine   # npm run comment",
    "npx azure-run-command simulate --vm web \\\n  --environment x > y",
    "npx -- azure-run-command simulate --env-file=/tmp/x --vm web --vm db extra",
    ". x; npx azure-run-command simulate -e /tmp/x | head",
    "$ npm run made-up",
    "npm install azure-run-command",
    "```",
  ].join("\n");
  withPages({ "a.md": page }, (_, found) => {
    expect(commandFaults(found, buildProgram())).toEqual([
      "a.md:3: npx azure-run-command simulate --vm web --environment x: 'simulate' has no option --environment",
      "a.md:3: npx -- azure-run-command simulate --env-file=/tmp/x --vm web --vm db extra: 'simulate' takes no argument 'extra'",
      "a.md:3: npm run made-up: package.json has no script 'made-up'",
      "a.md:1: npm run nothing: package.json has no script 'nothing'",
      "a.md:1: npx azure-run-command simulat: there is no subcommand 'simulat'",
      "a.md:1: npx azure-run-command simulate --env-file x: npx keeps --env-file for itself on Node.js 20: it is -e there",
    ]);
  });
});
