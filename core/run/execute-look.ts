/** Looks whether a VM is there, is the same one, and is as a resource's script left it. */
import type { VmTarget } from "../arm/invocation";
import { seeVm } from "../arm/virtual-machine";
import { isAnother } from "../arm/vm-facts";
import { RunFailedError } from "../failures/errors";
import type { Reporter } from "../outside";
import type { KnownRuns } from "../plan";
import { type CheckedVm, executeCheck } from "./execute-check";
import { checkIntent, type Owner } from "./intents";
import { isDone } from "./outcome";
import type { Session } from "./session";

export type SeenVm =
  | { readonly kind: "gone" }
  /** Another VM is there under its name. */
  | { readonly kind: "rebuilt" }
  | {
      readonly kind: "there";
      /** Whether Azure says which VM it is: one of which it does not may still be another. */
      readonly isIdentified: boolean;
      /** What the `check` script says; `undefined` where it was not asked. */
      readonly check: (CheckedVm & { readonly runId: string }) | undefined;
    };

export interface LookIntent {
  readonly owner: Owner;
  readonly stored: KnownRuns;
}

/** @throws RunFailedError about a "check", when Azure does not show the VM. */
export async function executeLook(
  { owner, stored }: LookIntent,
  session: Session,
  reporter: Reporter,
): Promise<SeenVm> {
  const { prior, vmId } = stored;
  const target = session.complete(prior.target);
  const vm = await seeVm(target, session).catch(asOfCheck);
  if (vm.kind === "gone") {
    return { kind: "gone" };
  }
  const { facts } = vm;
  if (isAnother(vmId, facts.vmId)) {
    return { kind: "rebuilt" };
  }
  const isIdentified = facts.vmId !== undefined;
  const isRebuilt = prior.rebuilt && !isIdentified;
  if (prior.check === null || isRebuilt || !isDone(prior.executionState, prior.settings)) {
    return { kind: "there", isIdentified, check: undefined };
  }
  const intent = { ...checkIntent(owner, stored, session.outside.randomHex(8)), target, facts };
  const check = await executeCheck(intent, session, reporter);
  return { kind: "there", isIdentified, check: { ...check, runId: intent.name.runId } };
}

/** Looks whether a VM on which nothing has run is there. @throws as `executeLook`. */
export async function lookForVm(target: VmTarget, session: Session): Promise<SeenVm> {
  const vm = await seeVm(session.complete(target), session).catch(asOfCheck);
  return vm.kind === "gone" ? { kind: "gone" } : { kind: "there", isIdentified: false, check: undefined };
}

/** Nothing was to be run: the sentence must not speak of a script. */
function asOfCheck(error: unknown): never {
  throw error instanceof RunFailedError ? error.about("check") : error;
}
