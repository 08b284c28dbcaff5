/** What a fault sees of a request to ARM. */
import type { FastifyRequest } from "fastify";
import type { Sight } from "../faults/fault";
import type { FaultTarget } from "../faults/names";
import { wouldRun } from "./machine-routes";
import type { ArmCall, ArmContext } from "./route";
import { vmNameOf } from "./scope";

/** How a request was judged before a fault is looked for. */
export interface Judgement {
  readonly refused: boolean;
  /** False when the body cannot be read or does not fit. */
  readonly bodyFits: boolean;
}

/** @returns undefined for what no fault can strike. */
export function sightOf(
  context: ArmContext,
  request: FastifyRequest,
  call: ArmCall,
  { refused, bodyFits }: Judgement,
): Sight | undefined {
  const target = targetOf(request);
  switch (target) {
    case undefined:
      return undefined;
    case "token":
    case "vm":
      return { target, vm: vmNameOf(call.names), commandId: undefined, reach: refused ? "front" : "acts" };
    case "poll": {
      const operation = context.world.operations.get((call.names.id ?? "").toLowerCase());
      return {
        target,
        vm: operation?.vmName,
        commandId: operation?.commandId,
        reach: refused ? "front" : "acts",
      };
    }
    case "post": {
      const acts = !refused && bodyFits && wouldRun(context, call);
      const reach = refused ? "front" : acts ? "acts" : "service";
      return { target, vm: vmNameOf(call.names), commandId: commandIdOf(call.body), reach };
    }
  }
}

/** By the pattern of the route, which does not differ by case, slashes or names. */
function targetOf(request: FastifyRequest): FaultTarget | undefined {
  const pattern = request.routeOptions.url ?? "";
  if (request.method === "POST") {
    return /\/:(vm|instance)\/runCommand$/.test(pattern) ? "post" : undefined;
  }
  if (request.method !== "GET") {
    return undefined;
  }
  return pattern.endsWith("/operations/:id")
    ? "poll"
    : /\/:(vm|instance)(\/instanceView)?$/.test(pattern)
      ? "vm"
      : undefined;
}

/** From a body that nobody has checked. */
function commandIdOf(body: unknown): string | undefined {
  return typeof body === "object" && body !== null && "commandId" in body && typeof body.commandId === "string"
    ? body.commandId
    : undefined;
}
