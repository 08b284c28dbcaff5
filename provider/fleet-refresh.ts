/** Notes what became of the VMs of a fleet since its script ran there. */
import { executeFleetLook, type SeenMember } from "../core/fleet/execute-fleet";
import type { Member, StoredFleet } from "../core/fleet/fleet-plan";
import { textAt } from "../core/json";
import type { Reporter } from "../core/outside";
import type { Prior } from "../core/plan";
import type { Mask } from "../core/secrets/secret-texts";
import { memberOutputs, storedConcurrency } from "./fleet-state";
import { TEXT_NAMES, textsOf } from "./fleet-texts";
import { fleetWork, withProgress } from "./fleet-work";
import { ProviderError } from "./provider-error";
import { clean, type Properties } from "./state";

/** VMs that are gone leave the fleet, with a line each. @returns what is to be stored now. */
export async function refreshedFleet(stored: StoredFleet, properties: Properties): Promise<Properties> {
  const { key, work, members } = stored;
  const shared = fleetWork({
    key,
    properties,
    targets: members.map(({ target }) => target),
    maxConcurrency: storedConcurrency(properties),
    operation: undefined,
  });
  const { mask } = shared.owner;
  const looked = await withProgress(members.length, shared, async (progress) => {
    const seen = await executeFleetLook(members, { ...shared, progress });
    requireOneSeen(seen, mask);
    const all = members.map((member, index): Looked => {
      return { name: shared.nameOf(member), seen: seen[index] ?? { kind: "notSeen", sentence: "" }, member };
    });
    const isListed = Array.isArray(properties.virtualMachineIds);
    for (const one of all) tell(one, { ...progress.onEach, mask, isListed });
    return all;
  });
  const now = looked.flatMap(({ member, seen: one }) => (one.kind === "gone" ? [] : [afterLook(member, one)]));
  const outputs = memberOutputs(now, work.settings);
  return clean({
    ...properties,
    ...outputs,
    // Of VMs that are gone, what they printed is too.
    ...Object.fromEntries(TEXT_NAMES.map((name) => [name, textsOf(properties[name], Object.keys(outputs.results))])),
    checkOutput: checkOutputOf(looked, properties, outputs.drifted),
  });
}

interface Looked {
  readonly name: string;
  readonly member: Member;
  readonly seen: SeenMember;
}

/** Of a scale set, Azure itself tells which VMs it has. */
const STILL_LISTED = "; take it out of 'virtualMachineIds', or the next deployment looks for it again";

interface Telling extends Pick<Reporter, "info" | "warn"> {
  readonly mask: Mask;
  /** Whether the user names the VMs. */
  readonly isListed: boolean;
}

function tell({ name, seen }: Looked, { info, warn, mask, isListed }: Telling): void {
  switch (seen.kind) {
    case "gone":
      info(`the VM '${name}' is gone, and leaves the fleet${isListed ? STILL_LISTED : ""}`);
      break;
    case "notSeen":
      warn(mask(`'${name}' could not be looked at, and stays as the state knows it: ${seen.sentence}`));
      break;
    case "rebuilt":
      // The comparison that the engine asks for next says it.
      break;
    case "there":
      if (seen.check?.kind === "unknown") {
        warn(mask(`whether '${name}' is as it should be is not known: ${seen.check.why}`));
      }
  }
}

/** What `check` printed where something is not as it should be: of some, as it was found now or before. */
function checkOutputOf(
  looked: readonly Looked[],
  { checkOutput }: Properties,
  drifted: readonly string[],
): Record<string, string> {
  const said = looked.map(({ name, seen }) => [name, saidBy(seen) ?? textAt(checkOutput, name)] as const);
  const ofDrifted = said.flatMap(([name, text]) =>
    drifted.includes(name) && text !== undefined ? [[name, text] as const] : [],
  );
  return Object.fromEntries(ofDrifted.slice(0, CHECK_OUTPUTS_MAX));
}

/** Of so many VMs that drifted, what `check` printed is kept. Source: our own choice: all of it is in the state. */
const CHECK_OUTPUTS_MAX = 10;

/** A look that saw nothing at all is no look: the sign-in, a right or the network is missing. */
function requireOneSeen(seen: readonly SeenMember[], mask: (text: string) => string): void {
  const [first] = seen;
  if (first?.kind === "notSeen" && seen.every(({ kind }) => kind === "notSeen")) {
    throw new ProviderError(mask(first.sentence));
  }
}

function afterLook(member: Member, seen: Exclude<SeenMember, { kind: "gone" }>): Member {
  const { last } = member;
  const prior = last && priorAfter(last.prior, seen);
  return last === undefined || prior === undefined ? member : { ...member, last: { ...last, prior } };
}

function priorAfter(prior: Prior, seen: Exclude<SeenMember, { kind: "gone" }>): Prior {
  switch (seen.kind) {
    case "notSeen":
      return prior;
    case "rebuilt":
      return { ...prior, rebuilt: true, driftCheckId: null };
    case "there": {
      const rebuilt = prior.rebuilt && !seen.isIdentified;
      switch (seen.check?.kind) {
        case undefined:
        case "unknown":
          return { ...prior, rebuilt };
        case "asItShouldBe":
          return { ...prior, rebuilt, driftCheckId: null };
        case "drifted":
          // What was found before is still to be mended, or is being mended: that is one intent.
          return { ...prior, rebuilt, driftCheckId: prior.driftCheckId ?? seen.check.runId };
      }
    }
  }
}

function saidBy(seen: SeenMember): string | undefined {
  return seen.kind === "there" && seen.check?.kind === "drifted" ? seen.check.output : undefined;
}
