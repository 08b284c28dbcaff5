/** What the agent needs of the machinery that keeps a guest apart: power, and a way to start programs in it. */
import type { GuestKind } from "./guest";
import type { Tools } from "./tools";

/** How a guest that ran came to its end by itself. */
export type SandboxEnd = "reboot" | "off";

/** A program with its arguments and environment, as this machine starts it to have it run inside the guest. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Sandbox {
  readonly kind: GuestKind;
  readonly tools: Tools;
  /** Put before the paths of the handler: "" in a sandbox with a root of its own. */
  readonly base: string;
  /** Starts it. `ended` is called once if it ends without `kill`. */
  boot(ended: (end: SandboxEnd) => void): Promise<void>;
  /** Ends everything in it; resolves when nothing of it runs. Harmless when it is off. */
  kill(): Promise<void>;
  /** How to start `argv` as root inside, in a session of its own. Only while it is on. */
  invocation(argv: readonly string[], env: Readonly<Record<string, string>>): Invocation;
  /** Deletes the disk. Only while it is off. */
  remove(): Promise<void>;
}

/** A line for the person who runs the simulator. */
export type Log = (line: string) => void;
