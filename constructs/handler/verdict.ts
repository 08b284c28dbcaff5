/** What to do after a look at a run. Pure. */
import type { RunOutcome } from "../../core/run/outcome";
import type { FollowedRun } from "./handed-on";

/** What a look has shown. */
export type Seen =
  | { readonly kind: "ended"; readonly outcome: RunOutcome }
  | { readonly kind: "goesOn"; readonly state: "Waiting" | "Running" }
  /** There is no receipt of it. */
  | { readonly kind: "gone" }
  /** The stack has turned away from what it asked for. */
  | { readonly kind: "unwanted"; readonly stackStatus: string }
  /** It could not be looked at. */
  | { readonly kind: "unseen"; readonly isPassing: boolean; readonly why: string };

export type Verdict =
  | { readonly kind: "answer"; readonly outcome: RunOutcome }
  | { readonly kind: "lookAgain" }
  /** Another resource follows it from here on. */
  | { readonly kind: "handOver" }
  /** How it ended is not known, and that fails nothing. */
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "fail"; readonly why: string };

export interface Circumstances {
  readonly vmName: string;
  /** How long this resource has followed the run, in seconds. */
  readonly followedSeconds: number;
  /** Whether this resource's time is over. */
  readonly isOver: boolean;
  readonly handsOver: boolean;
}

export function verdictOf(seen: Seen, run: FollowedRun, circumstances: Circumstances): Verdict {
  switch (seen.kind) {
    case "ended":
      return { kind: "answer", outcome: seen.outcome };
    case "gone":
      return { kind: run.whenGone, why: whyGone(run, circumstances) };
    case "unwanted":
      // Nobody reads the answer any more.
      return {
        kind: "fail",
        why: `the run '${run.runId}' is not followed any more: the stack is ${seen.stackStatus} meanwhile`,
      };
    case "goesOn":
      return asLongAsThereIsTime(circumstances, { kind: "fail", why: whyGoesOn(seen.state, circumstances) });
    case "unseen": {
      const verdict: Verdict = { kind: run.whenUnreadable, why: seen.why };
      return seen.isPassing ? asLongAsThereIsTime(circumstances, verdict) : verdict;
    }
  }
}

function asLongAsThereIsTime({ isOver, handsOver }: Circumstances, atTheEnd: Verdict): Verdict {
  return isOver ? (handsOver ? { kind: "handOver" } : atTheEnd) : { kind: "lookAgain" };
}

function whyGone({ runId, doubt }: FollowedRun, { vmName }: Circumstances): string {
  return doubt === undefined
    ? `how the script on '${vmName}' ended is not known: the receipt of its run '${runId}' is not there any more, by a deletion or because somebody removed it`
    : `the script did not begin on '${vmName}', as far as can be told: there is no receipt of its run '${runId}'; when it was sent: ${doubt}`;
}

function whyGoesOn(state: "Waiting" | "Running", { vmName, followedSeconds }: Circumstances): string {
  const doing = state === "Waiting" ? "still waits for its turn behind another one" : "still runs";
  return `the script on '${vmName}' ${doing} after ${followedSeconds} s, which is as long as CloudFormation lets this resource follow it: raise 'timeout', so that more resources follow it, or let it wait and do less; it may go on there`;
}
