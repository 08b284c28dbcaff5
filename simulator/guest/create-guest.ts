/** Makes a guest of a given kind. */
import { AgentGuest } from "./agent";
import type { Guest, GuestKind, GuestOptions } from "./guest";
import { NamespaceSandbox } from "./namespace-sandbox";
import type { Log, Sandbox } from "./sandbox";

/** @param log told what the user of the simulator must know, such as a disk that is not kept. */
export function createGuest(kind: GuestKind, options: GuestOptions, log: Log): Guest {
  return new AgentGuest(options, createSandbox(kind, options, log));
}

function createSandbox(kind: GuestKind, options: GuestOptions, log: Log): Sandbox {
  switch (kind) {
    case "namespace":
      return new NamespaceSandbox(options, log);
    case "docker":
    case "process":
      throw new Error("todo");
  }
}
