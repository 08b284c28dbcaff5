/** Faults that the regular table does not combine: restarts, waits beyond our patience, one fault on top of another. */

import type { RunFailure } from "../../../core/failures/errors";
import type { RebootPolicy } from "../../../core/inputs/desired-state";
import type { FaultName } from "../../../simulator/faults/names";
import { type Pace, USUAL } from "./fast-outside";
import { type End, EVERYTHING, NOTHING, type Truth } from "./rule";

/** One deployment. `script` is the generation that the script notes when it runs; another one is another script. */
export interface Act {
  readonly does: "up" | "delete";
  readonly script: number;
  /** `sticks n`: does not end by itself before it has begun more than n times. */
  readonly work: "short" | "long" | "sticks 1" | "sticks 2" | "sticks for ever";
  readonly rebootPolicy: RebootPolicy;
  readonly pace: Pace;
}

export interface StoryFault {
  readonly fault: FaultName;
  readonly on: "post" | "poll" | "vm";
  readonly skip?: number;
  readonly count?: number;
  readonly ms?: number;
  readonly commandId?: string;
  /** Of a restart in mid-script: a number of milliseconds would be too few for some machine. */
  readonly comesAt?: MidScript;
}

/** The moment at which both are so. */
export interface MidScript {
  /** The script of the first act has begun so many times. */
  readonly begun: number;
  /** Azure has taken so many commands for the VM since the fault was set. */
  readonly commands: number;
}

export interface Story {
  readonly sentence: string;
  readonly waitSliceSeconds: number;
  /** Deployments before the faults, which must succeed. */
  readonly before: readonly Act[];
  /** The first one is what the story counts for. */
  readonly faults: readonly [StoryFault, ...StoryFault[]];
  readonly acts: readonly [Act, ...Act[]];
  readonly truth: StoryTruth;
}

export interface StoryTruth {
  /** One for each act. */
  readonly ends: readonly End[];
  /** One for each fault. */
  readonly struck: readonly number[];
  readonly left: Truth["left"];
}

const UP: Act = { does: "up", script: 1, work: "short", rebootPolicy: "fail", pace: USUAL };
const CHANGED: Act = { ...UP, script: 2 };
const DELETE: Act = { ...UP, does: "delete" };
const REMOVAL = "RemoveRunCommandLinuxExtension";

function restartAt(begun: number, commands = 1): StoryFault {
  return { fault: "reboot", on: "post", comesAt: { begun, commands } };
}

type Failure = RunFailure["kind"] | undefined;

function end(failure: Failure, ran: number, other: Partial<End> = {}): End {
  return { failure, ran, takenUp: false, saysNothingWasRun: false, ...other };
}

function story(sentence: string, other: Pick<Story, "faults" | "acts" | "truth"> & Partial<Story>): Story {
  return { sentence, waitSliceSeconds: 60, before: [], ...other };
}

/** With the policies `rerun` and `continue` a run happens once in each boot: that is what they are for. */
const RESTARTS: readonly Story[] = [
  ...(["rerun", "continue"] as const).flatMap((rebootPolicy) => [
    story(`create: reboot in mid-script, with the policy '${rebootPolicy}'`, {
      faults: [restartAt(1)],
      acts: [{ ...UP, work: "sticks 1", rebootPolicy }],
      truth: { ends: [end(undefined, 2)], struck: [1], left: EVERYTHING },
    }),
    story(`create: reboot in mid-script, twice, with the policy '${rebootPolicy}'`, {
      // The second command only learns that the VM was restarted; the third begins the script again.
      faults: [restartAt(1), restartAt(2, 3)],
      acts: [{ ...UP, work: "sticks 2", rebootPolicy }],
      truth: { ends: [end(undefined, 3)], struck: [1, 1], left: EVERYTHING },
    }),
    story(`update: reboot in mid-script, with the policy '${rebootPolicy}'`, {
      before: [UP],
      faults: [restartAt(1)],
      acts: [{ ...CHANGED, work: "sticks 2", rebootPolicy }],
      truth: { ends: [end(undefined, 2)], struck: [1], left: EVERYTHING },
    }),
  ]),
  ...[0, 1].map((skip) =>
    story(`create: reboot in mid-script after ${skip} commands, and the next deployment is a new run`, {
      waitSliceSeconds: skip === 0 ? 60 : 1,
      faults: [restartAt(1, skip + 1)],
      acts: [
        { ...UP, work: "sticks 1" },
        { ...UP, work: "sticks 1" },
      ],
      truth: { ends: [end("RunInterrupted", 1), end(undefined, 2)], struck: [1], left: EVERYTHING },
    }),
  ),
  story("update: reboot in mid-script, and the next deployment is a new run", {
    before: [UP],
    faults: [restartAt(1)],
    acts: [
      { ...CHANGED, work: "sticks 2" },
      { ...CHANGED, work: "sticks 2" },
    ],
    truth: { ends: [end("RunInterrupted", 1), end(undefined, 2)], struck: [1], left: EVERYTHING },
  }),
  story("create: reboot in mid-script, whose answer was lost before", {
    waitSliceSeconds: 1,
    faults: [{ fault: "reply-lost-after", on: "post" }, restartAt(1, 2)],
    acts: [{ ...UP, work: "sticks 1" }],
    truth: { ends: [end("RunInterrupted", 1)], struck: [1, 1], left: EVERYTHING },
  }),
  story("delete: reboot in mid-script, and then of what was cut off", {
    faults: [restartAt(1)],
    acts: [{ ...UP, work: "sticks for ever" }, DELETE],
    truth: { ends: [end("RunInterrupted", 1), end(undefined, 1)], struck: [1], left: NOTHING },
  }),
  ...[0, 30, 100].flatMap((ms) =>
    [undefined, REMOVAL].map((commandId) =>
      story(`delete: reboot ${ms} ms into the ${commandId === undefined ? "purge" : "removal"}`, {
        before: [UP],
        faults: [{ fault: "reboot", on: "post", ms, ...(commandId === undefined ? {} : { commandId }) }],
        acts: [DELETE],
        truth: { ends: [end(undefined, 1)], struck: [1], left: NOTHING },
      }),
    ),
  ),
];

