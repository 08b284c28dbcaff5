/** Puts ARM on the server: judges each request in Azure's order, and sends what the routes answer. */
import { randomUUID } from "node:crypto";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { Tokens } from "../entra/tokens";
import { checkApiVersion } from "./api-version";
import { describeRefusal, type Refusal } from "./errors";
import { Counters, commonHeaders, operationIdentifier } from "./headers";
import type { ArmReply } from "./reply";
import { type ArmCall, type ArmContext, type ArmHandler, answerUnknownPath, armRoutes, refuse } from "./routes";
import { checkScope } from "./scope";

export interface ArmOptions extends ArmContext {
  readonly tokens: Tokens;
  readonly endpoint: () => string;
  /** Shown in headers: the region of the simulator. */
  readonly location: string;
}

/** Largest body that ARM takes. Source: Learn "Azure subscription and service limits", 4 MB per request. */
const BODY_MAX_BYTES = 4 * 1_048_576;
const ALL_METHODS: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** Above what one is never asked for: nothing below the subscription in these. */
const ROOTS: readonly string[] = ["/subscriptions/*", "/tenants/*", "/providers", "/providers/*"];

export async function armPlugin(app: FastifyInstance, options: ArmOptions): Promise<void> {
  const counters = new Counters();
  const send = (request: FastifyRequest, reply: FastifyReply, answer: ArmReply): FastifyReply =>
    sendReply(options, counters, request, reply, answer);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: BODY_MAX_BYTES }, parseBody);
  app.addHook("onRequest", async (request, reply) => {
    const answer = await judge(options, request);
    return answer === undefined ? undefined : send(request, reply, answer);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = bodyRefusal(error);
    if (refusal === undefined) {
      throw error;
    }
    return send(request, reply, refuse(refusal));
  });
  const answerWith = (handler: ArmHandler) => (request: FastifyRequest, reply: FastifyReply) =>
    send(request, reply, handler(callOf(request)));
  for (const { url, handlers, schema } of armRoutes(options)) {
    for (const [method, handler] of Object.entries(handlers)) {
      const body = method === "POST" && schema !== undefined ? { schema: { body: schema } } : {};
      app.route({ method, url, exposeHeadRoute: false, handler: answerWith(handler), ...body });
    }
    const others = ALL_METHODS.filter((method) => !(method in handlers));
    const handler = answerWith(({ method }) =>
      refuse({ kind: "MethodNotAllowed", method }, { allow: Object.keys(handlers).join(", ") }),
    );
    app.route({ method: [...others], url, handler });
  }
  for (const url of ROOTS) {
    app.route({ method: [...ALL_METHODS], url, handler: answerWith(answerUnknownPath) });
  }
}

/** Token, then api-version, then what the path names. Source of the order: assumed, but for 401 before all else. */
async function judge(options: ArmOptions, request: FastifyRequest): Promise<ArmReply | undefined> {
  const unauthorized = await options.tokens.check(request.headers.authorization);
  if (unauthorized !== undefined) {
    return refuse(unauthorized, { "www-authenticate": challenge(options, unauthorized) });
  }
  const call = callOf(request);
  const refusal = checkApiVersion(call.query["api-version"]) ?? checkScope(options.world, call.names);
  // Deleting what is not there is done. Source: ARM RPC contract, "DELETE … 204 if the resource does not exist".
  if (refusal?.kind === "ResourceNotFound" && request.method === "DELETE") {
    return { status: 204, body: "", headers: {}, counted: "none" };
  }
  return refusal === undefined ? undefined : refuse(refusal);
}

/** Source: Azure's answer as kept in public test code of Azure clients (`Bearer authorization_uri="https://login.windows.net/…"`). */
function challenge(options: ArmOptions, refusal: Refusal): string {
  const why =
    refusal.kind === "NoAuthorization"
      ? "The authentication failed because of missing 'Authorization' header."
      : describeRefusal(refusal).message.split(". ")[0];
  return `Bearer authorization_uri="${options.endpoint()}/${options.identity.tenantId}", error="invalid_token", error_description="${why}"`;
}

function callOf(request: FastifyRequest): ArmCall {
  const query = request.query as Readonly<Record<string, string | undefined>>;
  return {
    method: request.method,
    path: request.url.split("?")[0] ?? "",
    names: request.params as ArmCall["names"],
    query,
    apiVersion: query["api-version"] ?? "",
    body: request.body,
  };
}

/** JSON whatever the content type says; `az` and SDKs send `application/json`. Source: assumed that ARM is that tolerant. */
function parseBody(
  _request: FastifyRequest,
  body: string | Buffer,
  done: (error: Error | null, value?: unknown) => void,
): void {
  const text = String(body);
  try {
    done(null, text.trim() === "" ? undefined : JSON.parse(text));
  } catch (error) {
    done(Object.assign(new Error(error instanceof Error ? error.message : String(error)), { code: "UNREADABLE_JSON" }));
  }
}

function bodyRefusal(error: FastifyError): Refusal | undefined {
  if (error.validation !== undefined) {
    const problem = error.validation[0];
    const name = `${problem?.instancePath ?? ""}/${String(problem?.params.missingProperty ?? "")}`
      .replace(/^\/|\/$/g, "")
      .replace(/\//g, ".");
    if (problem?.keyword === "required" || (problem?.keyword === "minLength" && name === "commandId")) {
      return { kind: "ParameterMissing", name };
    }
    return name === ""
      ? { kind: "BodyUnreadable", detail: "The request content is not a JSON object" }
      : { kind: "ParameterInvalid", name, detail: `It ${problem?.message ?? "is not valid"}.` };
  }
  if (error.code === "UNREADABLE_JSON") {
    return { kind: "BodyUnreadable", detail: error.message };
  }
  return error.code === "FST_ERR_CTP_BODY_TOO_LARGE" ? { kind: "BodyTooLarge" } : undefined;
}

function sendReply(
  options: ArmOptions,
  counters: Counters,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ArmReply,
): FastifyReply {
  const names = callOf(request).names;
  const sent = request.headers["x-ms-correlation-request-id"];
  const facts = {
    counted: answer.counted,
    resource: names.id ?? `${names.group}/${names.vm}`,
    nowMs: options.world.options.clock.nowMs(),
    requestId: randomUUID(),
    correlationId: typeof sent === "string" ? sent : undefined,
    location: options.location,
    ...options.identity,
  };
  const fromCompute = answer.counted !== "none" && answer.counted !== "read";
  const onOperation = answer.counted === "poll" || answer.counted === "run" || answer.counted === "power";
  reply.code(answer.status).headers({
    ...commonHeaders(facts),
    ...(fromCompute ? { "x-ms-need-to-refresh-epl-cache": "False" } : {}),
    ...(onOperation ? { "x-ms-operation-identifier": operationIdentifier(facts) } : {}),
    ...counters.headers(facts),
    ...answer.headers,
  });
  if (answer.body === "") {
    return answer.status === 204 ? reply.send() : reply.header("content-length", "0").send();
  }
  return reply.header("content-type", "application/json; charset=utf-8").send(answer.body);
}
