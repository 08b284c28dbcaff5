/** Lets our own runner tell from the VM that it is there, and what goes on. It leaves nothing, so that it may be sent again. */

import type { ArmClient, ArmReply } from "../arm/arm-client";
import type { RunCommandBody, VmTarget } from "../arm/invocation";
import { type InvokeEnd, invoke } from "../arm/invoke";
import { readArmError } from "../arm/lro";
import { Pace } from "../arm/pace";
import { classifyRefusedPoll } from "../arm/refusal";
import { RunFailedError } from "../failures/errors";
import type { Receipt } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import { callRunner } from "../run/runner-call";
import type { Session } from "../run/session";
import { whyUnwritable, writeCheck } from "./write-check";

/**
 * How long to wait while another command is out. Whoever waits for a script of this package leaves the VM to others after two and a
 * half minutes at the latest (`others-turn.ts`): a healthy script is nothing that is wrong.
 *
 * Source: our own choice.
 */
const TURN_MAX_MS = 180_000;

/**
 * How long the probe may be under way. Source: our own choice; of 200 recorded runs the longest took 171 s on a VM, and 255 s on an
 * instance of a scale set, and Azure itself gives up after 25 minutes or more.
 */
const PROBE_MAX_MS = 300_000;

export interface Probed {
  /** The scripts that this package has going on the VM, or waiting: as many as one report has room for. */
  readonly going: readonly Receipt[];
  /** What the VM said of why no receipt can be written there, a line each; then nothing is known of `going`. */
  readonly unwritable: readonly string[] | undefined;
}

export interface ProbeWatcher {
  /** The probe is under way, since so long. */
  inProgress(operationMs: number): void;
  /** Why it takes longer than it should; a finished sentence. */
  delayed(why: string): void;
}

/** @throws RunFailedError when the runner's report does not come. */
export async function probe(target: VmTarget, session: Session, watcher: ProbeWatcher): Promise<Probed> {
  try {
    return { going: await askRunner(target, session, watcher), unwritable: undefined };
  } catch (error) {
    if (error instanceof Unwritable) {
      return { going: [], unwritable: error.said };
    }
    throw error;
  }
}

/** The VM's answer was that no receipt can be written, in place of the runner's. */
class Unwritable extends Error {
  constructor(readonly said: readonly string[]) {
    super("no receipt can be written on the VM");
  }
}

/** @throws RunFailedError, Unwritable */
async function askRunner(target: VmTarget, session: Session, watcher: ProbeWatcher): Promise<readonly Receipt[]> {
  const { outside } = session;
  const answered = lastAnswers(await session.client());
  const pace = new Pace();
  const nonce = outside.randomHex(16);
  const request = { verb: "list", key: undefined } as const;
  const [report] = await callRunner({
    vmName: target.vmName,
    requests: [request],
    nonce,
    sliceSeconds: 0,
    onBusy: undefined,
    send: async (body, options) => {
      const end = await invoke({
        ...options,
        client: answered.client,
        outside,
        target,
        body: afterWriting(body, nonce),
        work: { kind: "requests", waitsMs: 0 },
        pace,
        operationMaxMs: PROBE_MAX_MS,
        turnMaxMs: TURN_MAX_MS,
        onRunning: watcher.inProgress,
        onDelay: watcher.delayed,
      }).catch((error: unknown) => {
        throw answered.whyLate(error, target);
      });
      return unlessUnwritable(unlessRefused(end, target), nonce, target);
    },
    onDelay: watcher.delayed,
  });
  const receipts = report === undefined ? [] : asReportOf(request, report).receipts;
  return receipts.filter(({ state }) => state === "Running" || state === "Waiting");
}

function afterWriting(body: RunCommandBody, nonce: string): RunCommandBody {
  return { ...body, script: [writeCheck(nonce) + (body.script ?? []).join("\n")] };
}

/** @throws Unwritable */
function unlessUnwritable(end: InvokeEnd, nonce: string, { vmName }: VmTarget): InvokeEnd {
  const said = end.kind === "succeeded" ? whyUnwritable(end.message ?? "", nonce, vmName) : undefined;
  if (said !== undefined) {
    throw new Unwritable(said);
  }
  return end;
}

/** A deployment waits on while Azure has no answer for it. Here the reason is what is wanted. */
function lastAnswers(client: ArmClient) {
  let last: ArmReply | undefined;
  const get: ArmClient["get"] = async (...asked) => {
    last = await client.get(...asked);
    return last;
  };
  return {
    client: { ...client, get },
    /** What Azure went on saying in place of how the operation goes; else the same error. */
    whyLate: (error: unknown, target: VmTarget): unknown => {
      const isLate = error instanceof RunFailedError && error.failure.kind === "DeadlinePassed";
      return isLate && last !== undefined && last.status !== 200
        ? new RunFailedError(classifyRefusedPoll(last.status, readArmError(last.body), target), true)
        : error;
    },
  };
}

/**
 * A deployment asks the VM again when Azure does not tell how an operation goes. Here the reason is what is wanted.
 *
 * @throws RunFailedError `TokenRefused`.
 */
function unlessRefused(end: InvokeEnd, target: VmTarget): InvokeEnd {
  if (end.kind === "dropped" && TOKEN_REFUSED.test(end.error.code)) {
    throw new RunFailedError(classifyRefusedPoll(401, end.error, target), true);
  }
  return end;
}

/** Azure's codes for it. Source: Learn, "Troubleshoot common Azure Resource Manager errors". */
const TOKEN_REFUSED = /^(AuthenticationFailed|(Expired|Invalid)AuthenticationToken)/;
