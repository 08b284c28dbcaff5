/** What is combined: each fault with the places where it can strike, how often it strikes, and the steps of a resource's life. */
import type { FaultName, FaultTarget } from "../../../simulator/faults/names";

/**
 * - `long create`: of a script that outlasts the first wait slice, so that two commands are sent.
 * - `purge` and `removal`: the two commands of a delete.
 */
export type Step = "create" | "long create" | "update" | "purge" | "removal";

export interface Combination {
  readonly step: Step;
  readonly fault: FaultName;
  readonly on: FaultTarget;
  /** So many requests of that kind pass before it strikes. */
  readonly skip: number;
  /** It strikes so many requests of that kind in a row, over as many deployments as that takes. */
  readonly times: number;
  readonly ms?: number;
}

/** Where a fault strikes in a step: which request of which kind is the first, and how many in a row. */
interface Place {
  readonly step: Step;
  readonly skip: number;
  readonly times: readonly number[];
}

const LOST: readonly FaultName[] = ["reply-lost-before", "connection-reset"];
const SERVER_ERRORS: readonly FaultName[] = ["status-500", "status-502", "status-503"];
const THROTTLED: readonly FaultName[] = ["throttled", "throttled-retry-after"];
const CONFLICTS: readonly FaultName[] = ["conflict-running", "conflict-concurrent"];
const HALVES: readonly FaultName[] = ["poll-truncated", "poll-cut-json"];

const AT_THE_POST = [
  ...LOST,
  ...SERVER_ERRORS,
  ...THROTTLED,
  ...CONFLICTS,
  "reply-lost-after",
  "operation-preempted",
  "agent-not-ready",
  "token-expired",
] as const;
const AT_A_GET = [...LOST, ...SERVER_ERRORS, ...THROTTLED, ...HALVES, "reply-lost-after", "token-expired"] as const;
const AT_THE_TOKEN = [...LOST, ...SERVER_ERRORS, ...THROTTLED, ...HALVES, "reply-lost-after"] as const;

const POSTS: readonly Place[] = [
  { step: "create", skip: 0, times: [1, 4, 6] },
  { step: "long create", skip: 1, times: [2] },
  { step: "update", skip: 0, times: [6] },
  { step: "purge", skip: 0, times: [6] },
  { step: "removal", skip: 0, times: [1, 6] },
];
const POLLS: readonly Place[] = [
  { step: "create", skip: 0, times: [1, 6] },
  { step: "create", skip: 1, times: [2] },
  { step: "create", skip: 2, times: [4] },
  { step: "long create", skip: 1, times: [6] },
  { step: "update", skip: 0, times: [6] },
  { step: "purge", skip: 1, times: [6] },
  { step: "removal", skip: 0, times: [1, 6] },
];
const LOOKS_AT_THE_VM: readonly Place[] = [
  { step: "create", skip: 0, times: [1, 4, 6] },
  { step: "update", skip: 0, times: [6] },
  { step: "purge", skip: 0, times: [1, 6] },
];
const TOKENS: readonly Place[] = [
  { step: "create", skip: 0, times: [1, 3] },
  { step: "update", skip: 0, times: [2] },
  { step: "purge", skip: 0, times: [1] },
];

/** How much longer an operation is stuck, so that it ends within our patience. */
const STUCK_MS = 300;

/** An operation that is stuck is followed to its end, so that each command is struck once. */
const STUCK: readonly Combination[] = [
  { step: "create", skip: 0, times: 1 } as const,
  { step: "long create", skip: 0, times: 1 } as const,
  { step: "long create", skip: 1, times: 1 } as const,
  { step: "long create", skip: 0, times: 2 } as const,
  { step: "update", skip: 0, times: 1 } as const,
  { step: "purge", skip: 0, times: 1 } as const,
  { step: "removal", skip: 0, times: 1 } as const,
].map((place) => ({ ...place, fault: "operation-stuck", on: "post", ms: STUCK_MS }));

/** What makes a deployment give up at once; more than three such deployments tell nothing new. */
const GIVEN_UP_AT_ONCE: readonly FaultName[] = ["agent-not-ready", "token-expired"];
const GIVEN_UP_AT_ONCE_TIMES = 3;

function combine(on: FaultTarget, faults: readonly FaultName[], places: readonly Place[]): readonly Combination[] {
  return places.flatMap(({ step, skip, times }) =>
    faults.flatMap((fault) => {
      const most = GIVEN_UP_AT_ONCE.includes(fault) ? GIVEN_UP_AT_ONCE_TIMES : Number.POSITIVE_INFINITY;
      const different = new Set(times.map((each) => Math.min(each, most)));
      return [...different].map((each) => ({ step, fault, on, skip, times: each }));
    }),
  );
}

/** The look that follows a removal whose answer was lost finds the extension gone: it is not sent, so not struck, again. */
function canStrike({ step, fault, on, times }: Combination): boolean {
  return !(step === "removal" && on === "post" && fault === "reply-lost-after" && times > 1);
}

export const COMBINATIONS: readonly Combination[] = [
  ...combine("post", AT_THE_POST, POSTS).filter(canStrike),
  ...STUCK,
  ...combine("poll", AT_A_GET, POLLS),
  ...combine("vm", AT_A_GET, LOOKS_AT_THE_VM),
];

/** Apart, since no request for a token tells which VM it is for. */
export const TOKEN_COMBINATIONS: readonly Combination[] = combine("token", AT_THE_TOKEN, TOKENS);

const WHAT: Readonly<Record<FaultTarget, string>> = {
  post: "command",
  poll: "poll",
  vm: "look at the VM",
  token: "request for a token",
};

export function describeCombination({ step, fault, on, skip, times }: Combination): string {
  const first = ["first", "second", "third"][skip];
  return `${step}: ${fault} from the ${first} ${WHAT[on]} on, ${times === 1 ? "once" : `${times} times in a row`}`;
}
