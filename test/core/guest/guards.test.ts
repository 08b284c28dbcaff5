/** What the runner asks before it starts a script, and that what it then records is true and happens once. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CancelRequest, RunGuards } from "../../../core/guest/protocol";
import { runnerText } from "../../../core/guest/runner-text";
import { GUARD_TIMEOUT_SECONDS } from "../../../core/limits";
import { GuestVm, run, SHELLS, type ShellName, until } from "./guest-vm";
import { endAll } from "./surroundings-vm";

const NAME = { key: "key", runId: "1-create-0" };
const CANCEL: CancelRequest = { verb: "cancel", ...NAME, outputMaxBytes: 65_536 };

let vm: GuestVm;
afterEach(() => {
  endAll(vm);
  vm.remove();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A run that leaves a line in the VM's log; its guards can leave others. */
function guarded(guards: Partial<RunGuards>, other: Partial<ReturnType<typeof run>> = {}) {
  return run('echo ran >>"$LOG"', {
    environment: { LOG: vm.log },
    guards: { creates: undefined, unless: undefined, onlyIf: undefined, ...guards },
    ...other,
  });
}

/** The runner with guards that have one second. */
const impatient = (text: string) => text.replace("patience=6000", "patience=100");

async function logged(lines: number): Promise<readonly string[]> {
  for (let turn = 0; vm.ran().length < lines && turn < 1_000; turn += 1) await pause(10);
  return vm.ran();
}

function alive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, "latin1"));
}

function parent(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(" ")[3]);
}

/** A guard that hangs, with children that do not go by themselves: deaf to SIGTERM, in a session of its own. */
const STUBBORN = `sh -c 'trap "" TERM; echo $$ >>"$LOG"; while sleep 0.2; do [ -e "$LOG" ] || exit; done' &
setsid sh -c 'echo $$ >>"$LOG"; exec sleep 77' &
echo $$ >>"$LOG"; trap "" TERM; while sleep 0.2; do [ -e "$LOG" ] || exit; done`;