/** So fast that 95 minutes take seconds, however many refusals come meanwhile. */
const RUSH: Pace = { speed: 5_000, counts: "sleeps" };

/** Refusals for longer than 95 minutes, at intervals of 15 s. */
const REFUSALS = 400;

const BUSY: readonly Story[] = [
  ...(["conflict-running", "throttled"] as const).map((fault) =>
    story(`create: ${fault} for more than 95 minutes`, {
      faults: [{ fault, on: "post", count: REFUSALS }],
      acts: [
        { ...UP, pace: RUSH },
        { ...UP, pace: RUSH },
      ],
      truth: {
        ends: [end(fault === "throttled" ? "Throttled" : "Busy", 0, { saysNothingWasRun: true }), end(undefined, 1)],
        struck: [REFUSALS],
        left: EVERYTHING,
      },
    }),
  ),
  story("create: throttled-retry-after, an hour three times", {
    faults: [{ fault: "throttled-retry-after", on: "post", count: 3, ms: 3_600_000 }],
    acts: [{ ...UP, pace: RUSH }, UP],
    truth: {
      ends: [end("Throttled", 0, { saysNothingWasRun: true }), end(undefined, 1)],
      struck: [3],
      left: EVERYTHING,
    },
  }),
  story("long create: conflict-running for more than 95 minutes, after it has begun", {
    waitSliceSeconds: 1,
    faults: [{ fault: "conflict-running", on: "post", skip: 1, count: REFUSALS }],
    acts: [
      { ...UP, work: "long", pace: RUSH },
      { ...UP, work: "long", pace: RUSH },
    ],
    truth: { ends: [end("Busy", 1), end(undefined, 1, { takenUp: true })], struck: [REFUSALS], left: EVERYTHING },
  }),
  story("update: conflict-concurrent for more than 95 minutes", {
    before: [UP],
    faults: [{ fault: "conflict-concurrent", on: "post", count: REFUSALS }],
    acts: [
      { ...CHANGED, pace: RUSH },
      { ...CHANGED, pace: RUSH },
    ],
    truth: {
      ends: [end("VmChanging", 0, { saysNothingWasRun: true }), end(undefined, 1)],
      struck: [REFUSALS],
      left: EVERYTHING,
    },
  }),
  ...[undefined, REMOVAL].map((commandId) =>
    story(`delete: conflict-running for more than 95 minutes at the ${commandId === undefined ? "purge" : "removal"}`, {
      before: [UP],
      faults: [
        { fault: "conflict-running", on: "post", count: REFUSALS, ...(commandId === undefined ? {} : { commandId }) },
      ],
      acts: [
        { ...DELETE, pace: RUSH },
        { ...DELETE, pace: RUSH },
      ],
      truth: { ends: [end("Busy", 1), end(undefined, 1)], struck: [REFUSALS], left: NOTHING },
    }),
  ),
];

/** So fast that the 26 minutes for which an operation is followed take three seconds. */
const RACE: Pace = { speed: 500, counts: "all" };
const STUCK_MS = 5_000;

