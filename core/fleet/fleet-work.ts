/** What all work on the VMs of a fleet has in common. */
import { RunFailedError, type RunFailure } from "../failures/errors";
import { type Deadline, withDeadline } from "../run/deadline";
import type { Owner } from "../run/intents";
import type { Session } from "../run/session";
import type { Member } from "./fleet-plan";
import type { FleetProgress } from "./fleet-progress";

/** When the work on all of them is to have ended, by the clock of `Outside`. */
export interface TimeLimit {
  readonly operation: "create" | "update" | "delete";
  readonly seconds: number;
  readonly endsAtMs: number;
}

export interface FleetWork {
  readonly owner: Owner;
  readonly session: Session;
  readonly progress: FleetProgress;
  readonly nameOf: (member: Pick<Member, "target">) => string;
  readonly maxConcurrency: number;
  readonly timeLimit: TimeLimit | undefined;
}

export function isOver({ timeLimit, session }: FleetWork): boolean {
  return timeLimit !== undefined && session.outside.nowMs() >= timeLimit.endsAtMs;
}

/** One VM has what is left of the time for all. */
export function withinTime<Result>(
  { timeLimit, session: { outside } }: FleetWork,
  vmName: string,
  work: (deadline: Deadline | undefined) => Promise<Result>,
): Promise<Result> {
  if (timeLimit === undefined) {
    return work(undefined);
  }
  const { operation, seconds, endsAtMs } = timeLimit;
  const passed: RunFailure = { kind: "CustomTimeoutPassed", vmName, operation, seconds };
  return withDeadline(Math.max(0, (endsAtMs - outside.nowMs()) / 1_000), passed, outside, work);
}

/** A fault of ours must not keep the results of other VMs from being stored. */
export function sentenceOf(error: unknown, vmName: string): string {
  return error instanceof RunFailedError
    ? error.message
    : `the work on '${vmName}' broke off, which is a fault of azure-run-command: ${error instanceof Error ? error.message : String(error)}`;
}
