/** Writes a call as the text that `POST …/runCommand` carries: the runner, then one line per request. */

import { jobPrelude } from "./job-prelude";
import type { GuestRequest, ListRequest, RunnerCall, RunRequest, SeenBytes } from "./protocol";
import { runnerText } from "./runner-text";

/**
 * Most requests of one call, of those that are answered by the report of a run. Every one of them is told in the frame (5,952
 * bytes), without gzip too.
 * Source: measured in test/core/guest/frame.test.ts; the frame's size follows from the handler's 4,096 bytes per stream.
 */
export const REQUESTS_PER_CALL_MAX = 60;

/**
 * How much of the room of another request a purge takes. Its report is five numbers: 39 bytes of the frame, if each of them has
 * five digits, where that of a run has 99. So a call carries 120 purges.
 *
 * Source: runner.sh, `row`; measured in test/core/guest/frame.test.ts.
 */
const PURGE_SHARE = 0.5;

/** Whether the reports of so many requests have room in one frame. */
export function fitsOneFrame(requests: readonly Pick<GuestRequest, "verb">[]): boolean {
  const shares = requests.reduce((sum, { verb }) => sum + (verb === "purge" ? PURGE_SHARE : 1), 0);
  return shares <= REQUESTS_PER_CALL_MAX;
}

/**
 * Room for lines that the service puts before the script.
 *
 * Unit: bytes of plain text.
 * Source: assumed. Without `parameters` none were seen.
 */
export const SERVICE_LINES_ALLOWANCE_BYTES = 1_024;

/** Size of a call's text. `base64Bytes` includes the allowance and is to be held against the handler's limit. */
export interface CallSize {
  readonly plainBytes: number;
  readonly base64Bytes: number;
}

/** @throws RangeError when a name, number or value is not what `protocol.ts` says: a fault of the caller, not of the user. */
export function encodeCall(call: RunnerCall): string {
  return encodeCallWith(runnerText(), call);
}

/** The same with another text of the runner; tests use it to kill the runner at its marked steps. */
export function encodeCallWith(runner: string, call: RunnerCall): string {
  demand(/^[0-9a-f]{32}$/.test(call.nonce), "the nonce of a call must be 32 hexadecimal digits");
  demand(isCount(call.waitSliceSeconds), "waitSliceSeconds must be a whole number");
  demand(isCount(call.busyForSeconds ?? 0), "busyForSeconds must be a whole number");
  demand(
    call.requests.length >= 1 && fitsOneFrame(call.requests),
    `a call must have 1 to ${REQUESTS_PER_CALL_MAX} requests, or twice as many purges`,
  );
  // In braces, because a shell reads a group whole before it runs any of it: of a text that was cut nothing would run.
  const lines = [
    `{ begin ${call.nonce} ${call.waitSliceSeconds} ${call.busyForSeconds ?? 0}`,
    ...call.requests.map(requestLine),
    "finish",
    "exit",
    "}",
  ];
  return `${runner}${lines.join("\n")}\n`;
}

export function measureCall(text: string): CallSize {
  const plainBytes = Buffer.byteLength(text, "utf8");
  return { plainBytes, base64Bytes: Math.ceil((plainBytes + SERVICE_LINES_ALLOWANCE_BYTES) / 3) * 4 };
}

/** The texts of a request that may be secret, as they stand in the call. `report.ts` keeps them out of its evidence. */
export function encodedTexts(request: GuestRequest): readonly string[] {
  return request.verb === "run" ? [base64(request.script), base64(prelude(request))] : [];
}