describe.each(SHELLS)("with %s, a run", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("is skipped when what it creates is there, and then asked for again answers the same", async () => {
    const path = join(vm.folder, "it's made");
    writeFileSync(path, "");
    const request = guarded({ creates: path, unless: 'echo asked >>"$LOG"; exit 1' });
    const report = await vm.report(request);
    expect(report).toEqual({
      kind: "run",
      ...NAME,
      state: "Skipped",
      exitCode: undefined,
      signal: undefined,
      startedAtSeconds: undefined,
      endedAtSeconds: expect.any(Number),
      takenUp: false,
      stdout: undefined,
      stderr: undefined,
      namedOutputsBytes: undefined,
      chunk: undefined,
      lastLine: undefined,
      behind: undefined,
      reason: undefined,
      guard: { name: "creates", exitCode: undefined },
    });
    rmSync(path);
    expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
    expect(await vm.report({ verb: "wait", ...NAME, outputMaxBytes: 1 })).toEqual(report);
    expect(await vm.report(CANCEL)).toEqual(report);
    expect(vm.ran()).toEqual([]);
    expect(await vm.purge("none", 1)).toMatchObject({ remainingKeys: 1 });
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, canceledReceipts: 0, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("is decided by each guard as it says, by a signal too, and runs only when all agree", async () => {
    const asks = (text: string, code: string) => `echo ${text} >>"$LOG"; ${code}`;
    symlinkSync("nowhere", join(vm.folder, "dangling"));
    const all: readonly (readonly [string, Partial<RunGuards>, ...unknown[]])[] = [
      ["a", { creates: "dangling" }, "creates", undefined],
      ["b", { creates: "-e" }],
      ["c", { unless: asks("unless", "true") }, "unless", 0],
      ["d", { unless: "kill -9 $$", onlyIf: "kill -TERM $$" }, "onlyIf", 143],
      ["e", { unless: "-x", onlyIf: "exit 7" }, "onlyIf", 7],
      ["f", { unless: "if", onlyIf: asks("onlyIf", "sleep 9 & true") }],
    ];
    const requests = all.map(([key, guards]) => guarded(guards, { key, workingDirectory: vm.folder }));
    const reports = await vm.reports(requests);
    expect(reports).toMatchObject(
      all.map(([key, , name, exitCode]) => ({
        key,
        ...(name === undefined ? { state: "Exited", exitCode: 0 } : { state: "Skipped", guard: { name, exitCode } }),
      })),
    );
    expect(vm.ran()).toEqual(["ran", "unless", "onlyIf", "ran"]);
  });

  test("has guards that are asked as its user, in its folder, with its environment, and with nothing to read", async () => {
    vm.open();
    vm.prepareLog();
    const facts = join(vm.folder, "facts");
    writeFileSync(facts, "");
    chmodSync(facts, 0o666);
    const unless =
      '{ id -un; pwd; echo "$d $UID $0 $#"; readlink /proc/self/fd/0; readlink /proc/self/fd/4; } >"$FACTS"; echo out; exit 1';
    const environment = { FACTS: facts, d: "it's", UID: "7", env: "x", job: "y", PATH: vm.path };
    const request = run("exit 3", {
      user: "games",
      workingDirectory: "/usr",
      environment,
      arguments: ["one"],
      guards: { creates: join(vm.folder, "log"), unless, onlyIf: "false" },
    });
    // Root sees the log, and so does anybody who may pass through the folder.
    expect((await vm.report(request)).guard).toEqual({ name: "creates", exitCode: undefined });
    const next = { ...request, runId: "1-create-1", guards: { ...request.guards, creates: `${vm.state}/../log/x` } };
    expect((await vm.report(next)).guard).toEqual({ name: "onlyIf", exitCode: 1 });
    expect(readFileSync(facts, "utf8")).toBe(`games\n/usr\nit's 7 ${vm.shell} 0\n/dev/null\n`);
    expect(readFileSync(vm.receipt("key", "1-create-1", "out"), "utf8")).toBe("");
  });

  test("whose guard hangs is refused without a trace, and the guard is ended with its stubborn children", async () => {
    const request = guarded({ onlyIf: STUBBORN });
    const report = await vm.report(request, 20, impatient);
    expect([report.state, report.takenUp, report.reason]).toEqual([
      "Refused",
      false,
      "the job could not be started: its guard 'onlyIf' did not end within 1 s and was ended",
    ]);
    const pids = vm.ran().map(Number);
    expect([pids.length, pids.filter(alive)]).toEqual([3, []]);
    expect(existsSync(vm.receipt("key", ""))).toBe(false);
    expect([(await vm.report({ ...request, guards: { ...request.guards, onlyIf: undefined } })).state]).toEqual([
      "Exited",
    ]);
  });

  test("is told of its guard that hung by a later call, which does not ask again; its secrets are gone before", async () => {
    const request = guarded({ unless: 'echo asked >>"$LOG"; sleep 77' });
    await vm.report(request, 0, impatient);
    await logged(1);
    const [hung = "", prelude = ""] = ["hung", "prelude"].map((name) => vm.receipt("key", "1-create-0", name));
    expect(existsSync(prelude)).toBe(true);
    while (!existsSync(hung)) await pause(20);
    for (let turn = 0; existsSync(prelude) && turn < 500; turn += 1) await pause(20);
    expect([existsSync(prelude), existsSync(hung)]).toEqual([false, true]);
    await vm.supervisor("key", "1-create-0", 10_000_009);
    // Not even when it would have to wait for its turn.
    const other = run("sleep 77", { key: "other" });
    await vm.report(other, 0);
    await until(vm, other, "Running");
    expect((await vm.report(NAME_WAIT, 0)).reason).toBe(
      "the job could not be started: its guard 'unless' did not end within 1 s and was ended",
    );
    expect([vm.ran(), existsSync(vm.receipt("key", ""))]).toEqual([["asked"], false]);
  });

  test("has nothing beside it that its guard left behind, and takes along at its end what left the guard's session", async () => {
    const unless = `sh -c 'trap "" TERM; echo $$ >>"$LOG"; while sleep 0.2; do [ -e "$LOG" ] || exit; done' &
while [ ! -s "$LOG" ]; do sleep 0.05; done
setsid sh -c 'echo $$ >>"$LOG"; while sleep 0.2; do [ -e "$LOG" ] || exit; done' &
while [ "$(wc -l <"$LOG")" -lt 2 ]; do sleep 0.05; done; exit 1`;
    await vm.report({ ...guarded({ unless }), script: 'echo ran >>"$LOG"; sleep 77' }, 0);
    const [child = 0, daemon = 0] = (await logged(3)).map(Number);
    expect([vm.ran()[2], alive(child), alive(daemon)]).toEqual(["ran", false, true]);
    expect(await vm.purge("key", 1)).toMatchObject({ canceledReceipts: 1, runningReceipts: 0 });
    expect([alive(daemon), existsSync(vm.state)]).toEqual([false, false]);
  });

  test.each([false, true])(
    "is canceled while its guard is asked: the guard is ended with its children, and the script never starts; asked only of what waits: %s",
    async (onlyWaiting) => {
      const next = run('echo next >>"$LOG"', { key: "next", environment: { LOG: vm.log } });
      await vm.reports([guarded({ unless: STUBBORN, onlyIf: 'echo asked >>"$LOG"' }), next], 0);
      const pids = (await logged(3)).map(Number);
      expect(await vm.report(NAME_WAIT, 0)).toMatchObject({ state: "Waiting", behind: undefined });
      expect(await vm.report({ ...NAME_WAIT, key: "next" }, 0)).toMatchObject({ state: "Waiting", behind: NAME });
      expect((await vm.report({ ...CANCEL, onlyWaiting })).state).toBe("Canceled");
      expect(pids.filter(alive)).toEqual([]);
      expect((await vm.report(next)).state).toBe("Exited");
      expect((await vm.report(guarded({}))).state).toBe("Canceled");
      expect(vm.ran().slice(3)).toEqual(["next"]);
    },
  );

  test.each(steps(shell))(
    "that is to be skipped is skipped when the runner is killed at '%s', and never begun",
    async (step) => {
      const request = guarded({ creates: "/nowhere", unless: 'echo asked >>"$LOG"' });
      vm.killAt(step);
      await vm.decoded([request], 2);
      // A supervisor goes on for a moment after the end is known.
      for (let turn = 0; !vm.exploded && turn < 500; turn += 1) await pause(10);
      expect(vm.exploded).toBe(true);
      const report = await vm.report(request);
      expect([report.state, report.guard]).toEqual(["Skipped", { name: "unless", exitCode: 0 }]);
      expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
      expect(new Set(vm.ran())).toEqual(new Set(["asked"]));
      expect(readdirSync(vm.receipt("key", "1-create-0")).filter((name) => name.startsWith("end."))).toHaveLength(1);
      await vm.purge("key", 1);
      expect(existsSync(vm.state)).toBe(false);
    },
  );
});

const NAME_WAIT = { verb: "wait", ...NAME, outputMaxBytes: 1 } as const;

/** One shell goes through the steps of a run that is skipped, the others through those that depend on the shell. */
function steps(shell: ShellName): readonly string[] {
  const own = ["before-guard", "guard-asked", "guard-answered", "settled"];
  const common = ["supervisor-turn", "job-ended", "end-recorded"];
  return shell === "dash" ? [...own, ...common] : ["guard-answered", "settled"];
}

describe("a run", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  test.each(["before-guard", "guard-asked", "guard-answered", "before-go"])(
    "that no guard keeps back happens once when the runner is killed at '%s'",
    async (step) => {
      const request = guarded({ unless: 'echo asked >>"$LOG"; exit 1' });
      vm.killAt(step);
      await vm.decoded([request], 2);
      expect([vm.exploded, (await vm.report(request)).state]).toEqual([true, "Exited"]);
      expect((await vm.report(request)).state).toBe("Exited");
      expect(vm.ran().filter((line) => line === "ran")).toEqual(["ran"]);
    },
  );

  test("leaves no guard behind when it is purged while one is asked", async () => {
    await vm.report(guarded({ onlyIf: STUBBORN }, { timeoutSeconds: 60 }), 0);
    const pids = (await logged(3)).map(Number);
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, canceledReceipts: 1, runningReceipts: 0 });
    expect([pids.filter(alive), existsSync(vm.state)]).toEqual([[], false]);
  });

  test("leaves no guard behind when the process that asks it is killed, also when no call comes any more", async () => {
    const request = guarded({ unless: `[ -s "$LOG" ] && exit 1; ${STUBBORN}` });
    await vm.report(request, 0);
    const pids = (await logged(3)).map(Number);
    const file = vm.receipt("key", "1-create-0", "guard");
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await pause(10);
    process.kill(parent(Number(readFileSync(file, "utf8").split(".")[0])), "SIGKILL");
    for (let turn = 0; pids.some(alive) && turn < 1_000; turn += 1) await pause(10);
    expect(pids.filter(alive)).toEqual([]);
    writeFileSync(vm.log, "before\n");
    // A call that finds the supervisor about to leave is told that the run could not be started.
    await vm.report(request);
    expect([(await vm.report(request)).state, vm.ran()]).toEqual(["Exited", ["before", "ran"]]);
  });

  test("that is canceled before its next guard is not asked that one", async () => {
    vm.pauseAt("before-guard", 1);
    await vm.report(guarded({ onlyIf: 'echo asked >>"$LOG"' }), 0);
    const queue = join(vm.state, ".queue");
    while (!readdirSync(queue).some((name) => name.startsWith("0j."))) await pause(10);
    expect((await vm.report(CANCEL)).state).toBe("Canceled");
    expect([(await vm.purge("key", 1)).runningReceipts, vm.ran()]).toEqual([0, []]);
  });

  test("leaves no guard behind when all that would end it was killed, and it is purged", async () => {
    await vm.report(guarded({ unless: 'echo $$ >>"$LOG"; sleep 77' }), 0);
    const [guard = 0] = (await logged(1)).map(Number);
    const launcher = parent(guard);
    for (const pid of [parent(launcher), launcher]) process.kill(pid, "SIGKILL");
    expect(alive(guard)).toBe(true);
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect([alive(guard), existsSync(vm.state)]).toEqual([false, false]);
  });

  test("is asked for once by a call that comes after its supervisor was killed, and waits for its guards", async () => {
    const request = guarded({ onlyIf: 'echo $$ >>"$LOG"; sleep 1.5' });
    await vm.report(request, 0);
    const [guard = 0] = (await logged(1)).map(Number);
    process.kill(parent(parent(guard)), "SIGKILL");
    const next = guarded({}, { key: "next" });
    expect(await vm.reports([request, next], 0)).toMatchObject([{ state: "Waiting" }, { state: "Waiting" }]);
    await vm.report(next);
    expect([(await until(vm, request, "Lost", "Exited")).takenUp, vm.ran()]).toEqual([
      false,
      [`${guard}`, "ran", "ran"],
    ]);
  });

  test("has its turn before its guards are asked", async () => {
    const made = join(vm.folder, "made");
    const first = run(`sleep 0.3; : >'${made}'`);
    const reports = await vm.reports([first, guarded({ creates: made }, { key: "second" })]);
    expect(reports).toMatchObject([{ state: "Exited" }, { state: "Skipped", guard: { name: "creates" } }]);
    expect(vm.ran()).toEqual([]);
  });

  test("of two supervisors is either skipped or begun, and only one end is recorded", async () => {
    vm.killAt("ready");
    // Whoever asks first is told to go on, the other to stay away.
    const onlyIf = 'if mkdir "$LOG.d"; then sleep 0.2; else exit 9; fi';
    await vm.decoded([guarded({ onlyIf }, { beside: true })]);
    await Promise.all([vm.supervisor("key", "1-create-0", 10_000_001), vm.supervisor("key", "1-create-0", 10_000_002)]);
    const { state } = await vm.report(NAME_WAIT);
    expect([state === "Exited" || state === "Skipped", vm.ran()]).toEqual([true, state === "Exited" ? ["ran"] : []]);
    expect(readdirSync(vm.receipt("key", "1-create-0")).filter((name) => name.startsWith("end."))).toHaveLength(1);
  });

  test("that was canceled before its start is canceled when the runner is killed before it has recorded that", async () => {
    await vm.reports([run("sleep 77", { key: "other" }), guarded({})], 0);
    await until(vm, { key: "other", runId: "1-create-0" }, "Running");
    vm.killAt("settled");
    await vm.decoded([CANCEL]);
    expect([vm.exploded, (await vm.report(NAME_WAIT)).state]).toEqual([true, "Canceled"]);
    await vm.purge("other", 1);
    expect([(await vm.report(guarded({}))).state, vm.ran()]).toEqual(["Canceled", []]);
  });

  test("is skipped on a VM without setsid and grep, and its guard that hangs is ended there too", async () => {
    vm.remove();
    vm = new GuestVm({ bare: true });
    const skipped = await vm.report(guarded({ unless: "true" }));
    expect(skipped.guard).toEqual({ name: "unless", exitCode: 0 });
    const hanging = guarded({ unless: "exec sleep 77" }, { runId: "1-create-1" });
    expect((await vm.report(hanging, 20, impatient)).state).toBe("Refused");
  });

  test("shows its guards and their environment in no process's arguments, and leaves them in no file", async () => {
    const secret = "planted-secret-value";
    const request = guarded(
      { creates: `/${secret}`, unless: `: ${secret}; sleep 0.4` },
      { environment: { S: secret } },
    );
    const seen: string[] = [];
    const report = vm.report(request);
    for (const endMs = Date.now() + 1_000; Date.now() < endMs; await pause(10)) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, "latin1");
          if (words.includes(secret)) seen.push(words);
        } catch {}
      }
    }
    expect([(await report).state, seen]).toEqual(["Skipped", []]);
    const files = readdirSync(vm.folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    expect(texts.filter((text) => text.includes(secret) || text.includes(btoa(secret).slice(0, 24)))).toEqual([]);
  });
});

test("a guard has as long as the runner's text says", () => {
  expect(runnerText()).toContain(`\npatience=${GUARD_TIMEOUT_SECONDS * 100}\n`);
});
