/** What is kept of a resource after a run, or when its inputs changed and nothing ran. Pure. */
import { type VmTarget, vmResourceId } from "../core/arm/invocation";
import { isObject } from "../core/json";
import type { NextRun } from "../core/plan";
import { lastRunAfter } from "../core/run/last-run";
import { type RunResult, UNKNOWN_RESULT } from "../core/run/outcome";
import { MASK, type Mask } from "../core/secrets/secret-texts";
import { kindOf } from "./kinds";
import { earlierSecrets, maskFor, secretValues } from "./secret-values";
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

/** The outputs to store: what was tried last, and how it ended. */
export function storedOutputs(tried: Tried): Properties {
  const { inputs, target, vmId, before } = tried;
  const { executionState } = tried.result;
  const { key, generation, runId, scriptRunId, prior } = lastRunAfter({
    ...tried,
    executionState,
    before: before?.stored,
  });
  const earlier = earlierSecrets(before?.properties, inputs);
  return clean({
    ...userInputs(inputs),
    ...hiddenToKeep(inputs),
    virtualMachineId: vmResourceId(target),
    vmId,
    key,
    generation,
    runId,
    scriptRunId,
    created: prior.created,
    ...(prior.driftCheckId === null ? {} : driftToKeep(before?.properties)),
    ...withoutTellingDigests(resultToKeep(tried), earlier !== undefined || secretValues(inputs).length > 0),
    earlierSecrets: earlier,
  });
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

function driftToKeep(before: Properties = {}): Properties {
  return pick(before, [...Object.keys(DRIFT_OUTPUTS), "driftCheckId"]);
}

/** Refresh and deletion are given nothing but what is stored. */
export function hiddenToKeep(inputs: Properties): Properties {
  return pick(inputs, ["kind", "members", "resourceUrn", "customTimeouts", "secretInputs"]);
}

function pick(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.map((name) => [name, properties[name]]));
}

/** What is stored when inputs changed that run nothing. */
export function withNewInputs(olds: Properties, news: Properties): Properties {
  const { virtualMachineId } = olds;
  return clean({
    ...withoutNewSecrets(olds, news),
    ...userInputs(news),
    ...hiddenToKeep(news),
    virtualMachineId,
    earlierSecrets: earlierSecrets(olds, news),
  });
}

/** What was printed before one of its words became a secret. */
function withoutNewSecrets(olds: Properties, news: Properties): Properties {
  const mask = maskFor(news);
  const kept = withoutInputs(olds);
  const printed = Object.entries(pick(kept, PRINTED)).map(([name, value]) => [name, maskedTexts(value, mask)]);
  return withoutTellingDigests({ ...kept, ...Object.fromEntries(printed) }, secretValues(news).length > 0);
}

/** Outputs that have what scripts printed: texts, or of a fleet texts by the names of VMs. */
const PRINTED = ["stdout", "stderr", "outputs", "checkOutput"];

function maskedTexts(value: unknown, mask: Mask): unknown {
  if (typeof value === "string") {
    return mask(value);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskedTexts(inner, mask)]))
    : value;
}

/** The digest of a stream with a secret in it would let everybody who sees it try values until one fits. */
export function withoutTellingDigests(result: Properties, hasSecrets: boolean): Properties {
  const tells = (text: unknown, truncated: unknown) =>
    hasSecrets && (truncated === true || (typeof text === "string" && text.includes(MASK)));
  return {
    ...result,
    stdoutSha256: tells(result.stdout, result.stdoutTruncated) ? undefined : result.stdoutSha256,
    stderrSha256: tells(result.stderr, result.stderrTruncated) ? undefined : result.stderrSha256,
  };
}
