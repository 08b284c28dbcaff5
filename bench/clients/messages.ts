/** What the bench and a client's process say to each other. Types only. */

/** One script that a client is to run. */
export interface Job {
  /** Names the resource. */
  readonly name: string;
  readonly vmName: string;
  readonly virtualMachineId: string;
  readonly script: string;
  /** Of `azure-run-command`: how much of the output to bring back. @default its own */
  readonly outputMaxBytes?: number;
}

export type ClientKind =
  /** This package, as Pulumi's provider process calls it. */
  | { readonly kind: "azure-run-command" }
  /** This package: one `RunCommandFleet` over the VMs of all jobs, which have the same script. */
  | { readonly kind: "fleet" }
  /** `@azure/arm-compute` with its defaults. */
  | { readonly kind: "arm-compute" }
  /** The `az` of the PATH. Its time cannot be made to pass faster. */
  | { readonly kind: "az" }
  /** A POST, then polls at fixed times. */
  | { readonly kind: "schedule"; readonly firstPollMs: number; readonly intervalMs: number };

export interface Task {
  readonly client: ClientKind;
  readonly jobs: readonly Job[];
  /** How many jobs are under way at the same time. */
  readonly concurrency: number;
  /** How long to wait before a run is sent again that Azure refused with 409; `undefined`: it fails. */
  readonly retryConflictMs?: number;
  /** When to measure the memory that is in use, after the first job began; by the simulator's clock. */
  readonly memoryAfterMs?: number;
}

export interface JobResult {
  readonly name: string;
  readonly vmName: string;
  /** By the simulator's clock. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** What the client says that the script printed: of a script that failed, as far as it tells. */
  readonly stdout: string;
  /** `undefined` where the client does not tell. */
  readonly exitCode: number | undefined;
  readonly stdoutSha256: string | undefined;
  /** `undefined`: it succeeded. */
  readonly error: string | undefined;
}

export interface TaskResult {
  readonly jobs: readonly JobResult[];
  readonly cpuSeconds: number;
  /** Of the process before the first job, with all that it loads for its work. */
  readonly idleMemoryBytes: number;
  /** The most that the process had while the jobs ran. */
  readonly peakMemoryBytes: number;
  /** What was in use at `memoryAfterMs` beyond what is in use of an idle process; both without what is garbage. */
  readonly usedMemoryBytes: number | undefined;
}
