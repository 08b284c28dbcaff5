/** Reads the file into which a script writes its named outputs (`$AZURE_RUN_COMMAND_OUTPUT`). Pure. */
import { isUtf8 } from "node:buffer";

export type NamedOutputs =
  | { readonly kind: "outputs"; readonly outputs: Record<string, string> }
  /** A sentence without anything of what the file holds, which may be secret. */
  | { readonly kind: "problem"; readonly problem: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Lines `name=value`, and blocks for values of several lines:
 *
 *     name<<WORD
 *     …
 *     WORD
 *
 * The first `=` ends the name; the value may be empty, and keeps its blanks. A block is kept as it is, but for the line
 * break before its end. Blank lines between them count for nothing, and so does a CR at the end of a line that is not
 * within a block. The last output of a name wins.
 *
 * Source: GitHub Actions, "Workflow commands", GITHUB_OUTPUT; actions/runner, FileCommandManager.cs.
 */
export function readNamedOutputs(bytes: Uint8Array): NamedOutputs {
  if (!isUtf8(bytes)) {
    return { kind: "problem", problem: "it is not UTF-8 text" };
  }
  // Without `ignoreBOM` the mark that some editors put at the beginning is left out.
  const lines = new TextDecoder().decode(bytes).split("\n");
  // Not an object yet: a name may be `__proto__`.
  const outputs = new Map<string, string>();
  const plain = lines.map(withoutReturn);
  for (let at = 0; at < plain.length; at += 1) {
    const line = plain[at] ?? "";
    if (line.trim() === "") {
      continue;
    }
    const read = readLine(line);
    if (read.kind === "problem") {
      return { kind: "problem", problem: `line ${at + 1} ${read.problem}` };
    }
    if (read.kind === "value") {
      outputs.set(read.name, read.value);
      continue;
    }
    const end = plain.indexOf(read.word, at + 1);
    if (end < 0) {
      return { kind: "problem", problem: `line ${at + 1} begins a block that has no end` };
    }
    outputs.set(read.name, withoutReturn(lines.slice(at + 1, end).join("\n")));
    at = end;
  }
  return { kind: "outputs", outputs: Object.fromEntries(outputs) };
}

type Line =
  | { readonly kind: "value"; readonly name: string; readonly value: string }
  | { readonly kind: "block"; readonly name: string; readonly word: string }
  | { readonly kind: "problem"; readonly problem: string };

function readLine(line: string): Line {
  const mark = /=|<</.exec(line);
  if (mark === null) {
    return { kind: "problem", problem: "is neither 'name=value' nor 'name<<WORD'" };
  }
  const name = line.slice(0, mark.index);
  const rest = line.slice(mark.index + mark[0].length);
  if (!NAME.test(name)) {
    return {
      kind: "problem",
      problem: "has a name that is not allowed (letters, digits, '_' and '-', not a digit or '-' first)",
    };
  }
  if (mark[0] === "=") {
    return { kind: "value", name, value: rest };
  }
  return rest === ""
    ? { kind: "problem", problem: "begins a block without a word that ends it" }
    : { kind: "block", name, word: rest };
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
