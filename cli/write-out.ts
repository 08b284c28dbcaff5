/** Puts what was asked for where it is to go, whole, or says that it did not get there. */
import { fstatSync, writeFileSync } from "node:fs";
import { textAt } from "../core/json";

const STDERR = 2;

/** What was asked for could not be put where it was to go, as one sentence. */
export class UnwrittenError extends Error {}

/** @returns when it is out of our hands. @throws UnwrittenError */
export async function writeOut(
  stream: NodeJS.WritableStream & { fd?: number },
  bytes: Uint8Array | string,
): Promise<void> {
  try {
    await (isFile(stream.fd) ? writeFileSync(stream.fd, bytes) : writeTo(stream, bytes));
  } catch (error) {
    const code = textAt(error, "code") ?? "unknown";
    // Whoever read it has enough (`… | head -1`): that is no failure of the command.
    if (code !== "EPIPE") {
      throw new UnwrittenError(
        `${stream.fd === STDERR ? "stderr" : "stdout"} cannot be written${code === "ENOSPC" ? ": the disk is full" : ""} (${code})`,
      );
    }
  }
}

/**
 * Node's own stream for a file takes a part that was written for the whole, as it comes when a disk fills up.
 *
 * Source: Node 20, lib/internal/fs/sync_write_stream.js (_write).
 */
function isFile(fd: number | undefined): fd is number {
  return fd !== undefined && fstatSync(fd).isFile();
}

function writeTo(stream: NodeJS.WritableStream, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
