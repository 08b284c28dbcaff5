/** Passes over parts of shell text in which there are no commands. Pure. */
import { readWord, type Source, skipBalanced } from "./shell-word";

export interface HereDocument {
  readonly delimiter: string;
  readonly stripsTabs: boolean;
}

export function skipBlanks(source: Source): void {
  const [blanks = ""] = /^(?:[ \t]|\\\n)*/.exec(source.text.slice(source.at, source.at + 1_000)) ?? [];
  source.at += blanks.length;
}

/** From the beginning of a line to behind the last delimiter. */
export function skipHereDocuments(source: Source, documents: readonly HereDocument[]): void {
  for (const { delimiter, stripsTabs } of documents) {
    let line: string | undefined;
    while (source.at < source.text.length && line !== delimiter) {
      const end = source.text.indexOf("\n", source.at);
      const whole = source.text.slice(source.at, end < 0 ? undefined : end).replace(/\r$/, "");
      line = stripsTabs ? whole.replace(/^\t+/, "") : whole;
      source.at = end < 0 ? source.text.length : end + 1;
    }
  }
}

/** Behind `for`: `NAME in WORDS`, or `((…))`, to the end of the line or to `;`. */
export function skipForHead(source: Source): void {
  while (source.at < source.text.length && !"\n;".includes(source.text[source.at] ?? "")) {
    if (source.text.startsWith("((", source.at)) {
      source.at = skipBalanced(source.text, source.at, "(", ")");
    } else {
      skipWordOrCharacter(source);
    }
  }
}

/** Behind `[[`, to behind `]]`. */
export function skipTest(source: Source): void {
  while (source.at < source.text.length && skipWordOrCharacter(source) !== "]]") {}
}

export function skipWordOrCharacter(source: Source): string {
  const start = source.at;
  const { text } = readWord(source);
  source.at += source.at === start ? 1 : 0;
  return text;
}
