/** When a call comes back before its slice is over, because something in it has ended; and what that costs. Time is virtual. */
import { executeRun } from "../../../core/run/execute";
import { earlyReportSeconds } from "../../../core/run/wait-slices";
import { knownExample, scriptIntentExample } from "../../support/examples";
import { targetOf, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

function world() {
  const azure = virtualAzure({ vmNames: ["web1"] });
  const session = azure.session();
  const beganAtMs = azure.outside.nowMs();
  /** When its end is known. */
  const up = async (key: string, seconds: number) => {
    const intent = scriptIntentExample(knownExample({ target: targetOf("web1"), script: `seconds=${seconds}` }));
    await executeRun({ ...intent, name: { key, runId: "1-create-0" }, label: key }, session, recordedReporter());
    return Math.round((azure.outside.nowMs() - beganAtMs) / 1_000);
  };
  return { azure, up };
}

test.each([
  [0, 5],
  [20, 10],
  [220, 60],
])("after %i s of work a call comes back %i s after the last end in it", (busySeconds, seconds) => {
  expect(earlyReportSeconds(busySeconds)).toBe(seconds);
});

test.each([
  { shortSeconds: 1, knownAfter: 21, operations: 10 },
  { shortSeconds: 10, knownAfter: 31, operations: 10 },
  { shortSeconds: 50, knownAfter: 77, operations: 9 },
])(
  "the end of a script of $shortSeconds s that is sent with one of 10 minutes is known after $knownAfter s, in $operations operations for both",
  async ({ shortSeconds, knownAfter, operations }) => {
    const { azure, up } = world();
    const [short, long] = await Promise.all([up("short", shortSeconds), up("long", 600)]);
    expect(short).toBeLessThanOrEqual(knownAfter);
    expect(long).toBeLessThan(600 + shortSeconds + 60);
    expect(azure.operations.length).toBeLessThanOrEqual(operations);
  },
);

test.each([
  { seconds: 0, operations: 1 },
  { seconds: 1, operations: 1 },
  { seconds: 4, operations: 3 },
  { seconds: 6, operations: 5 },
  { seconds: 10, operations: 8 },
  { seconds: 30, operations: 22 },
  { seconds: 60, operations: 41 },
])(
  "50 scripts of $seconds s one after the other take no more than $operations operations",
  async ({ seconds, operations }) => {
    const { azure, up } = world();
    await Promise.all(Array.from({ length: 50 }, (_, index) => up(`k${index}`, seconds)));
    expect(azure.operations.length).toBeLessThanOrEqual(operations);
  },
);

test("calls that follow each other within the time of an operation are one piece of work, and after a pause begins another", async () => {
  const { azure, up } = world();
  await up("first", 100);
  await azure.outside.sleep(5_000);
  await up("second", 1);
  await azure.outside.sleep(60_000);
  await up("third", 1);
  const busy = azure.operations.map(({ call }) => Math.round((call?.busyForMs ?? 0) / 1_000));
  expect(busy).toHaveLength(4);
  const [first, next = 0, second = 0, third] = busy;
  expect([first, third]).toEqual([0, 0]);
  expect([next > 60, second > 100]).toEqual([true, true]);
});
