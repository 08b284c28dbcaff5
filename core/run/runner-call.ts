/** One call of the runner on a VM: sends requests together, and asks again until their reports have come. */
import { RUN_SHELL_SCRIPT_COMMAND_ID, type RunCommandBody } from "../arm/invocation";
import type { InvokeEnd, InvokeOptions } from "../arm/invoke";
import { RunFailedError } from "../failures/errors";
import type { DecodedCall, GuestRequest, Report, RunnerCall, UnreadableWhy } from "../guest/protocol";
import { decodeCall } from "../guest/report";
import { encodeCall, fitsOneFrame, measureCall } from "../guest/requests";
import { OPERATION_OVERHEAD_MAX_MS, SCRIPT_BASE64_MAX_CHARACTERS } from "../limits";
import { BUSY_SECONDS_MAX } from "./busy-time";

/** How often a call is sent again because its operation was pushed aside or its report did not come. */
const CALL_TRIES = 3;

export type SendOptions = Pick<InvokeOptions, "operationMaxMs" | "afterLoss" | "onBusy" | "stopped" | "signal">;

export interface CallOptions {
  readonly vmName: string;
  /** As many as one call can carry; see `fitsOneCall`. */
  readonly requests: readonly GuestRequest[];
  readonly nonce: string;
  /** How long the runner waits inside the VM for runs to end. */
  readonly sliceSeconds: number;
  /** For how long calls have followed each other on this VM. @default 0 */
  readonly busyForSeconds?: number | undefined;
  /**
   * Asked before the call is sent once more: another VM may have the name by now, and knows nothing of what was sent.
   *
   * @throws RunFailedError `VmReplaced`
   */
  readonly requireSameVm?: (() => Promise<void>) | undefined;
  /** Ends what another client runs on the VM; `undefined` where its end is waited for. */
  readonly onBusy: (() => Promise<void>) | undefined;
  /** Aborts when what nothing can have begun is not to be sent any more. See `InvokeOptions`. */
  readonly stopped?: AbortSignal | undefined;
  send(body: RunCommandBody, options: SendOptions): Promise<InvokeEnd>;
  /** Told why it takes longer than it should. */
  onDelay(why: string): void;
}

/** @throws RunFailedError */
export async function callRunner(options: CallOptions): Promise<readonly Report[]> {
  const { vmName, requests, nonce, sliceSeconds, busyForSeconds, onBusy, onDelay, requireSameVm } = options;
  // One nonce for all tries: whichever of them is answered, it is this call's answer.
  const call: RunnerCall = { nonce, waitSliceSeconds: sliceSeconds, busyForSeconds, requests };
  const body: RunCommandBody = {
    commandId: RUN_SHELL_SCRIPT_COMMAND_ID,
    // Made anew for each sending: else every call that is out would hold its text, which is 22 KB at least.
    get script(): [string] {
      return [encodeCall(call)];
    },
  };
  const operationMaxMs = sliceSeconds * 1_000 + OPERATION_OVERHEAD_MAX_MS;
  for (let tries = 1; ; tries++) {
    const mayHaveBegun = tries > 1;
    // Safe to send again to the same VM: the runner's receipt makes a run happen once however often it is asked for.
    const afterLoss = async () => {
      await requireSameVm?.();
      return "sendAgain" as const;
    };
    // What may have begun is asked about all the same.
    const stopped = mayHaveBegun ? undefined : options.stopped;
    const end = await options.send(body, { operationMaxMs, afterLoss, onBusy, stopped }).catch((error: unknown) => {
      throw mayHaveBegun && error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
    });
    const decoded = decodeEnd(end, call);
    if (decoded.kind === "reports") {
      return decoded.reports;
    }
    const why = describeWhy(decoded.why);
    if (tries === CALL_TRIES || !isWorthAskingAgain(decoded.why)) {
      throw new RunFailedError({ kind: "ReportUnreadable", vmName, why, evidence: decoded.evidence }, true);
    }
    onDelay(`asking '${vmName}' again: ${why}`);
    await requireSameVm?.();
  }
}

/**
 * Whether one call can carry these requests. Azure's limit is on the base64 text of the whole script. A list can fill an
 * answer, so it has one for itself.
 */
export function fitsOneCall(requests: readonly GuestRequest[], waitSliceSeconds: number): boolean {
  const call: RunnerCall = { nonce: "0".repeat(32), waitSliceSeconds, busyForSeconds: BUSY_SECONDS_MAX, requests };
  return (
    fitsOneFrame(requests) &&
    (requests.length === 1 || requests.every(({ verb }) => verb !== "list")) &&
    measureCall(encodeCall(call)).base64Bytes <= SCRIPT_BASE64_MAX_CHARACTERS
  );
}

function decodeEnd(end: InvokeEnd, call: RunnerCall): DecodedCall {
  switch (end.kind) {
    case "succeeded":
      return decodeCall(end.message ?? "", call);
    case "dropped":
      return { kind: "unreadable", why: "Dropped", evidence: `${end.error.code}: ${end.error.message}` };
    case "done":
      return { kind: "unreadable", why: "NoFrame", evidence: "" };
  }
}

/** The receipt tells what became of the run, if only it is asked once more. */
function isWorthAskingAgain(why: UnreadableWhy): boolean {
  switch (why) {
    case "DidNotFinish":
    case "Dropped":
    case "BadChecksum":
    case "OtherNonce":
      return true;
    case "SampleScript":
    case "NoFrame":
      return false;
  }
}

function describeWhy(why: UnreadableWhy): string {
  switch (why) {
    case "SampleScript":
      return "Azure ran its own sample script instead of this one";
    case "DidNotFinish":
      return "the guest agent or the VM restarted before the runner had reported";
    case "Dropped":
      return "Azure lost sight of the command before its end";
    case "OtherNonce":
      return "Azure returned the result of another run";
    case "BadChecksum":
      return "the runner's report arrived damaged";
    case "NoFrame":
      return "the runner's report is missing";
  }
}
