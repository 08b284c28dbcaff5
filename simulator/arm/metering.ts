/** Where on its way a request is counted: at ARM, then at Compute, before anything is changed. */
import type { FastifyRequest } from "fastify";
import type { ArmReply, Counted } from "./reply";
import type { ArmCall, ArmContext } from "./route";
import type { Arrival, Throttling } from "./throttling";

export function arrivalOf({ world, identity }: ArmContext, { method, names }: ArmCall): Arrival {
  const { clock, subscriptionId } = world.options;
  const resource = Object.values(names).join("/");
  return { method, resource, nowMs: clock.nowMs(), subscriptionId, objectId: identity.objectId };
}

/**
 * ARM counts whatever has a token; Compute what ARM lets through.
 *
 * @returns the answer of whoever refuses the request.
 */
export function enter(
  throttling: Throttling,
  arrival: Arrival,
  request: FastifyRequest,
  judged: ArmReply | undefined,
): ArmReply | undefined {
  if (judged?.status === 401) {
    return judged;
  }
  const counted = countedBefore(request);
  return throttling.enterArm(arrival) ?? judged ?? (counted && throttling.enterCompute(counted, arrival));
}

/** How a request is counted that would change something, before it does. */
function countedBefore({ method, routeOptions }: FastifyRequest): Counted | undefined {
  const pattern = routeOptions.url ?? "";
  if (!pattern.includes("/:vm") && !pattern.includes("/:instance")) {
    return undefined;
  }
  const isInstance = pattern.includes("/:instance");
  if (method === "POST" && pattern.endsWith("/runCommand")) {
    return isInstance ? "instanceRun" : "run";
  }
  return method === "POST" || method === "DELETE" ? (isInstance ? "instancePower" : "power") : undefined;
}

/** What was only read has changed nothing, and can still be refused. */
export function read(throttling: Throttling, arrival: Arrival, answer: ArmReply): ArmReply {
  return (arrival.method === "GET" ? throttling.enterCompute(answer.counted, arrival) : undefined) ?? answer;
}
