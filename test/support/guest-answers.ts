/** Speaks for the runner without a shell: reads a call's requests, and writes the message that would answer it. */

import { posixCksum } from "../../core/guest/cksum";
import type { RunName, RunState } from "../../core/guest/protocol";

/** A request as its line in the call tells it; a list has no run. */
export interface SentRequest extends RunName {
  readonly verb: string;
}

export interface SentCall {
  readonly nonce: string;
  readonly requests: readonly SentRequest[];
}

/** What a `RunShellScript` carried. */
export function sentCall(script: string): SentCall {
  const lines = script.slice(script.lastIndexOf("{ begin ")).split("\n");
  const requests = lines.flatMap((line) => {
    const [, verb, key, runId = ""] = /^r_([a-z]+) (\S+)(?: (\S+))?/.exec(line) ?? [];
    return verb === undefined || key === undefined ? [] : [{ verb, key, runId }];
  });
  return { nonce: lines[0]?.split(" ")[2] ?? "", requests };
}

/**
 * The message of an operation whose runner tells one state for each request.
 *
 * @param receipts as the runner writes them: "<key>/<run>,<state>,<exit code>,<last>,<VM>,<start>;" for each.
 */
export function stateMessage(call: SentCall, state: RunState, nonce = call.nonce, receipts = "-"): string {
  const exitCode = state === "Exited" ? "0" : "-";
  const rows = call.requests.map(({ verb, key, runId }) =>
    verb === "list"
      ? `L ${receipts} ${key}\n`
      : `${state} ${exitCode} - - - 0 - - - - - - - - - - - - ${key} ${runId}\n`,
  );
  const header = rows.join("");
  const body = `1 h ${header.length}${" 0".repeat(rows.length)}\n${header}`;
  const text = Buffer.from(body, "latin1").toString("base64");
  const block = `[ARC1 ${nonce} 1 ${text.length} ${posixCksum(Buffer.from(text, "latin1"))}]\n${text}\n[/ARC1]`;
  return `Enable succeeded: \n[stdout]\n${block}\n[stderr]\n`;
}
