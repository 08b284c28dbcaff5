/** What the first ^C does to a command that waits for a script: it ends, the script goes on, and nothing new is sent. */
import { constants } from "node:os";
import { RunFailedError } from "../core/failures/errors";
import type { ExecutedRun } from "../core/run/execute";
import type { Session } from "../core/run/session";
import { endWithNpm } from "./npm-parent";
import { say } from "./usage";
import { UnwrittenError } from "./write-out";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Signal = (typeof SIGNALS)[number];

export interface Interruptible {
  readonly command: string;
  readonly vmName: string;
  readonly session: Session;
  /** Ends every wait of the session. */
  readonly waiting: AbortController;
  /** The lines that say how to go on. */
  readonly hints: readonly string[];
  /** Takes away the line that changes. */
  stop(): void;
  /** Prints what has come and is not printed yet. @throws UnwrittenError */
  printRest(): Promise<void>;
}

/**
 * Waits for a run, until somebody has enough: then it says whether the script was sent, and ends this process.
 *
 * @throws what the work throws.
 */
export async function untilInterrupted(
  { command, vmName, session, waiting, hints, stop, printRest }: Interruptible,
  work: () => Promise<ExecutedRun>,
): Promise<ExecutedRun> {
  let by: Signal | undefined;
  const leave = (signal: Signal): void => {
    if (by !== undefined) {
      // A second time: whoever waits has no more patience.
      end(command, [], signal);
    }
    by = signal;
    stop();
    session.startNothing();
    waiting.abort(new RunFailedError({ kind: "InterruptedBefore", vmName }));
  };
  for (const signal of SIGNALS) {
    // It stays: where it is the only one that is left, the line on the terminal ends the process itself (signal-exit).
    process.on(signal, leave);
  }
  const stopLooking = endWithNpm(() => leave("SIGTERM"));
  try {
    const executed = await work();
    if (by === undefined || executed.outcome.failure?.kind !== "InterruptedBefore") {
      return executed;
    }
    await printRest().catch((error: unknown) => sayUnwritten(command, error));
    return end(command, hints, by);
  } catch (error) {
    if (by === undefined) {
      throw error;
    }
    // Whatever was cut off in the middle may have arrived.
    const isUnsent = error instanceof RunFailedError && !error.mayHaveRun;
    await printRest().catch((unwritten: unknown) => sayUnwritten(command, unwritten));
    return end(command, isUnsent ? [UNSENT] : hints, by);
  } finally {
    stopLooking();
    for (const signal of SIGNALS) {
      process.removeListener(signal, leave);
    }
  }
}

function sayUnwritten(command: string, error: unknown): void {
  if (!(error instanceof UnwrittenError)) {
    throw error;
  }
  say(command, error.message);
}

const UNSENT = "stopped before the script was sent; nothing was run";

/** What goes on at Azure keeps no process here. */
function end(command: string, lines: readonly string[], signal: Signal): never {
  for (const line of lines) {
    say(command, line);
  }
  process.exit(128 + constants.signals[signal]);
}
