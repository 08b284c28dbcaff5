/** The real network and real randomness, with a clock that runs faster, so that waits of minutes take seconds. */
import { setTimeout as delay } from "node:timers/promises";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { type Outside, realOutside } from "../../../core/outside";

/** How a deployment's time passes. */
export interface Pace {
  /** How many times shorter than meant each sleep is. */
  readonly speed: number;
  /**
   * - `sleeps`: time passes only by sleeping; a machine that is slow does not use up anybody's patience.
   * - `all`: the real time passes, so many times faster.
   */
  readonly counts: "sleeps" | "all";
}

export const USUAL: Pace = { speed: 50, counts: "sleeps" };

/** Its connections are shared, which saves time. */
const REAL = realOutside();

/** The library leaves its timer for the whole exchange (60 s) running after a lost answer, and jest would wait for it. */
async function clientWithoutTimers(): Promise<HttpClient> {
  const client = await REAL.httpClient();
  return {
    sendRequest: (request) => {
      request.timeout = 0;
      return client.sendRequest(request);
    },
  };
}

export function fastOutside({ speed, counts }: Pace, environment: Readonly<Record<string, string>>): Outside {
  const startedAtMs = Date.now();
  let sleptMs = 0;
  return {
    ...REAL,
    nowMs: () => startedAtMs + (counts === "sleeps" ? sleptMs : (Date.now() - startedAtMs) * speed),
    sleep: async (ms, signal) => {
      await delay(ms / speed, undefined, signal === undefined ? {} : { signal });
      sleptMs += ms;
    },
    environment: (name) => environment[name],
    httpClient: clientWithoutTimers,
  };
}
