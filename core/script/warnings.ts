/** What may not be meant so in a script, found without a parser: at once, where nobody can wait for one. Pure. */
import { remarkOn } from "./command-rules";
import { type Dialect, dialectOf } from "./dialect";
import { lineOf, linesText } from "./position";
import { bashOnlyName } from "./posix-rules";
import { findCommands } from "./shell-commands";
import { textWarnings } from "./text-rules";

export interface ShellText {
  /** The input that the text is of. */
  readonly property: string;
  readonly text: string;
  readonly dialect: Dialect;
  readonly options: {
    /** Whether a restart of the VM in mid-script counts as a failure. */
    readonly restartFails?: boolean;
  };
}

/** Everything that `lintScript` warns of, but what only the parser finds. */
export function scriptWarnings(property: string, text: string, options: ShellText["options"]): readonly string[] {
  const bare = withoutByteOrderMark(text);
  const dialect = dialectOf(bare);
  const ofText = textWarnings(property, text, dialect !== undefined);
  return dialect === undefined ? ofText : [...ofText, ...shellWarnings({ property, text: bare, dialect, options })];
}

/** The same of a guard's command, which `/bin/sh` runs. */
export function guardWarnings(property: string, text: string, options: ShellText["options"]): readonly string[] {
  return shellWarnings({ property, text, dialect: "posix", options });
}

function shellWarnings(shellText: ShellText): readonly string[] {
  return [...bashWarnings(shellText), ...commandWarnings(shellText)];
}

const BYTE_ORDER_MARK = "\uFEFF";

export function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

export function howToHaveBash(property: string): string {
  return property === "unless" || property === "onlyIf"
    ? "write it for every shell, or as bash -c '…'"
    : "begin the script with '#!/bin/bash'";
}

export function bashWarnings({ property, text, dialect }: ShellText): readonly string[] {
  if (dialect !== "posix") {
    return [];
  }
  const found = findCommands(text).flatMap((command) => {
    const name = bashOnlyName(command.words);
    return name === undefined ? [] : [{ name, line: lineOf(text, command.start) }];
  });
  return grouped(found).map(
    ({ name, lines }) =>
      `${property} uses bash's '${name}' in ${linesText(lines)}; /bin/sh is dash on Debian and Ubuntu, which has it not: ${howToHaveBash(property)}`,
  );
}

export function commandWarnings({ property, text, options }: ShellText): readonly string[] {
  const circumstances = { restartFails: options.restartFails === true };
  const found = findCommands(text).flatMap((command) => {
    const remark = remarkOn(command, circumstances);
    return remark === undefined ? [] : [{ ...remark, line: lineOf(text, command.start) }];
  });
  return grouped(found).map(
    ({ name, sentence, lines }) => `${property} runs '${name}' in ${linesText(lines)}, ${sentence}`,
  );
}

/** The same thing in several lines is said once. */
function grouped<Found extends { readonly name: string; readonly line: number }>(
  found: readonly Found[],
): readonly (Found & { readonly lines: readonly number[] })[] {
  const firsts = found.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
  return firsts.map((first) => ({
    ...first,
    lines: found.filter(({ name }) => name === first.name).map(({ line }) => line),
  }));
}
