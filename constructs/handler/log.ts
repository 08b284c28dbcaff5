/** Tells in the function's log how it goes: one line of JSON each, so that CloudWatch shows and finds it whole. */
import type { Reporter } from "../../core/outside";
import type { RunOutcome } from "../../core/run/outcome";
import type { Mask } from "../../core/secrets/secret-texts";
import type { StackRequest } from "./event";
import type { HandlerOutside } from "./outside";

export interface RequestLog extends Reporter {
  /** The last that was said of how it goes; `undefined` when nothing was. */
  lastProgress(): string | undefined;
  /** The same log, with other secrets taken out. */
  masked(mask: Mask): RequestLog;
}

/** What is said of progress, every few seconds, is kept out of the log. */
export function openLog(outside: Pick<HandlerOutside, "writeLine">, request: StackRequest): RequestLog {
  return logWith((text) => text, { outside, request, progress: { last: undefined } });
}

interface Shared {
  readonly outside: Pick<HandlerOutside, "writeLine">;
  readonly request: StackRequest;
  readonly progress: { last: string | undefined };
}

function logWith(mask: Mask, shared: Shared): RequestLog {
  const { outside, request, progress } = shared;
  const write = (level: "info" | "warn", message: string) =>
    outside.writeLine(
      JSON.stringify({
        level,
        request: request.type,
        resource: request.logicalResourceId,
        requestId: request.requestId,
        message: mask(message),
      }),
    );
  return {
    progress: (message) => {
      progress.last = mask(message);
    },
    info: (message) => write("info", message),
    warn: (message) => write("warn", message),
    lastProgress: () => progress.last,
    masked: (other) => logWith(other, shared),
  };
}

export function logSkip({ skippedBy }: RunOutcome, vmName: string, log: Reporter): void {
  if (skippedBy !== undefined) {
    const code = skippedBy.exitCode === undefined ? "" : `, which exited with ${skippedBy.exitCode}`;
    log.info(`the script was not run on '${vmName}': it is not needed, says '${skippedBy.name}'${code}`);
  }
}
