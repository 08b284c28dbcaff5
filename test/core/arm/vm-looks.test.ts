import { VmLooks } from "../../../core/arm/vm-looks";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const GONE = { kind: "gone", message: "was not found", missing: "vm" } as const;

test("a look counts for a while, and no longer when the clock is set back meanwhile", async () => {
  let nowMs = 10_000_000;
  const looks = new VmLooks();
  await looks.share(
    TARGET,
    async () => GONE,
    () => nowMs,
  );
  nowMs += 500;
  expect(looks.seenSince(TARGET, nowMs - 1_000)).toEqual(GONE);
  nowMs += 1_000;
  expect(looks.seenSince(TARGET, nowMs - 1_000)).toBeUndefined();
  nowMs -= 3_600_000;
  expect(looks.seenSince(TARGET, nowMs - 1_000)).toBeUndefined();
});
