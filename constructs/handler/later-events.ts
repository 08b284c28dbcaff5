/** Tells from the events of a stack what a request came out of, and whether it is over: it may come late or a second time. Pure. */
import { parseVmId } from "../../core/arm/vm-id";
import { isObject, type JsonObject, textAt } from "../../core/json";
import type { StackRequest } from "./event";
import { keyOf, physicalIdOf } from "./names";
import type { StackEvent } from "./outside";

/** The date of a request has whole seconds: from then on an event is later than the request. */
const CERTAINLY_LATER_MS = 1_000;

/** What a stack can be in, or enter again, while it waits for the answer to a Create or an Update that is no rollback. */
const GOING_FORWARD = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "REVIEW_IN_PROGRESS"];

/**
 * Whatever a stack enters after it has sent a Create or an Update ends what these were sent for, but for a further step of the same
 * way: another operation begins only when the one before has ended, and an Update that rolls back is sent after the rollback began.
 *
 * @param events newest first.
 * @returns the state that the stack entered then; `undefined` when nothing tells of one.
 */
export function stateAfter(request: StackRequest, events: readonly StackEvent[]): string | undefined {
  const ended = ofStack(request, laterThan(request, events)).filter(({ status }) => !GOING_FORWARD.includes(status));
  return ended.at(-1)?.status;
}

/**
 * The state in which a stack has sent a request, for certain: what it has entered within the same second may have come after that.
 *
 * @param events newest first.
 * @returns undefined when nothing tells of it.
 */
export function stateWhenSent(request: StackRequest, events: readonly StackEvent[]): string | undefined {
  const { sentAtMs } = request;
  return sentAtMs === undefined ? undefined : ofStack(request, events).find(({ atMs }) => atMs <= sentAtMs)?.status;
}

/** Those that tell of the stack itself, and what it has entered. */
export function ofStack({ stackId }: StackRequest, events: readonly StackEvent[]): readonly StackEvent[] {
  return events.filter(({ physicalResourceId, isDetail }) => physicalResourceId === stackId && !isDetail);
}

/** How a Create and an Update appear, that of a replacement too. */
const MAKING = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"];

/**
 * Whether the very resource that a Delete takes off was asked for again after it was sent. What CloudFormation shows of a Delete
 * itself has no properties while it cleans up, so nothing is compared with it.
 *
 * Source: events of a real stack, recorded in October 2020 (AuthGrant-49ffcb53-da68-420b-bc52-eea3b6eefca6, a DELETE_IN_PROGRESS
 * in UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS).
 *
 * @param events newest first.
 */
export function isMadeAnew(request: StackRequest, events: readonly StackEvent[]): boolean {
  const own = physicalIdIn(request, request.properties);
  return laterThan(request, events).some(
    ({ logicalResourceId, status, properties }) =>
      logicalResourceId === request.logicalResourceId &&
      MAKING.includes(status) &&
      own !== undefined &&
      physicalIdIn(request, parse(properties)) === own,
  );
}

function laterThan({ sentAtMs }: StackRequest, events: readonly StackEvent[]): readonly StackEvent[] {
  return sentAtMs === undefined ? [] : events.filter(({ atMs }) => atMs >= sentAtMs + CERTAINLY_LATER_MS);
}

function physicalIdIn(request: StackRequest, properties: JsonObject): string | undefined {
  const vm = parseVmId(textAt(properties, "VirtualMachineId") ?? "");
  return vm.kind === "vm" ? physicalIdOf(vm.target, keyOf(request, properties)) : undefined;
}

function parse(json: string | undefined): JsonObject {
  try {
    const value: unknown = JSON.parse(json ?? "");
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
