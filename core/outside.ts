/** The only door to the world: clock, sleep, randomness, environment, HTTP. Tests pass their own. */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { REQUESTS_UNDER_WAY_MAX } from "./limits";

export interface Outside {
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** `bytes` random bytes, as hexadecimal text. */
  randomHex(bytes: number): string;
  environment(name: string): string | undefined;
  /** What sends HTTP requests; loaded when it is first used, since loading takes a while. */
  httpClient(): Promise<HttpClient>;
}

/** Where a run tells how it goes. Messages are finished sentences without secrets. */
export interface Reporter {
  /** Shown while it is true; replaced by the next one. */
  progress(message: string): void;
  /** Kept in the deployment's log. */
  info(message: string): void;
  warn(message: string): void;
}

export function realOutside(): Outside {
  let client: Promise<HttpClient> | undefined;
  return {
    nowMs: () => Date.now(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      if (signal !== undefined) {
        // As many as there are VMs sleep under one signal; Node would warn of a leak at the eleventh.
        setMaxListeners(Number.POSITIVE_INFINITY, signal);
      }
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
        // Node's own error would hide why.
        throw signal?.aborted === true ? signal.reason : error;
      });
    },
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
    environment: (name) => process.env[name],
    httpClient: () => {
      client ??= openHttpClient();
      return client;
    },
  };
}

async function openHttpClient(): Promise<HttpClient> {
  const [{ createDefaultHttpClient }, { Agent }] = await Promise.all([
    import("@azure/core-rest-pipeline"),
    import("node:https"),
  ]);
  const client = createDefaultHttpClient();
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_UNDER_WAY_MAX });
  return {
    sendRequest: (request) => {
      // A proxy has an agent of its own.
      if (request.agent === undefined && request.url.startsWith("https:")) {
        request.agent = agent;
      }
      return client.sendRequest(request);
    },
  };
}
