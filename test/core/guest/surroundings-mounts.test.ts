/** VMs whose disks are full, read-only or mounted noexec. These tests mount, so they must run as root. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../../core/guest/protocol";
import { GuestVm, run, SHELLS, type ShellName, streams, until } from "./guest-vm";
import { collected, Disk, endAll, nameOf, noise } from "./surroundings-vm";

// A test here takes a second; the rest is for machines that are busy with something else.
let vm: GuestVm;
let disk: Disk | undefined;
afterEach(() => {
  endAll(vm);
  disk?.remove();
  disk = undefined;
  vm.remove();
});

/** Receipts of the run's key, whole or not. */
function receipts(): readonly string[] {
  const folder = join(vm.state, "key");
  return existsSync(folder) ? readdirSync(folder) : [];
}

const logged = (script: string) => run(`echo begun >>"$LOG"\n${script}\n`, { environment: { LOG: vm.log } });

/** As the product does: asks on while the run waits, which it may where its place in the queue could not be written. */
async function ended(request: ReturnType<typeof logged>): Promise<RunReport> {
  let report = await vm.report(request);
  for (let tries = 0; report.state === "Waiting" && tries < 5; tries += 1) {
    report = await vm.report({ verb: "wait", key: "key", runId: "1-create-0", outputMaxBytes: 65_536 });
  }
  return report;
}

/** Either refused, with the reason and without a trace, or run; never something between. */
function expectRefusedOrRun(report: RunReport): "Refused" | "Exited" {
  if (report.state === "Refused") {
    expect(report.reason).toMatch(/No space left on device|is (its|the) disk full|the disk is full/);
    // Where not even the lock can be made to drop it safely, a receipt that never started may stay: it claims nothing.
    const stays = existsSync(vm.receipt("key", "1-create-0", "ready")) && (disk?.inodesFree() ?? 9) < 3;
    expect([vm.ran(), receipts()]).toEqual([[], stays ? ["1-create-0"] : []]);
    expect(existsSync(vm.receipt("key", "1-create-0", "go"))).toBe(false);
    return "Refused";
  }
  expect([report.state, report.exitCode, vm.ran()]).toEqual(["Exited", 3, ["begun"]]);
  return "Exited";
}

describe.each(SHELLS)("with %s, on a full disk", (shell) => {
  const pages = shell === "dash" ? Array.from({ length: 16 }, (_, free) => free) : [0, 1, 3, 5, 7, 8, 9, 11, 14];

  test.each(pages)(
    "with %i free pages, a run is refused without a trace, or runs; with space, it has run once",
    async (free) => {
      vm = new GuestVm({ shell });
      disk = new Disk(vm.state, "size=256k");
      disk.fillTo(free);
      const request = logged("exit 3");
      expectRefusedOrRun(await ended(request));
      disk.free();
      expect(await vm.report(request)).toMatchObject({ state: "Exited", exitCode: 3 });
      expect(vm.ran()).toEqual(["begun"]);
      expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
      expect(readdirSync(vm.state)).toEqual([]);
    },
  );

  const inodes = shell === "dash" ? Array.from({ length: 22 }, (_, index) => index + 2) : [2, 4, 8, 10, 12, 14, 16, 18];

  test.each(inodes)(
    "with %i inodes in all, a run is refused without a trace, or runs; with more, it has run once",
    async (count) => {
      vm = new GuestVm({ shell });
      disk = new Disk(vm.state, `size=1m,nr_inodes=${count}`);
      const request = logged("exit 3");
      expectRefusedOrRun(await ended(request));
      disk.remount("nr_inodes=1000");
      expect(await vm.report(request)).toMatchObject({ state: "Exited", exitCode: 3 });
      expect(vm.ran()).toEqual(["begun"]);
      expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
      expect(readdirSync(vm.state)).toEqual([]);
    },
  );

  test("nothing can be claimed at all, and something can with 256 KB: the tests above see both", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k");
    disk.fillTo(0);
    expect((await vm.report(logged("exit 3"))).state).toBe("Refused");
    disk.fillTo(30);
    expect((await vm.report(logged("exit 3"))).state).toBe("Exited");
  });

  test("a script whose own output fills it is reported with its exit code, and with all output once there is space", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k");
    const source = join(vm.folder, "source");
    const output = noise(400_000);
    writeFileSync(source, output);
    const request = logged(`cat '${source}' || echo "cat: $?" >>"$LOG"\nexit 3`);
    const report = await vm.report(request);
    const printedBytes = report.stdout?.totalBytes ?? 0;
    expect([report.state, report.exitCode, vm.ran()]).toEqual(["Exited", 3, ["begun", "cat: 1"]]);
    expect(printedBytes).toBeGreaterThan(100_000);
    // More memory for the disk, as when somebody frees space elsewhere on it.
    disk.remount("size=1m");
    const later = await vm.report({ verb: "wait", ...nameOf(request), outputMaxBytes: 10_000 });
    expect([later.state, later.exitCode, later.stdout?.totalBytes]).toEqual(["Exited", 3, printedBytes]);
    const { stdout } = await collected(vm, later);
    expect(stdout.equals(output.subarray(printedBytes - 10_000, printedBytes))).toBe(true);
  });

  test("a script that fills it with files is reported, with what it printed as soon as there is space", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k");
    const request = logged(`echo early\nhead -c 1000000 /dev/zero >"${vm.state}/.big" 2>/dev/null\nexit 3`);
    const report = await vm.report(request);
    expect([report.state, report.exitCode, report.stdout?.totalBytes]).toEqual(["Exited", 3, 6]);
    rmSync(join(vm.state, ".big"));
    const later = await vm.report(request);
    expect([later.exitCode, later.takenUp, streams(later).stdout]).toEqual([3, true, "early\n"]);
    expect(vm.ran()).toEqual(["begun"]);
  });

  test("a job that is running when it fills up ends, is reported, and can be deleted", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k,nr_inodes=64");
    const request = logged(`${vm.untilLetGo}; exit 3`);
    await vm.report(request, 0);
    await until(vm, request, "Running");
    disk.fillTo(0);
    disk.useUpInodes();
    vm.letGo();
    const waited = await vm.report({ verb: "wait", ...nameOf(request), outputMaxBytes: 10 });
    expect([waited.state, waited.exitCode]).toEqual(["Exited", 3]);
    disk.free();
    expect(await vm.report(request)).toMatchObject({ state: "Exited", exitCode: 3, takenUp: true });
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect([vm.ran(), receipts()]).toEqual([["begun"], []]);
  });
});

