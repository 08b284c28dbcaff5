/** The HTTPS server: one Fastify for everything, listening on both loopback addresses. */
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { type AdminOptions, adminPlugin } from "./admin";
import type { AnswerOptions } from "./arm/answer";
import { armPlugin } from "./arm/plugin";
import { lastValues } from "./arm/query";
import { refuse } from "./arm/route";
import type { Certificates } from "./certificates";
import type { Clock } from "./clock";
import { createRegistrations } from "./entra/registrations";
import { type EntraOptions, registerEntra } from "./entra/routes";
import type { Striker } from "./faults/strike";
import { registerImds } from "./imds";
import { metadataEndpoints } from "./metadata-endpoints";
import { pageAssetsPlugin } from "./page/assets";
import { CannotStart } from "./problem";
import { isUnlogged, type RequestLog } from "./request-log";
import { codeOf } from "./state";

export interface ServerOptions {
  readonly certificates: Certificates;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly requests: RequestLog;
  readonly striker: Striker;
  readonly entra: EntraOptions;
  readonly arm: AnswerOptions;
  readonly admin: Omit<AdminOptions, "requests" | "registrations">;
}

export interface SimulatorServer {
  /** @returns the port. */
  listen(): Promise<number>;
  /** Takes no more connections, lets answers under way finish for a moment, then drops what is left. */
  close(): Promise<void>;
  dropConnections(): void;
}

/** Operation URLs are about 4 KB; Node's own limit for all headers together. Source: azure-wire.md 2.1. */
const HEADERS_MAX_BYTES = 32_768;
/** How long answers under way may take at the end. */
const CLOSING_MS = 1_000;
/** How often another free port is tried when only one of the two addresses has it. */
const PORT_ATTEMPTS = 10;

export async function createServer(options: ServerOptions): Promise<SimulatorServer> {
  const app = buildApp(options);
  await app.ready();
  const tls = {
    key: options.certificates.serverKeyPem,
    cert: options.certificates.serverCertificatePem,
    maxHeaderSize: HEADERS_MAX_BYTES,
  };
  const servers: Server[] = [];
  const open = async (host: string, port: number): Promise<number> => {
    const server = createHttpsServer(tls, app.routing);
    server.on("connection", options.striker.watch);
    const opened = await listenOn(server, host, port);
    servers.push(server);
    return opened;
  };
  const dropConnections = (): void => {
    for (const server of servers) {
      server.closeAllConnections();
    }
  };
  return {
    listen: () => listenOnBoth(options.port, open, () => Promise.all(servers.splice(0).map(closeServer))),
    close: async () => {
      const closed = Promise.all(servers.map(closeServer));
      for (const server of servers) {
        server.closeIdleConnections();
      }
      const timer = setTimeout(dropConnections, CLOSING_MS);
      await closed;
      clearTimeout(timer);
      await app.close();
    },
    dropConnections,
  };
}

/** Clients resolve `localhost` to either address: both must be ours, or another program would get the requests. */
async function listenOnBoth(
  wanted: number,
  open: (host: string, port: number) => Promise<number>,
  closeAll: () => Promise<unknown>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await open("127.0.0.1", wanted);
    try {
      await open("::1", port);
      return port;
    } catch (error) {
      // No IPv6 on this machine: then nobody resolves to it either.
      if (codeOf(error) === "EADDRNOTAVAIL" || codeOf(error) === "EAFNOSUPPORT") {
        return port;
      }
      await closeAll();
      if (wanted !== 0 || attempt === PORT_ATTEMPTS) {
        throw error;
      }
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const code = codeOf(error);
      reject(
        port !== 0 && code === "EADDRINUSE"
          ? new CannotStart({ kind: "PortInUse", port })
          : code === "EACCES"
            ? new CannotStart({ kind: "PortForbidden", port })
            : error,
      );
    });
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function buildApp(options: ServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    // Paths of ARM do not differ by case. Source: azure-wire.md 10.1 (`resourcegroups`).
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 1_024,
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    if (!isUnlogged(request.routeOptions.config)) {
      options.requests.add(request.raw, { method, url, status: reply.statusCode, nowMs: options.clock.nowMs() });
    }
  });
  app.setNotFoundHandler(async ({ url }, reply) => {
    const { status, headers, body } = refuse({ kind: "PathNotFound", path: url.split("?")[0] ?? "" });
    return reply
      .code(status)
      .headers({ ...headers, "content-type": "application/json; charset=utf-8" })
      .send(body);
  });
  app.get("/metadata/endpoints", async ({ query }) =>
    metadataEndpoints(lastValues(query)["api-version"] ?? "2015-01-01", options.entra.endpoint()),
  );
  const registrations = createRegistrations();
  void app.register(async (scope) => registerEntra(scope, { ...options.entra, registrations }));
  void app.register(async (scope) => registerImds(scope, { ...options.entra, registrations }));
  void app.register(armPlugin, options.arm);
  void app.register(pageAssetsPlugin, { prefix: "/_simulator" });
  void app.register(adminPlugin, {
    prefix: "/_simulator",
    ...options.admin,
    registrations,
    requests: options.requests,
  });
  return app;
}
