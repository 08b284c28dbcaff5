/** A guest in memory: records what it is asked, and answers what the test tells it to. */
import {
  type CommandResult,
  type Guest,
  GuestOffError,
  type GuestOptions,
  type HandlerStatus,
} from "../../simulator/guest/guest";

export class FakeGuest implements Guest {
  readonly kind = "process";
  readonly scripts: string[] = [];
  readonly calls: string[] = [];
  extensionInstalled = false;
  on = false;
  /** What a script prints; by default nothing. */
  answer: (script: string) => HandlerStatus | Promise<HandlerStatus> = () => succeeded("");
  private endRun: ((reason: "off" | "uninstalled") => void) | undefined;

  constructor(readonly options: GuestOptions) {}

  async start(): Promise<void> {
    this.calls.push("start");
    this.on = true;
  }

  async stop(): Promise<void> {
    this.calls.push("stop");
    this.powerCut();
  }

  /** The guest goes off without anybody asking for it. */
  powerCut(): void {
    this.on = false;
    this.endRun?.("off");
  }

  async enable(script: Buffer, began?: () => void): Promise<HandlerStatus> {
    if (!this.on) {
      throw new GuestOffError(this.options.vmName);
    }
    this.extensionInstalled = true;
    this.scripts.push(script.toString("utf8"));
    began?.();
    const interrupted = new Promise<HandlerStatus>((resolve, reject) => {
      this.endRun = (reason) =>
        reason === "off" ? reject(new GuestOffError(this.options.vmName)) : resolve(DID_NOT_FINISH);
    });
    return Promise.race([interrupted, Promise.resolve(this.answer(script.toString("utf8")))]);
  }

  async uninstall(): Promise<void> {
    this.calls.push("uninstall");
    this.extensionInstalled = false;
    this.endRun?.("uninstalled");
  }

  async exec(argv: readonly string[], stdin?: Buffer): Promise<CommandResult> {
    if (!this.on) {
      throw new GuestOffError(this.options.vmName);
    }
    this.calls.push(`exec ${argv.join(" ")}`);
    const text =
      argv[0] === "cat" && argv[1] === "/etc/os-release"
        ? 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n'
        : (stdin?.toString("utf8") ?? "");
    return { exitCode: 0, signal: undefined, stdout: Buffer.from(text), stderr: Buffer.from("") };
  }

  async destroy(): Promise<void> {
    this.calls.push("destroy");
    this.powerCut();
  }
}

const DID_NOT_FINISH: HandlerStatus = {
  status: "success",
  message: "Enable succeeded: Last script execution didn't finish.",
};

export function succeeded(stdout: string, stderr = ""): HandlerStatus {
  return { status: "success", message: `Enable succeeded: \n[stdout]\n${stdout}\n[stderr]\n${stderr}` };
}
