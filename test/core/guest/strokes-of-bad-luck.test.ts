/** What happens when two things meet, or when what should end a job dies: each of these once was a second run or a lie. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CancelRequest } from "../../../core/guest/protocol";
import { GuestVm, gone, pause, run, streams, until } from "./guest-vm";
import { endAll } from "./surroundings-vm";

const NAME = { key: "key", runId: "1-create-0" };
const CANCEL: CancelRequest = { verb: "cancel", ...NAME, outputMaxBytes: 65_536 };

let vm: GuestVm;
beforeEach(() => {
  vm = new GuestVm();
});
afterEach(() => {
  endAll(vm);
  vm.remove();
});

/** The processes of the runner that do this for the run. */
function processesThat(words: string): readonly number[] {
  const found = spawnSync("pgrep", ["-f", `${vm.receipt("key", "1-create-0", "runner")} ${words}`], {
    encoding: "utf8",
  });
  return found.stdout.split("\n").filter(Boolean).map(Number);
}

const logged = (script: string, other: Partial<ReturnType<typeof run>> = {}) =>
  run(script, { environment: { LOG: vm.log }, ...other });
test("a purge of a run whose launcher is slow leaves nothing behind, and the next run is begun", async () => {
  vm.waitAt("before-go", '[ ! -e "$d/going" ]');
  const request = logged('echo ran >>"$LOG"');
  await vm.report(request, 0);
  while (processesThat("launch").length === 0) await pause(20);
  expect(await vm.purge("key", 1)).toMatchObject({ remainingKeys: 0, runningReceipts: 0, canceledReceipts: 1 });
  while (processesThat("").length > 0) await pause(20);
  expect([existsSync(vm.state), vm.ran()]).toEqual([false, []]);
  vm.waitAt("before-go", "true");
  expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Exited", ["ran"]]);
});

test("a purge of a run that waits, and the same run again in one call: it is begun anew", async () => {
  await vm.report(run(vm.untilLetGo, { key: "other" }), 0);
  const request = logged('echo ran >>"$LOG"');
  await vm.report(request, 0);
  const first = readFileSync(vm.receipt("key", "1-create-0", "ready"), "utf8");
  const reports = vm.reports([{ verb: "purge", key: "key", generation: 1 }, request]);
  await vm.untilFile(NAME, "ready", (text) => text !== "" && text !== first);
  vm.letGo();
  const [purged, report] = await reports;
  expect([purged, report]).toMatchObject([{ canceledReceipts: 1 }, { state: "Exited", exitCode: 0 }]);
  expect(vm.ran()).toEqual(["ran"]);
});

test("a daemon that a purged run left does not keep the same run from beginning", async () => {
  const request = logged('echo ran >>"$LOG"; (while [ -e "$LOG" ]; do sleep 0.2; done) >/dev/null 2>&1 &');
  expect((await vm.report(request)).state).toBe("Exited");
  await vm.purge("key", 1);
  expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Exited", ["ran", "ran"]]);
});

test("a process of another user that calls itself like a supervisor keeps no run from beginning", async () => {
  const words = ["-c", "sleep 20; :", vm.receipt("key", "1-create-0", "runner"), "supervise"];
  const liar = spawn("setpriv", ["--reuid=65534", "--clear-groups", "/bin/sh", ...words], { stdio: "ignore" });
  await pause(100);
  expect([(await vm.report(logged('echo ran >>"$LOG"'))).state, vm.ran()]).toEqual(["Exited", ["ran"]]);
  liar.kill("SIGKILL");
});

test("a daemon of an earlier life of the run is not ended with a later one", async () => {
  const script = `if [ ! -s "$LOG" ]; then setsid sleep 777 >/dev/null 2>&1 & echo $! >>"$LOG"; exit 0; fi; sleep 50`;
  const request = logged(script, { timeoutSeconds: 1 });
  vm.prepareLog();
  expect((await vm.report(request)).state).toBe("Exited");
  await vm.purge("key", 1);
  expect((await vm.report(request)).state).toBe("TimedOut");
  const daemon = Number(vm.ran()[0]);
  expect(readFileSync(`/proc/${daemon}/stat`, "latin1")).toMatch(/\) S /);
  process.kill(daemon, "SIGKILL");
});

test("a time limit counts from the start of the script, and is kept when the start is slow", async () => {
  vm.pauseAt("before-go", 1.5);
  const report = await vm.report(run("echo half; sleep 20", { timeoutSeconds: 1 }));
  expect([report.state, streams(report).stdout]).toEqual(["TimedOut", "half\n"]);
  const tookSeconds = (report.endedAtSeconds ?? 0) - (report.startedAtSeconds ?? 0);
  expect(tookSeconds).toBeGreaterThanOrEqual(1);
});

