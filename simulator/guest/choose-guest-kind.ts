/** Which kind of guest this machine can have. */
import { execFile } from "node:child_process";
import { engineAnswers } from "./container-sandbox";
import type { GuestKind } from "./guest";
import { findProgram } from "./tools";

/** What was found out about this machine. */
export interface MachineProbe {
  readonly platform: string;
  readonly isRoot: boolean;
  /** Why namespaces cannot be used here; `undefined` when they can. */
  readonly namespaceProblem: string | undefined;
  readonly engine: "docker" | "podman" | undefined;
}

export type GuestChoice =
  | { readonly action: "use"; readonly guest: GuestKind }
  | { readonly action: "refuse"; readonly problem: string };

/** Namespaces first, then containers; child processes only when asked for. */
export function chooseGuestKind(asked: "auto" | GuestKind, probe: MachineProbe): GuestChoice {
  const use = (guest: GuestKind): GuestChoice => ({ action: "use", guest });
  const refuse = (problem: string): GuestChoice => ({ action: "refuse", problem });
  const { namespaceProblem, engine } = probe;
  switch (asked) {
    case "process":
      return use("process");
    case "docker":
      if (engine !== undefined) return use("docker");
      return refuse(
        `no container engine answers: neither 'docker version' nor 'podman version' succeeds; ${START_ENGINE}`,
      );
    case "namespace":
      if (namespaceProblem === undefined) return use("namespace");
      return refuse(`this machine cannot run guests in namespaces: ${namespaceProblem}; ${namespaceAdvice(probe)}`);
    case "auto":
      if (namespaceProblem === undefined) return use("namespace");
      if (engine !== undefined) return use("docker");
      return refuse(
        `this machine can hold no guest: namespaces do not work (${namespaceProblem}) and no container engine answers; ${namespaceAdvice(probe)}, or ${START_ENGINE}, or accept scripts that run on this machine itself with '--guest process'`,
      );
  }
}

const START_ENGINE = "start Docker or Podman";

function namespaceAdvice({ platform, isRoot }: MachineProbe): string {
  if (platform !== "linux") return "use a Linux machine";
  return isRoot
    ? "allow namespaces and mounts (in a container: run it privileged)"
    : "run the simulator as root, or allow unprivileged user namespaces";
}

/** Programs without which no guest comes up. All but `mount` and `umount` (the same package) are in util-linux's core. */
const NEEDED_PROGRAMS = ["unshare", "nsenter", "setpriv", "mount", "umount", "pivot_root", "setsid"];

/** Finds out what this machine can do. Leaves nothing behind. */
export async function probeMachine(): Promise<MachineProbe> {
  const isRoot = process.getuid?.() === 0;
  const namespaceProblem = await findNamespaceProblem(isRoot);
  return { platform: process.platform, isRoot, namespaceProblem, engine: await findEngine() };
}

/** The first container engine whose daemon answers. */
export async function findEngine(): Promise<"docker" | "podman" | undefined> {
  if (await engineAnswers("docker")) return "docker";
  return (await engineAnswers("podman")) ? "podman" : undefined;
}

async function findNamespaceProblem(isRoot: boolean): Promise<string | undefined> {
  if (process.platform !== "linux") return `they are a feature of Linux, and this is ${process.platform}`;
  const missing = NEEDED_PROGRAMS.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) return `the programs ${missing.join(", ")} are missing; install util-linux`;
  const user = isRoot ? [] : ["--user", "--map-root-user"];
  const all = ["--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child"];
  const first = await tryRun("unshare", [...user, ...all, "mount", "-n", "-t", "proc", "proc", "/proc"]);
  if (first !== undefined || !isRoot) return first;
  return await tryRun("unshare", ["--user", "--mount", "true"]);
}

/** @returns what the program complained about, `undefined` when it succeeded. */
function tryRun(file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((settle) => {
    execFile(
      findProgram(file) ?? file,
      args,
      { timeout: 10_000, env: { LC_ALL: "C", PATH: process.env.PATH } },
      (error, _, stderr) => settle(error === null ? undefined : stderr.trim() || error.message),
    );
  });
}
