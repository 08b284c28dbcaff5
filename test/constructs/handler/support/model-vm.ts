/** A VM that keeps receipts as the runner does, in memory and in virtual time. It counts what has been started. */
import type {
  GuestRequest,
  ListReport,
  PurgeReport,
  Receipt,
  Report,
  RunReport,
  RunRequest,
  RunState,
} from "../../../../core/guest/protocol";
import { reportExample } from "../../../support/examples";
import { VM_GUID } from "../../../support/scripted-vm";
import type { VirtualOutside } from "../../../support/virtual-outside";

/** How a script goes, whatever its text is. */
export interface Ending {
  /** @default 1 */
  readonly seconds?: number;
  /** @default "Exited" */
  readonly state?: RunState;
  /** @default 0 */
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** The text of its file of named outputs. */
  readonly outputs?: string;
  /** Why the VM could not start it. */
  readonly refused?: string;
}

interface Kept {
  readonly request: RunRequest;
  readonly startedAtMs: number;
  readonly ending: Ending;
}

export interface ModelVm {
  /** The requests for runs that started something, in their order. */
  readonly started: readonly RunRequest[];
  /** Names of the receipts that are there. */
  names(): readonly string[];
  /** Puts a receipt there that an earlier deployment has left. */
  leave(runId: string, ending?: Ending, more?: Partial<Receipt>): void;
  /** Somebody removes it. */
  forget(runId: string): void;
  answer(request: GuestRequest, outside: VirtualOutside): Promise<Report>;
}

/** Source: the fastest operation on record, core/limits.ts (FASTEST_RECORDED_RUN_MS). */
const OPERATION_MS = 13_000;
const WAIT_SLICE_MS = 60_000;

/** @param endingOf what the script of a request does. */
export function modelVm(endingOf: (request: RunRequest) => Ending): ModelVm {
  const receipts = new Map<string, Kept>();
  const left = new Map<string, Receipt>();
  const started: RunRequest[] = [];
  const stateOf = ({ startedAtMs, ending }: Kept, nowMs: number): RunState =>
    nowMs < startedAtMs + (ending.seconds ?? 1) * 1_000 ? "Running" : (ending.state ?? "Exited");

  const waitFor = async (kept: Kept | undefined, outside: VirtualOutside) => {
    if (kept !== undefined && stateOf(kept, outside.nowMs()) === "Running") {
      const leftMs = kept.startedAtMs + (kept.ending.seconds ?? 1) * 1_000 - outside.nowMs();
      await outside.sleep(Math.min(leftMs, WAIT_SLICE_MS));
    }
  };
  const report = (key: string, runId: string, takenUp: boolean, nowMs: number): RunReport => {
    const kept = receipts.get(runId);
    const state = kept === undefined ? "Absent" : stateOf(kept, nowMs);
    const base = { kind: "run" as const, key, runId, state, takenUp };
    return reportExample(kept === undefined || state === "Running" ? base : { ...endOf(kept, state), ...base });
  };
  /** What an earlier deployment left is of every key. */
  const ofKey = (key: string | undefined) =>
    [...receipts.entries()].filter(([, { request }]) => request.key === undefined || request.key === key);
  const list = (key: string | undefined, nowMs: number): ListReport => ({
    kind: "list",
    key,
    hasMore: false,
    receipts: ofKey(key).map(([runId, kept]) => ({
      key: key ?? kept.request.key,
      runId,
      state: stateOf(kept, nowMs) as Receipt["state"],
      exitCode: stateOf(kept, nowMs) === "Exited" ? (kept.ending.exitCode ?? 0) : undefined,
      last: kept.request.last,
      vmId: kept.request.vmId,
      startedAtSeconds: Math.floor(kept.startedAtMs / 1_000),
      ...left.get(runId),
    })),
  });
  const start = (request: RunRequest, nowMs: number) => {
    started.push(request);
    receipts.set(request.runId, { request, startedAtMs: nowMs, ending: endingOf(request) });
  };
  return {
    started,
    names: () => [...receipts.keys()],
    leave: (runId, ending = {}, more = {}) => {
      const request = { runId, vmId: VM_GUID, last: undefined, ...more } as unknown as RunRequest;
      receipts.set(runId, { request, startedAtMs: 0, ending });
      left.set(runId, more as Receipt);
    },
    forget: (runId) => receipts.delete(runId),
    answer: async (request, outside) => {
      await outside.sleep(OPERATION_MS);
      switch (request.verb) {
        case "list":
          return list(request.key, outside.nowMs());
        case "purge": {
          const purged = ofKey(request.key);
          for (const [runId] of purged) receipts.delete(runId);
          const purgedReceipts = purged.length;
          return { ...PURGED, key: request.key, purgedReceipts };
        }
        case "run": {
          const kept = receipts.get(request.runId);
          const takenUp = kept !== undefined && !isStale(kept, request, outside.nowMs());
          if (!takenUp) {
            start(request, outside.nowMs());
          }
          const { refused } = receipts.get(request.runId)?.ending ?? {};
          if (refused !== undefined) {
            receipts.delete(request.runId);
            const base = { kind: "run" as const, key: request.key, runId: request.runId, takenUp };
            return reportExample({ ...base, state: "Refused", reason: refused });
          }
          await waitFor(receipts.get(request.runId), outside);
          return report(request.key, request.runId, takenUp, outside.nowMs());
        }
        case "cancel": {
          const was = left.get(request.runId);
          if (was?.state !== "Waiting") {
            return report(request.key, request.runId, false, outside.nowMs());
          }
          left.set(request.runId, { ...was, state: "Canceled" });
          return reportExample({ key: request.key, runId: request.runId, state: "Canceled" });
        }
        case "wait":
        case "read":
          await waitFor(receipts.get(request.runId), outside);
          return report(request.key, request.runId, false, outside.nowMs());
      }
    },
  };
}

