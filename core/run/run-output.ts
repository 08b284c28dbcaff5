/** Reads the whole output of an ended run back from its VM. */
import { RunFailedError } from "../failures/errors";
import { type AssembledStreams, archivedBytes } from "../guest/archive";
import type { RunReport, StreamReport } from "../guest/protocol";
import { assembleStreams, decodeText } from "../guest/report";
import { NAMED_OUTPUTS_MAX_BYTES } from "../limits";
import { type NamedOutputs, readNamedOutputs } from "./named-outputs";

/** One stream as text. */
export interface DecodedStream {
  readonly text: string;
  /** Whether bytes that are not UTF-8 were replaced by U+FFFD. */
  readonly replacedBytes: boolean;
  /** Whether the text is only the end of the stream. */
  readonly truncated: boolean;
}

export interface RunOutput {
  readonly stdout: DecodedStream;
  readonly stderr: DecodedStream;
  readonly namedOutputs: NamedOutputs;
}

/** Whether all that is to be read of an ended run's output came with its report. */
export function hasWholeOutput(report: RunReport): boolean {
  const { chunk } = report;
  return archivedBytes(report) === 0 || (chunk !== undefined && chunk.bytes.length >= chunk.totalBytes);
}

/** What a run printed and handed over, byte for byte as far as it was brought back: of a long stream the end. */
export type RunBytes = Omit<Extract<AssembledStreams, { kind: "streams" }>, "kind">;

/**
 * Reads on from the piece that came with the report to the end of the archive.
 *
 * @param readOn asks the VM for the archive from a byte on.
 * @returns undefined when the run has no streams (it never started).
 * @throws RunFailedError `ReportUnreadable`.
 */
export async function fetchBytes(
  report: RunReport,
  vmName: string,
  readOn: (offset: number, totalBytes: number | undefined) => Promise<RunReport>,
): Promise<RunBytes | undefined> {
  if (report.stdout === undefined || report.stderr === undefined) {
    return undefined;
  }
  const pieces: Uint8Array[] = report.chunk === undefined ? [] : [report.chunk.bytes];
  let have = report.chunk?.bytes.length ?? 0;
  let last = report;
  while (archivedBytes(report) > 0 && have < (last.chunk?.totalBytes ?? Number.POSITIVE_INFINITY)) {
    last = await readOn(have, last.chunk?.totalBytes);
    const chunk = last.chunk;
    if (chunk === undefined || chunk.bytes.length === 0 || chunk.offset !== have) {
      throw unreadableOutput(vmName, `the piece at byte ${have} is missing`);
    }
    pieces.push(chunk.bytes);
    have += chunk.bytes.length;
  }
  const assembled = assembleStreams(last, Buffer.concat(pieces));
  if (assembled.kind === "problem") {
    throw unreadableOutput(vmName, assembled.problem);
  }
  return assembled;
}

/** The same as text. */
export function decodeOutput(
  { stdout, stderr, namedOutputsBytes = 0 }: RunReport,
  bytes: RunBytes | undefined,
): RunOutput | undefined {
  return bytes === undefined || stdout === undefined || stderr === undefined
    ? undefined
    : {
        stdout: decodeStream(bytes.stdout, stdout),
        stderr: decodeStream(bytes.stderr, stderr),
        namedOutputs: namedOutputsOf(bytes.namedOutputs, namedOutputsBytes),
      };
}

function namedOutputsOf(bytes: Uint8Array | undefined, totalBytes: number): NamedOutputs {
  if (bytes !== undefined || totalBytes === 0) {
    return readNamedOutputs(bytes ?? new Uint8Array());
  }
  const [total, most] = [totalBytes, NAMED_OUTPUTS_MAX_BYTES].map((number) => number.toLocaleString("en-US"));
  const problem =
    totalBytes > NAMED_OUTPUTS_MAX_BYTES
      ? `the file has ${total} bytes, at most ${most} are read`
      : "the VM had no room on its disk to hand the file over";
  return { kind: "problem", problem };
}

function decodeStream(bytes: Uint8Array, stream: StreamReport): DecodedStream {
  const truncated = stream.archivedBytes < stream.totalBytes;
  return { ...decodeText(bytes, { cutAtStart: truncated }), truncated };
}

function unreadableOutput(vmName: string, detail: string): RunFailedError {
  const why = "its output could not be read back whole";
  return new RunFailedError({ kind: "ReportUnreadable", vmName, why, evidence: detail }, true);
}
