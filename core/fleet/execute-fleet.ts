/** Runs a script on the VMs of a fleet, on so many at once, until too many have failed. */
import { describeFailure, isInterruption, RunFailedError } from "../failures/errors";
import type { RunReport } from "../guest/protocol";
import type { KnownWork } from "../inputs/desired-state";
import type { Reporter } from "../outside";
import { type ExecutedRun, executeRun } from "../run/execute";
import { scriptIntent } from "../run/intents";
import { isDone } from "../run/outcome";
import type { PlannedMember } from "./fleet-plan";
import { type FleetWork, isOver, sentenceOf, withinTime } from "./fleet-work";
import { runTogether } from "./run-together";

/** What was seen of the work on one VM. */
export type MemberEnd =
  | { readonly kind: "ran"; readonly executed: ExecutedRun }
  /** Nothing has run there; or, of a fault of ours, that is not known. */
  | { readonly kind: "notRun"; readonly sentence: string; readonly evidence: readonly string[] }
  /** Its scale set has let go of it. */
  | { readonly kind: "gone" }
  | { readonly kind: "notTried"; readonly why: NotTriedWhy };

export type NotTriedWhy = "tooManyFailed" | "interrupted" | "timeIsOver";

export interface FleetRun extends FleetWork {
  readonly work: KnownWork;
  /** More failures than that, and no further VM is begun with. */
  readonly maxErrors: number;
  /** Whether a VM that is gone is none of the fleet any more, and no failure: nobody has named it. */
  readonly leavesWhenGone: boolean;
  /** Whether something is done with what the script printed on a VM, also where it is a success. */
  usesOutputOf(member: PlannedMember): boolean;
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
    const wantsOutput = (report: RunReport) => isOfUse(report, work) || fleet.usesOutputOf(member);
    const intent = { ...scriptIntent(owner, { ...work, target }, before?.last), wantsOutput };
    try {
      const executed = await withinTime(fleet, target.vmName, (deadline) =>
        executeRun(intent, session, reporter, deadline),
      );
      tellOf(member, executed, reporter);
      return { kind: "ran", executed };
    } catch (error) {
      if (isInterruption(error)) {
        stoppedBy ??= "interrupted";
        return { kind: "notTried", why: "interrupted" };
      }
      return fleet.leavesWhenGone && isGone(error) ? { kind: "gone" } : notRun(error, target.vmName);
    }
  };
  // What has run has run, whatever comes of telling it.
  const tellOf = (member: PlannedMember, executed: ExecutedRun, reporter: Reporter) => {
    try {
      fleet.ran(member, executed);
    } catch (error) {
      reporter.warn(sentenceOf(error, member.target.vmName));
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

/** To read a long output costs operations: of a success it is left on the VM. Named outputs can make one a failure. */
function isOfUse({ exitCode, namedOutputsBytes = 0 }: RunReport, { settings }: KnownWork): boolean {
  return exitCode === undefined || !settings.successExitCodes.includes(exitCode) || namedOutputsBytes > 0;
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
    case "gone":
    case "notTried":
      return false;
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof RunFailedError &&
    !error.mayHaveRun &&
    error.failure.kind === "VmNotFound" &&
    (error.failure.missing ?? "vm") === "vm"
  );
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