/** Whether one that failed is tried again. */
function isStale(
  { startedAtMs, ending }: Kept,
  { retryUnless, retryWindowSeconds }: RunRequest,
  nowMs: number,
): boolean {
  const endedAtMs = startedAtMs + (ending.seconds ?? 1) * 1_000;
  const hasFailed = retryUnless !== undefined && !retryUnless.includes(ending.exitCode ?? 0);
  return hasFailed && endedAtMs < nowMs - (retryWindowSeconds ?? 0) * 1_000;
}

const PURGED: Omit<PurgeReport, "key"> = {
  kind: "purge",
  canceledReceipts: 0,
  purgedReceipts: 0,
  remainingKeys: 0,
  runningReceipts: 0,
  newerReceipts: 0,
};

/** By the VM's clock it began at midnight of 2026-01-01 and took as long as it took. */
const EPOCH_SECONDS = 1_767_225_600;

function endOf({ ending }: Kept, state: RunState): Partial<RunReport> {
  const [stdout, stderr, outputs] = [ending.stdout, ending.stderr, ending.outputs].map((text) =>
    Buffer.from(text ?? ""),
  );
  const bytes = Buffer.concat([stdout ?? Buffer.of(), stderr ?? Buffer.of(), outputs ?? Buffer.of()]);
  const stream = (part: Buffer | undefined) => ({
    totalBytes: part?.length ?? 0,
    sha256: undefined,
    archivedBytes: part?.length ?? 0,
  });
  return {
    exitCode: state === "Exited" ? (ending.exitCode ?? 0) : undefined,
    signal: state === "Killed" ? 9 : undefined,
    guard: state === "Skipped" ? { name: "creates", exitCode: undefined } : undefined,
    startedAtSeconds: EPOCH_SECONDS,
    endedAtSeconds: EPOCH_SECONDS + (ending.seconds ?? 1),
    stdout: stream(stdout),
    stderr: stream(stderr),
    namedOutputsBytes: outputs?.length ?? 0,
    chunk: { encoding: "plain", offset: 0, totalBytes: bytes.length, bytes },
  };
}
