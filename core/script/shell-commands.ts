/**
 * Finds the commands of shell text that has no fault: what would be run, with which words, and whether its input comes from
 * somewhere. Not what is in comments, quotes and here-documents. Pure.
 */
import {
  type HereDocument,
  skipBlanks,
  skipForHead,
  skipHereDocuments,
  skipTest,
  skipWordOrCharacter,
} from "./shell-skip";
import { EXPANSION, readWord, type Source, skipBalanced } from "./shell-word";

export interface Command {
  /** Without assignments; for what the shell puts in, a placeholder of `shell-word.ts`. Never empty. */
  readonly words: readonly string[];
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
  /** Whether its input is a file, a pipe or a here-document, its own or that of a loop around it. */
  hasInput: boolean;
  inFunction: boolean;
  inBackground: boolean;
  /** Whether the script's own shell runs it whatever the commands before it did. */
  isUnconditional: boolean;
}

export function findCommands(text: string): readonly Command[] {
  const commands: Command[] = [];
  const hereDocuments: HereDocument[] = [];
  let depth = 0;
  const source: Source = {
    text,
    at: 0,
    inBackticks: false,
    substitution: (end) => {
      const { inBackticks } = source;
      source.inBackticks = end === "`";
      depth += 1;
      if (depth > NESTED_MAX) {
        source.at = text.length;
      }
      new List(source, commands, hereDocuments, end).read();
      depth -= 1;
      source.inBackticks = inBackticks;
    },
  };
  new List(source, commands, hereDocuments, undefined).read();
  return commands;
}

/** Deeper than any program's text; it is not followed to the end of our own stack. Source: our own choice. */
const NESTED_MAX = 200;

/** A loop, a condition, a group, a function: what stands behind its end counts for every command in it. */
interface Frame {
  readonly kind: "(" | "case" | "other";
  readonly firstCommand: number;
  readonly hasInput: boolean;
  readonly isFunction: boolean;
}

interface Current {
  readonly words: string[];
  readonly start: number;
  end: number;
  hasInput: boolean;
}

/** Words behind which a command begins. */
const BEFORE_COMMAND: readonly string[] = ["then", "elif", "else", "do", "!", "time", "coproc"];
const OPENING: readonly string[] = ["if", "while", "until", "{"];
const CLOSING: readonly string[] = ["fi", "done", "esac", "}"];
const ASSIGNMENT = /^[A-Za-z_]\w*(?:\[[^\]]*\])?[+]?=/;
const REDIRECTION = /^(?:&>>|&>|[0-9]*(?:<<<|<<-|<<|<&|<>|<|>>|>&|>[|]|>))/;

/** `((…))`, and not a subshell in another one: `((a) | b)`. */
function isArithmetic({ text, at }: Source): boolean {
  return text.startsWith("((", at) && skipBalanced(text, at + 1, "(", ")") === skipBalanced(text, at, "(", ")") - 1;
}

/** The commands up to the end of the text or of one substitution. */
class List {
  private readonly frames: Frame[] = [];
  private current: Current | undefined;
  /** The commands of the group that has just ended. */
  private ended: { readonly from: number; readonly to: number } | undefined;
  private pipedIn = false;
  private isAlternative = false;
  /** Whether nothing but line breaks has come since `|`, `&&` or `||`. */
  private isJoined = false;
  private beginsFunction = false;
  private inCasePattern = false;

  constructor(
    private readonly source: Source,
    private readonly commands: Command[],
    private readonly hereDocuments: HereDocument[],
    private readonly end: ")" | "`" | undefined,
  ) {}

  read(): void {
    const { source } = this;
    while (source.at < source.text.length) {
      if (this.readOne()) {
        return;
      }
    }
    this.endCommand();
  }

