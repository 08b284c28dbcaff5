/** What is done after each kind of look, while there is time and when there is none. */
import type { FollowedRun } from "../../../constructs/handler/handed-on";
import { type Circumstances, type Seen, type Verdict, verdictOf } from "../../../constructs/handler/verdict";
import { UNKNOWN_RESULT } from "../../../core/run/outcome";

const RUN: FollowedRun = { key: "k", runId: "1-create-0123456789ab", whenGone: "fail", whenUnreadable: "fail" };
const IN_TIME: Circumstances = { vmName: "web1", followedSeconds: 600, isOver: false, handsOver: false };
const OVER: Circumstances = { ...IN_TIME, followedSeconds: 3_310, isOver: true };
const HANDING_OVER: Circumstances = { ...OVER, handsOver: true };

const OUTCOME = {
  result: { ...UNKNOWN_RESULT, executionState: "Failed" },
  failure: undefined,
  takenUp: false,
} as const;
const ENDED: Seen = { kind: "ended", outcome: OUTCOME };
const RUNNING: Seen = { kind: "goesOn", state: "Running" };
const GONE: Seen = { kind: "gone" };
const PASSING: Seen = { kind: "unseen", isPassing: true, why: "too many requests" };
const LASTING: Seen = { kind: "unseen", isPassing: false, why: "not allowed" };

test.each<readonly [string, Seen, Circumstances, Verdict["kind"]]>([
  ["it ended", ENDED, IN_TIME, "answer"],
  ["it ended at the last moment", ENDED, HANDING_OVER, "answer"],
  ["it goes on", RUNNING, IN_TIME, "lookAgain"],
  ["it goes on and the time is over", RUNNING, OVER, "fail"],
  ["it goes on and another resource follows it", RUNNING, HANDING_OVER, "handOver"],
  ["a trouble passes", PASSING, IN_TIME, "lookAgain"],
  ["a trouble has not passed when the time is over", PASSING, OVER, "fail"],
  ["a trouble has not passed and another resource looks on", PASSING, HANDING_OVER, "handOver"],
  ["a trouble does not pass", LASTING, IN_TIME, "fail"],
  ["a trouble does not pass, whoever would look on", LASTING, HANDING_OVER, "fail"],
  ["the stack has turned away", { kind: "unwanted", stackStatus: "ROLLBACK_IN_PROGRESS" }, HANDING_OVER, "fail"],
  ["its receipt is gone", GONE, IN_TIME, "fail"],
  ["its receipt is gone, whoever would look on", GONE, HANDING_OVER, "fail"],
])("when %s", (_when, seen, circumstances, expected) => {
  expect(verdictOf(seen, RUN, circumstances).kind).toBe(expected);
});

test("a run of before that cannot be looked at is no failure where it must not be one", () => {
  const run: FollowedRun = { ...RUN, whenGone: "unknown", whenUnreadable: "unknown" };
  expect(verdictOf(LASTING, run, IN_TIME)).toEqual({ kind: "unknown", why: "not allowed" });
  expect(verdictOf(PASSING, run, OVER)).toEqual({ kind: "unknown", why: "too many requests" });
  expect(verdictOf(GONE, run, IN_TIME).kind).toBe("unknown");
  expect(verdictOf(PASSING, run, IN_TIME)).toEqual({ kind: "lookAgain" });
});

test("what fails says why, and what is still true", () => {
  expect(verdictOf({ kind: "goesOn", state: "Waiting" }, RUN, OVER)).toEqual({
    kind: "fail",
    why: "the script on 'web1' still waits for its turn behind another one after 3310 s, which is as long as CloudFormation lets this resource follow it: raise 'timeout', so that more resources follow it, or let it wait and do less; it may go on there",
  });
  expect(verdictOf(LASTING, RUN, IN_TIME)).toEqual({ kind: "fail", why: "not allowed" });
});