describe.each(SHELLS)("with %s, where the state folder is mounted noexec", (shell) => {
  beforeEach(() => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "noexec,nosuid,nodev");
  });

  test.each<{ what: string; script: string; expected: readonly [exitCode: number, stdout: string, stderr: RegExp] }>([
    {
      what: "without a first line is read by the shell",
      script: 'echo "$1"; exit 3',
      expected: [3, "one two\n", /^$/],
    },
    {
      what: "is read by the interpreter of its first line",
      script: '#!/usr/bin/perl -w\nprint "$ARGV[0] $^W\\n"; exit 3',
      expected: [3, "one two 1\n", /^$/],
    },
    {
      what: "gets the rest of its first line as one argument",
      script: "#! /usr/bin/env -S bash -u\t\necho $0 >/dev/null; echo $none",
      expected: [1, "", /none: unbound variable/],
    },
    {
      what: "asks for a program that is not there is told so",
      script: "#!/no/such/program\n",
      expected: [127, "", /^azure-run-command: .* '\/no\/such\/program', which is not on this VM\n$/],
    },
    { what: "asks for a folder cannot run", script: "#!/etc\n", expected: [126, "", /[Pp]ermission denied/] },
    { what: "asks for nothing is read by the shell", script: "#!\necho a; exit 3", expected: [3, "a\n", /^$/] },
    {
      what: "calls itself is refused by the kernel, not by the runner",
      script: '"$0"; exit $?',
      expected: [126, "", /[Pp]ermission denied/],
    },
  ])("a script that $what", async ({ script, expected: [exitCode, stdout, stderr] }) => {
    const report = await vm.report(run(script, { arguments: ["one two"] }));
    expect([report.state, report.exitCode]).toEqual(["Exited", exitCode]);
    expect(streams(report)).toEqual({ stdout, stderr: expect.stringMatching(stderr) });
  });
});

/** All its processes see a /tmp that cannot be written, but for the VM's own folder, which the harness has there. */
class VmWithoutTmp extends GuestVm {
  private readonly wrapper = join(this.folder, "sh-without-tmp");

  constructor(shell: ShellName) {
    super({ shell });
    const folder = this.folder;
    const lines = [
      "#!/usr/bin/dash",
      // The runner starts shells of its own, which are inside already.
      `[ -w /tmp ] || exec '${super.shell}' "$@"`,
      `[ "$1" != --inside ] || {`,
      "  shift",
      `  /bin/mount --bind '${folder}' /mnt && /bin/mount -t tmpfs tmpfs /tmp && /bin/mkdir '${folder}' &&`,
      `    /bin/mount --bind /mnt '${folder}' && /bin/umount /mnt && /bin/mount -o remount,ro /tmp &&`,
      `    exec '${super.shell}' "$@"`,
      "  exit 1",
      "}",
      `exec /usr/bin/unshare -m "$0" --inside "$@"`,
    ];
    writeFileSync(this.wrapper, `${lines.join("\n")}\n`, { mode: 0o755 });
  }

  override get shell(): string {
    return this.wrapper;
  }
}

describe.each(SHELLS)("with %s, where /tmp is read-only", (shell) => {
  test("a job is reported whole, happens once, and is deleted", async () => {
    vm = new VmWithoutTmp(shell);
    const output = noise(20_000);
    const source = join(vm.folder, "source");
    writeFileSync(source, output);
    const request = logged(`cat '${source}'; touch /tmp/file || echo refused >&2; exit 3`);
    const report = await vm.report(request);
    const { stdout, stderr } = await collected(vm, report);
    expect([report.state, report.exitCode, stdout.equals(output)]).toEqual(["Exited", 3, true]);
    expect(`${stderr}`).toMatch(/^touch: .*Read-only file system\nrefused\n$/);
    expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
    expect(vm.ran()).toEqual(["begun"]);
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });
});

describe.each(SHELLS)("with %s, where the state folder is read-only", (shell) => {
  test("a run is refused with the reason, and nothing happens", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "ro");
    const report = await vm.report(logged("exit 3"));
    expect([report.state, report.reason]).toEqual(["Refused", expect.stringContaining("Read-only file system")]);
    expect([vm.ran(), readdirSync(vm.state)]).toEqual([[], []]);
  });

  test("a run that had ended before is still told, with its output", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=1m");
    const request = logged("echo out; exit 3");
    const before = await vm.report(request);
    disk.remount("ro");
    const report = await vm.report({ verb: "wait", ...nameOf(request), outputMaxBytes: 1_000 });
    expect(report).toEqual({ ...before, takenUp: false });
    expect(readFileSync(vm.log, "utf8")).toBe("begun\n");
  });
});
