/** Writes the frame that `runner.sh` would print, within the same 2 × 4,096 bytes. Pure. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { posixCksum } from "../../core/guest/cksum";

/** What the frame tells of one request. */
export interface Answer {
  /** The line of the header, without what its piece adds. */
  line(piece: { readonly offset: number; readonly totalBytes: number } | undefined): string;
  /** What it wants to hand over, from `offset` on; `undefined` for a request that brings nothing back. */
  readonly archive: Uint8Array | undefined;
  readonly offset: number;
}

/** Most bytes of a frame's body. The same number is in runner.sh, finish. */
const BODY_MAX_BYTES = 5_952;
/** What stands before the header, and for each piece. See runner.sh, finish. */
const PREAMBLE_BYTES = 10;
const PIECE_NUMBER_BYTES = 5;

/** @returns the two streams of the invocation. */
export function writeFrame(
  nonce: string,
  answers: readonly Answer[],
): { readonly stdout: string; readonly stderr: string } {
  const lines = answers.map(({ line, archive, offset }) => line(archive && { offset, totalBytes: archive.length }));
  const plain = Buffer.from(`${lines.join("\n")}\n`, "latin1");
  const packed = gzipSync(plain);
  const header = packed.length < plain.length ? packed : plain;
  let room = BODY_MAX_BYTES - header.length - PREAMBLE_BYTES - answers.length * PIECE_NUMBER_BYTES;
  if (room < 0) {
    throw new Error("the reports of this call do not fit into one answer");
  }
  const pieces = answers.map(({ archive = new Uint8Array(), offset }) => {
    const piece = archive.subarray(offset, offset + room);
    room -= piece.length;
    return piece;
  });
  const form = header === packed ? "z" : "h";
  const first = `1 ${form} ${header.length}${pieces.map((piece) => ` ${piece.length}`).join("")}\n`;
  return blocks(nonce, Buffer.concat([Buffer.from(first, "latin1"), header, ...pieces]));
}

/** One block while a stream has room for it, else half of it in each stream. */
function blocks(nonce: string, body: Buffer): { readonly stdout: string; readonly stderr: string } {
  const text = body.toString("base64");
  const sum = posixCksum(Buffer.from(text, "latin1"));
  const block = (number: 1 | 2, part: string) => `[ARC1 ${nonce} ${number} ${text.length} ${sum}]\n${part}\n[/ARC1]\n`;
  const cut = text.length > BLOCK_MAX_CHARACTERS ? Math.ceil(text.length / 2) : text.length;
  return { stdout: block(1, text.slice(0, cut)), stderr: cut < text.length ? block(2, text.slice(cut)) : "" };
}

/** With its marks it stays below the 4,096 bytes of a stream. */
const BLOCK_MAX_CHARACTERS = 3_968;

export interface EndedRun {
  readonly key: string;
  readonly runId: string;
  readonly exitCode: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly takenUp: boolean;
  readonly stdout: Buffer;
  /** Most bytes that the resource wants of it. */
  readonly outputMaxBytes: number;
  /** From where on its archive is asked for. */
  readonly offset: number;
}

/** A run that ended by itself. For the fields see `runReport` in core/guest/report.ts. */
export function endedAnswer(run: EndedRun): Answer {
  const archive = run.stdout.subarray(Math.max(0, run.stdout.length - run.outputMaxBytes));
  const seconds = (ms: number) => Math.floor(ms / 1_000);
  return {
    archive,
    offset: run.offset,
    line: () =>
      [
        `Exited ${run.exitCode} - ${seconds(run.startedAtMs)} ${seconds(run.endedAtMs)} ${run.takenUp ? 1 : 0}`,
        `${run.stdout.length} ${sha256(run.stdout)} ${archive.length}`,
        `0 ${sha256(Buffer.alloc(0))} 0`,
        `0 plain ${archive.length} ${run.offset} - - ${run.key} ${run.runId}`,
      ].join(" "),
  };
}

export interface UnendedRun {
  readonly key: string;
  readonly runId: string;
  readonly state: "Waiting" | "Running" | "Absent";
}

export function unendedAnswer({ key, runId, state }: UnendedRun): Answer {
  return plainAnswer(`${state} - - - - 0 - - - - - - - - - - - - ${key} ${runId}`);
}

/** An answer without anything to bring back. */
export function plainAnswer(line: string): Answer {
  return { archive: undefined, offset: 0, line: () => line };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
