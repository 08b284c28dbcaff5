/** The data of the page, below `/_simulator/page`: all of it needs the page's key, or the simulator's. It changes nothing. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { GuestOffError } from "../guest/guest";
import { type RequestLog, UNLOGGED } from "../request-log";
import type { Operation, VirtualMachine, World } from "../world";
import { guardPage } from "./doors";
import { readPathToken, shownName } from "./file-path";
import { type Look, listFolder, readText } from "./guest-files";
import { pageState, shownOperation } from "./state";
import { splitStreams } from "./streams";

export interface PageOptions {
  readonly world: World;
  readonly requests: RequestLog;
}

/** The simulator's time, in milliseconds since 1970: what runs has begun by this clock. */
const TIME_HEADER = "x-simulator-time-ms";

interface FileRoute {
  Params: { vmId: string };
  Querystring: { path?: string };
}

export async function pagePlugin(app: FastifyInstance, { world, requests }: PageOptions): Promise<void> {
  const { clock } = world.options;
  app.addHook("onRequest", guardPage);
  app.get("/state", { config: UNLOGGED }, async ({ headers }, reply) => {
    const body = JSON.stringify(pageState(world, requests.list()));
    const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
    reply.headers({ etag, [TIME_HEADER]: String(clock.nowMs()) });
    return headers["if-none-match"] === etag
      ? reply.code(304).send()
      : reply.type("application/json; charset=utf-8").send(body);
  });
  app.get<{ Params: { id: string } }>("/operations/:id", { config: UNLOGGED }, async ({ params }, reply) => {
    const operation = world.operations.get(params.id);
    return operation === undefined
      ? reply.code(404).send({ error: "the simulator has no such operation" })
      : { ...shownOperation(operation), result: resultOf(operation) };
  });
  fileRoute(app, world, "/vms/:vmId/folder", ({ guest }, path) => listFolder(guest, path, clock));
  fileRoute(app, world, "/vms/:vmId/text", ({ guest }, path) => readText(guest, path, clock));
}

export type Result =
  | { readonly kind: "none" }
  | { readonly kind: "streams"; readonly stdout: string; readonly stderr: string; readonly exact: boolean }
  | { readonly kind: "message"; readonly message: string }
  | { readonly kind: "error"; readonly code: string; readonly message: string };

function resultOf({ outcome }: Operation): Result {
  switch (outcome.kind) {
    case "running":
      return { kind: "none" };
    case "succeeded": {
      const message = outcome.output?.[0]?.message;
      if (message === undefined) {
        return { kind: "none" };
      }
      const streams = splitStreams(message);
      return streams === undefined ? { kind: "message", message } : { kind: "streams", ...streams };
    }
    case "failed":
    case "canceled":
      return { kind: "error", code: outcome.code, message: outcome.message };
  }
}

/** One way to look at a path in a guest. */
function fileRoute(
  app: FastifyInstance,
  world: World,
  url: string,
  look: (machine: VirtualMachine, path: Buffer) => Promise<Look<object>>,
): void {
  app.get<FileRoute>(url, { config: UNLOGGED }, async ({ params, query }, reply) => {
    const machine = world.list().find(({ vmId }) => vmId === params.vmId);
    if (machine === undefined) {
      return reply.code(404).send({ error: "the VM is not there, or not any more" });
    }
    const reading = readPathToken(typeof query.path === "string" ? query.path : undefined);
    if (reading.kind === "problem") {
      return reply.code(400).send({ error: reading.sentence });
    }
    return showPath(machine, reading.bytes, reply, look);
  });
}

async function showPath(
  machine: VirtualMachine,
  path: Buffer,
  reply: FastifyReply,
  look: (machine: VirtualMachine, path: Buffer) => Promise<Look<object>>,
): Promise<object> {
  try {
    const looked = await look(machine, path);
    return looked.kind === "seen"
      ? { name: shownName(path), ...looked.seen }
      : reply.code(409).send({ error: `cannot show '${shownName(path)}' of '${machine.name}': ${looked.sentence}` });
  } catch (error) {
    if (error instanceof GuestOffError) {
      return reply.code(409).send({ error: `cannot show the files of '${machine.name}': it is off` });
    }
    throw error;
  }
}
