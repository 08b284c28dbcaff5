/** Reads one word of shell text: quotes, expansions, substitutions. Pure. */

/** Stands in a word for what the shell puts there, quoted or not: `NUL` cannot be in the text itself. */
export const QUOTED_EXPANSION = "\u0000q";
export const EXPANSION = "\u0000u";

export interface Source {
  readonly text: string;
  at: number;
  /** Whether a backtick here ends the substitution that the text is in. */
  inBackticks: boolean;
  /** Reads commands from the present place to the end of a substitution, and stops behind its end. */
  readonly substitution: (end: ")" | "`") => void;
}

export interface Word {
  readonly text: string;
  /** Whether a part of it was in quotes, so that it is no word of the shell's own. */
  readonly quoted: boolean;
}

const WORD_ENDS = " \t\r\n;&|<>()";

/** Reads from the present place, which is not behind the end of a word. */
export function readWord(source: Source): Word {
  let word = "";
  let quoted = false;
  while (source.at < source.text.length) {
    const char = source.text[source.at] ?? "";
    const next = source.text[source.at + 1];
    if (char === "(" && word.endsWith("=")) {
      skipArray(source);
      word += EXPANSION;
    } else if ((char === "<" || char === ">") && next === "(" && word === "") {
      source.at += 2;
      source.substitution(")");
      word += EXPANSION;
    } else if (WORD_ENDS.includes(char) || (char === "`" && source.inBackticks)) {
      break;
    } else if (char === "\\") {
      word += next === "\n" ? "" : (next ?? "");
      quoted = quoted || next !== "\n";
      source.at += 2;
    } else if (char === "'") {
      word += readSingleQuoted(source);
      quoted = true;
    } else if (char === '"') {
      word += readDoubleQuoted(source);
      quoted = true;
    } else if (char === "$" && next === "'") {
      source.at += 1;
      word += readAnsiQuoted(source);
      quoted = true;
    } else if (char === "$" && next === '"') {
      source.at += 1;
    } else {
      word += readExpansion(source) ? EXPANSION : literal(source);
    }
  }
  return { text: word, quoted };
}

function literal(source: Source): string {
  const char = source.text[source.at] ?? "";
  source.at += 1;
  return char;
}

function readSingleQuoted(source: Source): string {
  const end = endOf(source.text.indexOf("'", source.at + 1), source);
  const text = source.text.slice(source.at + 1, end);
  source.at = end + 1;
  return text;
}

function readAnsiQuoted(source: Source): string {
  let end = source.at + 1;
  while (end < source.text.length && source.text[end] !== "'") {
    end += source.text[end] === "\\" ? 2 : 1;
  }
  const text = source.text.slice(source.at + 1, end);
  source.at = end + 1;
  return text;
}

function readDoubleQuoted(source: Source): string {
  let text = "";
  source.at += 1;
  while (source.at < source.text.length && source.text[source.at] !== '"') {
    if (source.text[source.at] === "\\") {
      text += source.text[source.at + 1] ?? "";
      source.at += 2;
    } else {
      text += readExpansion(source) ? QUOTED_EXPANSION : literal(source);
    }
  }
  source.at += 1;
  return text;
}

/** @returns false, and reads nothing, when there is none here. */
function readExpansion(source: Source): boolean {
  const { text, at } = source;
  if (text[at] === "`" && !source.inBackticks) {
    source.at += 1;
    source.substitution("`");
    return true;
  }
  if (text[at] !== "$") {
    return false;
  }
  if (text.startsWith("$((", at)) {
    source.at = skipBalanced(text, at + 1, "(", ")");
    return true;
  }
  if (text[at + 1] === "(") {
    source.at += 2;
    source.substitution(")");
    return true;
  }
  if (text[at + 1] === "{") {
    source.at = skipBalanced(text, at + 1, "{", "}");
    return true;
  }
  const [name = ""] = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(text.slice(at + 1, at + 200)) ?? [];
  source.at += name === "" ? 0 : 1 + name.length;
  return name !== "";
}

function skipArray(source: Source): void {
  source.at = skipBalanced(source.text, source.at, "(", ")");
}

/** @returns the place behind the end of what opens at `from`; quotes in it are skipped. */
export function skipBalanced(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") {
      at += 1;
    } else if (char === "'" && open === "(") {
      at = orEnd(text.indexOf("'", at + 1), text);
    } else if (char === '"') {
      at = endOfDoubleQuotes(text, at);
    } else if (char === open) {
      depth += 1;
    } else if (char === close) {
      depth -= 1;
      if (depth === 0) {
        return at + 1;
      }
    }
  }
  return text.length;
}

function endOfDoubleQuotes(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') {
    at += text[at] === "\\" ? 2 : 1;
  }
  return at;
}

function endOf(found: number, source: Source): number {
  return orEnd(found, source.text);
}

function orEnd(found: number, text: string): number {
  return found < 0 ? text.length : found;
}