test("a time limit is kept by the next look when the process that watches it was killed", async () => {
  const request = logged('echo ran >>"$LOG"; sleep 77', { timeoutSeconds: 60 });
  await vm.report(request, 0);
  while (vm.ran().length < 1) await pause(20);
  const watchers = processesThat("limit");
  expect(watchers.length).toBeGreaterThan(0);
  for (const pid of watchers) process.kill(pid, "SIGKILL");
  // As if the minute were over, and the time that a watcher has for its work.
  const go = vm.receipt("key", "1-create-0", "go");
  const [supervisor, job, startedAt, nonce, uptime] = readFileSync(go, "utf8").trim().split(" ");
  writeFileSync(go, `${[supervisor, job, startedAt, nonce, Number(uptime) - 7_000].join(" ")}\n`);
  expect([(await vm.report({ verb: "wait", ...NAME, outputMaxBytes: 1 })).state, vm.ran()]).toEqual([
    "TimedOut",
    ["ran"],
  ]);
});

test("the watcher of a time limit goes with the job, also when the supervisor was killed", async () => {
  const request = run("kill -9 $PPID; exit 0", { timeoutSeconds: 3 });
  expect((await vm.report(request)).state).toBe("Lost");
  // Of its own accord: when it does not, the test is ended by its time.
  while (processesThat("limit").length > 0) await pause(50);
});

test("a cancel that was claimed and not carried out is carried out by the next look", async () => {
  const request = logged('echo begun >>"$LOG"; sleep 20; echo ended >>"$LOG"');
  await vm.report(request, 0);
  while (vm.ran().length < 1) await pause(20);
  vm.killAt("stop-claimed");
  await vm.decoded([CANCEL]);
  expect([vm.exploded, (await vm.report(request)).state, vm.ran()]).toEqual([true, "Canceled", ["begun"]]);
});

test("a script that ended before anybody carried out its cancel has its own end", async () => {
  const request = logged(`echo begun >>"$LOG"; ${vm.untilLetGo}; exit 4`);
  await vm.report(request, 0);
  await until(vm, request, "Running");
  vm.killAt("stop-claimed");
  await vm.decoded([CANCEL]);
  vm.letGo();
  await vm.untilEnded(NAME);
  const report = await vm.report(request);
  expect([report.state, report.exitCode]).toEqual(["Exited", 4]);
});

test("a run that is going is never dropped, whatever GUID the VM is said to have", async () => {
  const request = logged(`echo begun >>"$LOG"; ${vm.untilLetGo}`);
  await vm.report(request, 0);
  await until(vm, request, "Running");
  for (const vmId of ["unknown", "another"]) {
    expect(await vm.report({ ...request, vmId }, 0)).toMatchObject({ state: "Running", takenUp: true });
  }
  vm.letGo();
  expect([(await vm.report(request)).state, (await vm.report({ ...request, vmId: "unknown" })).takenUp]).toEqual([
    "Exited",
    true,
  ]);
  expect(vm.ran()).toEqual(["begun"]);
});

test("a run that is going is told of although the call cannot get its lock", async () => {
  const request = logged(`echo begun >>"$LOG"; ${vm.untilLetGo}`);
  await vm.report(request, 0);
  await until(vm, request, "Running");
  const noLock = (text: string) => text.replace('if lock c "$me"; then', "if false; then");
  expect(await vm.report(request, 0, noLock)).toMatchObject({ state: "Running", takenUp: true });
  vm.letGo();
  expect(await vm.report(request, 20, noLock)).toMatchObject({ state: "Exited", takenUp: true });
  expect(vm.ran()).toEqual(["begun"]);
});

test("a run that was cut off is not begun anew as long as the run that continues it counts, and with it goes that one", async () => {
  const base = logged('echo boot $BOOT >>"$LOG"; sleep 60', { environment: { LOG: vm.log, BOOT: "1" } });
  await vm.report(base, 0);
  await until(vm, base, "Running");
  while (vm.ran().length < 1) await pause(20);
  vm.reboot(base);
  expect((await vm.report(base, 0)).state).toBe("Interrupted");
  const next = { ...base, runId: "1-create-0-b2", continues: "1-create-0", script: 'echo boot 2 >>"$LOG"' };
  expect((await vm.report(next)).state).toBe("Exited");
  vm.age(NAME, 7_300);
  expect(await vm.report(base, 0)).toMatchObject({ state: "Interrupted", takenUp: true });
  vm.age({ key: "key", runId: "1-create-0-b2" }, 7_300);
  expect(await vm.report({ ...base, script: 'echo anew >>"$LOG"' })).toMatchObject({ state: "Exited", takenUp: false });
  expect(readdirSync(vm.receipt("key", ""))).toEqual(["1-create-0"]);
  expect(vm.ran()).toEqual(["boot 1", "boot 2", "anew"]);
});

test("an exit code above 128 is no signal because a shell said something before the script began", async () => {
  const noisy = (text: string) => text.replace("umask 077\n", "umask 077\necho a word about the locale >&2\n");
  const report = await vm.report(run("exit 200"), 20, noisy);
  expect([report.state, report.exitCode]).toEqual(["Exited", 200]);
});

