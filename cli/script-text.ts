/** Reads the script that is to run: a file, or what comes on stdin. */
import { createReadStream, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { textAt } from "../core/json";
import { SCRIPT_BASE64_MAX_CHARACTERS } from "../core/limits";
import { nearest, UsageError } from "./usage";

/** Stands for stdin where a file is expected. */
const STDIN = "-";

export interface ReadScript {
  /** What sentences about it begin with. */
  readonly name: string;
  readonly text: string;
}

/** @throws UsageError */
export async function readScriptText(file: string | undefined): Promise<ReadScript> {
  return file === undefined || file === STDIN ? readStdin() : readFile(file);
}

async function readStdin(): Promise<ReadScript> {
  if (process.stdin.isTTY) {
    throw new UsageError(
      "no script is given; name its file, or pipe its text in: echo uptime | azure-run-command invoke …",
    );
  }
  const text = decode("stdin", await readBounded("stdin", process.stdin));
  if (text.trim() === "") {
    throw new UsageError(
      "stdin is empty; name the script's file, or pipe its text in: echo uptime | azure-run-command invoke …",
    );
  }
  return { name: "stdin", text };
}

/**
 * Reads no further than a script can be long: what comes may have no end. A smaller one is measured later, with all that
 * is sent along.
 *
 * @throws UsageError
 */
export async function readBounded(name: string, source: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > SCRIPT_BASE64_MAX_CHARACTERS) {
      throw new UsageError(
        `${name} has more than ${SCRIPT_BASE64_MAX_CHARACTERS.toLocaleString("en-US")} bytes, which no request can hold; let the script download the bulk`,
      );
    }
    pieces.push(buffer);
  }
  return Buffer.concat(pieces);
}

async function readFile(file: string): Promise<ReadScript> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(`the script '${file}'`, createReadStream(file));
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(describeUnread(file, textAt(error, "code") ?? "unknown"));
  }
  const text = decode(`'${file}'`, bytes);
  if (text.trim() === "") {
    throw new UsageError(`the script '${file}' is empty; give it the text to run`);
  }
  return { name: `'${file}'`, text };
}

function describeUnread(file: string, code: string): string {
  switch (code) {
    case "ENOENT":
      return `there is no file '${file}' to run; ${nearestFile(file)}`;
    case "EISDIR":
      return `'${file}' is a folder, expected a script's file`;
    case "EACCES":
      return `the file '${file}' may not be read; run 'ls -l ${file}' to see who may`;
    default:
      return `the file '${file}' cannot be read (${code})`;
  }
}

/** The file beside it that was probably meant, as one would write it. */
function nearestFile(file: string): string {
  const meant = nearest(basename(file), filesIn(dirname(file)));
  return meant === undefined
    ? "give a script's file, or - for stdin"
    : `did you mean '${file.includes("/") ? join(dirname(file), meant) : meant}'?`;
}

function filesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The script reaches the VM as text: bytes that are none would arrive as others. */
function decode(name: string, bytes: Buffer): string {
  try {
    // A byte order mark is kept: the core warns of it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not UTF-8 text; give a script, and let it download a program`);
  }
}
