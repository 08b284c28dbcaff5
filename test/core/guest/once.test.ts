import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../../core/guest/protocol";
import { decodeCall } from "../../../core/guest/report";
import { GuestVm, gone, run, SHELLS, type ShellName, STEPS, streams, until } from "./guest-vm";

/** A run that leaves a line in the VM's log when it begins, and another when it ends. */
function logged(vm: GuestVm, name: string, body = "", other: Partial<ReturnType<typeof run>> = {}) {
  const script = `echo ${name} begins >>"$LOG"\n${body}\necho ${name} ends >>"$LOG"\n`;
  return run(script, { key: name, environment: { LOG: vm.log }, ...other });
}

/** Makes a stored start look like one of an earlier boot, and its processes gone. */
function rebooted(vm: GuestVm, key: string): void {
  const go = vm.receipt(key, "1-create-0", "go");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  writeFileSync(go, readFileSync(go, "utf8").replaceAll(boot, "00000000-0000-0000-0000-000000000000"));
}

function killJob(vm: GuestVm, key: string, ...who: readonly ("supervisor" | "job")[]): void {
  const [supervisor, job] = readFileSync(vm.receipt(key, "1-create-0", "go"), "utf8")
    .split(" ")
    .map((id) => Number(id.split(".")[0]));
  for (const each of who) process.kill(Number(each === "job" ? job : supervisor), "SIGKILL");
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What is known after a kill at a step where the run counts as begun; after all other steps it is begun later, or known. */
const AFTER_THE_START: Readonly<Record<string, { state: string; begun: number }>> = {
  "after-go": { state: "Killed", begun: 0 },
  "before-exec": { state: "Killed", begun: 0 },
  "job-ended": { state: "Lost", begun: 1 },
  "turn-released": { state: "Lost", begun: 1 },
};

/** Those of a run that is skipped or canceled before its start. guards.test.ts goes through them. */
const GUARD_STEPS: readonly string[] = ["before-guard", "guard-asked", "guard-answered", "settled"];

/** One shell goes through every step, the others through those where most depends on the shell. */
const steps = (shell: ShellName) =>
  shell === "dash"
    ? STEPS.filter((step) => !["dropped", "stop-claimed", "ending-job", ...GUARD_STEPS].includes(step))
    : ["locked", "spawned", "supervisor-turn", "before-go", "after-go", "job-ended"];

describe.each(SHELLS)("with %s, a run", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("that is requested again happens once, and the second report says that it was taken up", async () => {
    const request = logged(vm, "a", "echo out");
    const first = await vm.report(request);
    const second = await vm.report(request);
    expect([first.takenUp, second]).toEqual([false, { ...first, takenUp: true }]);
    expect(vm.ran()).toEqual(["a begins", "a ends"]);
  });

  test("that six calls request at the same time happens once, and one of them has started it", async () => {
    const request = logged(vm, "a", "sleep 0.1; exit 4");
    const reports = await Promise.all(Array.from({ length: 6 }, () => vm.report(request)));
    expect(reports.map((report) => [report.state, report.exitCode])).toEqual(Array(6).fill(["Exited", 4]));
    expect(reports.filter((report) => !report.takenUp)).toHaveLength(1);
    expect(vm.ran()).toEqual(["a begins"]);
  });

  test.each(steps(shell))(
    "happens at most once when the runner is killed at '%s', and is known or lost",
    async (step) => {
      const request = logged(vm, "a", "echo out; exit 4");
      vm.killAt(step);
      await vm.decoded([request], 2);
      expect(vm.exploded).toBe(true);
      const report = await vm.report(request);
      const expected = AFTER_THE_START[step] ?? { state: "Exited", begun: 1 };
      expect([report.state, report.exitCode, vm.ran().length]).toEqual([
        expected.state,
        expected.state === "Exited" ? 4 : undefined,
        expected.begun,
      ]);
      expect(streams(report).stdout).toBe(expected.begun === 1 ? "out\n" : "");
      await vm.purge("a", 9);
      expect(existsSync(vm.state)).toBe(false);
    },
  );

  test("that deleted its receipt does not happen again", async () => {
    const request = logged(vm, "a", 'rm -rf "$(dirname "$0")"');
    expect((await vm.report(request)).state).toBe("Lost");
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Lost", ["a begins", "a ends"]]);
    expect(await vm.purge("a", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("that deleted its receipt and still lives is not begun again", async () => {
    const request = logged(vm, "a", `rm -rf "$(dirname "$0")"; ${vm.untilLetGo}`);
    await vm.report(request, 0);
    for (let turn = 0; existsSync(vm.receipt("a", "1-create-0")) && turn < 100; turn += 1) await pause(10);
    expect((await vm.report(request, 0)).state).toBe("Running");
    vm.letGo();
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Lost", ["a begins", "a ends"]]);
  });

  test("that could not be started leaves no trace, and begins when it is requested again", async () => {
    vm.killAt("supervisor-turn");
    const request = logged(vm, "a");
    expect((await vm.report(request)).state).toBe("Refused");
    expect(existsSync(vm.receipt("a", ""))).toBe(false);
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Exited", ["a begins", "a ends"]]);
  });

  test("that waits and whose supervisor dies is begun by a call that only waits for it", async () => {
    const request = logged(vm, "a");
    await vm.reports([run(vm.untilLetGo), request], 0);
    await until(vm, request, "Waiting");
    const place = readdirSync(join(vm.state, ".queue")).find((name) => /^1\d+\..*\.a\./.test(name)) ?? "";
    const supervisor = Number(place.split(".")[1]);
    process.kill(supervisor, "SIGKILL");
    // A busy machine takes its time for it, and a call that still sees it live starts no other.
    await gone(supervisor);
    const waited = vm.report({ verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 1 });
    const another = (name: string) => /^1\d+\..*\.a\./.test(name) && name !== place;
    while (!readdirSync(join(vm.state, ".queue")).some(another)) await pause(20);
    vm.letGo();
    const report = await waited;
    expect([report.state, vm.ran()]).toEqual(["Exited", ["a begins", "a ends"]]);
  });

  test("whose processes are gone without a result is lost, with what it printed", async () => {
    const request = logged(vm, "a", "echo before; sleep 30");
    await begun(vm, request);
    killJob(vm, "a", "supervisor", "job");
    const report = await vm.report(request);
    expect([report.state, report.exitCode, streams(report).stdout]).toEqual(["Lost", undefined, "before\n"]);
    expect(await vm.report(request)).toEqual(report);
    expect(vm.ran()).toEqual(["a begins"]);
  });

  test("whose supervisor is gone is running as long as its job lives, and then lost", async () => {
    const request = logged(vm, "a", `echo before; ${vm.untilLetGo}`);
    await begun(vm, request);
    killJob(vm, "a", "supervisor");
    expect((await vm.report(request, 0)).state).toBe("Running");
    vm.letGo();
    const report = await vm.report(request);
    expect([report.state, streams(report).stdout, vm.ran()]).toEqual(["Lost", "before\n", ["a begins", "a ends"]]);
  });

  test("that another boot began is interrupted, not begun again", async () => {
    const request = logged(vm, "a", "echo before; sleep 30");
    await begun(vm, request);
    killJob(vm, "a", "supervisor", "job");
    rebooted(vm, "a");
    const report = await vm.report(request);
    expect([report.state, streams(report).stdout, report.endedAtSeconds]).toEqual([
      "Interrupted",
      "before\n",
      undefined,
    ]);
    expect(vm.ran()).toEqual(["a begins"]);
  });

  test("is not taken for alive because its process number belongs to another process now", async () => {
    const request = logged(vm, "a", "sleep 30");
    await begun(vm, request);
    killJob(vm, "a", "supervisor", "job");
    const go = vm.receipt("a", "1-create-0", "go");
    writeFileSync(go, readFileSync(go, "utf8").replace(/(^| )\d+\./g, `$1${process.pid}.`));
    expect((await vm.report(request, 0)).state).toBe("Lost");
  });

  test("that came along with a copied disk is dropped and runs anew", async () => {
    await vm.report(logged(vm, "a"));
    const report = await vm.report(logged(vm, "a", "", { vmId: "other" }));
    expect([report.state, report.takenUp, vm.ran().length]).toEqual(["Exited", false, 4]);
  });

  test("runs anew only when its end is longer ago than the window", async () => {
    const request = logged(vm, "a", "", { resumeWindowSeconds: 1_000 });
    await vm.report(request);
    vm.age({ key: "a", runId: "1-create-0" }, 990);
    expect([(await vm.report(request)).takenUp, vm.ran().length]).toEqual([true, 2]);
    vm.age({ key: "a", runId: "1-create-0" }, 11);
    expect([(await vm.report(request)).takenUp, vm.ran().length]).toEqual([false, 4]);
  });

  test("is not begun by the same call sent again, however long ago it ended", async () => {
    const call = { nonce: "a".repeat(32), waitSliceSeconds: 20, requests: [logged(vm, "a")] };
    for (const _try of [1, 2]) {
      const decoded = decodeCall(await vm.message(call), call);
      expect(decoded).toMatchObject({ reports: [{ state: "Exited", takenUp: false }] });
      vm.age({ key: "a", runId: "1-create-0" }, 100_000);
    }
    expect(vm.ran()).toEqual(["a begins", "a ends"]);
  });

  test("is not old because the VM's clock was set to another day", async () => {
    const request = logged(vm, "a", "", { resumeWindowSeconds: 1_000 });
    await vm.report(request);
    const tomorrow = (text: string) => text.replaceAll("$(date +%s)", "$(($(date +%s) + 86400))");
    expect([(await vm.report(request, 20, tomorrow)).takenUp, vm.ran().length]).toEqual([true, 2]);
  });

  test("is begun once when the runner is killed while it drops the old receipt", async () => {
    await vm.report(logged(vm, "a"));
    vm.killAt("dropped");
    const request = logged(vm, "a", "", { vmId: "other" });
    await vm.decoded([request]);
    expect([vm.exploded, (await vm.report(request)).state, vm.ran().length]).toEqual([true, "Exited", 4]);
    await vm.purge("a", 1);
    expect(existsSync(vm.state)).toBe(false);
  });
});

describe.each(SHELLS)("with %s, the jobs of a VM", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("run one after the other in the order of the requests", async () => {
    const names = ["d", "b", "i", "e", "g", "a", "c", "h", "f"];
    // Each job wakes the next; without that, each would wait so long for its turn, and the last ones longer than the call.
    const sleepy = (text: string) => text.replace("sleep 1 &", "sleep 5 &");
    const reports = await vm.reports(
      names.map((name) => logged(vm, name, "sleep 0.05")),
      20,
      sleepy,
    );
    expect(reports.map((report) => report.kind === "run" && report.state)).toEqual(names.map(() => "Exited"));
    expect(vm.ran()).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  test("wait for their turn over several calls, and say so", async () => {
    await vm.report(logged(vm, "first", vm.untilLetGo), 0);
    const waiting = await vm.report(logged(vm, "second"), 0);
    expect([waiting.state, waiting.startedAtSeconds, waiting.stdout]).toEqual(["Waiting", undefined, undefined]);
    vm.letGo();
    const third = await vm.report(logged(vm, "third"));
    expect([third.state, vm.ran()]).toEqual([
      "Exited",
      ["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"],
    ]);
  });

  test("do not wait for a supervisor and a job that are gone", async () => {
    await begun(vm, logged(vm, "dead", "sleep 30"));
    killJob(vm, "dead", "supervisor", "job");
    expect((await vm.report(logged(vm, "next"))).state).toBe("Exited");
  });

  test("wait for a job whose supervisor is gone", async () => {
    await begun(vm, logged(vm, "orphan", vm.untilLetGo));
    killJob(vm, "orphan", "supervisor");
    expect((await vm.report(logged(vm, "next"), 0)).state).toBe("Waiting");
    vm.letGo();
    expect((await vm.report(logged(vm, "next"))).state).toBe("Exited");
    expect(vm.ran()).toEqual(["orphan begins", "orphan ends", "next begins", "next ends"]);
  });
});

describe.each(SHELLS)("with %s, supervisors that should not be there together", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("begin the same run once, and only one records its end", async () => {
    vm.killAt("ready");
    await vm.decoded([logged(vm, "a", "exit 4")]);
    await Promise.all([1, 2, 3, 4].map((number) => vm.supervisor("a", "1-create-0", 10_000_000 + number)));
    const report = await vm.report({ verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 1 });
    expect([report.state, report.exitCode, vm.ran()]).toEqual(["Exited", 4, ["a begins"]]);
    expect(readdirSync(vm.receipt("a", "1-create-0")).filter((name) => name.startsWith("end."))).toHaveLength(1);
  });

  test("run their jobs one after the other even when each found itself first in the queue", async () => {
    vm.pauseAt("supervisor-first", 0.3);
    for (const name of ["a", "b"]) {
      await vm.message(
        { nonce: "0".repeat(32), waitSliceSeconds: 0, requests: [logged(vm, name, "sleep 0.3")] },
        (text) => text.replace("exec $setsid", "exec true").replace('[ "$st" = Idle ] && drop', "false && drop"),
      );
    }
    const later = vm.supervisor("a", "1-create-0", 10_000_005);
    await pause(100);
    await Promise.all([later, vm.supervisor("b", "1-create-0", 10_000_001)]);
    const ran = vm.ran();
    expect([ran.length, ran[0]?.[0], ran[2]?.[0]]).toEqual([4, ran[1]?.[0], ran[3]?.[0]]);
  });
});

test("a call that is cut before its end runs nothing", async () => {
  const vm = new GuestVm();
  const call = { nonce: randomBytes(16).toString("hex"), waitSliceSeconds: 1, requests: [logged(vm, "a")] };
  const message = await vm.message(call, (text) => text.slice(0, -8));
  expect(decodeCall(message, call).kind).toBe("unreadable");
  expect([vm.ran(), existsSync(vm.state)]).toEqual([[], false]);
  vm.remove();
});

/** Submits a run and comes back when its script has begun. */
async function begun(vm: GuestVm, request: ReturnType<typeof run>): Promise<RunReport> {
  await vm.report(request, 0);
  for (let turn = 0; vm.ran().length === 0 && turn < 50; turn += 1) await until(vm, request, "Running");
  return until(vm, request, "Running");
}