function requestLine(request: GuestRequest): string {
  if (request.verb === "list") return listLine(request);
  demand(isName(request.key), "the key of a request must match [A-Za-z0-9-]{1,64}");
  if (request.verb === "purge") {
    demand(isCount(request.generation), "generation must be a whole number");
    return `r_purge ${request.key} ${request.generation}`;
  }
  demand(isName(request.runId), "the runId of a request must match [A-Za-z0-9-]{1,64}");
  switch (request.verb) {
    case "run":
      return runLine(request);
    case "wait": {
      demand(isCount(request.outputMaxBytes), "outputMaxBytes must be a whole number");
      const seen = request.seen === undefined ? "" : ` wait ${seenBytes(request.seen)}`;
      return `r_wait ${request.key} ${request.runId} ${request.outputMaxBytes}${seen}`;
    }
    case "cancel": {
      demand(isCount(request.outputMaxBytes), "outputMaxBytes must be a whole number");
      const which = request.onlyWaiting === true ? " w" : "";
      return `r_cancel ${request.key} ${request.runId} ${request.outputMaxBytes}${which}`;
    }
    case "read":
      demand(isCount(request.offset), "offset must be a whole number");
      return `r_read ${request.key} ${request.runId} ${request.offset}`;
  }
}

function listLine({ key, after }: ListRequest): string {
  demand(key === undefined || isName(key), "the key of a request must match [A-Za-z0-9-]{1,64}");
  demand(after === undefined || (isName(after.key) && isName(after.runId)), "after must be the name of a run");
  return `r_list ${key ?? "''"}${after === undefined ? "" : ` ${after.key}/${after.runId}`}`;
}

function runLine(request: RunRequest): string {
  demand(isName(request.vmId), "the vmId of a request must match [A-Za-z0-9-]{1,64}");
  demand(isCount(request.resumeWindowSeconds), "resumeWindowSeconds must be a whole number");
  demand(isCount(request.outputMaxBytes), "outputMaxBytes must be a whole number");
  demand(isCount(request.timeoutSeconds), "timeoutSeconds must be a whole number");
  demand(request.continues === undefined || isName(request.continues), "continues must match [A-Za-z0-9-]{1,64}");
  demand(request.last === undefined || isName(request.last), "last must match [A-Za-z0-9-]{1,64}");
  demand(request.retryUnless?.every(isCount) ?? true, "retryUnless must be whole numbers");
  demand(isCount(request.retryWindowSeconds ?? 0), "retryWindowSeconds must be a whole number");
  const { key, runId, vmId, resumeWindowSeconds, outputMaxBytes, timeoutSeconds, continues = "-" } = request;
  const [script, words] = encodedTexts(request);
  const numbers = `${resumeWindowSeconds} ${outputMaxBytes} ${timeoutSeconds}`;
  const seen = request.seen === undefined ? "" : ` ${seenBytes(request.seen)}`;
  return `r_run ${key} ${runId} ${vmId} ${numbers} ${continues} '${script}' '${words}' ${request.last ?? "-"} ${how(request)}${seen}`;
}

function seenBytes({ stdout, stderr }: SeenBytes): string {
  demand(isCount(stdout) && isCount(stderr), "what is seen of a stream must be a whole number of bytes");
  return `${stdout}.${stderr}`;
}

/** Two words: letters for how it is started, and what needs no other try. See runner.sh, r_run. */
function how({ beside, endsOthers, onlyAfterRuns, retryUnless, retryWindowSeconds }: RunRequest): string {
  const letters = `${beside ? "b" : ""}${endsOthers ? "e" : ""}${onlyAfterRuns ? "o" : ""}` || "-";
  return `${letters} ${retryUnless === undefined ? "-" : `${retryWindowSeconds ?? ""},${retryUnless.join(",")},`}`;
}

function prelude(request: RunRequest): string {
  const { environment, user, workingDirectory, guards } = request;
  for (const name of Object.keys(environment)) {
    demand(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), "the name of an environment variable must be a shell identifier");
  }
  for (const text of [...Object.values(environment), ...request.arguments, user ?? "", workingDirectory ?? ""]) {
    demand(!text.includes("\0"), "an environment variable, argument, user or folder must not contain NUL");
  }
  for (const text of Object.values(guards)) demand(!text?.includes("\0"), "a guard must not contain NUL");
  return jobPrelude({ user, workingDirectory, environment, arguments: request.arguments, guards });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9-]{1,64}$/.test(text);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function demand(holds: boolean, sentence: string): void {
  if (!holds) throw new RangeError(sentence);
}
