/** Shows progress and messages at the resource's own line in `pulumi up`, through the engine that runs this provider. */
import type { Outside, Reporter } from "../core/outside";

/** Least time between two progress messages of one kind: without a terminal each of them is a line of its own. */
const SAME_KIND_INTERVAL_MS = 10_000;

/** Least time between any two progress messages of one resource. One that comes sooner is dropped: the next is newer. */
const ANY_KIND_INTERVAL_MS = 1_000;

/** Numbers of the engine's severities. Source: pulumi/pulumi, proto/pulumi/engine.proto (LogSeverity). */
const SEVERITY = { info: 1, warning: 2 } as const;

interface EngineClient {
  log(request: unknown, done: (error: Error | null) => void): void;
}

interface EngineLibrary {
  readonly client: EngineClient;
  newRequest(urn: string, severity: number, message: string, ephemeral: boolean): unknown;
}

export interface EngineLog {
  /** The reporter of one resource. */
  reporterFor(urn: string | undefined): Reporter;
  /** Resolves when every message has been handed over. */
  flush(): Promise<void>;
}

/**
 * @param address where the engine listens: the last argument of a provider process. `undefined` outside of one: then
 * messages go nowhere.
 */
export function openEngineLog(address: string | undefined, outside: Outside): EngineLog {
  let library: EngineLibrary | undefined;
  // One after the other: the engine shows messages in the order in which they arrive.
  let last: Promise<void> = Promise.resolve();
  const send = (urn: string | undefined, severity: number, message: string, ephemeral: boolean) => {
    if (address === undefined || urn === undefined) {
      return;
    }
    library ??= loadEngineLibrary(address);
    const { client, newRequest } = library;
    const request = newRequest(urn, severity, message, ephemeral);
    // An engine that is gone cannot show anything: nothing is to be done about the error here.
    last = last.then(() => new Promise<void>((resolve) => client.log(request, () => resolve())));
  };
  return {
    reporterFor: (urn) => {
      let lastKind = "";
      let lastAtMs = Number.NEGATIVE_INFINITY;
      return {
        progress: (message) => {
          const kind = kindOf(message);
          const nowMs = outside.nowMs();
          const intervalMs = kind === lastKind ? SAME_KIND_INTERVAL_MS : ANY_KIND_INTERVAL_MS;
          if (nowMs - lastAtMs < intervalMs) {
            return;
          }
          lastKind = kind;
          lastAtMs = nowMs;
          send(urn, SEVERITY.info, message, true);
        },
        info: (message) => send(urn, SEVERITY.info, message, false),
        warn: (message) => send(urn, SEVERITY.warning, message, false),
      };
    },
    flush: () => last,
  };
}

/** Another number is the same kind of message, and so is what comes after the colon: the last line that a script printed. */
function kindOf(message: string): string {
  return message.replace(/:.*$/s, "").replace(/[0-9]+/g, "#");
}

/** The peer's own generated client: the provider process has loaded it already. */
function loadEngineLibrary(address: string): EngineLibrary {
  const { EngineClient: Client } = require("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const messages = require("@pulumi/pulumi/proto/engine_pb.js");
  const grpc = require(require.resolve("@grpc/grpc-js", { paths: [require.resolve("@pulumi/pulumi")] }));
  return {
    client: new Client(address, grpc.credentials.createInsecure()),
    newRequest: (urn, severity, message, ephemeral) => {
      const request = new messages.LogRequest();
      request.setUrn(urn);
      request.setSeverity(severity);
      request.setMessage(message);
      request.setEphemeral(ephemeral);
      return request;
    },
  };
}
