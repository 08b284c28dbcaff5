/** Whole values of which a test cares about a part. */

import type { RunReport, RunRequest } from "../../core/guest/protocol";
import type { Known } from "../../core/inputs/desired-state";

export const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
export const NAME = { key: "key", runId: "1-create-0" };

export function knownExample(other: Partial<Known> = {}): Known {
  return {
    target: TARGET,
    script: "true",
    environment: {},
    protectedEnvironment: {},
    arguments: [],
    triggers: null,
    runAsUser: null,
    workingDirectory: null,
    settings: { timeoutInSeconds: null, rebootPolicy: "fail", outputMaxBytes: 65_536, logging: "none" },
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
    lastLine: undefined,
    behind: undefined,
    reason: undefined,
    ...other,
  };
}
