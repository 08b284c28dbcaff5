/** The one address of all simulated services, on loopback: finds out who calls which of them, and asks IAM. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { FaultOf, Faults, Refusal } from "../faults";
import type { Roles } from "../iam/roles";
import type { Principal, Sessions } from "../iam/sessions";
import { AwsError, INTERNAL_ERROR, type Service, type ServiceReply, type ServiceRequest } from "./service";

export interface EndpointOptions {
  readonly sessions: Sessions;
  readonly roles: Roles;
  readonly faults: Faults;
  nowMs(): number;
  /** Takes what was sent to the ResponseURL of a custom resource. */
  receiveResponse(path: string, body: string): ServiceReply;
}

/** One call to a service, and what IAM and the faults made of it. */
export interface ServiceCall {
  readonly atMs: number;
  /** `service:Action`. */
  readonly action: string;
  readonly resource: string;
  readonly roleArn: string;
  readonly verdict: "allowed" | "denied" | Refusal;
}

/** Paths of ResponseURLs begin with the ARN of a stack. */
const RESPONSE_PATH = "/arn%3Aaws%3Acloudformation%3A";
/** Largest synchronous payload. Source: AWS Lambda quotas. Unit: bytes. */
const BODY_MAX_BYTES = 6 * 1_048_576;

export class Endpoint {
  readonly calls: ServiceCall[] = [];
  readonly #app: FastifyInstance = fastify({ bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true });
  readonly #services = new Map<string, Service>();

  constructor(private readonly options: EndpointOptions) {
    this.#app.removeAllContentTypeParsers();
    this.#app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    // The CDK's framework sends an empty content type, at which fastify would stop.
    this.#app.addHook("onRequest", async ({ raw }) => {
      raw.headers["content-type"] ||= "application/octet-stream";
    });
    this.#app.all("/*", async (request, reply) => {
      const answer = await this.#answer(request);
      // By it, AWS's clients correct their own clocks, which are those of the cloud here.
      const date = new Date(this.options.nowMs()).toUTCString();
      return reply
        .code(answer.status)
        .headers({ ...answer.headers, date })
        .send(answer.body);
    });
  }

  /** @param name as in the credential scope of a signature. */
  add(name: string, service: Service): void {
    this.#services.set(name, service);
  }

  async listen(): Promise<number> {
    await this.#app.listen({ host: "127.0.0.1", port: 0 });
    return (this.#app.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.#app.close();
  }

  async #answer(request: FastifyRequest): Promise<ServiceReply> {
    const [path = "", query = ""] = request.url.split(/\?(.*)/s);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (request.method === "PUT" && path.startsWith(RESPONSE_PATH)) {
      return this.options.receiveResponse(path, body.toString("utf8"));
    }
    const { principal, service: name = "" } = this.options.sessions.principalOf(request.headers.authorization);
    const service = this.#services.get(name);
    if (service === undefined || principal === undefined) {
      const why = service === undefined ? `no service '${name}'` : "nobody with this access key";
      return { status: 403, body: `the simulator knows ${why}` };
    }
    const requestId = randomUUID();
    const call: Call = { method: request.method, path, query, headers: request.headers, body, principal };
    try {
      return await this.#handle(service, name, call);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500);
      return service.refuse(known, requestId);
    }
  }

  async #handle(service: Service, name: string, call: Call): Promise<ServiceReply> {
    const { query, ...rest } = call;
    let late: FaultOf<"refuse"> | undefined;
    const request: ServiceRequest = {
      ...rest,
      query: new URLSearchParams(query),
      authorize: (action, resource, context = {}) => {
        late ??= this.#authorize(name, call.principal, action, resource, context);
      },
      allowed: (action, resource) =>
        this.options.roles.allow(call.principal.roleArn, { action, resource, context: COMMON_CONTEXT }),
    };
    const reply = await service.handle(request);
    if (late !== undefined) {
      throw refusal(late.with, name);
    }
    return reply;
  }

  /** @returns a fault that strikes only when the call has been done. */
  #authorize(
    service: string,
    { roleArn, sessionArn }: Principal,
    action: string,
    resource: string,
    context: Readonly<Record<string, readonly string[]>>,
  ): FaultOf<"refuse"> | undefined {
    const { roles, faults, nowMs } = this.options;
    const allowed = roles.allow(roleArn, { action, resource, context: { ...COMMON_CONTEXT, ...context } });
    const fault = allowed ? faults.ofCall(action) : undefined;
    const verdict = allowed ? (fault?.with ?? "allowed") : "denied";
    this.calls.push({ atMs: nowMs(), action, resource, roleArn, verdict });
    if (!allowed || fault?.with === "accessDenied") {
      throw accessDenied(service, sessionArn, action, resource);
    }
    if (fault !== undefined && fault.acts !== true) {
      throw refusal(fault.with, service);
    }
    return fault;
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: ServiceRequest["headers"];
  readonly body: Buffer;
  readonly principal: Principal;
}

/** Every real call comes over TLS. */
const COMMON_CONTEXT = { "aws:SecureTransport": ["true"] };

/** Source: IAM User Guide, "Troubleshoot access denied error messages". */
function accessDenied(service: string, sessionArn: string, action: string, resource: string): AwsError {
  const code = ["s3", "sts", "cloudformation"].includes(service) ? "AccessDenied" : "AccessDeniedException";
  const status = ["secretsmanager", "ssm", "states"].includes(service) ? 400 : 403;
  return new AwsError(
    code,
    `User: ${sessionArn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    status,
  );
}

/** Source: each service's API reference, "Errors" and "Common Error Types". */
function refusal(refused: Refusal, service: string): AwsError {
  if (refused !== "throttle") {
    return INTERNAL_ERROR;
  }
  switch (service) {
    case "lambda":
      return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    case "s3":
      return new AwsError("SlowDown", "Please reduce your request rate.", 503);
    case "sts":
    case "cloudformation":
      return new AwsError("Throttling", "Rate exceeded");
    default:
      return new AwsError("ThrottlingException", "Rate exceeded");
  }
}
