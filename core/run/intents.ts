/** What is to be asked of a VM for a resource: its next run, its check, its deletion. Pure. */
import { runId } from "../identity";
import type { Known } from "../inputs/desired-state";
import { CHECK_OUTPUT_MAX_BYTES, CHECK_TIMEOUT_SECONDS } from "../limits";
import { besideRun, firstRun, type KnownRuns, type NextRun, nextRun, runOnRebuiltVm } from "../plan";
import type { Mask } from "../secrets/secret-texts";
import type { ScriptIntent } from "./execute";
import type { DeleteIntent } from "./execute-delete";
import type { RunIntent } from "./run-on-vm";

export interface Owner {
  readonly key: string;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly mask: Mask;
  /** Values that the names of runs must not tell. */
  readonly secrets: readonly string[];
}

/** @param before what the state says; undefined at the first run. */
export function scriptIntent(owner: Owner, known: Known, before: KnownRuns | undefined): ScriptIntent {
  const { key, label, mask, secrets } = owner;
  const { target, settings } = known;
  const shared = { target, label, mask, watching: settings, readyTimeoutInSeconds: settings.readyTimeoutInSeconds };
  if (before === undefined) {
    return { ...shared, ...named(owner, firstRun(known)), onRebuiltVm: undefined, knownVmId: undefined };
  }
  const next = nextRun({ ...before, key }, known, secrets);
  const onRebuiltVm = before.prior.rebuilt ? undefined : named(owner, runOnRebuiltVm(known, before.generation + 1));
  return { ...shared, ...named(owner, next), onRebuiltVm, knownVmId: before.vmId };
}

/** @param occasion tells this check from every other. */
export function checkIntent(owner: Owner, stored: KnownRuns, occasion: string): RunIntent {
  const watching = {
    ...stored.prior.settings,
    timeoutInSeconds: CHECK_TIMEOUT_SECONDS,
    rebootPolicy: "fail",
    outputMaxBytes: CHECK_OUTPUT_MAX_BYTES,
  } as const;
  return beside(owner, besideRun(stored, stored.prior, "check", occasion), watching);
}

/** The `delete` script is named after what it runs, so that it is taken up when the deletion is tried again. */
export function deleteIntent(owner: Owner, stored: KnownRuns, scriptEnded: DeleteIntent["scriptEnded"]): DeleteIntent {
  const { key, label } = owner;
  const { generation, prior, vmId } = stored;
  const { deleteFailure, removeExtension } = prior.settings;
  const script =
    prior.delete === null ? undefined : beside(owner, besideRun(stored, prior, "delete", null), prior.settings);
  return {
    target: prior.target,
    key,
    generation,
    label,
    knownVmId: vmId,
    script,
    deleteFailure,
    removeExtension,
    scriptEnded,
  };
}

function beside(owner: Owner, run: NextRun, watching: RunIntent["watching"]): RunIntent {
  return { ...named(owner, run), watching, label: owner.label, mask: owner.mask };
}

function named({ key, secrets }: Owner, run: NextRun): Pick<RunIntent, "run" | "name"> {
  return { run, name: { key, runId: runId(key, run.generation, run.purpose, run.content, secrets) } };
}
