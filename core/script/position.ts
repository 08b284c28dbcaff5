/** Where something is in a script, shown as its line with a caret under it. Pure. */

/** Most characters of a line that are shown. Source: our own choice: a terminal's line. */
const SHOWN_MAX_CHARACTERS = 100;

/** From 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The column in characters, of one in bytes of UTF-8; both from 1. */
export function columnOf(line: string, columnBytes: number): number {
  return (
    Buffer.from(line)
      .subarray(0, Math.max(0, columnBytes - 1))
      .toString("utf8").length + 1
  );
}

/** Two lines, indented: the text around the column, and a caret under it. */
export function withCaret(line: string, column: number): string {
  const from = Math.max(0, Math.min(column - 1 - SHOWN_MAX_CHARACTERS / 2, line.length - SHOWN_MAX_CHARACTERS));
  // Each has to be one column wide, or the caret would be under something else.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const shown = line.slice(from, from + SHOWN_MAX_CHARACTERS).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
  return `\n    ${shown.trimEnd()}\n    ${" ".repeat(column - 1 - from)}^`;
}

/** `line 3`, `lines 3 and 5`, `lines 3, 5 and 7`. */
export function linesText(lines: readonly number[]): string {
  const distinct = [...new Set(lines)];
  const shown = distinct.length > 5 ? [...distinct.slice(0, 4), `${distinct.length - 4} others`] : distinct;
  return shown.length === 1 ? `line ${shown[0]}` : `lines ${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
