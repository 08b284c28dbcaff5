/** What is asked of Azure Resource Manager: when Azure's limits allow it, and again only where that is safe. */
import type { Pipeline } from "@azure/core-rest-pipeline";
import { RunFailedError } from "../failures/errors";
import { parseJson } from "../json";
import type { Cloud } from "../sign-in/clouds";
import { Budget, type Settle } from "./budget";
import {
  type ArmAnswer,
  type ArmReply,
  CUT_OFF,
  createPipeline,
  type ExchangeOptions,
  exchange,
  type Sent,
} from "./exchange";
import { retryAfterMs } from "./lro";

export type { ArmAnswer, ArmReply } from "./exchange";

export interface ArmClient {
  /** Host of ARM, for messages. */
  readonly host: string;
  /**
   * Sends once, when Azure's limits allow it. `path` begins with a slash. A lost reply is an answer, not an exception; so is
   * one that is not waited for any more, since `signal` has aborted.
   *
   * @throws the reason of `queue.signal`, or without a queue of `signal`, when that aborts before it is sent.
   */
  post(path: string, body: object, signal?: AbortSignal, queue?: PostQueue): Promise<ArmAnswer>;
  /**
   * Reads, and asks again after a lost reply, 408, 429 or 5xx: reading changes nothing.
   *
   * @param pathOrUrl a path, or an absolute URL of ARM as it stood in a header (used verbatim).
   * @param worth how likely the answer tells what is waited for, from 0 to 1; without it the answer is needed in any case.
   * @throws RunFailedError `Unreachable` when no try was answered; the signal's reason when it aborts.
   */
  get(pathOrUrl: string, signal?: AbortSignal, worth?: () => number): Promise<ArmReply>;
}

/** How a command waits until Azure's limits allow it. */
export interface PostQueue {
  /** Told when it has to wait, and for about how long. */
  onHeld(waitMs: number): void;
  /** Ends the waiting when it aborts: then it is not sent any more. */
  readonly signal: AbortSignal | undefined;
}

const GET_TRIES = 6;
const GET_RETRY_DELAY_MIN_MS = 1_000;
/** Also of what `Retry-After` asks for: Compute asks for less, and a wait without end helps nobody. */
const GET_RETRY_DELAY_MAX_MS = 120_000;

interface Sending extends Sent {
  readonly worth?: (() => number) | undefined;
  readonly queue?: PostQueue | undefined;
}

export function createArmClient(options: ExchangeOptions): ArmClient {
  const { cloud, outside } = options;
  const budget = new Budget(outside);
  let pipeline: Promise<Pipeline> | undefined;
  const send = async (sending: Sending): Promise<ArmAnswer> => {
    const settle = await admit(budget, sending, cloud);
    try {
      pipeline ??= createPipeline(options);
      const answer = await exchange(await pipeline, sending, outside);
      settle(answer.kind === "reply" ? answer : undefined);
      return answer;
    } finally {
      settle(undefined);
    }
  };
  const host = new URL(cloud.resourceManager).host;
  return {
    host,
    post: (path, body, signal, queue) =>
      send({ method: "POST", url: cloud.resourceManager + path, body, signal, queue }),
    get: async (pathOrUrl, signal, worth) => {
      const url = pathOrUrl.startsWith("/") ? cloud.resourceManager + pathOrUrl : trustedUrl(pathOrUrl, host);
      for (let tries = 1; ; tries++) {
        const answer = unlessCut(await send({ method: "GET", url, signal, worth }));
        if (answer.kind === "reply" && !isWorthRepeating(answer.status)) {
          return answer;
        }
        signal?.throwIfAborted();
        if (tries === GET_TRIES) {
          if (answer.kind === "reply") {
            return answer;
          }
          const { detail, came } = answer;
          throw new RunFailedError({ kind: "Unreachable", host, detail, afterTries: tries, came });
        }
        await outside.sleep(repeatDelayMs(answer, tries, outside.nowMs()), signal);
      }
    },
  };
}

/** Waits until Azure's limits allow the request. */
async function admit(
  budget: Budget,
  { method, url, worth, queue, ...sending }: Sending,
  cloud: Cloud,
): Promise<Settle> {
  const signal = queue === undefined ? sending.signal : queue.signal;
  const path = url.startsWith(cloud.resourceManager) ? url.slice(cloud.resourceManager.length) : new URL(url).pathname;
  const settle = await budget.admit({
    method,
    path,
    signal,
    worth,
    // Nobody is told of polls, of which many wait: how long is not worth finding out.
    onHeld: queue && ((waitMs) => queue.onHeld(waitMs)),
  });
  if (signal?.aborted === true) {
    settle(undefined);
  }
  signal?.throwIfAborted();
  return settle;
}

/**
 * The token goes along with the request, so it must not leave ARM.
 *
 * @throws RunFailedError `ForeignUrl` when the URL is not one of this cloud's ARM.
 */
function trustedUrl(url: string, host: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "https:" && (parsed.host === host || parsed.host.endsWith(`.${host}`))) {
    return url;
  }
  throw new RunFailedError({ kind: "ForeignUrl", host, foreignHost: parsed?.host ?? "(no URL)" });
}

/** ARM answers every GET that succeeds with JSON: half of one says nothing, least of all that something is not there. */
function unlessCut(answer: ArmAnswer): ArmAnswer {
  return answer.kind === "reply" && answer.status === 200 && parseJson(answer.body) === undefined ? CUT_OFF : answer;
}

/** 408, 429 and every 5xx: Azure asks for patience or has a passing fault. */
function isWorthRepeating(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function repeatDelayMs(answer: ArmAnswer, tries: number, nowMs: number): number {
  const askedMs = answer.kind === "reply" ? retryAfterMs(answer.header("retry-after"), nowMs) : undefined;
  const wantedMs = Math.max(askedMs ?? GET_RETRY_DELAY_MIN_MS * 2 ** (tries - 1), GET_RETRY_DELAY_MIN_MS);
  return Math.min(wantedMs, GET_RETRY_DELAY_MAX_MS);
}
