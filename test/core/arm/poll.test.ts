import type { ArmClient } from "../../../core/arm/arm-client";
import { Pace, type Work } from "../../../core/arm/pace";
import { followOperation } from "../../../core/arm/poll";
import type { Outside } from "../../../core/outside";
import { virtualOutside } from "../../support/virtual-outside";

const WORK: Work = { kind: "scripts", waitsMs: 60_000 };

/** An operation that ends after so long, on a machine whose clock jumps while it first sleeps. */
async function followed({ endsAfterMs, jumpMs, deadlineMs = 1_800_000 }: Readonly<Record<string, number>>) {
  const real = virtualOutside(() => {
    throw new Error("nobody is asked");
  });
  const startedAtMs = real.nowMs();
  const elapsedMs = () => real.nowMs() - startedAtMs;
  let offsetMs = 0;
  const outside: Outside = {
    ...real,
    nowMs: () => real.nowMs() + offsetMs,
    sleep: async (ms, signal) => {
      await real.sleep(ms, signal);
      offsetMs = jumpMs ?? 0;
    },
  };
  const pace = new Pace();
  const client: ArmClient = {
    host: "management.azure.com",
    post: () => {
      throw new Error("nothing is sent");
    },
    get: async () => {
      const status = elapsedMs() < (endsAfterMs ?? 0) ? "InProgress" : "Succeeded";
      return { kind: "reply", status: 200, header: () => undefined, body: JSON.stringify({ status }) };
    },
  };
  const end = await followOperation({
    client,
    outside,
    pollUrl: "/o",
    retryAfterMs: undefined,
    deadlineMs: deadlineMs ?? 0,
    work: WORK,
    pace,
  });
  return { end, tookMs: elapsedMs() };
}

test("a clock that is set back by an hour does not put off the polls", async () => {
  const { end, tookMs } = await followed({ endsAfterMs: 17_500, jumpMs: -3_600_000 });
  expect(end.kind).toBe("succeeded");
  expect(tookMs).toBeLessThan(19_000);
});

test("a machine that slept beyond the deadline asks once more before it gives up", async () => {
  const ended = await followed({ endsAfterMs: 100, jumpMs: 3_600_000, deadlineMs: 60_000 });
  expect(ended.end.kind).toBe("succeeded");
  const goesOn = await followed({ endsAfterMs: 1_000, jumpMs: 3_600_000, deadlineMs: 60_000 });
  expect(goesOn.end).toEqual({ kind: "deadline", waitedMs: 3_600_150, polls: 1 });
});
