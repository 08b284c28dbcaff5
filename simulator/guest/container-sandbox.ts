/**
 * A guest in a container of Docker or Podman, for machines whose namespaces cannot be used directly.
 *
 * Tested only with a stand-in for the `docker` program (test/simulator/guest/fake-docker.ts), never with a real daemon.
 * Not imitated: the boot id stays this machine's, and the container outlives a simulator that is killed; the next start of
 * the same guest ends it. No `--init`: its tini does not live through `kill -9 -1` in the guest, our own init does.
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { GuestOptions } from "./guest";
import { deleteTree, POWER_COMMANDS, POWER_SCRIPT } from "./namespace-disk";
import { INIT_OFF, INIT_REBOOT } from "./namespace-stages";
import type { Invocation, Sandbox, SandboxEnd } from "./sandbox";
import { ownTools } from "./tools";

/** Taken when no `rootfs` is given, which here is the name of an image. */
const DEFAULT_IMAGE = "debian:12";

/** As `INIT_SCRIPT`, but a detached container has no stdin to wait on. */
const CONTAINER_INIT = `
trap 'exit ${INIT_REBOOT}' TERM INT
trap 'exit ${INIT_OFF}' USR1 USR2
while :; do sleep 3600 & wait $!; done
`;

/** Writes the power commands; the image may have none. stdin: the script. */
const POWER_SETUP = `cd /usr/sbin && rm -f ${POWER_COMMANDS.join(" ")} && cat >reboot && chmod 755 reboot && for name in ${POWER_COMMANDS.slice(1).join(" ")}; do cp reboot "$name" || exit 1; done`;

export class ContainerSandbox implements Sandbox {
  readonly kind = "docker";
  readonly base = "";
  readonly tools = ownTools();
  private readonly name: string;
  private watched: Promise<void> | undefined;
  private generation = 0;

  constructor(
    private readonly options: GuestOptions,
    private readonly engine: "docker" | "podman",
  ) {
    const id = createHash("sha256").update(resolve(options.folder)).digest("hex").slice(0, 12);
    this.name = `azure-vm-${options.vmName.toLowerCase().replace(/[^a-z0-9_.-]/g, "-")}-${id}`;
  }

  async boot(ended: (end: SandboxEnd) => void): Promise<void> {
    mkdirSync(this.options.folder, { recursive: true, mode: 0o700 });
    const state = await this.engineText(["inspect", "--format", "{{.State.Running}}", this.name]).catch(
      () => undefined,
    );
    if (state === "true") await this.engineText(["kill", this.name]).catch(() => undefined);
    if (state === undefined) await this.create();
    else await this.engineText(["start", this.name]);
    this.watch(ended);
  }

  private async create(): Promise<void> {
    const image = this.options.rootfs ?? DEFAULT_IMAGE;
    const settings = ["--name", this.name, "--hostname", this.options.vmName, "--network", "none"];
    const volatile = ["--tmpfs", "/run", "--tmpfs", "/tmp:exec"];
    await this.engineText(["run", "-d", ...settings, ...volatile, image, "/bin/sh", "-c", CONTAINER_INIT]);
    try {
      await this.engineText(["exec", "-i", this.name, "/bin/sh", "-c", POWER_SETUP], POWER_SCRIPT);
    } catch (error) {
      await this.engineText(["rm", "-f", this.name]).catch(() => undefined); // the first problem is the one to tell
      throw error;
    }
  }

  /** `wait` prints the exit code of init when the container ends. */
  private watch(ended: (end: SandboxEnd) => void): void {
    this.generation += 1;
    const { generation } = this;
    this.watched = this.engineText(["wait", this.name])
      .catch(() => "")
      .then((code) => {
        if (this.generation === generation) ended(Number(code) === INIT_REBOOT ? "reboot" : "off");
      });
  }

  async kill(): Promise<void> {
    const { watched } = this;
    this.watched = undefined;
    this.generation += 1;
    if (watched === undefined) return;
    await this.engineText(["kill", this.name]).catch(() => undefined); // it may have ended
    await watched;
  }

  /** The engine starts each command in a session of its own. Source: runc and crun call setsid for `exec`. */
  invocation(argv: readonly string[], env: Readonly<Record<string, string>>): Invocation {
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    return { file: this.engine, args: ["exec", "-i", ...variables, this.name, ...argv], env: machineEnvironment() };
  }

  async remove(): Promise<void> {
    await this.engineText(["rm", "-f", this.name]).catch(() => undefined); // there may be none
    await deleteTree(this.options.folder);
  }

  private engineText(args: readonly string[], stdin = ""): Promise<string> {
    return new Promise((settle, reject) => {
      const child = execFile(
        this.engine,
        args,
        { encoding: "utf8", env: machineEnvironment() },
        (error, stdout, stderr) => {
          if (error === null) return settle(stdout.trim());
          const problem = `'${this.engine} ${args[0]}' failed for the guest of '${this.options.vmName}': ${stderr.trim()}`;
          reject(new Error(problem, { cause: error }));
        },
      );
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(stdin);
    });
  }
}

/** The engine's client needs HOME and DOCKER_HOST; nothing of it goes into the container. */
function machineEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Ends with 0 when the engine's daemon answers. */
export function engineAnswers(engine: "docker" | "podman"): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn(engine, ["version", "--format", "{{.Server.Version}}"], {
      env: machineEnvironment(),
      stdio: "ignore",
      timeout: 5_000,
    });
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
  });
}
