/** What a run can read of an earlier one, for as long as there are runs of its resource, and what it cannot damage. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { GuestVm, run, SHELLS, streams, until } from "./guest-vm";

jest.setTimeout(60_000);

const FIRST = { runId: "1-create-a" };
const READS =
  'cat "$AZURE_RUN_COMMAND_STDOUT"; echo --; cat "$AZURE_RUN_COMMAND_OUTPUTS"; echo "$AZURE_RUN_COMMAND_STDOUT" >&2';

let vm: GuestVm;
afterEach(() => vm.remove());

const create = (more = "") => run(`echo one; echo a=1 >"$AZURE_RUN_COMMAND_OUTPUT"; ${more}:`, FIRST);
const reads = (runId: string, other: Partial<ReturnType<typeof run>> = {}) =>
  run(READS, { runId, last: FIRST.runId, ...other });

describe.each(SHELLS)("with %s, a run", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("reads what an earlier one printed, also when that one's receipt is long gone", async () => {
    await vm.report(create());
    for (const runId of ["2-update-b", "3-update-c", "5-update-d", "5-delete-e"]) {
      const { stdout, stderr } = streams(await vm.report(reads(runId)));
      expect([stdout, stderr]).toEqual(["one\n--\na=1\n", `${vm.receipt("key", runId, "last.1-create-a.out")}\n`]);
    }
    expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(["5-delete-e", "5-update-d"]);
  });

  test("reads it also when two runs in between were refused, each time", async () => {
    await vm.report(create());
    const rounds = [
      { refused: ["2-update-b", "3-update-c"], next: "4-update-d", left: ["1-create-a"] },
      { refused: ["5-update-e", "6-update-f"], next: "7-update-g", left: ["4-update-d"] },
    ];
    for (const { refused, next, left } of rounds) {
      for (const runId of refused) {
        expect((await vm.report(reads(runId, { workingDirectory: "/nowhere" }))).state).toBe("Refused");
      }
      expect(readdirSync(vm.receipt("key", ""))).toEqual(left);
      expect(streams(await vm.report(reads(next))).stdout).toBe("one\n--\na=1\n");
    }
    expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(["4-update-d", "7-update-g"]);
  });

  test("as another user can read it, and write nothing of it", async () => {
    vm.open();
    await vm.report(create());
    const script = `id -un; for f in "$AZURE_RUN_COMMAND_STDOUT" "$AZURE_RUN_COMMAND_OUTPUTS"; do
cat "$f"; (echo x >>"$f") 2>/dev/null || echo kept; rm -f "$f" 2>/dev/null || echo kept; chmod 666 "$f" 2>/dev/null || echo kept; done`;
    const report = await vm.report(reads("2-update-b", { user: "games", script }));
    expect(streams(report).stdout).toBe("games\none\nkept\nkept\nkept\na=1\nkept\nkept\nkept\n");
    const mode = statSync(vm.receipt("key", "2-update-b", "last.1-create-a.out")).mode;
    expect((mode & 0o777).toString(8)).toBe("640");
  });
});

describe("a run", () => {
  beforeEach(() => {
    vm = new GuestVm();
  });

  test("finds empty files where nothing is left, and no variables where it was promised none", async () => {
    const script = `${READS}; ls -l "$AZURE_RUN_COMMAND_STDOUT" >/dev/null && echo there`;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    const none = run('echo "${AZURE_RUN_COMMAND_STDOUT-none} ${AZURE_RUN_COMMAND_OUTPUTS-none}"', { key: "none" });
    const reports = await vm.reports([reads("2-update-b", { script }), none]);
    expect(reports.map((report) => report.kind === "run" && streams(report).stdout)).toEqual([
      "--\nthere\n",
      "none none\n",
    ]);
  });

  test("reads what the earlier one had printed at its end, and cannot change what that one reports", async () => {
    const first = create(`(${vm.untilLetGo}; echo late; echo b=2 >>"$AZURE_RUN_COMMAND_OUTPUT") & `);
    const before = await vm.report(first);
    vm.letGo();
    await vm.untilFile(first, "output", (text) => text.endsWith("b=2\n"));
    const script = `${READS}; echo damage >>"$AZURE_RUN_COMMAND_STDOUT"; echo damage >"$AZURE_RUN_COMMAND_OUTPUTS"`;
    expect(streams(await vm.report(reads("2-update-b", { script }))).stdout).toBe("one\n--\na=1\n");
    expect(await vm.report(first)).toEqual({ ...before, takenUp: true });
    expect(readFileSync(vm.receipt("key", "1-create-a", "out"), "utf8")).toBe("one\nlate\n");
    expect(streams(await vm.report(reads("2-update-c"))).stdout).toBe("one\n--\na=1\n");
  });

  test("that is put again after a kill damages no other receipt's files", async () => {
    await vm.report(create());
    for (const runId of ["2-update-b", "3-update-c"]) await vm.report(reads(runId));
    await vm.decoded([reads("3-update-d")], 0, (text) => text.replace('mv "$d/ready.new" "$d/ready"', ":"));
    const files = ["out", "output"].map((name) => vm.receipt("key", "3-update-d", `last.1-create-a.${name}`));
    expect(files.map((file) => statSync(file).nlink)).toEqual([2, 2]);
    expect(streams(await vm.report(reads("3-update-d"))).stdout).toBe("one\n--\na=1\n");
    expect(readFileSync(vm.receipt("key", "2-update-b", "last.1-create-a.out"), "utf8")).toBe("one\n");
  });

  test("that is tried again after refused ones reads it too, also when it was asked for while it ran", async () => {
    await vm.report(create());
    for (const runId of ["2-update-b", "3-update-c"]) await vm.report(reads(runId, { workingDirectory: "/nowhere" }));
    const script = `${READS}; while [ -e "$LOG" ]; do sleep 0.1; done; exit 1`;
    const last = reads("3-delete-d", { script, retryUnless: [], environment: { LOG: vm.log } });
    vm.prepareLog();
    await vm.report(last, 0);
    await until(vm, last, "Running");
    const attached = await vm.report(last, 0);
    rmSync(vm.log);
    await until(vm, last, "Exited");
    const again = await vm.report(last);
    expect([attached.takenUp, again.takenUp, again.exitCode]).toEqual([true, false, 1]);
    expect(streams(again).stdout).toBe("one\n--\na=1\n");
  });

  test("takes nothing from a receipt that a killed call left incomplete", async () => {
    await vm.report(create());
    await vm.report(reads("2-update-b"));
    await vm.report(reads("2-update-0"));
    rmSync(vm.receipt("key", "2-update-0", "ready"));
    // A copy cut short.
    writeFileSync(vm.receipt("key", "2-update-0", "last.1-create-a.out"), "o");
    await vm.report(reads("3-update-c"));
    expect(streams(await vm.report(reads("4-update-d"))).stdout).toBe("one\n--\na=1\n");
  });

  test("that is skipped leaves an empty stdout to the next", async () => {
    const guards = { creates: "/", unless: undefined, onlyIf: undefined };
    expect((await vm.report({ ...create(), guards })).state).toBe("Skipped");
    expect(streams(await vm.report(reads("2-update-b"))).stdout).toBe("--\n");
  });

  test("lets its guards read it too", async () => {
    await vm.report(create());
    const onlyIf = 'grep -q two "$AZURE_RUN_COMMAND_STDOUT"';
    const guards = { creates: undefined, unless: undefined, onlyIf };
    expect((await vm.report(reads("2-update-b", { guards }))).guard).toEqual({ name: "onlyIf", exitCode: 1 });
  });
});
