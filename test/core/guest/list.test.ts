/** What a VM tells of the receipts of one resource: to whoever keeps no count of its runs, and whatever a job left there. */
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Receipt, RunName } from "../../../core/guest/protocol";
import { GuestVm, run, SHELLS, until } from "./guest-vm";
import { endAll } from "./surroundings-vm";

const VM_ID = "11111111-2222-3333-4444-555555555555";

const WAITING = { state: "Waiting", exitCode: undefined, startedAtSeconds: undefined } as const;

let vm: GuestVm;
afterEach(() => {
  endAll(vm);
  vm.remove();
});

function receipt(runId: string, other: Partial<Receipt> = {}): Receipt {
  const startedAtSeconds = expect.any(Number);
  return { key: "key", runId, state: "Exited", exitCode: 0, last: undefined, vmId: VM_ID, startedAtSeconds, ...other };
}

describe.each(SHELLS)("with %s, a list", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });

  test("of nothing finds nothing and leaves nothing", async () => {
    expect(await vm.list("key")).toEqual([]);
    expect(existsSync(vm.state)).toBe(false);
  });

  test("tells how each run of its key stands, what it can read and where it was made, and starts nothing", async () => {
    const create = run("exit 0", { runId: "1-create-a" });
    await vm.reports([create, run("exit 0", { key: "other" })]);
    const skipping = { creates: "/", unless: undefined, onlyIf: undefined };
    await vm.reports([
      run("kill -9 $$", { runId: "2-create-b", vmId: "another-vm" }),
      run("exit 0", { runId: "2-create-c", guards: skipping }),
      run("exit 3", { runId: "2-update-d", last: "1-create-a" }),
    ]);
    const long = run("sleep 77", { runId: "2-update-d-b2" });
    await vm.reports([long, run("exit 0", { runId: "2-update-e", vmId: "unknown" })], 0);
    await until(vm, long, "Running");
    const before = readdirSync(vm.receipt("key", "")).sort();
    expect(await vm.list("key")).toEqual([
      receipt("1-create-a"),
      receipt("2-create-b", { state: "Killed", exitCode: undefined, vmId: "another-vm" }),
      receipt("2-create-c", { state: "Skipped", exitCode: undefined }),
      receipt("2-update-d", { exitCode: 3, last: "1-create-a" }),
      receipt("2-update-d-b2", { state: "Running", exitCode: undefined }),
      receipt("2-update-e", { ...WAITING, vmId: "unknown" }),
    ]);
    expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(before);
    const all = await vm.list(undefined);
    expect(all.map(({ key, runId }) => `${key} ${runId}`)).toEqual([
      ...before.map((runId) => `key ${runId}`),
      "other 1-create-0",
    ]);
  });

  test("tells when each run started, and of one that was skipped when that was", async () => {
    const skipping = { creates: "/", unless: undefined, onlyIf: undefined };
    const before = Math.floor(Date.now() / 1_000);
    const ran = await vm.report(run("exit 0", { runId: "1-create-a" }));
    await vm.report(run("exit 0", { runId: "1-create-b", guards: skipping }));
    const [started, skipped = 0] = (await vm.list("key")).map(({ startedAtSeconds }) => startedAtSeconds);
    expect([started, skipped >= before, skipped <= Date.now() / 1_000]).toEqual([ran.startedAtSeconds, true, true]);
  });

  test("tells of a claim that was never started as one that waits, and nothing of half a receipt", async () => {
    vm.killAt("ready");
    await vm.decoded([run("exit 0", { runId: "1-create-a" })], 0);
    await vm.decoded([run("exit 0", { runId: "2-update-b" })], 0, (text) =>
      text.replace('mv "$d/ready.new" "$d/ready"', ":"),
    );
    expect(readdirSync(vm.receipt("key", ""))).toEqual(["1-create-a", "2-update-b"]);
    expect(await vm.list("key")).toEqual([receipt("1-create-a", WAITING)]);
  });

  test("is whole whatever a script put among the receipts", async () => {
    for (const runId of ["1-create-a", "2-update-b", "3-update-c"]) await vm.report(run("exit 0", { runId }));
    // The runner keeps two generations of its own.
    expect(await vm.list("key")).toEqual([receipt("2-update-b"), receipt("3-update-c")]);
    for (const name of [
      "4 update x",
      "4-update-x;9-update-y,Exited,0,-,vm",
      "4-update\n-x",
      "*",
      "4".repeat(65),
      "ä",
    ]) {
      cpSync(vm.receipt("key", "3-update-c"), vm.receipt("key", name), { recursive: true });
    }
    writeFileSync(vm.receipt("key", "4-update-file"), "x");
    mkdirSync(vm.receipt("key", "4-update-folder"));
    const planted = vm.receipt("key", "3-update-c");
    for (const name of ["last.a b.out", "last.x,y;.out"]) writeFileSync(`${planted}/${name}`, "");
    writeFileSync(`${planted}/ready`, "vm,1;2 nonce 0 -\n");
    const end = readdirSync(planted).find((name) => name.startsWith("end.")) ?? "";
    renameSync(`${planted}/${end}`, `${planted}/${end.replace(/end[.]E[.]0[.][0-9]+/, "end.E.0;1 x,y.9;9")}`);
    const [supervisor, job] = readFileSync(`${planted}/go`, "utf8").split(" ");
    writeFileSync(`${planted}/go`, `${supervisor} ${job} 1,2;3 nonce 0\n`);
    expect(await vm.list("key")).toEqual([
      receipt("2-update-b"),
      receipt("3-update-c", { exitCode: undefined, vmId: "unknown", startedAtSeconds: undefined }),
    ]);
  });
});

