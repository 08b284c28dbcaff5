/** Counts what the simulator's server answers, and notes when the end of an operation was first told. */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../simulator/clock";
import type { Operation } from "../../simulator/world";
import type { MeasuredOperation, RequestKind, Statistics } from "./messages";

type Operations = ReadonlyMap<string, Operation>;

/** Source: https://nodejs.org/api/diagnostics_channel.html#http */
const RESPONSE_FINISHED = "http.server.response.finish";

/** @returns what has been seen, whenever it is called. */
export function countRequests(clock: Clock, operations: () => Operations): () => Omit<Statistics, "cpuSeconds"> {
  const requests: Record<RequestKind, number> = { post: 0, poll: 0, vm: 0, token: 0, other: 0 };
  const refusals: Record<string, number> = {};
  const toldAtMs = new Map<string, number>();
  subscribe(RESPONSE_FINISHED, (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const path = request.url?.split("?")[0] ?? "";
    const status = response.statusCode;
    requests[kindOf(request.method, path)] += 1;
    if (status >= 400) {
      refusals[status] = (refusals[status] ?? 0) + 1;
    }
    const polled = operations().get(POLL_PATH.exec(path)?.[1] ?? "");
    if (polled !== undefined && polled.outcome.kind !== "running" && status === 200 && !toldAtMs.has(polled.id)) {
      toldAtMs.set(polled.id, clock.nowMs());
    }
  });
  return () => ({
    operations: [...operations().values()].map((operation) => measured(operation, toldAtMs.get(operation.id))),
    requests,
    refusals,
  });
}

const POLL_PATH = /\/operations\/([0-9a-f-]{36})$/i;

function kindOf(method: string | undefined, path: string): RequestKind {
  if (path.endsWith("/token")) return "token";
  if (/\/runcommand$/i.test(path)) return "post";
  if (POLL_PATH.test(path)) return "poll";
  return method === "GET" && /\/virtualmachines\//i.test(path) ? "vm" : "other";
}

function measured(
  { vmName, commandId, postedAtMs, outcome }: Operation,
  toldAtMs: number | undefined,
): MeasuredOperation {
  const endedAtMs = outcome.kind === "running" ? undefined : outcome.endedAt.atMs;
  return { vmName, commandId, postedAtMs, endedAtMs, status: outcome.kind, toldAtMs };
}
