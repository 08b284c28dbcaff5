/** VMs that lack programs, whose clock jumps, or whose handler has another umask. */
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GuestVm, run, SHELLS, type ShellName, streams } from "./guest-vm";
import { collected, endAll, noise } from "./surroundings-vm";

// A test here takes a second; the rest is for machines that are busy with something else.
const OPTIONAL: readonly string[] = ["gzip", "setsid", "sha256sum", "grep"];

const OUTPUT = noise(20_000);

let vm: GuestVm;
afterEach(() => {
  endAll(vm);
  vm.remove();
});

/** A VM with nothing but what the runner requires and these programs. */
function vmWith(shell: ShellName, programs: readonly string[]): GuestVm {
  const made = new GuestVm({ shell, bare: true });
  for (const program of programs) made.add(program);
  return made;
}

describe.each(SHELLS)("with %s, without", (shell) => {
  test.each([...OPTIONAL.map((program) => [program]), ["su", "id", "chown"], OPTIONAL].map((missing) => ({ missing })))(
    "$missing, a job is reported whole, happens once, and is deleted",
    async ({ missing }) => {
      const there = [...OPTIONAL, "su", "id", "chown"].filter((program) => !missing.includes(program));
      vm = vmWith(shell, there);
      const source = join(vm.folder, "source");
      writeFileSync(source, OUTPUT);
      const request = run(`echo begun >>"$LOG"; cat '${source}'; echo err >&2; exit 3`, {
        environment: { LOG: vm.log },
      });
      const report = await vm.report(request);
      expect([report.state, report.exitCode, report.stdout?.totalBytes]).toEqual(["Exited", 3, 20_000]);
      expect([report.stdout?.sha256 === undefined, report.stderr?.sha256 === undefined]).toEqual(
        Array(2).fill(missing.includes("sha256sum")),
      );
      const { stdout, stderr } = await collected(vm, report);
      expect([stdout.equals(OUTPUT), `${stderr}`]).toEqual([true, "err\n"]);
      expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
      expect(vm.ran()).toEqual(["begun"]);
      expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
      expect(existsSync(vm.state)).toBe(false);
    },
  );

  test("gzip, output that would compress comes back plain; with it, compressed", async () => {
    const request = run("i=0; while [ $i -lt 500 ]; do echo same; i=$((i + 1)); done");
    const encodings: unknown[] = [];
    for (const programs of [[], ["gzip"]]) {
      vm?.remove();
      vm = vmWith(shell, programs);
      const report = await vm.report(request);
      encodings.push(report.chunk?.encoding);
      expect(streams(report).stdout).toBe("same\n".repeat(500));
    }
    expect(encodings).toEqual(["plain", "gzip"]);
  });

  test("any optional program, a job is ended when its time is up", async () => {
    vm = vmWith(shell, []);
    const report = await vm.report(run("echo begun; sleep 60; echo never", { timeoutSeconds: 1 }));
    expect([report.state, report.exitCode, streams(report).stdout]).toEqual(["TimedOut", undefined, "begun\n"]);
  });
});

const DAY = 86_400;

/** A clock that jumps by these seconds, one jump at each look at it, over and over. */
function jumping(shell: ShellName, jumps: readonly number[]): GuestVm {
  const made = vmWith(shell, [...OPTIONAL, "dash"]);
  const looks = join(made.folder, "looks");
  writeFileSync(looks, "");
  const date = join(made.folder, "programs/date");
  rmSync(date);
  const lines = [
    "#!/bin/dash",
    `echo look >>${looks}`,
    `set -- $(wc -l <${looks}) ${jumps.join(" ")}`,
    "shift $(($1 % ($# - 1) + 1))",
    "echo $(($(/bin/date +%s) + $1))",
  ];
  writeFileSync(date, `${lines.join("\n")}\n`);
  chmodSync(date, 0o755);
  return made;
}

describe.each(SHELLS)("with %s, where the clock jumps by a day", (shell) => {
  test.each([
    { where: "forth and back", jumps: [0, DAY, -DAY] },
    { where: "back and forth", jumps: [0, -DAY, DAY] },
    { where: "forth only", jumps: Array.from({ length: 50 }, (_, index) => index * DAY) },
  ])("$where between two looks, a job happens once, with its own result", async ({ jumps }) => {
    vm = jumping(shell, jumps);
    const request = run('echo begun >>"$LOG"; exit 3', { environment: { LOG: vm.log }, timeoutSeconds: 600 });
    for (const takenUp of [false, true, true, true]) {
      const report = await vm.report(request);
      expect([report.state, report.exitCode, report.takenUp]).toEqual(["Exited", 3, takenUp]);
    }
    expect(vm.ran()).toEqual(["begun"]);
  });

  test("a job that runs is neither given up nor ended early, and its call waits no longer than asked", async () => {
    vm = jumping(shell, [0, DAY, -DAY, 30 * DAY]);
    const request = run(`${vm.untilLetGo}; exit 3`, { timeoutSeconds: 60 });
    const began = Date.now();
    expect((await vm.report(request, 1)).state).toBe("Running");
    expect(Date.now() - began).toBeGreaterThan(990);
    vm.letGo();
    expect(await vm.report(request)).toMatchObject({ state: "Exited", exitCode: 3 });
  });

  test("a job is ended when its time is up", async () => {
    vm = jumping(shell, [0, -DAY, -30 * DAY, DAY]);
    const began = Date.now();
    const report = await vm.report(run("sleep 60", { timeoutSeconds: 1 }));
    expect(report.state).toBe("TimedOut");
    expect(Date.now() - began).toBeGreaterThan(990);
  });
});

describe.each(SHELLS)("with %s, where the handler has the umask", (shell) => {
  test.each(["0077", "0000", "0027", "0777"])(
    "%s, the job has it and the runner's files stay private",
    async (mask) => {
      vm = new GuestVm({ shell });
      const masked = (text: string) => text.replace("\n", `\numask ${mask}\n`);
      const report = await vm.report(run("umask; exit 3"), 20, masked);
      expect([report.state, report.exitCode, streams(report).stdout]).toEqual(["Exited", 3, `${mask}\n`]);
      for (const name of ["out", "err", "ready", "go"]) {
        expect(statSync(vm.receipt("key", "1-create-0", name)).mode & 0o777).toBe(0o600);
      }
      expect(statSync(vm.receipt("key", "1-create-0")).mode & 0o777).toBe(0o700);
    },
  );
});
