/** Turns the collected archive of a run back into its two streams and its named outputs, and proves them whole. */

import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { NAMED_OUTPUTS_MAX_BYTES } from "../limits";
import type { RunReport, StreamReport } from "./protocol";

export type AssembledStreams =
  | {
      readonly kind: "streams";
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
      /** The file of named outputs; undefined when it is larger than `NAMED_OUTPUTS_MAX_BYTES`. */
      readonly namedOutputs: Uint8Array | undefined;
    }
  | { readonly kind: "problem"; readonly why: AssembleProblem; readonly problem: string };

/**
 * - `NoArchive`: the report tells of no streams, or not how its archive is encoded.
 * - `WrongSize`: another number of bytes than the report says.
 * - `BadGzip`: the archive cannot be unpacked.
 * - `WrongHash`: a stream that is whole has another SHA-256 than on the VM.
 */
export type AssembleProblem = "NoArchive" | "WrongSize" | "BadGzip" | "WrongHash";

/** @param report any report of the ended run: its `chunk` says how the archive is encoded. */
export function assembleStreams(report: RunReport, archiveBytes: Uint8Array): AssembledStreams {
  const { stdout, stderr, chunk } = report;
  if (!stdout || !stderr) return problem("NoArchive", "the report tells of no streams");
  const named = archivedOutputsBytes(report);
  const expectedBytes = archivedBytes(report);
  if (chunk && chunk.totalBytes !== archiveBytes.length) {
    return problem("WrongSize", `the archive has ${chunk.totalBytes} bytes on the VM and ${archiveBytes.length} here`);
  }
  if (!chunk && archiveBytes.length > 0)
    return problem("NoArchive", "the report does not say how the archive is encoded");
  const plain = chunk?.encoding === "gzip" ? unpack(archiveBytes, expectedBytes) : archiveBytes;
  if (plain === undefined) return problem("BadGzip", "the archive cannot be unpacked to the announced size");
  if (plain.length !== expectedBytes) {
    return problem("WrongSize", `the streams have ${expectedBytes} bytes on the VM and ${plain.length} here`);
  }
  const out = plain.subarray(0, stdout.archivedBytes);
  const err = plain.subarray(stdout.archivedBytes, stdout.archivedBytes + stderr.archivedBytes);
  if (contradicts(stdout, out)) return problem("WrongHash", "stdout differs from what is on the VM");
  if (contradicts(stderr, err)) return problem("WrongHash", "stderr differs from what is on the VM");
  const namedOutputs = named === undefined ? undefined : plain.subarray(plain.length - named);
  return { kind: "streams", stdout: out, stderr: err, namedOutputs };
}

/** Size of the whole archive, unpacked. */
export function archivedBytes(report: RunReport): number {
  const { stdout, stderr } = report;
  return (stdout?.archivedBytes ?? 0) + (stderr?.archivedBytes ?? 0) + (archivedOutputsBytes(report) ?? 0);
}

/** undefined when they are not in the archive: too large, or the VM had no room for an archive. */
function archivedOutputsBytes({ namedOutputsBytes = 0, chunk }: RunReport): number | undefined {
  return chunk === undefined || namedOutputsBytes > NAMED_OUTPUTS_MAX_BYTES ? undefined : namedOutputsBytes;
}

/** No more is unpacked than was announced: a damaged or hostile archive must not fill the memory. */
function unpack(bytes: Uint8Array, expectedBytes: number): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(expectedBytes, 1) });
  } catch {
    return undefined;
  }
}

/** Only a whole stream can be held against the hash, which is over the whole stream. */
function contradicts(stream: StreamReport, bytes: Uint8Array): boolean {
  if (stream.sha256 === undefined || stream.archivedBytes !== stream.totalBytes) return false;
  return createHash("sha256").update(bytes).digest("hex") !== stream.sha256;
}

function problem(why: AssembleProblem, sentence: string): AssembledStreams {
  return { kind: "problem", why, problem: sentence };
}
