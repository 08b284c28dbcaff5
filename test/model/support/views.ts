/** What is to be seen of one resource, in the real world and in the model's, in the same words. Pure. */
import type { Kept, World } from "../model";
import type { StoredResource } from "./engine";
import type { SeenVm } from "./guests";

export interface View {
  readonly state: Record<string, unknown> | undefined;
  readonly vms: Record<string, { readonly log: readonly string[]; readonly receipts: readonly string[] }>;
}

export function seenOf(name: string, seen: Readonly<Record<string, SeenVm>>, stored: StoredResource | undefined): View {
  const vms = Object.entries(seen).map(([vm, { log, receipts }]) => [
    vm,
    { log: log[name] ?? [], receipts: receipts[name] ?? [] },
  ]);
  return { state: stored === undefined ? undefined : storedState(stored), vms: Object.fromEntries(vms) };
}

function storedState({ outputs, initErrors, pendingReplacement }: StoredResource): Record<string, unknown> {
  const { executionState, exitCode, stdout, drifted, rebuilt } = outputs;
  return {
    executionState,
    exitCode,
    stdout: typeof stdout === "string" ? stdout.trimEnd() : stdout,
    isDrifted: drifted === true,
    isRebuilt: rebuilt === true,
    isUnhealthy: initErrors.length > 0,
    pendingReplacement,
  };
}

export function expectedOf(name: string, { vms, kept }: World): View {
  const running = Object.entries(vms).filter(([, { power }]) => power === "running");
  const views = running.map(([vm, { log, receipts }]) => {
    const own = (receipts[name] ?? []).map(({ generation, purpose }) => `${generation}-${purpose}`);
    return [vm, { log: log[name] ?? [], receipts: own.sort() }];
  });
  const one = kept[name];
  return { state: one === undefined ? undefined : keptState(one), vms: Object.fromEntries(views) };
}

function keptState(one: Kept): Record<string, unknown> {
  const { declared, result, drift, rebuilt, unhealthy, pendingReplacement } = one;
  const { state, exitCode, stdout } = result;
  return {
    // What a RunCommandExtension runs is nothing that its user knows of.
    ...{ executionState: state, exitCode: declared.kind === "RunCommand" ? exitCode : undefined, stdout },
    ...{ isDrifted: drift !== null, isRebuilt: rebuilt, isUnhealthy: unhealthy, pendingReplacement },
  };
}
