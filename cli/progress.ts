/** Tells how it goes: one line that changes, where stderr is a terminal; nothing but warnings otherwise. */
import type { Reporter } from "../core/outside";
import { say } from "./usage";

export interface Progress extends Reporter {
  /** Takes the line away; what comes later brings it back. */
  stop(): void;
}

/** @param command the subcommand's name, for what it says. */
export async function openProgress(command: string): Promise<Progress> {
  const warn = (message: string) => say(command, `warning: ${message}`);
  if (!isForSomebody()) {
    return { progress: () => undefined, info: () => undefined, warn, stop: () => undefined };
  }
  const { default: ora } = await import("ora");
  // It reads nothing: ^C and what is typed are left to the terminal.
  const line = ora({ stream: process.stderr, discardStdin: false, isEnabled: true });
  const between = (tell: () => void) => {
    const isShown = line.isSpinning;
    line.stop();
    tell();
    if (isShown) {
      line.start();
    }
  };
  return {
    progress: (message) => {
      line.text = message;
      if (!line.isSpinning) {
        line.start();
      }
    },
    info: (message) => between(() => say(command, message)),
    warn: (message) => between(() => warn(message)),
    stop: () => line.stop(),
  };
}

/** Whether somebody looks who sees a line change. A terminal that says it has no columns has nobody, and ora never ends there. */
function isForSomebody(): boolean {
  const { isTTY, columns } = process.stderr;
  return isTTY === true && columns > 0 && process.env.TERM !== "dumb" && process.env.CI === undefined;
}
