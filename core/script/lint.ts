/**
 * What can be said of a script before it runs: faults that no shell takes are problems, what may be meant so is a warning.
 * A script is judged as what its `#!` line says; what is for another interpreter only as text.
 */
import type { Problem } from "../inputs/input";
import { dialectOf } from "./dialect";
import { columnOf, lineOf, withCaret } from "./position";
import { findCommands } from "./shell-commands";
import { findFault, type SyntaxFault } from "./syntax";
import { textWarnings } from "./text-rules";
import { bashWarnings, commandWarnings, howToHaveBash, type ShellText, withoutByteOrderMark } from "./warnings";
import { calledBy } from "./wrappers";

export interface LintOptions {
  /** Whether the text must not be shown: then only lines and columns are. */
  readonly isSecret?: boolean;
  /** Whether a restart of the VM in mid-script counts as a failure. */
  readonly restartFails?: boolean;
}

export interface Lint {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

const NOTHING: Lint = { problems: [], warnings: [] };

/** @param property the input that the text is of. */
export async function lintScript(property: string, text: string, options: LintOptions = {}): Promise<Lint> {
  const bare = withoutByteOrderMark(text);
  const dialect = dialectOf(bare);
  const ofText = textWarnings(property, text, dialect !== undefined);
  const judged = dialect === undefined ? NOTHING : await judge({ property, text: bare, dialect, options });
  return { problems: judged.problems, warnings: [...ofText, ...judged.warnings] };
}

/** A guard's command, which `/bin/sh` runs. */
export async function lintGuard(property: string, text: string, options: LintOptions = {}): Promise<Lint> {
  const isForOther = text.startsWith("#!") && dialectOf(text) !== "posix";
  const ofText = isForOther
    ? [`${property} begins with '#!', which is only a comment there: it is a shell command, which /bin/sh runs`]
    : [];
  const judged = await judge({ property, text, dialect: "posix", options });
  return { problems: judged.problems, warnings: [...ofText, ...judged.warnings] };
}

interface Judged extends ShellText {
  readonly options: LintOptions;
}

async function judge(judged: Judged): Promise<Lint> {
  const { text, dialect } = judged;
  const inPosix = dialect === "posix" ? await findFault(text, "posix") : undefined;
  const inBash = dialect !== "posix" || inPosix !== undefined ? await findFault(text, "bash") : undefined;
  if (inBash !== undefined) {
    return reportFault(judged, inBash);
  }
  const ofBash = inPosix === undefined ? bashWarnings(judged) : [bashSyntax(judged, inPosix)];
  return { problems: [], warnings: [...ofBash, ...commandWarnings(judged)] };
}

/**
 * What the shells find out only when they come to it, what bash ends by itself, and what the parser takes for a fault and
 * bash does not: the names of an associative array, a subshell in another one behind `$(` or `(`, `! !`, `a=(b) c`.
 * Source: bash 5.2.15, with `-n` and run. (After a fault in `[[` its status is 0, though it reads no further.)
 */
const LATE_FAULT = new RegExp(
  [
    "arithmetic",
    "follow(?:ed by)? an expression",
    "must follow a name",
    "ternary operator",
    "unclosed here-document",
    "reached `\\)` without matching `\\$?\\(\\(`",
    "invalid parameter name",
    // With a line break in it, its `}` is missing, which bash finds at once.
    'valid parameter expansion operator(?!: "\\\\n")',
    "multiple parameter expansion operators",
    "invalid @ expansion operator",
    "negate a command multiple times",
    "inline variables cannot be arrays",
    "arrays cannot be nested",
  ].join("|"),
);

/** `eval a=(b)`: bash takes it as it takes `declare a=(b)`, and the parser does not. */
const ARRAY_BEHIND_EVAL = /(?:^|[\s;&|({])eval\s[^;&|]*=$/;

function isLate(text: string, { line, columnBytes, what }: SyntaxFault): boolean {
  const shown = text.split("\n")[line - 1] ?? "";
  return LATE_FAULT.test(what) || ARRAY_BEHIND_EVAL.test(shown.slice(0, columnOf(shown, columnBytes) - 1));
}

async function reportFault(judged: Judged, fault: SyntaxFault): Promise<Lint> {
  const { property, text } = judged;
  const exit = await exitBefore(text, fault);
  if (exit !== undefined) {
    const where = `${property} is no shell text from line ${fault.line} on`;
    return {
      problems: [],
      warnings: [
        `${where}, which its '${exit.name}' in line ${exit.line} keeps the shell from reading (data behind the script?)`,
      ],
    };
  }
  const { place, what, block } = show(judged, fault);
  return isLate(text, fault)
    ? { problems: [], warnings: [`${property} may have a syntax error in ${place}${what}${block}`] }
    : { problems: [{ property, sentence: `${property} has a syntax error in ${place}${what}${block}` }], warnings: [] };
}

/** The end of the script before a fault, at which the shell stops reading. */
async function exitBefore(text: string, fault: SyntaxFault): Promise<{ name: string; line: number } | undefined> {
  const ends = findCommands(text).find(({ isUnconditional, words }) => {
    const [first = ""] = words;
    return isUnconditional && (first === "exit" || (first === "exec" && calledBy(words).name !== ""));
  });
  if (ends === undefined || lineOf(text, ends.end) >= fault.line) {
    return undefined;
  }
  const before = text.slice(0, text.indexOf("\n", ends.end));
  return (await findFault(before, "bash")) === undefined
    ? { name: ends.words[0] ?? "", line: lineOf(text, ends.start) }
    : undefined;
}

interface ShownFault {
  /** `line 3, column 5` */
  readonly place: string;
  readonly what: string;
  /** The line, with a caret under the column. */
  readonly block: string;
}

/** The parser's words too hold parts of the script. */
function show({ text, options }: Judged, { line, columnBytes, what }: SyntaxFault): ShownFault {
  const shown = (text.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const column = columnOf(shown, columnBytes);
  const place = columnBytes === 0 ? `line ${line}` : `line ${line}, column ${column}`;
  return options.isSecret === true
    ? { place, what: " (not shown, since it is a secret)", block: "" }
    : { place, what: `: ${what}`, block: columnBytes === 0 ? "" : withCaret(shown, column) };
}

function bashSyntax(judged: Judged, fault: SyntaxFault): string {
  const { property } = judged;
  const { place, what, block } = show(judged, fault);
  return `${property} has what only bash understands in ${place}${what}; /bin/sh is dash on Debian and Ubuntu, and ends there with a syntax error: ${howToHaveBash(property)}${block}`;
}