  /** @returns true at the end of the substitution. */
  private readOne(): boolean {
    const { source } = this;
    const rest = source.text.slice(source.at, source.at + 8);
    const char = rest[0] ?? "";
    if (" \t\r".includes(char)) {
      source.at += 1;
    } else if (rest.startsWith("\\\n")) {
      source.at += 2;
    } else if (char === "\n") {
      this.readNewline();
    } else if (char === "#") {
      const end = source.text.indexOf("\n", source.at);
      source.at = end < 0 ? source.text.length : end;
    } else if (this.inCasePattern && !rest.startsWith("esac")) {
      this.readCasePattern();
    } else if (char === "`" && source.inBackticks) {
      source.at += 1;
      this.endCommand();
      return true;
    } else if (REDIRECTION.test(rest) && !/^[<>][(]/.test(rest)) {
      this.readRedirection(REDIRECTION.exec(rest)?.[0] ?? "");
    } else if (";&|".includes(char)) {
      this.readOperator(/^(?:;;&|;;|;&|&&|[|][|]|[|]&|[;&|])/.exec(rest)?.[0] ?? char);
    } else if (char === "(") {
      this.readOpening();
    } else if (char === ")") {
      source.at += 1;
      return this.readClosing();
    } else {
      this.readNextWord();
    }
    return false;
  }

  private readNewline(): void {
    const { source } = this;
    source.at += 1;
    this.endCommand();
    this.ended = undefined;
    if (!this.isJoined) {
      this.pipedIn = false;
      this.isAlternative = false;
    }
    skipHereDocuments(source, this.hereDocuments.splice(0));
  }

  /** A pattern ends with `)`; a first `(` belongs to it. */
  private readCasePattern(): void {
    const { source } = this;
    const char = source.text[source.at] ?? "";
    if (char === ")") {
      this.inCasePattern = false;
      source.at += 1;
    } else if ("(|&;<>".includes(char)) {
      source.at += 1;
    } else {
      skipWordOrCharacter(source);
    }
  }

  private readRedirection(operator: string): void {
    const { source } = this;
    source.at += operator.length;
    skipBlanks(this.source);
    const target = "\n;".includes(source.text[source.at] ?? "\n") ? "" : readWord(source).text;
    const [, descriptor = "", kind = ""] = /^(\d*)(.*)$/.exec(operator) ?? [];
    if (kind === "<<" || kind === "<<-") {
      this.hereDocuments.push({ delimiter: target, stripsTabs: kind === "<<-" });
    }
    if (!kind.startsWith("<") || (descriptor !== "" && descriptor !== "0")) {
      return;
    }
    if (this.ended !== undefined) {
      this.markEnded((command) => {
        command.hasInput = true;
      });
    } else {
      this.begin().hasInput = true;
    }
  }

  private readOperator(operator: string): void {
    this.source.at += operator.length;
    const before = this.commands.length;
    this.endCommand();
    const mark = (change: (command: Command) => void) => {
      this.ended === undefined ? this.commands.slice(before).forEach(change) : this.markEnded(change);
    };
    if (operator === "&") {
      mark((command) => {
        command.inBackground = true;
        command.isUnconditional = false;
      });
    }
    const isPipe = operator === "|" || operator === "|&";
    if (isPipe) {
      mark((command) => {
        command.isUnconditional = false;
      });
    }
    this.pipedIn = isPipe;
    this.isAlternative = isPipe || operator === "&&" || operator === "||";
    this.isJoined = this.isAlternative;
    this.ended = undefined;
    if (operator.startsWith(";;") || operator === ";&") {
      this.inCasePattern = this.frames.at(-1)?.kind === "case";
    }
  }

  private readOpening(): void {
    const { source, current } = this;
    if (
      current !== undefined &&
      current.words.length === 1 &&
      /^\([ \t]*\)/.test(source.text.slice(source.at, source.at + 20))
    ) {
      source.at = source.text.indexOf(")", source.at) + 1;
      this.current = undefined;
      this.beginsFunction = true;
    } else if (current === undefined && isArithmetic(source)) {
      this.begin().words.push("((");
      source.at = skipBalanced(source.text, source.at, "(", ")");
      this.endCommand();
    } else {
      source.at += 1;
      this.open("(");
    }
  }

  private readClosing(): boolean {
    this.endCommand();
    if (this.frames.at(-1)?.kind === "(") {
      this.close();
      return false;
    }
    return this.end === ")";
  }

  private readNextWord(): void {
    const { source } = this;
    const start = source.at;
    const { text, quoted } = readWord(source);
    if (source.at === start) {
      source.at += 1;
    } else if (this.current === undefined && !quoted && this.readReserved(text)) {
      return;
    } else {
      const current = this.begin(start);
      current.words.push(text);
      current.end = source.at;
    }
  }

  private readReserved(word: string): boolean {
    if (OPENING.includes(word)) {
      this.open("other");
    } else if (CLOSING.includes(word)) {
      this.inCasePattern = false;
      this.close();
    } else if (word === "for" || word === "select") {
      this.open("other");
      skipForHead(this.source);
    } else if (word === "case") {
      this.open("case");
      skipBlanks(this.source);
      readWord(this.source);
      skipBlanks(this.source);
      readWord(this.source);
      this.inCasePattern = true;
    } else if (word === "function") {
      skipBlanks(this.source);
      readWord(this.source);
      const [parentheses = ""] =
        /^[ \t]*\([ \t]*\)/.exec(this.source.text.slice(this.source.at, this.source.at + 20)) ?? [];
      this.source.at += parentheses.length;
      this.beginsFunction = true;
    } else if (word === "[[") {
      this.begin(this.source.at - word.length).words.push(word);
      skipTest(this.source);
    } else {
      return BEFORE_COMMAND.includes(word);
    }
    return true;
  }

  private begin(start = this.source.at): Current {
    this.ended = undefined;
    this.isJoined = false;
    this.current ??= { words: [], start, end: start, hasInput: false };
    return this.current;
  }

  private endCommand(): void {
    const { current } = this;
    this.current = undefined;
    if (current === undefined) {
      return;
    }
    const firstWord = current.words.findIndex((word) => !ASSIGNMENT.test(word));
    if (firstWord >= 0 && current.words[firstWord] !== EXPANSION) {
      this.commands.push({
        words: current.words.slice(firstWord),
        start: current.start,
        end: current.end,
        hasInput: current.hasInput || this.pipedIn,
        inFunction: false,
        inBackground: false,
        isUnconditional: this.end === undefined && this.frames.length === 0 && !this.isAlternative,
      });
    }
    this.pipedIn = false;
  }

  private open(kind: Frame["kind"]): void {
    this.frames.push({
      kind,
      firstCommand: this.commands.length,
      hasInput: this.pipedIn,
      isFunction: this.beginsFunction,
    });
    this.pipedIn = false;
    this.isJoined = false;
    this.beginsFunction = false;
    this.ended = undefined;
  }

  private close(): void {
    const frame = this.frames.pop();
    if (frame === undefined) {
      return;
    }
    this.ended = { from: frame.firstCommand, to: this.commands.length };
    this.markEnded((command) => {
      command.hasInput ||= frame.hasInput;
      command.inFunction ||= frame.isFunction;
    });
  }

  private markEnded(change: (command: Command) => void): void {
    if (this.ended !== undefined) {
      this.commands.slice(this.ended.from, this.ended.to).forEach(change);
    }
  }
}
