/** Looks at the VMs of a fleet. */
import type { Reporter } from "../outside";
import { executeLook, lookForVm, type SeenVm } from "../run/execute-look";
import type { Member } from "./fleet-plan";
import { type FleetWork, sentenceOf } from "./fleet-work";
import { runTogether } from "./run-together";

/** What a look at one member has found; a sentence, where Azure did not show it. */
export type SeenMember = SeenVm | { readonly kind: "notSeen"; readonly sentence: string };

/** Looks at each of the VMs, with its `check` script. @returns what was seen of each, in their order. */
export async function executeFleetLook(
  members: readonly Member[],
  { owner, session, progress, nameOf, maxConcurrency }: FleetWork,
): Promise<readonly SeenMember[]> {
  const look = async ({ last, target }: Member, reporter: Reporter): Promise<SeenMember> => {
    try {
      return last === undefined
        ? await lookForVm(target, session)
        : await executeLook({ owner, stored: last }, session, reporter);
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
