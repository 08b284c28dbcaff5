/** Whole values of which a test cares about a part. */

import type { RunGuards, RunReport, RunRequest } from "../../core/guest/protocol";
import type { Known } from "../../core/inputs/desired-state";
import { DEFAULT_SETTINGS } from "../../core/inputs/input-settings";
import { firstRun } from "../../core/plan";
import type { ScriptIntent } from "../../core/run/execute";
import type { DeleteIntent } from "../../core/run/execute-delete";

export const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
export const NAME = { key: "key", runId: "1-create-0" };

const NO_GUARDS: RunGuards = { creates: undefined, unless: undefined, onlyIf: undefined };

export function knownExample(other: Partial<Known> = {}): Known {
  return {
    target: TARGET,
    script: "true",
    command: null,
    update: null,
    delete: null,
    check: null,
    guards: { creates: null, unless: null, onlyIf: null },
    environment: {},
    protectedEnvironment: {},
    arguments: [],
    triggers: null,
    replaceTriggers: null,
    runAsUser: null,
    workingDirectory: null,
    settings: DEFAULT_SETTINGS,
    ...other,
  };
}

/** The first run of a resource, or one that the state knows. */
export function scriptIntentExample(
  known: Known = knownExample(),
  { knownRun = false, ...other }: Partial<ScriptIntent> & { readonly knownRun?: boolean } = {},
): ScriptIntent {
  return {
    target: known.target,
    run: { ...firstRun(known), knownRun },
    name: NAME,
    watching: known.settings,
    label: "prepare",
    mask: (text) => text,
    knownVmId: undefined,
    readyTimeoutInSeconds: known.settings.readyTimeoutInSeconds,
    onRebuiltVm: undefined,
    ...other,
  };
}

export function deleteIntentExample(other: Partial<DeleteIntent> = {}): DeleteIntent {
  return {
    target: TARGET,
    key: NAME.key,
    label: "prepare",
    generation: 1,
    knownVmId: undefined,
    script: undefined,
    deleteFailure: "fail",
    removeExtension: "whenLast",
    scriptEnded: () => undefined,
    ...other,
  };
}

export function runRequestExample(other: Partial<RunRequest> = {}): RunRequest {
  return {
    verb: "run",
    ...NAME,
    vmId: "11111111-2222-3333-4444-555555555555",
    script: "true",
    environment: {},
    arguments: [],
    user: undefined,
    workingDirectory: undefined,
    timeoutSeconds: 0,
    guards: NO_GUARDS,
    last: undefined,
    beside: false,
    endsOthers: false,
    onlyAfterRuns: false,
    retryUnless: undefined,
    retryWindowSeconds: undefined,
    continues: undefined,
    resumeWindowSeconds: 7_200,
    outputMaxBytes: 65_536,
    ...other,
  };
}

export function reportExample(other: Partial<RunReport> = {}): RunReport {
  return {
    kind: "run",
    ...NAME,
    state: "Running",
    exitCode: undefined,
    signal: undefined,
    startedAtSeconds: undefined,
    endedAtSeconds: undefined,
    takenUp: false,
    stdout: undefined,
    stderr: undefined,
    namedOutputsBytes: undefined,
    chunk: undefined,
    news: undefined,
    lastLine: undefined,
    behind: undefined,
    reason: undefined,
    guard: undefined,
    ...other,
  };
}
