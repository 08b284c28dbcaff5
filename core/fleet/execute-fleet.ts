/** Carries out what is to be done on the VMs of a fleet, on so many at once, until too many have failed. */
import { describeFailure, RunFailedError, type RunFailure } from "../failures/errors";
import type { KnownWork } from "../inputs/desired-state";
import type { Reporter } from "../outside";
import { type Deadline, withDeadline } from "../run/deadline";
import { type ExecutedRun, executeRun } from "../run/execute";
import { executeDelete } from "../run/execute-delete";
import { executeLook, type SeenVm } from "../run/execute-look";
import { deleteIntent, type Owner, scriptIntent } from "../run/intents";
import { isDone, type RunResult } from "../run/outcome";
import type { Session } from "../run/session";
import type { Member, PlannedMember } from "./fleet-plan";
import type { FleetProgress } from "./fleet-progress";
import { runTogether } from "./run-together";

/** What was seen of the work on one VM. */
export type MemberEnd =
  | { readonly kind: "ran"; readonly executed: ExecutedRun }
  /** Nothing has run there; or, of a fault of ours, that is not known. */
  | { readonly kind: "notRun"; readonly sentence: string; readonly evidence: readonly string[] }
  | { readonly kind: "notTried"; readonly why: NotTriedWhy };

export type NotTriedWhy = "tooManyFailed" | "interrupted" | "timeIsOver";

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

export interface FleetRun extends FleetWork {
  readonly work: KnownWork;
  /** More failures than that, and no further VM is begun with. */
  readonly maxErrors: number;
  /** Told of each run that has ended. */
  ran(member: PlannedMember, executed: ExecutedRun): void;
}

/** Runs the script on each of the VMs. @returns an end for each, in their order. */
export async function executeFleetRun(
  members: readonly PlannedMember[],
  fleet: FleetRun,
): Promise<readonly MemberEnd[]> {
  const { work, owner, session, progress, nameOf, maxErrors } = fleet;
  let failures = 0;
  let stoppedBy: NotTriedWhy | undefined;
  const mayBegin = () => {
    stoppedBy ??= failures > maxErrors ? "tooManyFailed" : isOver(fleet) ? "timeIsOver" : undefined;
    return stoppedBy === undefined;
  };
  const runOne = async (member: PlannedMember, reporter: Reporter): Promise<MemberEnd> => {
    const { target, before } = member;
    const intent = scriptIntent(owner, { ...work, target }, before?.last);
    try {
      const executed = await withinTime(fleet, target.vmName, (deadline) =>
        executeRun(intent, session, reporter, deadline),
      );
      fleet.ran(member, executed);
      return { kind: "ran", executed };
    } catch (error) {
      if (isInterruption(error)) {
        stoppedBy ??= "interrupted";
        return { kind: "notTried", why: "interrupted" };
      }
      return notRun(error, target.vmName);
    }
  };
  const ends = await runTogether(members, { maxAtOnce: fleet.maxConcurrency, mayBegin }, async (member) => {
    const end = await progress.during(
      nameOf(member),
      (reporter) => runOne(member, reporter),
      (ended) => isFailure(ended, work),
    );
    failures += isFailure(end, work) ? 1 : 0;
    return end;
  });
  return ends.map((end) => end ?? { kind: "notTried", why: stoppedBy ?? "tooManyFailed" });
}

/** A script that failed is none where the user said so; a VM that was not tried never is. */
export function isFailure(end: MemberEnd, { settings }: Pick<KnownWork, "settings">): boolean {
  switch (end.kind) {
    case "ran": {
      const { result, failure } = end.executed.outcome;
      return failure !== undefined && !isDone(result.executionState, settings);
    }
    case "notRun":
      return true;
    case "notTried":
      return false;
  }
}

/** A member that could not be left; the others were. */
export interface NotLeft {
  readonly member: Member;
  readonly sentence: string;
}

export interface FleetRemoval extends FleetWork {
  /** Told what a `delete` script printed. */
  scriptEnded(member: Member, result: RunResult): void;
}

/**
 * Takes what the fleet left off each of the VMs. None of them keeps it from the others.
 *
 * A deletion that is tried again comes to VMs from which all was taken already: the `delete` script runs only where
 * something is left.
 */
export async function executeFleetRemoval(
  members: readonly Member[],
  fleet: FleetRemoval,
): Promise<readonly NotLeft[]> {
  const { owner, session, progress, nameOf } = fleet;
  const leave = async (member: Member, reporter: Reporter): Promise<NotLeft | undefined> => {
    const { last, target } = member;
    if (last === undefined) {
      return undefined;
    }
    const intent = deleteIntent(owner, last, (result) => fleet.scriptEnded(member, result));
    const script = intent.script && { ...intent.script, onlyAfterRuns: true };
    try {
      await withinTime(fleet, target.vmName, (deadline) =>
        executeDelete({ ...intent, script }, session, reporter, deadline),
      );
      return undefined;
    } catch (error) {
      return { member, sentence: sentenceOf(error, target.vmName) };
    }
  };
  const together = { maxAtOnce: fleet.maxConcurrency, mayBegin: () => true };
  const ends = await runTogether(members, together, (member) =>
    progress.during(
      nameOf(member),
      (reporter) => leave(member, reporter),
      (end) => end !== undefined,
    ),
  );
  return ends.filter((end) => end !== undefined);
}

/** What a look at one member has found; a sentence, where Azure did not show it. */
export type SeenMember = SeenVm | { readonly kind: "notSeen"; readonly sentence: string };

/** Looks at each of the VMs, with its `check` script. @returns what was seen of each, in their order. */
export async function executeFleetLook(
  members: readonly Member[],
  { owner, session, progress, nameOf, maxConcurrency }: FleetWork,
): Promise<readonly SeenMember[]> {
  const look = async ({ last, target }: Member, reporter: Reporter): Promise<SeenMember> => {
    if (last === undefined) {
      return { kind: "there", isIdentified: false, check: undefined };
    }
    try {
      return await executeLook({ owner, stored: last }, session, reporter);
    } catch (error) {
      return { kind: "notSeen", sentence: sentenceOf(error, target.vmName) };
    }
  };
  const together = { maxAtOnce: maxConcurrency, mayBegin: () => true };
  const seen = await runTogether(members, together, (member) =>
    progress.during(
      nameOf(member),
      (reporter) => look(member, reporter),
      ({ kind }) => kind === "notSeen",
    ),
  );
  return seen.map((one) => one ?? { kind: "notSeen", sentence: "" });
}

function isOver({ timeLimit, session }: FleetWork): boolean {
  return timeLimit !== undefined && session.outside.nowMs() >= timeLimit.endsAtMs;
}

/** One VM has what is left of the time for all. */
function withinTime<Result>(
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

function isInterruption(error: unknown): boolean {
  return error instanceof RunFailedError && error.failure.kind === "InterruptedBefore" && !error.mayHaveRun;
}

function notRun(error: unknown, vmName: string): MemberEnd {
  return error instanceof RunFailedError
    ? {
        kind: "notRun",
        sentence: describeFailure(error.failure, error.mayHaveRun, error.subject),
        evidence: error.evidence,
      }
    : { kind: "notRun", sentence: sentenceOf(error, vmName), evidence: [] };
}

/** A fault of ours must not keep the results of other VMs from being stored. */
function sentenceOf(error: unknown, vmName: string): string {
  return error instanceof RunFailedError
    ? error.message
    : `the work on '${vmName}' broke off, which is a fault of azure-run-command: ${error instanceof Error ? error.message : String(error)}`;
}
