/** Notes what became of the VMs of a fleet since its script ran there. */
import { caselessVmId } from "../core/arm/invocation";
import { executeFleetLook, type SeenMember } from "../core/fleet/execute-fleet-look";
import type { Member, StoredFleet } from "../core/fleet/fleet-plan";
import { describeGone } from "../core/fleet/fleet-sentences";
import { earlierNames, memberNames } from "../core/fleet/member-names";
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
    const listed = listedIds(properties);
    for (const one of all) tell(one, { ...progress.onEach, mask, listed });
    return all;
  });
  const there = looked.flatMap(({ member, seen }) => (seen.kind === "gone" ? [] : [{ member, seen }]));
  const now = there.map(({ member, seen }) => afterLook(member, seen));
  const outputs = memberOutputs(now, work.settings);
  const targets = now.map(({ target }) => target);
  const names = memberNames(targets);
  // Of VMs that are gone, what they printed is too.
  const earlier = earlierNames(
    members.map(({ target }) => target),
    targets,
  );
  return clean({
    ...properties,
    ...outputs,
    ...Object.fromEntries(TEXT_NAMES.map((name) => [name, textsOf(properties[name], names, earlier)])),
    checkOutput: checkOutputOf(
      there.map(({ seen }, index) => ({ name: names[index] ?? "", seen })),
      textsOf(properties.checkOutput, names, earlier),
      outputs.drifted,
    ),
  });
}

/** The VMs that the user names, by their caseless ids. */
function listedIds({ virtualMachineIds }: Properties): ReadonlySet<string> {
  return new Set(Array.isArray(virtualMachineIds) ? virtualMachineIds.map((id) => String(id).toLowerCase()) : []);
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
  readonly listed: ReadonlySet<string>;
}

function tell({ name, seen, member }: Looked, { info, warn, mask, listed }: Telling): void {
  switch (seen.kind) {
    case "gone":
      info(`${describeGone(name)}${listed.has(caselessVmId(member.target)) ? STILL_LISTED : ""}`);
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
  looked: readonly Pick<Looked, "name" | "seen">[],
  before: Properties,
  drifted: readonly string[],
): Record<string, string> {
  const said = looked.map(({ name, seen }) => [name, saidBy(seen) ?? textAt(before, name)] as const);
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
