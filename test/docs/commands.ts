/** Which commands that the pages tell to type do not exist: scripts of package.json, subcommands and options of ours. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { type Page, ROOT } from "./pages";

const NPM_SCRIPT = /^npm (?:run(?:-script)?(?: --?[a-z-]+)* ([\w:-]+)|(test))\b/;
const OURS = /^(?:npx (?:-[\w-]+ )*)?azure-run-command(?= |$)/;
/** Commander has it for each command, but not among its options. */
const HELP_OPTIONS = [new Option("-h, --help")];
/** Not behind `npx --`. Source: nodejs/node#54232. */
const KEPT_BY_NPX = /^npx (?!.*-- azure-run-command).* --env-file\b/;
const WORD = /"[^"]*"|'[^']*'|[^\s"']+/g;

/** One line for each fault: page, line, command, what. */
export function commandFaults(pages: readonly Page[], program: Command): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  return pages.flatMap((page) =>
    commandsOf(page).flatMap(({ text, line }) => {
      const fault = npmFault(text, scripts) ?? ourFault(text, program);
      return fault === undefined ? [] : [`${page.path}:${line}: ${text}: ${fault}`];
    }),
  );
}

/** From `sh` blocks each simple command, and of what stands in the text what begins as one of these two. */
export function commandsOf(page: Page): readonly { readonly text: string; readonly line: number }[] {
  const typed = page.blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ text, line }) => simpleCommands(text).map((command) => ({ text: command, line })));
  return [...typed, ...page.inlineCodes].filter(({ text }) => NPM_SCRIPT.test(text) || OURS.test(text));
}

function simpleCommands(block: string): readonly string[] {
  return block
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => line.replace(/(^|\s)#.*$/, "").split(/&&|\|\||[;|()]|\$\s/))
    .map((command) => command.trim().replace(/ [0-9]?[<>].*$/, ""));
}

function npmFault(text: string, scripts: object): string | undefined {
  const [, run, test] = NPM_SCRIPT.exec(text) ?? [];
  const script = run ?? test;
  return script === undefined || script in scripts ? undefined : `package.json has no script '${script}'`;
}

function ourFault(text: string, program: Command): string | undefined {
  if (!OURS.test(text)) return undefined;
  if (KEPT_BY_NPX.test(text)) return "npx keeps --env-file for itself on Node.js 20: it is -e there";
  const words = text.replace(OURS, "").match(WORD) ?? [];
  let command = program;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--" || word.includes("…")) return undefined;
    if (word.startsWith("-") && word !== "-") {
      const [name] = word.split("=");
      const option = [...command.options, ...HELP_OPTIONS].find(({ short, long }) => short === name || long === name);
      if (option === undefined) return `'${command.name()}' has no option ${name}`;
      if (option.required && !word.includes("=")) at += 1;
      continue;
    }
    const subcommand = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (subcommand !== undefined) command = subcommand;
    else if (command.commands.length > 0) return `there is no subcommand '${word}'`;
    else if (command.registeredArguments.length === 0) return `'${command.name()}' takes no argument '${word}'`;
  }
  return undefined;
}
