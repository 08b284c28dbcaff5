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
  /**
   * Environment variables of the job. Names are shell identifiers; values are any text without NUL. They reach the job
   * without being an argument of any process, but for the names in `SHELL_OWN_NAMES` (`job-prelude.ts`).
   */
  readonly environment: Readonly<Record<string, string>>;
  /** `$1` and following; any text without NUL. */
  readonly arguments: readonly string[];
  /** The user of the VM that the job runs as; `undefined` for root. */
  readonly user: string | undefined;
  /** Where the job starts; `undefined` for its user's home. */
  readonly workingDirectory: string | undefined;
  /** After how long the job is ended, since its start; 0 for never. */
  readonly timeoutSeconds: number;
  /** Asked on the VM before the script starts. One that says no ends the run as `Skipped`; it too happens once. */
  readonly guards: RunGuards;
  /**
   * The run of this key whose stdout and named outputs this one can read, in the files `$AZURE_RUN_COMMAND_STDOUT` and
   * `$AZURE_RUN_COMMAND_OUTPUTS`. Empty files where nothing of it is left; `undefined` for no such files.
   */
  readonly last: string | undefined;
  /** Does not wait for other jobs of this VM, and lets none wait for itself. */
  readonly beside: boolean;
  /** Ends what else runs of this key before it starts, as a purge does. */
  readonly endsOthers: boolean;
  /** Is started only while there is a receipt of this key, and is `Absent` otherwise. */
  readonly onlyAfterRuns: boolean;
  /**
   * A receipt that ended otherwise than with one of these exit codes is run again; `undefined`: any end counts. For runs
   * that no state keeps count of.
   */
  readonly retryUnless: readonly number[] | undefined;
  /** With `retryUnless`: one that ended within so many seconds is this intent's own, and not run again; `undefined` for none. */
  readonly retryWindowSeconds: number | undefined;
  /** An earlier run of the same key that a restart of the VM cut off: this run's streams begin with what it had printed. */
  readonly continues: string | undefined;
  /** How old a finished receipt may be, since its end, to be taken for this intent's own. Older ones are dropped. */
  readonly resumeWindowSeconds: number;
  /** Most bytes of each stream to bring back; of a longer one the end is kept. */
  readonly outputMaxBytes: number;
  /** See `WaitRequest`; nothing, for whoever submits the run. */
  readonly seen?: SeenBytes | undefined;
}

/** How many bytes of each stream, from its beginning, whoever asks has already. */
export interface SeenBytes {
  readonly stdout: number;
  readonly stderr: number;
}

/**
 * When a script is not needed. All are asked as the run's user, in its folder and with its environment, in this order;
 * `undefined` where there is none.
 */
export interface RunGuards {
  /** Nothing is run when this path is there. */
  readonly creates: string | undefined;
  /** A shell command: nothing is run when it exits with 0. */
  readonly unless: string | undefined;
  /** A shell command: nothing is run when it exits with anything but 0. */
  readonly onlyIf: string | undefined;
}

/** Attaches to a run that was submitted before. */
export interface WaitRequest extends RunName {
  readonly verb: "wait";
  readonly outputMaxBytes: number;
  /**
   * A run that goes on is told with what it printed behind these bytes (`RunReport.news`), and 5 s after its beginning the call
   * comes back once there is something. `undefined`: it is told without.
   */
  readonly seen?: SeenBytes | undefined;
}

/** Asks for more of a finished run's archive, from `offset` on (bytes of the archive as it lies on the VM). */
export interface ReadRequest extends RunName {
  readonly verb: "read";
  readonly offset: number;
}

/** Ends a run with all its children, or keeps it from starting. A run that has ended stays as it is. */
export interface CancelRequest extends RunName {
  readonly verb: "cancel";
  /** Whether one that has started goes on. @default false */
  readonly onlyWaiting?: boolean;
  readonly outputMaxBytes: number;
}

/**
 * Ends what still runs of one resource, deletes its receipts up to a generation, and counts what remains on the VM.
 *
 * What was run for the next generation goes along: it was interrupted before the state knew of it.
 */
export interface PurgeRequest {
  readonly verb: "purge";
  readonly key: string;
  /** Receipts of a newer generation stay, but for what was run for the very next one. */
  readonly generation: number;
}

/** Asks which receipts are on the VM, for whoever keeps no count of its runs. Changes nothing. One in a call at most. */
export interface ListRequest {
  readonly verb: "list";
  /** Whose; `undefined` for those of all keys. */
  readonly key: string | undefined;
  /** The last one of the answer before, which had not all of them. */
  readonly after?: RunName | undefined;
}

export type GuestRequest = RunRequest | WaitRequest | ReadRequest | CancelRequest | PurgeRequest | ListRequest;

/** Everything that one `POST …/runCommand` carries. */
export interface RunnerCall {
  /** Random for each call; proves that a report answers this call. Hexadecimal, 32 digits. */
  readonly nonce: string;
  /** How long the runner may wait inside the VM for jobs to end, before it reports that they still run. */
  readonly waitSliceSeconds: number;
  /**
   * For how long calls have followed each other on this VM. What has an end is reported before the slice is over when nothing
   * else has ended for 5 s and a quarter of this time (`earlyReportSeconds`).
   *
   * @default 0
   */
  readonly busyForSeconds?: number | undefined;
  readonly requests: readonly GuestRequest[];
}

