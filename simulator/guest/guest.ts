/** What the simulator's Azure side needs of a guest: the Linux inside one simulated VM, with its guest agent. */

/** How a guest is kept apart from this machine. */
export type GuestKind = "namespace" | "docker" | "process";

/** What the handler left in its status file when `enable` had ended. */
export interface HandlerStatus {
  readonly status: "success" | "error";
  /** The formatted message: `Enable succeeded: \n[stdout]\n…\n[stderr]\n…`. */
  readonly message: string;
}

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface GuestOptions {
  readonly vmName: string;
  /** Folder of this guest's disk and its other state on this machine; made when missing, kept by `stop`. */
  readonly folder: string;
  /** Root of the Linux to show the guest; `undefined` for this machine's own. */
  readonly rootfs: string | undefined;
}

export interface Guest {
  readonly kind: GuestKind;
  /** Powers the VM on. Its disk is as it was left; processes, /tmp and /run are new, and so is the boot id. */
  start(): Promise<void>;
  /** Powers the VM off: everything in it ends at once. Harmless when it is off. */
  stop(): Promise<void>;
  /**
   * The handler's `enable` with the next sequence number: writes the script, runs it, and gives back what the status
   * file says at the end. Installs the extension first when it is not there.
   * Rejects only when the guest is off or goes off meanwhile (`GuestOffError`).
   * @param began called once the script runs; never when the handler does not run it.
   */
  enable(script: Buffer, began?: () => void): Promise<HandlerStatus>;
  /** The handler's `uninstall`: ends a script that runs, removes the extension and its folders. */
  uninstall(): Promise<void>;
  /** True while the extension is installed in the guest. */
  readonly extensionInstalled: boolean;
  /**
   * Runs one command as root in the guest (for administration and tests, not part of Azure).
   * @param maxBytes of each stream: what writes more is ended, with what came so far. @default COMMAND_OUTPUT_MAX_BYTES
   */
  exec(argv: readonly string[], stdin?: Buffer, maxBytes?: number): Promise<CommandResult>;
  /** Powers off and deletes the disk. */
  destroy(): Promise<void>;
}

/** The guest is powered off, or went off while something was running in it. */
export class GuestOffError extends Error {
  constructor(vmName: string) {
    super(`the guest of '${vmName}' is powered off`);
    this.name = "GuestOffError";
  }
}
