/** Puts ARM on the server: its routes, and bodies that are JSON whatever they are called. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { type AnswerOptions, createAnswerer, type RouteConfig } from "./answer";
import type { Refusal } from "./errors";
import { type ArmHandler, type ArmMethod, refuse } from "./route";
import { answerUnknownPath, armRoutes } from "./routes";

/** Largest body that ARM takes. Source: Learn "Azure subscription and service limits", 4 MB per request. */
const BODY_MAX_BYTES = 4 * 1_048_576;
const ALL_METHODS: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** Azure takes them on most of what can be read. */
const CHANGES: readonly string[] = ["PUT", "PATCH", "DELETE"];
/** Above what one is never asked for: nothing below the subscription in these. */
const ROOTS: readonly string[] = ["/subscriptions/*", "/tenants/*", "/providers", "/providers/*"];

export async function armPlugin(app: FastifyInstance, options: AnswerOptions): Promise<void> {
  const answer = createAnswerer(options);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: BODY_MAX_BYTES }, parseBody);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = bodyRefusal(error);
    if (refusal === undefined) {
      throw error;
    }
    return answer(request, reply, { handler: () => refuse(refusal), bodyFits: false });
  });
  const answerWith = (handler: ArmHandler) => (request: FastifyRequest, reply: FastifyReply) =>
    answer(request, reply, { handler, bodyFits: true });
  for (const { url, handlers, needs, schema } of armRoutes(options)) {
    for (const [method, handler] of Object.entries(handlers)) {
      const body = method === "POST" && schema !== undefined ? { schema: { body: schema } } : {};
      const config: RouteConfig = { needs: needs?.[method as ArmMethod] };
      app.route({ method, url, exposeHeadRoute: false, handler: answerWith(handler), config, ...body });
    }
    const others = ALL_METHODS.filter((method) => !(method in handlers));
    const isResource = handlers.GET !== undefined;
    const handler = answerWith(({ method }) => {
      const kind = isResource && CHANGES.includes(method) ? "MethodNotImitated" : "MethodNotAllowed";
      return refuse({ kind, method }, { allow: Object.keys(handlers).join(", ") });
    });
    app.route({ method: [...others], url, handler });
  }
  for (const url of ROOTS) {
    const config: RouteConfig = { isUnknown: true };
    app.route({ method: [...ALL_METHODS], url, handler: answerWith(answerUnknownPath), config });
  }
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
