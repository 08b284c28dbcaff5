/** How a resource of a stack and its runs are named, so that one request is one run. Pure. */
import { createHash } from "node:crypto";
import { type VmTarget, vmResourceId } from "../../core/arm/invocation";
import type { RunName } from "../../core/guest/protocol";
import { type Purpose, type RunContent, resourceKey, runId } from "../../core/identity";
import { NO_GUARDS } from "../../core/inputs/input-guards";
import { canonicalJson } from "../../core/json";
import type { StackRequest } from "./event";

/**
 * The key of a resource on its VM. Other `ReplaceTriggers` are another resource; a physical id has no part in it, since a Delete
 * may come with one that CloudFormation made up.
 */
export function keyOf({ stackId, logicalResourceId }: StackRequest, properties: StackRequest["properties"]): string {
  const triggers = canonicalJson(properties.ReplaceTriggers ?? null, asText);
  return resourceKey(`${stackId} ${logicalResourceId} ${sha256(triggers)}`);
}

/** Whether CloudFormation has made a string of it or not yet. */
function asText(part: unknown): unknown {
  return typeof part === "number" || typeof part === "boolean" ? String(part) : part;
}

/** Another VM or another key is another physical resource: CloudFormation deletes the one before. */
export function physicalIdOf(target: VmTarget, key: string): string {
  return `azrc-${sha256(vmResourceId(target).toLowerCase()).slice(0, 10)}-${key}`;
}

/** Whether this handler made it. One that it did not make, CloudFormation made up for a Create that has not answered yet. */
export function isOurPhysicalId(id: string | undefined): boolean {
  return id !== undefined && /^azrc-[0-9a-f]{10}-[0-9a-f]{20}$/.test(id);
}

/** Of the resource that follows a run. It stays the same as long as the resource does that begins the runs. */
export function waitPhysicalIdOf(key: string): string {
  return `azrc-wait-${key}`;
}

/** Which script runs: in the names of runs, `create` stands for `script` whatever it is run for. */
export type RunKind = Extract<Purpose, "create" | "update" | "delete">;

/** What a request runs has the same name in every delivery of it, but for its generation. */
export function runNameOf(key: string, generation: number, kind: RunKind, requestId: string): RunName {
  return { key, runId: runId(key, generation, kind, { ...NOTHING, occasion: requestId }, []) };
}

/** One for all deletions of a resource: a Delete that is tried again goes on with what the one before began. */
export function deleteRunNameOf(key: string): RunName {
  return { key, runId: runId(key, 1, "delete", { ...NOTHING, occasion: null }, []) };
}

const NOTHING: RunContent = {
  script: "",
  environment: {},
  protectedEnvironment: {},
  arguments: [],
  triggers: null,
  replaceTriggers: null,
  guards: NO_GUARDS,
  runAsUser: null,
  workingDirectory: null,
  occasion: null,
};

export interface ParsedRunId {
  readonly generation: number;
  readonly kind: RunKind;
  /** What tells the runs of different requests apart. */
  readonly digits: string;
}

/** @returns undefined when it is no name of a run of this handler's. */
export function parseRunId(id: string): ParsedRunId | undefined {
  const [, generation, kind, digits] = /^([1-9][0-9]{0,8})-(create|update|delete)-([0-9a-f]{12})$/.exec(id) ?? [];
  return kind === undefined || digits === undefined
    ? undefined
    : { generation: Number(generation), kind: kind as RunKind, digits };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
