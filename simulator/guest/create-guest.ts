/** Makes a guest of a given kind. */
import { AgentGuest } from "./agent";
import { ContainerSandbox } from "./container-sandbox";
import type { Guest, GuestKind, GuestOptions } from "./guest";
import { NamespaceSandbox } from "./namespace-sandbox";
import { ProcessSandbox } from "./process-sandbox";
import type { Log, Sandbox } from "./sandbox";

/** What concerns all guests of one simulator. */
export interface GuestSettings {
  /** Told what the user of the simulator must know, such as a disk that is not kept. */
  readonly log: Log;
  /** For guests of the kind "docker": which program to call. */
  readonly engine?: "docker" | "podman";
}

export function createGuest(kind: GuestKind, options: GuestOptions, settings: GuestSettings): Guest {
  return new AgentGuest(options, createSandbox(kind, options, settings));
}

function createSandbox(kind: GuestKind, options: GuestOptions, settings: GuestSettings): Sandbox {
  switch (kind) {
    case "namespace":
      return new NamespaceSandbox(options, settings.log);
    case "docker":
      return new ContainerSandbox(options, settings.engine ?? "docker");
    case "process":
      return new ProcessSandbox(options, settings.log);
  }
}