/**
 * - `Waiting`: claimed; another job of this VM is running, so this one has not started.
 * - `Running`: started, not ended.
 * - `Exited`: ended by itself, with an exit code.
 * - `Killed`: ended by a signal.
 * - `TimedOut`: ended by the runner after `timeoutSeconds`.
 * - `Canceled`: ended by the runner because it was asked to, or kept from starting.
 * - `Lost`: started, then its processes vanished without leaving a result, in the same boot.
 * - `Interrupted`: started, then the VM booted again before it ended.
 * - `Skipped`: a guard said that the script is not needed; `guard` says which.
 * - `Absent`: there is no receipt (only an answer to `wait` and `read`).
 * - `Refused`: the runner could not take the request; `reason` says why.
 */
export type RunState =
  | "Waiting"
  | "Running"
  | "Exited"
  | "Killed"
  | "TimedOut"
  | "Canceled"
  | "Lost"
  | "Interrupted"
  | "Skipped"
  | "Absent"
  | "Refused";

/** One stream of one run, as it lies on the VM. */
export interface StreamReport {
  /** Size of the whole stream, in bytes. */
  readonly totalBytes: number;
  /** SHA-256 of the whole stream, in hexadecimal; `undefined` where the VM has no means to compute it or the run has not ended. */
  readonly sha256: string | undefined;
  /** How many bytes, from the end of the stream, are in the archive. */
  readonly archivedBytes: number;
}

/**
 * A piece of a run's archive: the archived bytes of stdout, then those of stderr, then the file of named outputs,
 * compressed as `encoding` says.
 */
export interface ArchiveChunk {
  readonly encoding: "gzip" | "plain";
  readonly offset: number;
  /** Size of the whole archive as it lies on the VM. */
  readonly totalBytes: number;
  readonly bytes: Uint8Array;
}

/** What a job printed on each stream since, up to 12,000 bytes and as far as there was room: the next request asks behind it. */
export interface StreamNews {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export interface GuardVerdict {
  readonly name: keyof RunGuards;
  /** What its command exited with; `undefined` for `creates`. */
  readonly exitCode: number | undefined;
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
  /** Size of the file of named outputs. In the archive whole, or not at all above `NAMED_OUTPUTS_MAX_BYTES`. */
  readonly namedOutputsBytes: number | undefined;
  /** Present when the run has ended and has an archive. Without bytes where it has none from here on, or had no room. */
  readonly chunk: ArchiveChunk | undefined;
  /** Present when the run goes on and was asked for with `seen`. */
  readonly news: StreamNews | undefined;
  /** The last line with text in it that the job printed (while it runs), cut to 200 bytes. */
  readonly lastLine: string | undefined;
  /** The run that has its turn before this one (while it waits). */
  readonly behind: RunName | undefined;
  /** Only when `Refused`. */
  readonly reason: string | undefined;
  /** Only when `Skipped`. */
  readonly guard: GuardVerdict | undefined;
}

export interface PurgeReport {
  readonly kind: "purge";
  readonly key: string;
  /** How many receipts of this key were deleted. */
  readonly purgedReceipts: number;
  /** How many of them were still running or waiting, and were ended. */
  readonly canceledReceipts: number;
  /**
   * How many resources still have receipts on this VM, over all keys, this one included when it has any left. What the command
   * line ran is no resource (`invoke-keys.ts`).
   */
  readonly remainingKeys: number;
  /** How many receipts of this key could not be deleted because what runs there could not be ended. */
  readonly runningReceipts: number;
  /** How many receipts of this key are of a newer generation than was asked for, and so stay. */
  readonly newerReceipts: number;
}

/** One receipt, in short. The `runId` of a run that goes on after a restart is that run's with `-b<boot>` behind it. */
export interface Receipt extends RunName {
  /** Never `Absent` or `Refused`. A claim whose supervisor died before the start is `Waiting`. */
  readonly state: Exclude<RunState, "Absent" | "Refused">;
  /** Only when `Exited`; `undefined` also then where a job has damaged what tells it. */
  readonly exitCode: number | undefined;
  /** The run whose stdout and named outputs it could read. */
  readonly last: string | undefined;
  /** The GUID of the VM on which it was made: another one came along with a copied disk. `unknown` where nothing tells it. */
  readonly vmId: string;
  /**
   * By the VM's clock, seconds since 1970; of a run that ended without a start, when it ended. `undefined` where it has not
   * started, and where a job has damaged what tells it.
   */
  readonly startedAtSeconds: number | undefined;
}

export interface ListReport {
  readonly kind: "list";
  /** `undefined` for all. */
  readonly key: string | undefined;
  /** By name, which is to say in no order of time. */
  readonly receipts: readonly Receipt[];
  /** Whether there are more behind the last of these, which had no room in the answer. */
  readonly hasMore: boolean;
}

/** One report per request, in the order of the requests. */
export type Report = RunReport | PurgeReport | ListReport;

/** The kind of report that answers a request. */
export type ReportOf<Request extends GuestRequest> = Request extends PurgeRequest
  ? PurgeReport
  : Request extends ListRequest
    ? ListReport
    : RunReport;

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
 * - `Dropped`: Azure gave up its operation, or forgot it, before there was a report.
 * - `NoFrame`: anything else.
 */
export type UnreadableWhy = "SampleScript" | "DidNotFinish" | "OtherNonce" | "BadChecksum" | "Dropped" | "NoFrame";
