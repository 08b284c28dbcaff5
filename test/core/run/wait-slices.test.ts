/** How long a call waits inside the VM, and what that means for a run that could start beside what runs. Time is virtual. */
import { executeRun } from "../../../core/run/execute";
import { sliceSecondsFor } from "../../../core/run/wait-slices";
import { knownExample, scriptIntentExample } from "../../support/examples";
import { targetOf, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

test.each([
  { waitSliceSeconds: 60, mayComeBeside: false, calmForMs: 0, seconds: 60 },
  { waitSliceSeconds: 60, mayComeBeside: true, calmForMs: 0, seconds: 10 },
  { waitSliceSeconds: 60, mayComeBeside: true, calmForMs: 99_000, seconds: 10 },
  { waitSliceSeconds: 60, mayComeBeside: true, calmForMs: 300_000, seconds: 30 },
  { waitSliceSeconds: 60, mayComeBeside: true, calmForMs: 3_600_000, seconds: 60 },
  { waitSliceSeconds: 2, mayComeBeside: true, calmForMs: 0, seconds: 2 },
])(
  "a call waits $seconds s of $waitSliceSeconds s after $calmForMs ms without a new run, where others may come beside: $mayComeBeside",
  ({ seconds, ...moment }) => {
    expect(sliceSecondsFor(moment)).toBe(seconds);
  },
);

function world() {
  const azure = virtualAzure({ vmNames: ["web1"] });
  const session = azure.session();
  const beganAtMs = azure.outside.nowMs();
  const up = (key: string, script: string, parallelOnVm = false) => {
    const { settings, ...known } = knownExample({ target: targetOf("web1"), script });
    const intent = scriptIntentExample({ ...known, settings: { ...settings, parallelOnVm } });
    const named = { ...intent, name: { key, runId: "1-create-0" }, label: key };
    return executeRun(named, session, recordedReporter()).then(() => azure.outside.nowMs() - beganAtMs);
  };
  return {
    azure,
    up,
    sleep: (ms: number) => azure.outside.sleep(ms),
    slices: () => azure.operations.map(({ call }) => (call?.sliceMs ?? 0) / 1_000),
    startOf: (key: string) => (azure.vm("web1").guest.starts.find((start) => start.key === key)?.atMs ?? 0) - beganAtMs,
  };
}

test("a long run is asked about once a minute, as long as whatever comes has to wait for it", async () => {
  const { up, slices } = world();
  await up("long", "seconds=150");
  expect(slices()).toEqual([60, 60, 60]);
});

test("a run that takes no turn starts beside a long one, when the call that is out has come back", async () => {
  const { up, sleep, startOf } = world();
  const long = up("long", "seconds=900");
  await sleep(10_000);
  const [endedAtMs, longEndedAtMs] = await Promise.all([up("beside", "seconds=5", true), long]);
  expect(startOf("beside")).toBeLessThan(90_000);
  expect(endedAtMs).toBeLessThan(110_000);
  expect(longEndedAtMs).toBeGreaterThan(900_000);
});

test("once there was such a run, the next one waits for a shorter call, and its end is not held back by the long one", async () => {
  const { up, sleep, startOf, slices } = world();
  const second = sleep(60_000).then(() => up("second", "seconds=1", true));
  const [firstEndedAtMs, secondEndedAtMs] = await Promise.all([
    up("first", "seconds=1", true),
    second,
    up("long", "seconds=900"),
  ]);
  expect(firstEndedAtMs).toBeLessThan(27_000);
  expect(startOf("second")).toBeLessThan(60_000 + 27_000);
  expect(secondEndedAtMs).toBeLessThan(60_000 + 27_000 + 27_000);
  expect(slices().slice(0, 6)).toEqual(Array(6).fill(10));
  expect(slices()).toEqual([...slices()].sort((one, other) => one - other));
  expect(slices().at(-1)).toBe(60);
});

test("runs that wait for their turn start one after the other, in the order in which they came, also beside others", async () => {
  const { azure, up } = world();
  const names = ["a", "b*", "c", "d*", "e"];
  await Promise.all(names.map((name) => up(name.slice(0, 1), "seconds=20", name.endsWith("*"))));
  const starts = azure.vm("web1").guest.starts.map(({ key, atMs }) => [key, atMs] as const);
  const [, firstAtMs = 0] = starts[0] ?? [];
  expect(starts.map(([key, atMs]) => [key, atMs - firstAtMs])).toEqual([
    ["a", 0],
    ["b", 0],
    ["d", 0],
    ["c", 20_000],
    ["e", 40_000],
  ]);
});
