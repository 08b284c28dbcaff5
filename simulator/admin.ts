/** The simulator's own interface below `/_simulator`, for tests and curious people; not part of Azure. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { adminAzurePlugin } from "./admin-azure";
import { type AdminScaleSetsOptions, adminScaleSetsPlugin } from "./admin-scale-sets";
import { type AdminSignInOptions, adminSignInPlugin } from "./admin-sign-in";
import { type AdminVmsOptions, adminVmsPlugin, machineNamed, noSuchMachine } from "./admin-vms";
import { formatInstant } from "./arm/instant";
import { ASSUMED } from "./assumed";
import { sameSecret } from "./entra/routes";
import { faultsPlugin } from "./faults/admin";
import type { FaultChoice } from "./faults/choice";
import { GuestOffError } from "./guest/guest";
import { pagePlugin } from "./page/plugin";
import type { RequestLog } from "./request-log";
import type { Operation } from "./world";

export const KEY_HEADER = "x-simulator-key";

export interface AdminOptions extends AdminSignInOptions, AdminVmsOptions, AdminScaleSetsOptions {
  readonly key: string;
  /** Stands in the address of the page, and so in the history of a browser. */
  readonly pageKey: string;
  readonly requests: RequestLog;
  readonly secret: { expired: boolean };
  readonly faults: FaultChoice;
}

interface MachineRoute {
  Params: { name: string };
}

const EXEC_SCHEMA = {
  type: "object",
  required: ["argv"],
  properties: { argv: { type: "array", minItems: 1, items: { type: "string" } }, stdin: { type: "string" } },
} as const;
const SECRET_SCHEMA = { type: "object", required: ["expired"], properties: { expired: { type: "boolean" } } } as const;

/** The page's own key opens what the page shows, and changes nothing. */
function opens({ key, pageKey }: AdminOptions, request: FastifyRequest, pagePrefix: string): boolean {
  const given = givenKey(request) ?? "";
  const isOfPage = request.method === "GET" && request.routeOptions.url?.startsWith(pagePrefix) === true;
  return sameSecret(given, key) || (isOfPage && sameSecret(given, pageKey));
}

export async function adminPlugin(app: FastifyInstance, options: AdminOptions): Promise<void> {
  app.addHook("onRequest", async (request, reply) =>
    opens(options, request, `${app.prefix}/page/`)
      ? undefined
      : reply.code(401).send({ error: `this needs the simulator's key: ${KEY_HEADER}, or Authorization: Bearer` }),
  );
  app.setNotFoundHandler(async ({ method, url }, reply) =>
    reply.code(404).send({ error: `the simulator has no ${method} ${url.split("?")[0]}` }),
  );
  app.get("/operations", async () => [...options.world.operations.values()].map(operationDocument));
  app.get("/requests", async () => options.requests.list());
  app.get("/assumed", async () => ASSUMED);
  app.post<MachineRoute & { Body: { argv: string[]; stdin?: string } }>(
    "/vms/:name/exec",
    { schema: { body: EXEC_SCHEMA } },
    (request, reply) => execute(options, request, reply),
  );
  app.put<{ Body: { expired: boolean } }>("/client-secret", { schema: { body: SECRET_SCHEMA } }, async (request) => {
    options.secret.expired = request.body.expired;
    return { expired: options.secret.expired };
  });
  void app.register(adminVmsPlugin, { prefix: "/vms", world: options.world, replaceMachine: options.replaceMachine });
  void app.register(adminScaleSetsPlugin, {
    prefix: "/scale-sets",
    world: options.world,
    bringToScale: options.bringToScale,
  });
  void app.register(adminAzurePlugin, { world: options.world });
  void app.register(adminSignInPlugin, { registrations: options.registrations });
  void app.register(pagePlugin, { prefix: "/page", world: options.world, requests: options.requests });
  void app.register(faultsPlugin, { prefix: "/faults", faults: options.faults });
}

function givenKey(request: FastifyRequest): string | undefined {
  const header = request.headers[KEY_HEADER];
  return typeof header === "string" ? header : /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function operationDocument(operation: Operation): object {
  const { outcome } = operation;
  return {
    id: operation.id,
    vm: operation.vmName,
    action: operation.action,
    commandId: operation.commandId ?? null,
    postedAt: new Date(operation.postedAtMs).toISOString(),
    start: formatInstant(operation.startedAt),
    end: outcome.kind === "running" ? null : formatInstant(outcome.endedAt),
    status: STATUS[outcome.kind],
  };
}

const STATUS: Readonly<Record<Operation["outcome"]["kind"], string>> = {
  running: "InProgress",
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
};

async function execute(
  { world }: AdminOptions,
  request: FastifyRequest<MachineRoute & { Body: { argv: string[]; stdin?: string } }>,
  reply: FastifyReply,
): Promise<object> {
  const { name } = request.params;
  const machine = machineNamed(world, name);
  if (machine === undefined) {
    return reply.code(404).send({ error: noSuchMachine(world, name) });
  }
  const { argv, stdin } = request.body;
  try {
    const result = await machine.guest.exec(argv, stdin === undefined ? undefined : Buffer.from(stdin, "base64"));
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: result.stdout.toString("base64"),
      stderr: result.stderr.toString("base64"),
    };
  } catch (error) {
    if (error instanceof GuestOffError) {
      return reply.code(409).send({ error: error.message });
    }
    throw error;
  }
}
