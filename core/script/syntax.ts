/** Parses shell text with the parser of `shfmt` (mvdan/sh), which the library `sh-syntax` brings as WebAssembly. */
import { readFile } from "node:fs/promises";
import { getProcessor, LangVariant } from "sh-syntax";

export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in bytes of UTF-8; 0 when it is not known. */
  readonly columnBytes: number;
  /** The parser's words; can hold parts of the script. */
  readonly what: string;
}

/** Above this nothing is parsed: the parser cannot be interrupted, and Azure would not take it. Source: our own choice. */
const PARSED_MAX_BYTES = 256 * 1024;

let parser: ReturnType<typeof getProcessor> | undefined;

/** @returns undefined when there is no fault, or when the parser itself cannot cope with the text. */
export async function findFault(text: string, language: "posix" | "bash"): Promise<SyntaxFault | undefined> {
  if (Buffer.byteLength(text) > PARSED_MAX_BYTES) {
    return undefined;
  }
  parser ??= getProcessor(instantiate);
  try {
    await parser(text, {
      filepath: FILE,
      keepComments: false,
      variant: language === "posix" ? LangVariant.LangPOSIX : LangVariant.LangBash,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? faultOf(error) : undefined;
  }
}

/** A name without a colon, which separates it from the position. */
const FILE = "script";

/** What Node.js has of WebAssembly, whose types are only in those of a browser. */
interface WebAssemblyEngine {
  compile(bytes: Uint8Array): Promise<unknown>;
  instantiate(compiled: unknown, imports: unknown): Promise<unknown>;
}

let compiled: Promise<unknown> | undefined;

/** Compiled once, since that takes longer than most scripts; each text has an instance of its own, whose memory only grows. */
async function instantiate(imports: unknown): Promise<unknown> {
  const engine: WebAssemblyEngine = Reflect.get(globalThis, "WebAssembly");
  compiled ??= readFile(require.resolve("sh-syntax/main.wasm")).then((bytes) => engine.compile(bytes));
  return engine.instantiate(await compiled, imports);
}

/** What the language has not comes as text with the position in it. Source: seen with sh-syntax 0.7.0. */
const OTHER_LANGUAGE = /^script:(\d+):(\d+): (.*?)(?:; tried parsing as \w+)?$/s;

/** @returns undefined for faults of the parser (its stack, its memory). */
function faultOf(error: Error & { readonly Pos?: unknown }): SyntaxFault | undefined {
  const { Pos: position } = error;
  if (isPosition(position)) {
    return { line: position.Line, columnBytes: position.Col, what: error.message };
  }
  const [, line, column, what] = OTHER_LANGUAGE.exec(error.message) ?? [];
  return what === undefined ? undefined : { line: Number(line), columnBytes: Number(column), what };
}

function isPosition(value: unknown): value is { readonly Line: number; readonly Col: number } {
  return (
    typeof value === "object" &&
    value !== null &&
    "Line" in value &&
    typeof value.Line === "number" &&
    "Col" in value &&
    typeof value.Col === "number"
  );
}
