/** Of what kind a command is, for what is known of how long its kind takes. */
import type { RunCommandBody } from "../arm/invocation";
import type { Work } from "../arm/pace";
import type { GuestRequest } from "../guest/protocol";

/** Calls that wait for scripts. */
export const SCRIPTS = { kind: "scripts", waitsMs: 0 } as const satisfies Work;

/** What takes about as long as others: calls that wait for scripts, and those that only look or take away. */
export function workOf(requests: readonly GuestRequest[], sliceSeconds: number): Work {
  const waits = requests.some(({ verb }) => verb === "run" || verb === "wait");
  return waits ? { ...SCRIPTS, waitsMs: sliceSeconds * 1_000 } : { kind: "requests", waitsMs: 0 };
}

export function commandWork({ commandId }: RunCommandBody): Work {
  return { kind: commandId.toLowerCase(), waitsMs: 0 };
}