const STUCK: readonly Story[] = [
  story("create: operation-stuck for longer than it is followed", {
    faults: [{ fault: "operation-stuck", on: "post", ms: STUCK_MS }],
    acts: [{ ...UP, pace: RACE }, UP],
    truth: {
      ends: [end("DeadlinePassed", 1), end(undefined, 1, { takenUp: true })],
      struck: [1],
      left: EVERYTHING,
    },
  }),
  story("long create: operation-stuck for longer than it is followed, at the second command", {
    waitSliceSeconds: 1,
    faults: [{ fault: "operation-stuck", on: "post", skip: 1, ms: STUCK_MS }],
    acts: [
      { ...UP, work: "long", pace: RACE },
      { ...UP, work: "long" },
    ],
    truth: {
      ends: [end("DeadlinePassed", 1), end(undefined, 1, { takenUp: true })],
      struck: [1],
      left: EVERYTHING,
    },
  }),
  story("update: operation-stuck for longer than it is followed", {
    before: [UP],
    faults: [{ fault: "operation-stuck", on: "post", ms: STUCK_MS }],
    acts: [{ ...CHANGED, pace: RACE }, CHANGED],
    truth: {
      ends: [end("DeadlinePassed", 1), end(undefined, 1, { takenUp: true })],
      struck: [1],
      left: EVERYTHING,
    },
  }),
  ...[undefined, REMOVAL].map((commandId) =>
    story(
      `delete: operation-stuck for longer than it is followed, at the ${commandId === undefined ? "purge" : "removal"}`,
      {
        before: [UP],
        faults: [
          { fault: "operation-stuck", on: "post", ms: STUCK_MS, ...(commandId === undefined ? {} : { commandId }) },
        ],
        acts: [{ ...DELETE, pace: RACE }, DELETE],
        truth: { ends: [end("DeadlinePassed", 1), end(undefined, 1)], struck: [1], left: NOTHING },
      },
    ),
  ),
];

const LOST_SIX_TIMES: StoryFault = { fault: "reply-lost-before", on: "poll", count: 6 };
const UNREACHED = end("Unreachable", 1);

const ON_TOP: readonly Story[] = [
  story("create: poll-cut-json at the look at the VM, then all polls of the run are lost", {
    faults: [{ fault: "poll-cut-json", on: "vm" }, LOST_SIX_TIMES],
    acts: [UP, UP],
    truth: { ends: [UNREACHED, end(undefined, 1, { takenUp: true })], struck: [1, 6], left: EVERYTHING },
  }),
  story("create: poll-cut-json at the look at the VM of the deployment that takes a run up", {
    faults: [{ fault: "poll-cut-json", on: "vm", skip: 1 }, LOST_SIX_TIMES],
    acts: [UP, UP],
    truth: { ends: [UNREACHED, end(undefined, 1, { takenUp: true })], struck: [1, 6], left: EVERYTHING },
  }),
  story("create: poll-cut-json at the look at the VM while the run still goes on", {
    waitSliceSeconds: 1,
    faults: [{ fault: "poll-cut-json", on: "vm", skip: 1 }, LOST_SIX_TIMES],
    acts: [
      { ...UP, work: "long" },
      { ...UP, work: "long" },
    ],
    truth: { ends: [UNREACHED, end(undefined, 1, { takenUp: true })], struck: [1, 6], left: EVERYTHING },
  }),
  story("delete: connection-reset at every poll of a run that goes on, and then it is destroyed", {
    waitSliceSeconds: 1,
    faults: [{ fault: "connection-reset", on: "poll", count: 6 }],
    acts: [{ ...UP, work: "sticks for ever" }, DELETE],
    truth: { ends: [UNREACHED, end(undefined, 1)], struck: [6], left: NOTHING },
  }),
  story("update: poll-truncated at every poll of a run that goes on, and then its script is changed", {
    waitSliceSeconds: 1,
    faults: [{ fault: "poll-truncated", on: "poll", count: 6 }],
    acts: [{ ...UP, work: "long" }, CHANGED],
    truth: { ends: [UNREACHED, end(undefined, 1)], struck: [6], left: EVERYTHING },
  }),
  story("delete: agent-not-ready at the create, and then what never ran is destroyed", {
    faults: [{ fault: "agent-not-ready", on: "post" }],
    acts: [UP, DELETE],
    truth: { ends: [end("AgentSilent", 0), end(undefined, 0)], struck: [1], left: NOTHING },
  }),
  ...(["reply-lost-before", "reply-lost-after"] as const).flatMap((lost) =>
    (
      [
        { look: "poll-cut-json", count: 1, ends: [end(undefined, 1)] },
        { look: "status-500", count: 6, ends: [end("RequestRefused", 1), end(undefined, 1)] },
        { look: "connection-reset", count: 6, ends: [end("Unreachable", 1), end(undefined, 1)] },
      ] as const
    ).map(({ look, count, ends }) =>
      story(`delete: ${look} at the look that follows a removal with ${lost}`, {
        before: [UP],
        faults: [
          { fault: look, on: "vm", skip: 1, count },
          { fault: lost, on: "post", commandId: REMOVAL },
        ],
        acts: [DELETE, ...ends.slice(1).map(() => DELETE)],
        truth: { ends, struck: [count, 1], left: NOTHING },
      }),
    ),
  ),
];

export const STORIES: readonly Story[] = [...RESTARTS, ...BUSY, ...STUCK, ...ON_TOP];
