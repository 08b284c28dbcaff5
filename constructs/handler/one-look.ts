/** The time that one look at a VM has; what is still waited for then leaves with its session. */
import { type Deadline, withDeadline } from "../../core/run/deadline";
import type { Invocation } from "./invocation";

/** @param seconds after which the deadline of the work aborts with a `RunFailedError` `DeadlinePassed`. */
export function withinLook<Result>(
  seconds: number,
  vmName: string,
  { outside, sessions }: Pick<Invocation, "outside" | "sessions">,
  work: (deadline: Deadline | undefined) => Promise<Result>,
): Promise<Result> {
  const passed = { kind: "DeadlinePassed", vmName, waitedSeconds: Math.round(seconds), lastState: "Running" } as const;
  return withDeadline(seconds, passed, outside, async (deadline) => {
    try {
      return await work(deadline);
    } finally {
      if (deadline?.signal.aborted === true) {
        sessions.discard();
      }
    }
  });
}
