/** Takes what a fleet left off its VMs, or off those that are in it no more. */
import type { Reporter } from "../outside";
import { executeDelete } from "../run/execute-delete";
import { deleteIntent } from "../run/intents";
import type { RunResult } from "../run/outcome";
import type { Member } from "./fleet-plan";
import { type FleetWork, sentenceOf, withinTime } from "./fleet-work";
import { runTogether } from "./run-together";

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
