/** Which failures a checkup met, and which any command would meet, by the check that each belongs to. Pure. */
import type { Lock, LocksOfVm } from "../arm/locks";
import { readinessOf } from "../arm/virtual-machine";
import type { VmFacts } from "../arm/vm-facts";
import { RunFailedError } from "../failures/errors";
import type { RunFailure } from "../failures/run-failure";
import type { CheckName } from "./checkup";
import { placeOf } from "./place";
import type { Look, Seen } from "./seen";

/** The first failure of each kind, wherever it was met, and what was seen beforehand. */
export function failuresMet(seen: Seen): ReadonlyMap<CheckName, RunFailedError> {
  const met = new Map<CheckName, RunFailedError>();
  for (const [name, look] of looksOf(seen)) {
    if (look.kind === "failed") {
      const place = placeOf(look.error.failure, name);
      met.set(place, met.get(place) ?? look.error);
    }
  }
  for (const failure of foreseen(seen)) {
    const place = placeOf(failure, "vm");
    met.set(place, met.get(place) ?? new RunFailedError(failure, false, "question"));
  }
  return met;
}

/** What each look is for, where its failure says nothing else. */
function looksOf(seen: Seen): readonly (readonly [CheckName, Look<unknown>])[] {
  return [
    ["sign-in", seen.subscriptions],
    ["vm", seen.vm],
    ["rights", seen.permissions],
    ["locks", seen.locks],
    ["probe", seen.probe],
  ];
}

/** What will fail, by what the VM and its locks look like. */
function foreseen({ target, vm, locks }: Seen): readonly RunFailure[] {
  const { vmName, resourceGroupName } = target;
  const failures: RunFailure[] = [];
  if (vm.kind === "seen" && vm.value.kind === "gone") {
    const { message, missing } = vm.value;
    failures.push({ kind: "VmNotFound", vmName, resourceGroupName, message, missing });
  }
  if (vm.kind === "seen" && vm.value.kind === "there") {
    const { facts } = vm.value;
    // A Windows that is off is wrong in two ways.
    for (const one of [facts, { ...facts, osType: undefined }]) {
      failures.push(...unreadiness(vmName, one));
    }
    if (facts.allowsExtensions === false) {
      failures.push({ kind: "ExtensionsDisallowed", vmName, message: undefined });
    }
  }
  if (locks.kind === "seen" && blockingLocks(locks.value).length > 0) {
    failures.push({ kind: "ScopeLocked", vmName, message: undefined });
  }
  return failures;
}

function unreadiness(vmName: string, facts: VmFacts): readonly RunFailure[] {
  const readiness = readinessOf(vmName, facts);
  const { powerState, agentStatus } = facts;
  switch (readiness.kind) {
    case "ready":
      return [];
    case "soon":
      return [{ kind: "AgentNotReady", vmName, waitedSeconds: undefined, powerState, agentStatus }];
    case "not":
      return [readiness.failure];
  }
}

/** Those that forbid a run command; CanNotDelete does not. Source: Learn, "Lock your resources". */
export function blockingLocks(found: LocksOfVm): readonly Lock[] {
  return found.kind === "known" ? found.locks.filter(({ level }) => level?.toLowerCase() === "readonly") : [];
}

/** What such a failure of a probe mostly comes from. */
export function hints({ kind }: RunFailure): readonly string[] {
  if (kind === "DeadlinePassed") {
    return [
      "a run command takes 13 to 20 s, hardly ever more than 3 minutes: either what the VM reports does not come back (it needs outbound HTTPS, port 443, to the service tag AzureCloud), or the extension RunCommandLinux hangs",
    ];
  }
  return kind === "Busy"
    ? [
        "a deployment that waits for one script leaves the VM to others within three minutes; one with many scripts one after the other may not, then 'azure-run-command runs' shows another one each time, and nothing is wrong",
        "one that hangs: what the VM reports does not come back (it needs outbound HTTPS, port 443, to the service tag AzureCloud), or the extension RunCommandLinux hangs; removing that ends it, with whatever script it runs",
      ]
    : [];
}
