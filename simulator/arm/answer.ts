/** Answers one request to ARM: judges it in Azure's order, lets a fault strike, and sends what comes of it. */
import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Tokens } from "../entra/tokens";
import { armAnswer } from "../faults/arm-answers";
import type { OperationFault } from "../faults/effect";
import type { FaultTarget } from "../faults/names";
import { firstHalf, type Striker } from "../faults/strike";
import { checkApiVersion } from "./api-version";
import { describeRefusal, type Refusal } from "./errors";
import { commonHeaders, operationIdentifier } from "./headers";
import { arrivalOf, enter, read } from "./metering";
import { findDenial, findLock, type Needs } from "./permission";
import { lastValues } from "./query";
import type { ArmReply, Counted } from "./reply";
import { type ArmCall, type ArmContext, type ArmHandler, refuse } from "./route";
import { checkScope } from "./scope";
import { sightOf } from "./sight";
import { Throttling, type ThrottlingKind } from "./throttling";

export interface AnswerOptions extends ArmContext {
  readonly tokens: Tokens;
  /** Shown in headers: the region of the simulator. */
  readonly location: string;
  readonly striker: Striker;
  readonly throttling: ThrottlingKind;
}

export interface Answering {
  readonly handler: ArmHandler;
  /** False when the body cannot be read or does not fit the schema; the handler then says so. */
  readonly bodyFits: boolean;
}

export type Answerer = (request: FastifyRequest, reply: FastifyReply, how: Answering) => Promise<FastifyReply>;

export function createAnswerer(options: AnswerOptions): Answerer {
  const throttling = new Throttling(options.throttling);
  return async (request, reply, { handler, bodyFits }) => {
    const known = await judge(options, request);
    // From here on nothing waits: what a fault was chosen for is what it strikes.
    const call = callOf(request);
    const arrival = arrivalOf(options, call);
    const judged = enter(throttling, arrival, request, known);
    const act = (fault?: OperationFault): ArmReply => judged ?? read(throttling, arrival, handler({ ...call, fault }));
    const prepared = (answer: ArmReply): string => prepare(options, throttling, request, reply, answer);
    const sight = sightOf(options, request, call, { refused: judged !== undefined, bodyFits });
    const effect = sight === undefined ? undefined : options.striker.choose(request, sight);
    if (effect === undefined || sight === undefined) {
      return send(reply, prepared(act()));
    }
    switch (effect.kind) {
      case "no-answer":
        if (effect.done) {
          act();
        }
        return options.striker.hangUp(reply, effect.end, effect.afterMs);
      case "other-answer":
        return send(reply, prepared(armAnswer(effect.answer, faultFacts(options, sight.target))));
      case "other-operation":
        return send(reply, prepared(act(effect.operation)));
      case "truncated":
        return options.striker.sendHalf(reply, prepared(act()));
      case "cut-json":
        return send(reply, firstHalf(prepared(act())));
    }
  };
}

function faultFacts(options: AnswerOptions, target: FaultTarget): Parameters<typeof armAnswer>[1] {
  const { clock, subscriptionId } = options.world.options;
  return {
    target,
    subscriptionId,
    trackingId: randomUUID(),
    nowMs: clock.nowMs(),
    challenge: (refusal) => challenge(options, refusal),
  };
}

/** On routes that nobody needs a right for, there is none. */
export interface RouteConfig {
  readonly needs?: Needs | undefined;
  /** Of every path that has no route of its own. */
  readonly isUnknown?: true;
}

/**
 * Token, api-version, subscription, rights, then what else the path names, then locks.
 * Source of the order: assumed, but for 401 before all else and for rights before groups (azure-wire.md section 6).
 */
async function judge(options: AnswerOptions, request: FastifyRequest): Promise<ArmReply | undefined> {
  const unauthorized = await options.tokens.check(request.headers.authorization);
  if (unauthorized !== undefined) {
    return refuse(unauthorized, { "www-authenticate": challenge(options, unauthorized) });
  }
  const call = callOf(request);
  const { world } = options;
  const { needs, isUnknown } = request.routeOptions.config as RouteConfig;
  const { subscription } = call.names;
  const refusal =
    checkApiVersion(call.query["api-version"], isUnknown ? "" : undefined) ??
    checkScope(world, subscription === undefined ? {} : { subscription }) ??
    (needs && findDenial(world, call.names, needs, request.headers.authorization ?? "")) ??
    checkScope(world, call.names, request.method) ??
    (needs && findLock(world, call.names, needs));
  // Deleting what is not there is done. Source: ARM RPC contract, "DELETE … 204 if the resource does not exist".
  if (refusal?.kind === "ResourceNotFound" && request.method === "DELETE") {
    return { status: 204, body: "", headers: {}, counted: "none" };
  }
  return refusal === undefined ? undefined : refuse(refusal);
}

/** Source: Azure's answer as kept in public test code of Azure clients (`Bearer authorization_uri="https://login.windows.net/…"`). */
function challenge(options: AnswerOptions, refusal: Refusal): string {
  const why =
    refusal.kind === "NoAuthorization"
      ? "The authentication failed because of missing 'Authorization' header."
      : describeRefusal(refusal).message.split(". ")[0];
  return `Bearer authorization_uri="${options.endpoint()}/${options.identity.tenantId}", error="invalid_token", error_description="${why}"`;
}

function callOf(request: FastifyRequest): ArmCall {
  const query = lastValues(request.query);
  return {
    method: request.method,
    path: request.url.split("?")[0] ?? "",
    names: request.params as ArmCall["names"],
    query,
    apiVersion: query["api-version"] ?? "",
    body: request.body,
    client: request.headers["user-agent"],
    fault: undefined,
  };
}

/** What begins an operation or follows one. */
const ON_OPERATIONS: readonly Counted[] = ["poll", "run", "power", "instanceRun", "instancePower"];

/** Sets status and headers. @returns the body. */
function prepare(
  options: AnswerOptions,
  throttling: Throttling,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ArmReply,
): string {
  const sent = request.headers["x-ms-correlation-request-id"];
  const arrival = arrivalOf(options, callOf(request));
  const facts = {
    nowMs: arrival.nowMs,
    requestId: randomUUID(),
    correlationId: typeof sent === "string" ? sent : undefined,
    location: options.location,
    ...options.identity,
  };
  const fromCompute = answer.counted !== "none" && answer.counted !== "read";
  const onOperation = ON_OPERATIONS.includes(answer.counted);
  reply.code(answer.status).headers({
    ...commonHeaders(facts),
    ...(fromCompute ? { "x-ms-need-to-refresh-epl-cache": "False" } : {}),
    ...(onOperation ? { "x-ms-operation-identifier": operationIdentifier(facts) } : {}),
    ...throttling.headers(answer.counted, arrival),
    ...(answer.body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...answer.headers,
  });
  return answer.body;
}

function send(reply: FastifyReply, body: string): FastifyReply {
  if (body === "") {
    return reply.statusCode === 204 ? reply.send() : reply.header("content-length", "0").send();
  }
  return reply.send(body);
}
