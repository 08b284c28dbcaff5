/** What is asked of the runner on a VM, and what it reports: types only. `requests.ts` writes them, `report.ts` reads them. */

/** Names one run on one VM: one folder, `/var/lib/azure-run-command/<key>/<runId>`. Both are `[A-Za-z0-9-]{1,64}`. */
export interface RunName {
  /** Names the resource, for as long as it lives. */
  readonly key: string;
  /** Names the run. Begins with its generation and a dash: `3-update-9f86d081`. */
  readonly runId: string;
}

/** Submits a run. When its receipt is there already, nothing is started: the report tells of the run that is there. */
export interface RunRequest extends RunName {
  readonly verb: "run";
  /** The GUID that Azure gave this VM. A receipt with another one came along with a copied disk and is dropped. */
  readonly vmId: string;
  /** The user's text, byte for byte. */
  readonly script: string;
  /** Environment variables of the job. Names are shell identifiers; values are any text without NUL. */
  readonly environment: Readonly<Record<string, string>>;
  /** `$1` and following; any text without NUL. */
  readonly arguments: readonly string[];
  /** How old a finished receipt may be, since its end, to be taken for this intent's own. Older ones are dropped. */
  readonly resumeWindowSeconds: number;
  /** Most bytes of each stream to bring back; of a longer one the end is kept. */
  readonly outputMaxBytes: number;
}

/** Attaches to a run that was submitted before. */
export interface WaitRequest extends RunName {
  readonly verb: "wait";
  readonly outputMaxBytes: number;
}

/** Asks for more of a finished run's archive, from `offset` on (bytes of the archive as it lies on the VM). */
export interface ReadRequest extends RunName {
  readonly verb: "read";
  readonly offset: number;
}

/** Deletes the receipts of one resource, up to a generation, and counts what remains on the VM. */
export interface PurgeRequest {
  readonly verb: "purge";
  readonly key: string;
  /** Receipts of a newer generation stay: they belong to a later life of the resource. */
  readonly generation: number;
}

export type GuestRequest = RunRequest | WaitRequest | ReadRequest | PurgeRequest;

/** Everything that one `POST …/runCommand` carries. */
export interface RunnerCall {
  /** Random for each call; proves that a report answers this call. Hexadecimal, 32 digits. */
  readonly nonce: string;
  /** How long the runner may wait inside the VM for jobs to end, before it reports that they still run. */
  readonly waitSliceSeconds: number;
  readonly requests: readonly GuestRequest[];
}

/**
 * - `Waiting`: claimed; another job of this VM is running, so this one has not started.
 * - `Running`: started, not ended.
 * - `Exited`: ended by itself, with an exit code.
 * - `Killed`: ended by a signal.
 * - `Lost`: started, then its processes vanished without leaving a result, in the same boot.
 * - `Interrupted`: started, then the VM booted again before it ended.
 * - `Absent`: there is no receipt (only an answer to `wait` and `read`).
 * - `Refused`: the runner could not take the request; `reason` says why.
 */
export type RunState = "Waiting" | "Running" | "Exited" | "Killed" | "Lost" | "Interrupted" | "Absent" | "Refused";

/** One stream of one run, as it lies on the VM. */
export interface StreamReport {
  /** Size of the whole stream, in bytes. */
  readonly totalBytes: number;
  /** SHA-256 of the whole stream, in hexadecimal; `undefined` where the VM has no means to compute it or the run has not ended. */
  readonly sha256: string | undefined;
  /** How many bytes, from the end of the stream, are in the archive. */
  readonly archivedBytes: number;
}

/** A piece of a run's archive: the archived bytes of stdout, then those of stderr, compressed as `encoding` says. */
export interface ArchiveChunk {
  readonly encoding: "gzip" | "plain";
  readonly offset: number;
  /** Size of the whole archive as it lies on the VM. */
  readonly totalBytes: number;
  readonly bytes: Uint8Array;
}

export interface RunReport extends RunName {
  readonly kind: "run";
  readonly state: RunState;
  /** Only when `Exited`. */
  readonly exitCode: number | undefined;
  /** Only when `Killed`. */
  readonly signal: number | undefined;
  /** By the VM's clock, seconds since 1970. */
  readonly startedAtSeconds: number | undefined;
  readonly endedAtSeconds: number | undefined;
  /** True when a `run` request found the receipt of an earlier one and started nothing. */
  readonly takenUp: boolean;
  readonly stdout: StreamReport | undefined;
  readonly stderr: StreamReport | undefined;
  /** Present when the run has ended and has an archive. Without bytes where it has none from here on, or had no room. */
  readonly chunk: ArchiveChunk | undefined;
  /** The last line with text in it that the job printed (while it runs), cut to 200 bytes. */
  readonly lastLine: string | undefined;
  /** Only when `Refused`. */
  readonly reason: string | undefined;
}

export interface PurgeReport {
  readonly kind: "purge";
  readonly key: string;
  /** How many receipts of this key were deleted. */
  readonly purgedReceipts: number;
  /** How many resources still have receipts on this VM, over all keys, this one included when it has any left. */
  readonly remainingKeys: number;
  /** How many receipts of this key could not be deleted because they are still running. */
  readonly runningReceipts: number;
  /** How many receipts of this key are of a newer generation than was asked for, and so stay. */
  readonly newerReceipts: number;
}

/** One report per request, in the order of the requests. */
export type Report = RunReport | PurgeReport;

/** What came of a call, read from the message of its operation. */
export type DecodedCall =
  | { readonly kind: "reports"; readonly reports: readonly Report[] }
  /** No report of this call could be read. `evidence` says what came instead, short enough to print. */
  | { readonly kind: "unreadable"; readonly why: UnreadableWhy; readonly evidence: string };

/**
 * - `SampleScript`: Azure ran its sample script, so the script did not reach it.
 * - `DidNotFinish`: "Last script execution didn't finish.": the handler was ended or the VM restarted meanwhile.
 * - `OtherNonce`: a frame of another call (an old result, or an image captured with the extension).
 * - `BadChecksum`: the frame of this call arrived damaged.
 * - `NoFrame`: anything else.
 */
export type UnreadableWhy = "SampleScript" | "DidNotFinish" | "OtherNonce" | "BadChecksum" | "NoFrame";
