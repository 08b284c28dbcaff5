/** Which faults there are, where each can strike, and what each does in a few words. Data only: `--help` prints it. */

/** What a fault can strike: POST …/runCommand, an operation URL, GET of a VM or its instance view, Entra's token endpoint. */
export const FAULT_TARGETS = ["post", "poll", "vm", "token"] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];
export type FaultOn = FaultTarget | "any";

/**
 * How far into Azure a request gets:
 * - `front`: any request, also one that would be refused;
 * - `service`: one whose token, api-version and path are good;
 * - `acts`: one that the service carries out; for a POST, one that starts an operation.
 */
export type Reach = "front" | "service" | "acts";

export interface FaultTraits {
  /** The first one is meant when nothing is said; `any` is all of these. */
  readonly targets: readonly [FaultTarget, ...FaultTarget[]];
  /** The fault only sees requests that get so far. Source: our choice; a load balancer stands before the token check. */
  readonly reach: Reach;
  /** What `ms` means to it; undefined when it takes none. */
  readonly ms: string | undefined;
  readonly does: string;
}

const EVERYWHERE = ["post", "poll", "vm", "token"] as const;
const AT_ARM = ["post", "poll", "vm"] as const;
const AT_THE_POST = ["post"] as const;
/** A POST that is accepted has no body to cut. */
const WITH_A_BODY = ["poll", "vm", "token"] as const;
const CLOSING_MS = "time until the connection closes, default 0";

export const FAULT_TRAITS = {
  "reply-lost-before": {
    targets: EVERYWHERE,
    reach: "front",
    ms: CLOSING_MS,
    does: "nothing is done, and the connection closes without an answer",
  },
  "reply-lost-after": {
    targets: EVERYWHERE,
    reach: "acts",
    ms: CLOSING_MS,
    does: "it is done, and the connection closes without an answer",
  },
  "connection-reset": { targets: EVERYWHERE, reach: "front", ms: CLOSING_MS, does: "nothing is done, and TCP resets" },
  "status-500": { targets: EVERYWHERE, reach: "front", ms: undefined, does: "500, nothing is done" },
  "status-502": {
    targets: EVERYWHERE,
    reach: "front",
    ms: undefined,
    does: "502 with a gateway's page, nothing is done",
  },
  "status-503": { targets: EVERYWHERE, reach: "front", ms: undefined, does: "503, nothing is done" },
  throttled: {
    targets: EVERYWHERE,
    reach: "service",
    ms: undefined,
    does: "429 without Retry-After, nothing is done",
  },
  "throttled-retry-after": {
    targets: EVERYWHERE,
    reach: "service",
    ms: "what Retry-After says, in whole seconds, default 1000",
    does: "429 with Retry-After, nothing is done",
  },
  "conflict-running": {
    targets: AT_THE_POST,
    reach: "service",
    ms: undefined,
    does: "409, as if another run held the VM",
  },
  "conflict-concurrent": {
    targets: AT_THE_POST,
    reach: "service",
    ms: undefined,
    does: "409, as if another change were under way",
  },
  "operation-stuck": {
    targets: AT_THE_POST,
    reach: "acts",
    ms: "how much longer, default for ever",
    does: "the script runs, and its operation stays InProgress and keeps the VM",
  },
  "operation-preempted": {
    targets: AT_THE_POST,
    reach: "acts",
    ms: undefined,
    does: "the script runs, and its operation is Canceled at once",
  },
  "agent-not-ready": {
    targets: AT_THE_POST,
    reach: "acts",
    ms: undefined,
    does: "the script does not reach the VM, and its operation fails",
  },
  reboot: {
    targets: AT_THE_POST,
    reach: "acts",
    ms: "how long after the script began, default 500",
    does: "the VM restarts in mid-script",
  },
  "poll-truncated": {
    targets: WITH_A_BODY,
    reach: "acts",
    ms: undefined,
    does: "the connection closes after half of the body",
  },
  "poll-cut-json": { targets: WITH_A_BODY, reach: "acts", ms: undefined, does: "a whole answer with half of the JSON" },
  "token-expired": { targets: AT_ARM, reach: "front", ms: undefined, does: "401, as if the token had expired" },
} as const satisfies Readonly<Record<string, FaultTraits>>;

export type FaultName = keyof typeof FAULT_TRAITS;

export const FAULT_NAMES = Object.keys(FAULT_TRAITS) as readonly FaultName[];

export function traitsOf(name: FaultName): FaultTraits {
  return FAULT_TRAITS[name];
}

/** Seed of the shares when none is given, so that two runs are alike without a flag. Source: our choice. */
export const DEFAULT_SEED = 1;
/** The generator takes 32 bits. Source: timing.ts `seededRandom`. */
export const SEED_MAX = 4_294_967_295;
