/** What the core is to do for a resource of a stack. Pure. */
import type { RunName } from "../../core/guest/protocol";
import type { Known } from "../../core/inputs/desired-state";
import { besideRun, firstRun, type LastRun, type NextRun, nextRun } from "../../core/plan";
import type { ScriptIntent } from "../../core/run/execute";
import type { RunIntent } from "../../core/run/run-on-vm";
import type { Mask } from "../../core/secrets/secret-texts";
import type { StackRequest } from "./event";
import { deleteRunNameOf, parseRunId, runNameOf } from "./names";

/** @param last what is known of the newest run; `undefined` where none of this resource has run on the VM. */
export function decidedRun(known: Known, last: LastRun | undefined): NextRun {
  return last === undefined ? firstRun(known) : nextRun(last, known, []);
}

export function nameOfRun({ generation, runs }: NextRun, key: string, { requestId }: StackRequest): RunName {
  return runNameOf(key, generation, runs === "update" ? "update" : "create", requestId);
}

/** The run that has this name, for what a restart of the VM may make it run again. */
export function begunRun(runId: string, known: Known, last: string | undefined): NextRun {
  const { generation = 1, kind = "create" } = parseRunId(runId) ?? {};
  return decidedRun(known, generation === 1 ? undefined : lastRun(generation - 1, kind === "update", last));
}

function lastRun(generation: number, created: boolean, scriptRunId: string | undefined): LastRun {
  const prior = { executionState: "Succeeded", created, driftCheckId: null, rebuilt: false } as const;
  return { key: "", generation, runId: "", scriptRunId, prior };
}

export interface Asked {
  readonly known: Known;
  readonly label: string;
  readonly mask: Mask;
  /** How long to wait for the VM, in seconds. */
  readonly readyTimeoutInSeconds: number;
}

export function scriptIntent(run: NextRun, name: RunName, asked: Asked): ScriptIntent {
  const { known, label, mask, readyTimeoutInSeconds } = asked;
  return {
    target: known.target,
    run,
    name,
    watching: known.settings,
    label,
    mask,
    // Nobody keeps count of VMs: their receipts tell which of them they were made on.
    knownVmId: undefined,
    onRebuiltVm: undefined,
    readyTimeoutInSeconds,
  };
}

/** @param last the run of `script` whose output the `delete` script can read. */
export function deleteRun(
  { known, label, mask }: Omit<Asked, "readyTimeoutInSeconds">,
  key: string,
  last: string | undefined,
): RunIntent {
  const run = besideRun(lastRun(1, true, last), known, "delete", null);
  // Two looks of one Delete may be under way: what the one has deleted, the other does not run again.
  return { run, name: deleteRunNameOf(key), watching: known.settings, label, mask, onlyAfterRuns: true };
}
