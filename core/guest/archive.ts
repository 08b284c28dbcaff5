/** Turns the collected archive of a run back into its two streams and proves them whole. */

import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { RunReport, StreamReport } from "./protocol";

export type AssembledStreams =
  | { readonly kind: "streams"; readonly stdout: Uint8Array; readonly stderr: Uint8Array }
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
  const expectedBytes = stdout.archivedBytes + stderr.archivedBytes;
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
  const err = plain.subarray(stdout.archivedBytes);
  if (contradicts(stdout, out)) return problem("WrongHash", "stdout differs from what is on the VM");
  if (contradicts(stderr, err)) return problem("WrongHash", "stderr differs from what is on the VM");
  return { kind: "streams", stdout: out, stderr: err };
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
