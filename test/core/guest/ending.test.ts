/** How the runner ends a job: after its time, because somebody asks for it, with all its children. */
import { existsSync, readFileSync } from "node:fs";
import type { CancelRequest } from "../../../core/guest/protocol";
import { GuestVm, run, SHELLS, streams, until } from "./guest-vm";

const NAME = { key: "key", runId: "1-create-0" };
const CANCEL: CancelRequest = { verb: "cancel", ...NAME, outputMaxBytes: 65_536 };

/** Whether a process lives that is no zombie. */
function alive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, "latin1"));
}

const pids = (vm: GuestVm) => vm.ran().map(Number);

/** Children that do not go by themselves: one deaf to SIGTERM, one in a session of its own, one whose parent is gone. */
const STUBBORN = `
sh -c 'trap "" TERM; echo $$ >>"$LOG"; while sleep 0.2; do [ -e "$LOG" ] || exit; done' &
setsid sh -c 'echo $$ >>"$LOG"; exec sleep 77' &
(setsid sh -c 'trap "" TERM; echo $$ >>"$LOG"; while sleep 0.2; do [ -e "$LOG" ] || exit; done' &) &
while [ "$(wc -l <"$LOG")" != 3 ]; do sleep 0.05; done
echo started
exec sleep 77
`;

describe.each(SHELLS)("with %s, a job", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("is ended when its time is up, and what it printed is kept", async () => {
    const script = "trap 'echo cleaned up; exit 0' TERM; echo out; echo err >&2; while :; do sleep 0.1; done";
    const report = await vm.report(run(script, { timeoutSeconds: 1 }));
    expect([report.state, report.exitCode, report.signal]).toEqual(["TimedOut", undefined, undefined]);
    expect(streams(report)).toMatchObject({ stdout: "out\ncleaned up\n" });
    const tookSeconds = (report.endedAtSeconds ?? 0) - (report.startedAtSeconds ?? 0);
    expect([1, 2]).toContain(tookSeconds);
    expect(await vm.report(run(script, { timeoutSeconds: 1 }))).toEqual({ ...report, takenUp: true });
  });

  test("that ends in time is not touched, and leaves no process behind", async () => {
    const report = await vm.report(run("exit 5", { timeoutSeconds: 60 }));
    expect([report.state, report.exitCode]).toEqual(["Exited", 5]);
    await vm.purge("key", 1);
    expect(existsSync(vm.state)).toBe(false);
  });

  test("is ended with its stubborn children when its time is up", async () => {
    vm.prepareLog();
    const report = await vm.report(run(STUBBORN, { timeoutSeconds: 1, environment: { LOG: vm.log } }), 40);
    expect([report.state, streams(report).stdout]).toEqual(["TimedOut", "started\n"]);
    expect(pids(vm)).toHaveLength(3);
    expect(pids(vm).filter(alive)).toEqual([]);
  });

  test("is ended in time although its supervisor was killed, and so is reported", async () => {
    const script = "kill -9 $PPID; echo begun; sleep 77";
    await vm.report(run(script, { timeoutSeconds: 1 }), 0);
    const report = await vm.report(run(script, { timeoutSeconds: 1 }), 40);
    expect([report.state, streams(report).stdout]).toEqual(["TimedOut", "begun\n"]);
  });

  test("is ended with its stubborn children when it is canceled, and those that waited for it go on", async () => {
    vm.prepareLog();
    const request = run(STUBBORN, { environment: { LOG: vm.log } });
    const next = run("echo next", { runId: "1-create-1" });
    await vm.reports([request, next], 0);
    while (pids(vm).length < 3) await until(vm, NAME, "Running");
    const canceled = await vm.report(CANCEL);
    expect([canceled.state, canceled.exitCode, streams(canceled).stdout]).toEqual(["Canceled", undefined, "started\n"]);
    expect(pids(vm).filter(alive)).toEqual([]);
    expect(await vm.report(request)).toEqual({ ...canceled, takenUp: true });
    expect(streams(await vm.report(next)).stdout).toBe("next\n");
  });

  test("that waits for its turn never starts when it is canceled", async () => {
    const first = run("sleep 77");
    const second = run(`echo began >>"$LOG"`, { runId: "1-create-1", environment: { LOG: vm.log } });
    await vm.reports([first, second], 0);
    await until(vm, first, "Running");
    const report = await vm.report({ ...CANCEL, runId: "1-create-1" });
    expect([report.state, report.startedAtSeconds, streams(report)]).toEqual([
      "Canceled",
      undefined,
      { stdout: "", stderr: "" },
    ]);
    expect((await vm.report(CANCEL)).state).toBe("Canceled");
    expect([(await vm.report(second)).state, vm.ran()]).toEqual(["Canceled", []]);
  });

  test("that waits is kept from starting where only that is asked for, and one that has started goes on", async () => {
    const first = run("sleep 77");
    const second = run(`echo began >>"$LOG"`, { runId: "1-create-1", environment: { LOG: vm.log } });
    await vm.reports([first, second], 0);
    await until(vm, first, "Running");
    const ids = [NAME.runId, "1-create-1"];
    const reports = await vm.reports(ids.map((runId) => ({ ...CANCEL, runId, onlyWaiting: true })));
    expect(reports).toMatchObject([{ state: "Running" }, { state: "Canceled", startedAtSeconds: undefined }]);
    expect((await vm.report(CANCEL)).state).toBe("Canceled");
    expect([(await vm.report(second)).state, vm.ran()]).toEqual(["Canceled", []]);
  });

  test("that was claimed and never started is kept from starting as one that waits", async () => {
    vm.killAt("ready");
    const request = run(`echo began >>"$LOG"`, { environment: { LOG: vm.log } });
    await vm.decoded([request], 0);
    expect((await vm.report({ ...CANCEL, onlyWaiting: true })).state).toBe("Canceled");
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Canceled", []]);
  });

  test("that has ended stays as it is when it is canceled", async () => {
    const report = await vm.report(run("echo out; exit 4"));
    expect(await vm.report(CANCEL)).toEqual(report);
  });

  test("that is not there is not canceled", async () => {
    expect((await vm.report(CANCEL)).state).toBe("Absent");
  });

  test.each(["stop-claimed", "ending-job"])(
    "is canceled by the second request when the first dies at '%s'",
    async (step) => {
      const request = run(`echo began >>"$LOG"; sleep 77`, { environment: { LOG: vm.log } });
      await vm.reports([request], 0);
      await until(vm, NAME, "Running");
      vm.killAt(step);
      await vm.decoded([CANCEL]);
      expect(vm.exploded).toBe(true);
      expect((await vm.report(CANCEL)).state).toBe("Canceled");
      expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Canceled", ["began"]]);
    },
  );
});

test("without setsid and grep a canceled job is ended with its children in its group", async () => {
  const vm = new GuestVm({ bare: true });
  await vm.reports([run(`sleep 77 & sleep 77`)], 0);
  await until(vm, NAME, "Running");
  expect((await vm.report(CANCEL)).state).toBe("Canceled");
  vm.remove();
});
