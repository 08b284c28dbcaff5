/** What must be true of each combination. Pure: it says what is right, not what was seen. */
import type { RunFailure } from "../../../core/failures/errors";
import type { FaultName } from "../../../simulator/faults/names";
import type { Combination } from "./combination";
import type { Left } from "./stations";

/** How one deployment ends, and what is true afterwards. */
export interface End {
  /** Undefined when it succeeds. */
  readonly failure: RunFailure["kind"] | undefined;
  /** How often the script of this step has run by then, counted in the guest. */
  readonly ran: number;
  /** Whether the deployment took up what an earlier one had begun. */
  readonly takenUp: boolean;
  /** Whether its message says that nothing was run. */
  readonly saysNothingWasRun: boolean;
}

export interface Truth {
  /** Of the deployments that follow each other until one succeeds. */
  readonly ends: readonly End[];
  /** Of the same create or update, sent once more because its success did not get into the state; none of a delete. */
  readonly again: End | undefined;
  /** How many requests the fault really struck. */
  readonly struck: number;
  readonly left: Left;
}

/** An extension stays with the receipts, and goes with the last of them. */
export const EVERYTHING: Left = { receipts: true, extension: true };
export const NOTHING: Left = { receipts: false, extension: false };

/** So many strikes in a row make a deployment give up, with this failure. */
interface Patience {
  readonly strikes: number;
  /** How many strikes such a deployment takes, when it asks Azure for more after it has given up. */
  readonly spends?: number;
  /** Undefined when it finds out by another way that all is done. */
  readonly failure: RunFailure["kind"] | undefined;
}

/** `lost`: no answer, or none that can be read. */
type Kind = "lost" | "server error" | "please wait" | "token refused";

export function truthOf(combination: Combination): Truth {
  const { step, times } = combination;
  const patience = patienceFor(combination);
  const failures = patience?.failure === undefined ? 0 : failuresIn(times, patience);
  const deleted = step === "purge" || step === "removal";
  const begun = hasBegun(combination);
  const failed = (): End => ({
    failure: patience?.failure,
    ran: begun ? 1 : 0,
    takenUp: false,
    saysNothingWasRun: !deleted && isKnownToHaveRunNothing(combination),
  });
  const ends = Array.from({ length: failures }, failed);
  const success: End = { failure: undefined, ran: 1, takenUp: false, saysNothingWasRun: false };
  return {
    ends: [...ends, { ...success, takenUp: !deleted && begun && failures > 0 }],
    again: deleted ? undefined : { ...success, takenUp: true },
    struck: patience !== undefined && patience.failure === undefined ? Math.min(times, patience.strikes) : times,
    left: leftBehind(combination),
  };
}

function leftBehind({ step, fault }: Combination): Left {
  switch (step) {
    case "purge":
      return fault === "agent-not-ready" ? EVERYTHING : NOTHING;
    case "removal":
      return fault === "agent-not-ready" ? { receipts: false, extension: true } : NOTHING;
    case "create":
    case "long create":
    case "update":
      return EVERYTHING;
  }
}

function failuresIn(times: number, { strikes, spends = strikes }: Patience): number {
  return times < strikes ? 0 : 1 + failuresIn(Math.max(0, times - spends), { strikes, spends, failure: undefined });
}

/** Undefined when it does not give up. */
function patienceFor(combination: Combination): Patience | undefined {
  switch (combination.on) {
    case "post":
      return patienceAtThePost(combination);
    case "poll":
      return patienceAtAPoll(combination);
    case "vm":
      return patienceAtTheVm(combination);
    case "token":
      return patienceAtTheToken(combination);
  }
}

/** A command that can have arrived is sent again four times. One that was refused for now is sent until it is taken. */
function patienceAtThePost({ step, fault }: Combination): Patience | undefined {
  switch (fault) {
    case "operation-stuck":
      return undefined;
    case "agent-not-ready":
      // A deletion has done what it can, and says what stays.
      return { strikes: 1, failure: step === "purge" || step === "removal" ? undefined : "AgentSilent" };
    case "operation-preempted":
      return patienceWithDropped(step, 1, 1);
  }
  switch (kindOf(fault)) {
    case "lost":
    case "server error":
      return { strikes: 5, failure: "AnswerLost" };
    case "please wait":
      return undefined;
    case "token refused":
      // The first time, another token is asked for.
      return { strikes: 2, failure: "TokenRefused" };
  }
}

/** Reading changes nothing: what brought no answer is read again, six times in all. */
function patienceAtAPoll({ step, fault }: Combination): Patience {
  switch (kindOf(fault)) {
    case "lost":
      return { strikes: 6, failure: "Unreachable" };
    case "server error":
    case "please wait":
      return patienceWithDropped(step, 6);
    case "token refused":
      return patienceWithDropped(step, 2);
  }
}

/**
 * An operation of which nothing can be learned: the VM is asked itself, three times in all. A removal is not repeated: that
 * the extension is gone is seen.
 *
 * @param diagnosis strikes on the command that reads the handler's log then.
 */
function patienceWithDropped(step: Combination["step"], strikesPerOperation: number, diagnosis = 0): Patience {
  const strikes = 3 * strikesPerOperation;
  switch (step) {
    case "create":
    case "long create":
    case "update":
      return { strikes, spends: strikes + diagnosis, failure: "ReportUnreadable" };
    case "purge":
      return { strikes, failure: "ReceiptsStay" };
    case "removal":
      return { strikes: strikesPerOperation, failure: undefined };
  }
}

function patienceAtTheVm({ fault }: Combination): Patience {
  switch (kindOf(fault)) {
    case "lost":
      return { strikes: 6, failure: "Unreachable" };
    case "server error":
      return { strikes: 6, failure: "RequestRefused" };
    case "please wait":
      return { strikes: 6, failure: "Throttled" };
    case "token refused":
      return { strikes: 2, failure: "TokenRefused" };
  }
}

/** Asking for a token changes nothing either: three times in all. A fault of Entra's is no refusal of the credentials. */
function patienceAtTheToken(_: Combination): Patience {
  return { strikes: 3, failure: "Unreachable" };
}

function kindOf(fault: FaultName): Kind {
  switch (fault) {
    case "reply-lost-before":
    case "reply-lost-after":
    case "connection-reset":
    case "poll-truncated":
    case "poll-cut-json":
      return "lost";
    case "status-500":
    case "status-502":
    case "status-503":
      return "server error";
    case "throttled":
    case "throttled-retry-after":
    case "conflict-running":
    case "conflict-concurrent":
      return "please wait";
    case "token-expired":
      return "token refused";
    case "operation-stuck":
    case "operation-preempted":
    case "agent-not-ready":
    case "reboot":
      throw new Error(`'${fault}' is no answer`);
  }
}

/** Whether the script has begun when a deployment gives up because of this fault. */
function hasBegun({ step, fault, on, skip }: Combination): boolean {
  if (step === "purge" || step === "removal" || skip > 0) {
    return true;
  }
  switch (on) {
    case "post":
      return fault === "reply-lost-after" || fault === "operation-preempted";
    case "poll":
      return true;
    case "vm":
    case "token":
      return false;
  }
}

/** Refused, or not sent at all. What was lost may have arrived, so of that nothing is known. */
function isKnownToHaveRunNothing({ fault, on, skip }: Combination): boolean {
  switch (on) {
    case "post":
      return fault === "token-expired" && skip === 0;
    case "poll":
      return false;
    case "vm":
    case "token":
      return true;
  }
}
