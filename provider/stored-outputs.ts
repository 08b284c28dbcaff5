/** What is kept of a resource after a run, or when its inputs changed and nothing ran. Pure. */
import { type VmTarget, vmResourceId } from "../core/arm/invocation";
import type { NextRun } from "../core/plan";
import { type ExecutionState, type RunResult, UNKNOWN_RESULT } from "../core/run/outcome";
import { MASK } from "../core/secrets/secret-texts";
import { kindOf } from "./kinds";
import { earlierSecrets, secretValues } from "./secret-values";
import { clean, type Properties, type Stored, userInputs, withoutInputs } from "./state";

/** Outputs beside those of a run that a refresh adds and a run that is done takes away. */
export const DRIFT_OUTPUTS = { drifted: undefined, checkExitCode: undefined, checkOutput: undefined };

export interface Tried {
  readonly inputs: Properties;
  readonly key: string;
  readonly run: NextRun;
  readonly runId: string;
  /** The run that came to an end: another one than `runId` after a restart of the VM. */
  readonly endedAs: string;
  readonly target: VmTarget;
  readonly vmId: string | undefined;
  readonly result: RunResult;
  /** Whether the result leaves nothing to do. */
  readonly isDone: boolean;
  /** What the state said before; undefined at the first run. */
  readonly before: { readonly stored: Stored; readonly properties: Properties } | undefined;
}

/** Once it is taken up, it is known. */
const NOT_KNOWN_TO_HAVE_RUN: readonly ExecutionState[] = ["Skipped", "NotStarted", "Unknown"];

/** The outputs to store: what was tried last, and how it ended. */
export function storedOutputs(tried: Tried): Properties {
  const { inputs, key, run, runId, target, vmId, before } = tried;
  const { executionState } = tried.result;
  const last = run.purpose === "create" ? undefined : before?.stored;
  const earlier = earlierSecrets(before?.properties, inputs);
  return clean({
    ...userInputs(inputs),
    ...hiddenToKeep(inputs),
    virtualMachineId: vmResourceId(target),
    vmId,
    key,
    generation: run.generation,
    runId,
    scriptRunId: scriptRunOf(tried, last),
    created: last?.prior.created === true || (ranScript(run, tried.result) && executionState === "Succeeded"),
    ...driftToKeep(tried),
    ...withoutTellingDigests(resultToKeep(tried), earlier !== undefined || secretValues(inputs).length > 0),
    earlierSecrets: earlier,
  });
}

/** Whose output later scripts can read: that of the last run of `script` which is known to have run, or may be the first. */
function scriptRunOf({ run, result, endedAs }: Tried, last: Stored | undefined): string | undefined {
  const mayHaveRun = run.runs === "script" && result.executionState === "Unknown";
  return ranScript(run, result) ? endedAs : (last?.scriptRunId ?? (mayHaveRun ? endedAs : undefined));
}

function ranScript(run: NextRun, { executionState }: RunResult): boolean {
  return run.runs === "script" && !NOT_KNOWN_TO_HAVE_RUN.includes(executionState);
}

/** A script that was not needed has printed nothing: what the last one printed is what there is. */
function resultToKeep({ inputs, run, result, before }: Tried): Properties {
  const { executionState } = result;
  if (kindOf(inputs) === "RunCommandExtension") {
    return { executionState };
  }
  return executionState === "Skipped" && run.purpose !== "create" && before !== undefined
    ? { ...pick(before.properties, Object.keys(UNKNOWN_RESULT)), executionState }
    : { ...result };
}

/** What is wrong with the VM stays wrong until a run that mends it is done. */
function driftToKeep({ run, isDone, before }: Tried): Properties {
  return isDone || run.purpose === "create" || before === undefined
    ? {}
    : pick(before.properties, [...Object.keys(DRIFT_OUTPUTS), "driftCheckId"]);
}

/** Refresh and deletion are given nothing but what is stored. */
function hiddenToKeep(inputs: Properties): Properties {
  return pick(inputs, ["kind", "resourceUrn", "customTimeouts", "secretInputs"]);
}

function pick(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.map((name) => [name, properties[name]]));
}

/** What is stored when inputs changed that run nothing. */
export function withNewInputs(olds: Properties, news: Properties): Properties {
  const { virtualMachineId } = olds;
  return clean({
    ...withoutInputs(olds),
    ...userInputs(news),
    ...hiddenToKeep(news),
    virtualMachineId,
    earlierSecrets: earlierSecrets(olds, news),
  });
}

/** The digest of a stream with a secret in it would let everybody who sees it try values until one fits. */
function withoutTellingDigests(result: Properties, hasSecrets: boolean): Properties {
  const tells = (text: unknown, truncated: unknown) =>
    hasSecrets && (truncated === true || (typeof text === "string" && text.includes(MASK)));
  return {
    ...result,
    stdoutSha256: tells(result.stdout, result.stdoutTruncated) ? undefined : result.stdoutSha256,
    stderrSha256: tells(result.stderr, result.stderrTruncated) ? undefined : result.stderrSha256,
  };
}