test("secrets of runs that were claimed and never began go with the next generations, and leave no trace", async () => {
  const environment = { S: "hunter2hunter2" };
  vm.killAt("ready");
  await vm.decoded([run("exit 0", { environment })]);
  for (const generation of [2, 3]) await vm.report(run("exit 0", { runId: `${generation}-update-x`, environment }));
  expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(["2-update-x", "3-update-x"]);
  const found = execFileSync("sh", ["-c", `grep -rl hunter2 '${vm.state}' || true`], { encoding: "utf8" });
  expect(found).toBe("");
});

test("a run beside calls that clean up after themselves is always begun", async () => {
  for (let round = 0; round < 8; round += 1) {
    const nothing = Array.from({ length: 3 }, () => vm.purge("nothing", 1).catch(() => undefined));
    const [report] = await Promise.all([vm.report(run("exit 0", { runId: `1-create-${round}` })), ...nothing]);
    expect([report.state, report.reason]).toEqual(["Exited", undefined]);
    await vm.purge("key", 1);
  }
});

test("a call that has waited long for another call is not told that the disk is full because that one removed the folder", async () => {
  const once = join(vm.folder, "once");
  const unlucky = (text: string) =>
    text
      .replace("t0=$now", "t0=$((now - 200))")
      .replace(
        'mkdir -p "$q" && true',
        `mkdir -p "$q" && { [ -e ${once} ] || { true >${once}; rmdir "$q" "$root"; }; } && true`,
      );
  const report = await vm.report(logged('echo ran >>"$LOG"'), 20, unlucky);
  expect([existsSync(once), report.state, report.reason, vm.ran()]).toEqual([true, "Exited", undefined, ["ran"]]);
});

describe("of a run that waits for its turn", () => {
  const WAIT = { verb: "wait", ...NAME, outputMaxBytes: 1 } as const;
  const places = () => readdirSync(join(vm.state, ".queue"));

  /** The process that waits for the run, as its place in the queue says. */
  async function supervisor(other?: number): Promise<number> {
    for (;;) {
      const pids = places().map((place) => Number(/^1\d+\.(\d+)\.\d+\.[^.]+\.key\./.exec(place)?.[1]));
      const pid = pids.find((each) => each > 0 && each !== other);
      if (pid !== undefined) return pid;
      await pause(20);
    }
  }

  test("the supervisor that dies while a call waits for it is not replaced by that call: it is refused, and begins when it is asked for again", async () => {
    const request = logged('echo ran >>"$LOG"');
    await vm.reports([run(vm.untilLetGo, { key: "other" }), request], 0);
    const [looked, died] = [join(vm.folder, "looked"), join(vm.folder, "died")];
    vm.waitAt("submitted", `{ true >${looked}; [ -e ${died} ]; }`);
    const waited = vm.report(WAIT);
    while (!existsSync(looked)) await pause(20);
    const pid = await supervisor();
    process.kill(pid, "SIGKILL");
    await gone(pid);
    writeFileSync(died, "");
    expect(await waited).toMatchObject({
      state: "Refused",
      reason: "the job could not be started: nothing is known of why (is the disk full?)",
    });
    expect([vm.ran(), existsSync(vm.receipt("key", ""))]).toEqual([[], false]);
    vm.letGo();
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Exited", ["ran"]]);
  });

  test("two launchers, of which the first one's supervisor was killed, begin it once, and nothing speaks for the one that came late", async () => {
    const [here, pass] = [join(vm.folder, "here."), join(vm.folder, "pass.")];
    const stop = `true >${here}\${sup%%.*}; until [ -e ${pass}\${sup%%.*} ]; do sleep 0.05; done`;
    // Each before it makes its place in the queue; the first then between its link and the end of what it linked.
    const linked = `set -- $?\nuntil [ "$1" != 0 ] || [ -e ${pass}job ]; do sleep 0.05; done\n`;
    const held = (text: string) =>
      text.replace(/(?=true >"\$q\/\$\{turn\}j\.)/, () => `${stop}\n`).replace("set -- $?\n", () => linked);
    await vm.report(logged('echo ran >>"$LOG"'), 0, held);
    const first = await supervisor();
    while (!existsSync(here + first)) await pause(20);
    process.kill(first, "SIGKILL");
    await gone(first);
    await vm.report(WAIT, 0);
    const second = await supervisor(first);
    while (!existsSync(here + second)) await pause(20);

    writeFileSync(pass + first, "");
    await vm.untilFile(NAME, "go", (text) => text !== "");
    const go = readFileSync(vm.receipt("key", "1-create-0", "go"), "utf8");
    writeFileSync(pass + second, "");
    await gone(second);
    expect(readFileSync(vm.receipt("key", "1-create-0", "go"), "utf8")).toBe(go);
    // The other jobs of the VM wait for this one.
    expect(places()).toContain(`0j.${go.split(" ")[1]}.key.1-create-0`);

    writeFileSync(`${pass}job`, "");
    expect([(await vm.report(WAIT)).state, vm.ran()]).toEqual(["Lost", ["ran"]]);
  });
});
