/** Runs that no state keeps count of: beside others, in place of others, again after a failure; and what goes with them. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import type { RunReport } from "../../../core/guest/protocol";
import { decodeCall } from "../../../core/guest/report";
import { GuestVm, run, SHELLS, streams, until } from "./guest-vm";
import { endAll } from "./surroundings-vm";

let vm: GuestVm;
afterEach(() => {
  endAll(vm);
  vm.remove();
});

const logged = (script: string, other: Partial<ReturnType<typeof run>> = {}) =>
  run(script, { environment: { LOG: vm.log }, ...other });
const receipts = () => readdirSync(vm.receipt("key", "")).sort();
const states = (reports: readonly unknown[]) => reports.map((report) => (report as RunReport).state);

describe.each(SHELLS)("with %s, a run beside others", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("waits for none, lets none wait, and happens once", async () => {
    await vm.report(logged("sleep 77", { key: "other" }), 0);
    await until(vm, { key: "other", runId: "1-create-0" }, "Running");
    const check = logged('echo check >>"$LOG"; exit 3', { runId: "1-check-0", beside: true });
    const guards = { creates: undefined, unless: `${vm.untilLetGo}; exit 1`, onlyIf: undefined };
    const asked = { ...check, guards };
    expect(await vm.report(asked, 0)).toMatchObject({ state: "Waiting", behind: undefined });
    vm.letGo();
    const report = await vm.report(check);
    expect([report.state, report.exitCode]).toEqual(["Exited", 3]);
    expect(await vm.report(check)).toEqual({ ...report, takenUp: true });
    await vm.purge("other", 1);
    const long = logged("sleep 77", { runId: "1-check-1", beside: true });
    await vm.report(long, 0);
    await until(vm, long, "Running");
    expect((await vm.report(logged('echo next >>"$LOG"', { key: "next" }))).state).toBe("Exited");
    expect(vm.ran()).toEqual(["check", "next"]);
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, canceledReceipts: 1, runningReceipts: 0 });
    expect(await vm.purge("next", 1)).toMatchObject({ remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("that ends others ends what waits and what runs of its key alone, before it starts", async () => {
    const others = ["1-create-0", "2-update-0", "2-check-0"].map((runId) =>
      logged(`echo ${runId} >>"$LOG"; sleep 77`, { runId, beside: runId === "2-check-0" }),
    );
    const foreign = logged('echo foreign >>"$LOG"', { key: "foreign" });
    await vm.reports([...others, foreign], 0);
    await until(vm, { key: "key", runId: "1-create-0" }, "Running");
    await until(vm, { key: "key", runId: "2-check-0" }, "Running");
    while (vm.ran().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const last = logged('echo delete >>"$LOG"', { runId: "2-delete-0", endsOthers: true });
    const reports = await vm.reports([last, ...others.map(({ runId }) => wait(runId)), foreign]);
    expect(states(reports)).toEqual(["Exited", "Canceled", "Canceled", "Canceled", "Exited"]);
    expect(vm.ran().slice(0, 2).sort()).toEqual(["1-create-0", "2-check-0"]);
    expect(vm.ran().slice(2)).toEqual(["foreign", "delete"]);
    expect(await vm.report(last)).toMatchObject({ takenUp: true });
  });
});

describe.each(SHELLS)("with %s, a run that needs something of its key", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("is absent where nothing is, and runs where a receipt is", async () => {
    const last = logged('echo delete >>"$LOG"', { runId: "1-delete-0", endsOthers: true, onlyAfterRuns: true });
    expect(await vm.report(last)).toMatchObject({ state: "Absent", takenUp: false });
    expect(existsSync(vm.state)).toBe(false);
    await vm.report(logged('echo create >>"$LOG"', { runId: "1-create-0" }));
    expect(await vm.report(last)).toMatchObject({ state: "Exited", takenUp: false });
    expect(await vm.report(last)).toMatchObject({ state: "Exited", takenUp: true });
    await vm.purge("key", 1);
    expect(await vm.report(last)).toMatchObject({ state: "Absent", takenUp: false });
    expect(vm.ran()).toEqual(["create", "delete"]);
  });
});

const wait = (runId: string) => ({ verb: "wait", key: "key", runId, outputMaxBytes: 1 }) as const;

describe.each(SHELLS)("with %s, a create of the first generation", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("takes the receipts of deletions that ended along, of its own generation too, but not as an old call", async () => {
    const deletion = logged('echo delete >>"$LOG"', { runId: "1-delete-a" });
    await vm.report(logged("", { runId: "3-delete-b" }));
    await vm.report(deletion);
    expect(receipts()).toEqual(["1-delete-a", "3-delete-b"]);
    const live = run("sleep 77", { runId: "1-delete-c", beside: true });
    await vm.report(live, 0);
    await until(vm, live, "Running");
    const call = { nonce: "a".repeat(32), waitSliceSeconds: 20, requests: [run("exit 0", { runId: "1-create-d" })] };
    await vm.message(call);
    expect(receipts()).toEqual(["1-create-d", "1-delete-c"]);
    expect((await vm.report(deletion)).takenUp).toBe(false);
    await vm.message(call);
    expect([receipts(), vm.ran()]).toEqual([
      ["1-create-d", "1-delete-a", "1-delete-c"],
      ["delete", "delete"],
    ]);
  });
});

describe("a run beside others", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  test("is ended after its time, and canceled", async () => {
    const [timed, canceled] = [
      run("sleep 77", { runId: "1-check-0", beside: true, timeoutSeconds: 1 }),
      run("sleep 77", { key: "b", runId: "1-check-0", beside: true }),
    ];
    await vm.reports([timed, canceled], 0);
    await until(vm, canceled, "Running");
    const { key, runId } = canceled;
    const reports = await vm.reports([{ verb: "cancel", key, runId, outputMaxBytes: 1 }, timed]);
    expect(states(reports)).toEqual(["Canceled", "TimedOut"]);
  });

  test.each(["spawned", "supervisor-turn", "before-go", "after-go"])(
    "happens at most once when the runner is killed at '%s'",
    async (step) => {
      const check = logged('echo check >>"$LOG"', { runId: "1-check-0", beside: true });
      vm.killAt(step);
      await vm.decoded([check], 2);
      expect(vm.exploded).toBe(true);
      const died = step === "after-go";
      expect([(await vm.report(check)).state, vm.ran()]).toEqual(died ? ["Killed", []] : ["Exited", ["check"]]);
      await vm.purge("key", 1);
      expect(existsSync(vm.state)).toBe(false);
    },
  );
});

describe("a run that ends others", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  test.each(["ready", "stop-claimed", "ending-job", "spawned"])(
    "ends them and happens once also when its call is killed at '%s'",
    async (step) => {
      const other = logged('echo begun >>"$LOG"; sleep 77; echo ended >>"$LOG"');
      await vm.report(other, 0);
      while (vm.ran().length < 1) await until(vm, other, "Running");
      const last = logged('echo delete >>"$LOG"', { runId: "1-delete-0", endsOthers: true });
      vm.killAt(step);
      await vm.decoded([last], 2);
      expect(vm.exploded).toBe(true);
      // The call that comes next may only wait, after a kill at which the receipt was there.
      expect((await vm.report(step === "ready" ? wait("1-delete-0") : last)).state).toBe("Exited");
      expect([(await vm.report(wait(other.runId))).state, vm.ran()]).toEqual(["Canceled", ["begun", "delete"]]);
    },
  );
});

describe("a run that is to be tried again", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  const again = (script: string, other: Partial<ReturnType<typeof run>> = {}) =>
    logged(`echo ran >>"$LOG"; ${script}`, { runId: "1-delete-0", retryUnless: [0, 3], ...other });

  test.each([
    { ended: "with a code that needs no other try", script: "exit 3", ran: 1 },
    { ended: "with another code", script: "exit 1", ran: 2 },
    { ended: "by a signal", script: "kill -9 $$", ran: 2 },
  ])("and ended $ended ran $ran times after two requests", async ({ script, ran }) => {
    const request = again(script);
    const reports = [await vm.report(request), await vm.report(request)];
    expect([vm.ran().length, reports.map(({ takenUp }) => takenUp)]).toEqual([ran, [false, ran === 1]]);
  });

  test.each(SHELLS)("with %s, is not while its end is within its own time, whatever the end", async (shell) => {
    vm.remove();
    vm = new GuestVm({ shell });
    const request = again("exit 1", { retryWindowSeconds: 60 });
    const looks = [await vm.report(request), await vm.report(request)];
    vm.age(request, 50);
    looks.push(await vm.report(request));
    vm.age(request, 20);
    looks.push(await vm.report(request));
    expect(looks.map(({ exitCode, takenUp }) => [exitCode, takenUp])).toEqual([
      [1, false],
      [1, true],
      [1, true],
      [1, false],
    ]);
    expect(vm.ran()).toEqual(["ran", "ran"]);
    // A success counts however old it is.
    const good = again("exit 3", { key: "good", retryWindowSeconds: 60 });
    await vm.report(good);
    vm.age(good, 600);
    expect((await vm.report(good)).takenUp).toBe(true);
  });

  test("is not when it was skipped, and no exit code is good where none is named", async () => {
    const guards = { creates: undefined, unless: 'echo asked >>"$LOG"', onlyIf: undefined };
    const skipped = again("", { guards, retryUnless: [] });
    for (const takenUp of [false, true]) expect(await vm.report(skipped)).toMatchObject({ state: "Skipped", takenUp });
    const any = again("exit 0", { key: "b", retryUnless: [] });
    for (const takenUp of [false, false]) expect(await vm.report(any)).toMatchObject({ exitCode: 0, takenUp });
    expect(vm.ran()).toEqual(["asked", "ran", "ran"]);
  });

  test("is attached to while it runs, and not begun again by the same call that arrives twice", async () => {
    const request = again("sleep 0.7; exit 1");
    const call = { nonce: "a".repeat(32), waitSliceSeconds: 20, requests: [request] };
    await vm.report({ ...request, runId: "1-delete-1" }, 0);
    const attached = await vm.report({ ...request, runId: "1-delete-1" });
    expect([attached.takenUp, attached.exitCode, vm.ran()]).toEqual([true, 1, ["ran"]]);
    for (const _time of [1, 2]) {
      expect(decodeCall(await vm.message(call), call)).toMatchObject({ reports: [{ exitCode: 1, takenUp: false }] });
    }
    expect(vm.ran()).toEqual(["ran", "ran"]);
  });

  test("is not begun again by the same call that arrives after it was canceled", async () => {
    const request = again("sleep 77");
    const call = { nonce: "a".repeat(32), waitSliceSeconds: 0, requests: [request] };
    await vm.message(call);
    await until(vm, request, "Running");
    while (vm.ran().length < 1) await until(vm, request, "Running");
    await vm.report({ verb: "cancel", key: "key", runId: "1-delete-0", outputMaxBytes: 1 });
    expect(decodeCall(await vm.message(call), call)).toMatchObject({ reports: [{ state: "Canceled" }] });
    const [waiting, canceled] = [again("exit 1", { key: "b" }), { verb: "cancel", key: "b", runId: "1-delete-0" }];
    await vm.report(logged("sleep 77", { key: "other" }), 0);
    await until(vm, { key: "other", runId: "1-create-0" }, "Running");
    const second = { ...call, nonce: "b".repeat(32), requests: [waiting] };
    await vm.message(second);
    await vm.report({ ...canceled, verb: "cancel", outputMaxBytes: 1 });
    expect(decodeCall(await vm.message(second), second)).toMatchObject({ reports: [{ state: "Canceled" }] });
    expect(vm.ran()).toEqual(["ran"]);
  });

  test("that a restart of the VM cut off is left alone while what continues it runs or has ended well", async () => {
    const base = again('[ "$BOOT" ] || sleep 77');
    await vm.report(base, 0);
    while (vm.ran().length < 1) await until(vm, base, "Running");
    vm.reboot(base);
    expect((await vm.report(wait("1-delete-0"))).state).toBe("Interrupted");
    const next = again("sleep 0.5; exit $CODE", { runId: "1-delete-0-b2", continues: "1-delete-0" });
    await vm.report({ ...next, environment: { LOG: vm.log, CODE: "3" } }, 0);
    expect((await vm.report(base, 0)).state).toBe("Interrupted");
    await until(vm, next, "Exited");
    expect(await vm.report(base)).toMatchObject({ state: "Interrupted", takenUp: true });
    expect([vm.ran().length, receipts()]).toEqual([2, ["1-delete-0", "1-delete-0-b2"]]);
    await vm.report(again("exit 1", { runId: "1-delete-0-b2", retryUnless: [] }));
    expect(await vm.report({ ...base, script: "exit 0" })).toMatchObject({ exitCode: 0, takenUp: false });
    expect(receipts()).toEqual(["1-delete-0"]);
  });
});

describe("receipts", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  const ran = async (...runIds: readonly string[]) => {
    for (const runId of runIds) await vm.report(run("exit 0", { runId, beside: runId.includes("-check-") }));
  };

  test("of other checks that ended go with a new check, and no others", async () => {
    await ran("1-create-a", "4-check-b", "5-update-c", "4-check-d", "5-check-e");
    // The create goes when something later than the update begins.
    expect(receipts()).toEqual(["1-create-a", "5-check-e", "5-update-c"]);
    const long = run("sleep 77", { runId: "5-check-f", beside: true });
    await vm.report(long, 0);
    await until(vm, long, "Running");
    await ran("9-check-g");
    expect(receipts()).toEqual(["1-create-a", "5-check-f", "5-update-c", "9-check-g"]);
  });

  test("of higher generations go with a create of the first, but for what lives and for an old call", async () => {
    const first = run("exit 0", { runId: "1-create-a" });
    const call = { nonce: "a".repeat(32), waitSliceSeconds: 20, requests: [first] };
    await vm.message(call);
    await ran("2-update-b", "2-check-c");
    await vm.message(call);
    expect(receipts()).toEqual(["1-create-a", "2-check-c", "2-update-b"]);
    const long = run("sleep 77", { runId: "2-repair-d" });
    await vm.report(long, 0);
    await until(vm, long, "Running");
    expect((await vm.report(first)).takenUp).toBe(true);
    expect(receipts()).toEqual(["1-create-a", "2-repair-d"]);
    await vm.purge("key", 1);
    await ran("7-update-e");
    await vm.report({ ...first, runId: "1-create-f" });
    expect(receipts()).toEqual(["1-create-f"]);
  });

  test("of a create, an update or a repair to the next generation go with a purge, and its deletes and checks", async () => {
    await ran("3-update-a", "2-create-b", "2-repair-c", "2-update-d", "1-create-f", "1-delete-e", "1-check-g");
    // The create of the first generation took all of the later ones along.
    expect(receipts()).toEqual(["1-check-g", "1-create-f", "1-delete-e"]);
    await ran("2-repair-c", "2-update-d", "2-create-b", "2-delete-h");
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 6, newerReceipts: 1 });
    expect(receipts()).toEqual(["2-delete-h"]);
  });
});

test("a run that was made by a runner of an earlier version is reported as it was", async () => {
  vm = new GuestVm();
  await vm.reports([run("sleep 77", { key: "other" }), run("exit 0")], 0);
  await until(vm, { key: "other", runId: "1-create-0" }, "Running");
  await vm.report({ verb: "cancel", key: "key", runId: "1-create-0", outputMaxBytes: 1 });
  writeFileSync(vm.receipt("key", "1-create-0", "ready"), `${run("").vmId} ${"c".repeat(32)} 0\n`);
  writeFileSync(vm.receipt("key", "1-create-0", "go"), `- - - ${"d".repeat(32)} -\n`);
  const report = await vm.report(wait("1-create-0"));
  expect([report.state, streams(report)]).toEqual(["Canceled", { stdout: "", stderr: "" }]);
});
