/** Tells how it goes: one line that changes, where stderr is a terminal; nothing but warnings otherwise. */
import type { Reporter } from "../core/outside";
import { say } from "./usage";

export interface Progress extends Reporter {
  /** Takes the line away while something else is written. */
  aside(write: () => Promise<void>): Promise<void>;
  /** Takes the line away; what comes later brings it back. */
  stop(): void;
}

/** @param command the subcommand's name, for what it says. */
export async function openProgress(command: string): Promise<Progress> {
  const warn = (message: string) => say(command, `warning: ${message}`);
  if (!isForSomebody()) {
    return {
      progress: () => undefined,
      info: () => undefined,
      warn,
      aside: (write) => write(),
      stop: () => undefined,
    };
  }
  const { default: ora } = await import("ora");
  // It reads nothing: ^C and what is typed are left to the terminal.
  const line = ora({ stream: process.stderr, discardStdin: false, isEnabled: true });
  let isWanted = false;
  const show = () => {
    if (isWanted && !line.isSpinning) {
      line.start();
    }
  };
  // Where nothing is shown, ora would take the cursor back over what somebody else has written.
  const hide = () => {
    if (line.isSpinning) {
      line.stop();
    }
  };
  const between = (tell: () => void) => {
    hide();
    tell();
    show();
  };
  return {
    progress: (message) => {
      line.text = message;
      isWanted = true;
      show();
    },
    info: (message) => between(() => say(command, message)),
    warn: (message) => between(() => warn(message)),
    aside: async (write) => {
      hide();
      await write();
      show();
    },
    stop: () => {
      isWanted = false;
      hide();
    },
  };
}

/** Whether somebody looks who sees a line change. A terminal that says it has no columns has nobody, and ora never ends there. */
function isForSomebody(): boolean {
  const { isTTY, columns } = process.stderr;
  return isTTY === true && columns > 0 && process.env.TERM !== "dumb" && process.env.CI === undefined;
}
