import type { RunFailure } from "../../../core/failures/errors";
import { withDeadline } from "../../../core/run/deadline";
import { virtualOutside } from "../../support/virtual-outside";

const PASSED: RunFailure = { kind: "CustomTimeoutPassed", vmName: "web1", operation: "update", seconds: 90 };
const never = () => {
  throw new Error("nothing is to be sent");
};

test("without a limit there is no deadline", async () => {
  const outside = virtualOutside(never);
  expect(await withDeadline(undefined, PASSED, outside, async (deadline) => deadline ?? "none")).toBe("none");
  expect(outside.sleptMs).toEqual([]);
});

test("when the time is over, the signal aborts with the failure that says so", async () => {
  const outside = virtualOutside(never);
  const reason = await withDeadline(90, PASSED, outside, async (deadline) => {
    await new Promise((resolve) => deadline?.signal.addEventListener("abort", resolve));
    return deadline?.signal.reason;
  });
  expect(reason).toMatchObject({ failure: PASSED, mayHaveRun: false });
  expect(outside.sleptMs).toEqual([90_000]);
});

test("when the work is done before, its clock is stopped and nothing aborts", async () => {
  let stopped: AbortSignal | undefined;
  const outside = {
    ...virtualOutside(never),
    sleep: (_ms: number, signal?: AbortSignal) => {
      stopped = signal;
      return new Promise<void>((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const signal = await withDeadline(90, PASSED, outside, async (deadline) => deadline?.signal);
  expect([stopped?.aborted, signal?.aborted]).toEqual([true, false]);
});