describe("a list", () => {
  test("tells of a run whose job deleted what names its VM for as long as the job lives", async () => {
    vm = new GuestVm();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    const long = run('rm -f "${0%/*}/ready"; echo gone >>"$LOG"; sleep 77', { environment: { LOG: vm.log } });
    await vm.report(long, 0);
    while (vm.ran().length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
    const expected = { state: "Running", exitCode: undefined, vmId: "unknown", startedAtSeconds: undefined } as const;
    expect(await vm.list("key")).toEqual([receipt("1-create-0", expected)]);
  });

  test.each([
    { what: "with gzip", bare: false, beside: 20 },
    { what: "without", bare: true, beside: 0 },
  ])("of 40 receipts fits into one answer, $what", async ({ bare, beside }) => {
    vm = new GuestVm({ bare });
    await vm.report(run("exit 0", { runId: "1-create-000000000000" }));
    await vm.report(run("exit 7", { runId: "2-update-000000000000", last: "1-create-000000000000" }));
    const ids = Array.from(
      { length: 38 },
      (_, index) => `2-update-${(index * 7_654_321).toString(16).padStart(12, "9")}`,
    );
    for (const id of ids) {
      cpSync(vm.receipt("key", "2-update-000000000000"), vm.receipt("key", id), { recursive: true });
    }
    const others = Array.from({ length: beside }, (_, index) => run(`exit ${index}`, { key: `other-${index}` }));
    const [list, ...reports] = await vm.reports([{ verb: "list", key: "key" }, ...others]);
    const twin = { exitCode: 7, last: "1-create-000000000000" };
    expect(list).toEqual({
      kind: "list",
      key: "key",
      receipts: [
        receipt("1-create-000000000000"),
        receipt("2-update-000000000000", twin),
        ...ids.sort().map((id) => receipt(id, twin)),
      ],
      hasMore: false,
    });
    expect(reports.map((report) => report.kind === "run" && report.exitCode)).toEqual(others.map((_, index) => index));
  });

  test.each(SHELLS)(
    "of 90 receipts of many keys comes in several answers, each one once and by name, with %s",
    async (shell) => {
      vm = new GuestVm({ shell, bare: true });
      await vm.report(run("exit 0", { runId: "1-create-0" }));
      const names = Array.from({ length: 89 }, (_, index) => ({
        // How names with capitals and dashes are ordered depends on the language.
        key: `${"aA"[index % 2]}${randomBytes(7).toString("hex")}${"-z"[index % 2]}${index}`,
        runId: `${1 + (index % 2)}-update-${randomBytes(6).toString("hex")}`,
      }));
      for (const { key, runId } of names) {
        cpSync(vm.receipt("key", "1-create-0"), vm.receipt(key, runId), { recursive: true });
      }
      const pages = [await vm.page({ verb: "list", key: undefined })];
      for (let last = pages[0]; last?.hasMore; last = pages.at(-1)) {
        pages.push(await vm.page({ verb: "list", key: undefined, after: last.receipts.at(-1) }));
      }
      const found = pages.flatMap(({ receipts }) => receipts.map(({ key, runId }) => `${key}/${runId}`));
      const wanted = [{ key: "key", runId: "1-create-0" }, ...names].map(({ key, runId }) => `${key}/${runId}`);
      expect(found).toEqual(wanted.sort());
      expect(pages).toHaveLength(2);
    },
  );

  test("of all keys tells of none where nothing is, and goes on behind what is gone meanwhile", async () => {
    vm = new GuestVm();
    expect(await vm.page({ verb: "list", key: undefined })).toEqual({
      kind: "list",
      key: undefined,
      receipts: [],
      hasMore: false,
    });
    for (const key of ["a", "c"]) await vm.report(run("exit 0", { key, runId: "1-create-0" }));
    const names = async (after: RunName) =>
      (await vm.page({ verb: "list", key: undefined, after })).receipts.map(({ key, runId }) => `${key}/${runId}`);
    expect(await names({ key: "b", runId: "1-create-0" })).toEqual(["c/1-create-0"]);
    expect(await names({ key: "a", runId: "1-create-0" })).toEqual(["c/1-create-0"]);
    expect(await names({ key: "c", runId: "1-create-0" })).toEqual([]);
  });
});
