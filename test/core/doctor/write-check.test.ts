/** On disks that are full, read-only or well: whether a receipt could be written there, and that nothing stays. These tests mount, so they must run as root. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { whyUnwritable, writeCheck } from "../../../core/doctor/write-check";
import { decodeCall } from "../../../core/guest/report";
import { GuestVm, run, SHELLS, type ShellName } from "../guest/guest-vm";
import { Disk, endAll } from "../guest/surroundings-vm";

const NONCE = "0123456789abcdef0123456789abcdef";
const CALL = {
  nonce: NONCE,
  waitSliceSeconds: 0,
  busyForSeconds: 0,
  requests: [{ verb: "list", key: undefined }],
} as const;

let vm: GuestVm;
let disk: Disk | undefined;
afterEach(() => {
  endAll(vm);
  disk?.remove();
  disk = undefined;
  vm.remove();
});

/** @returns what the VM said of why not; "it can" when the runner's report came behind it. */
async function looked(): Promise<readonly string[] | "it can"> {
  const message = await vm.message(CALL, (runner) => writeCheck(NONCE) + runner);
  const said = whyUnwritable(message, NONCE, "web1");
  const { kind } = decodeCall(message, CALL);
  expect(kind).toBe(said === undefined ? "reports" : "unreadable");
  return said ?? "it can";
}

async function canRun(): Promise<boolean> {
  return (await vm.report(run("exit 3"))).state === "Exited";
}

const SHELL_SAYS = expect.stringMatching(/No space left on device/);
/** The VM with busybox has no df. */
const tableOf = (shell: ShellName) => (shell === "busybox" ? [] : [DISK, INODES]);
const DISK = expect.stringMatching(/^df -P: tmpfs +\d+ +\d+ +\d+ +\d+% /);
const INODES = expect.stringMatching(/^df -Pi: tmpfs +\d+ +\d+ +\d+ +\d+% /);

describe.each(SHELLS)("with %s", (shell: ShellName) => {
  test("a VM that never had a script can, and has no folder for them afterwards", async () => {
    vm = new GuestVm({ shell });
    expect(await looked()).toBe("it can");
    expect(existsSync(vm.state)).toBe(false);
  });

  test("where there is a receipt, it stays, and nothing else is there", async () => {
    vm = new GuestVm({ shell });
    expect(await canRun()).toBe(true);
    expect(await looked()).toBe("it can");
    expect(readdirSync(vm.state).sort()).toEqual([".queue", "key"]);
    expect(readdirSync(join(vm.state, ".queue"))).toEqual([]);
  });

  test("a full disk is told with what the VM says of it", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k");
    disk.fillTo(8);
    expect(await looked()).toEqual([SHELL_SAYS, ...tableOf(shell)]);
    expect(readdirSync(vm.state)).toEqual([".filler"]);
  });

  test("a disk without room for more files is told", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=4k,nr_inodes=3");
    expect(await looked()).toEqual([SHELL_SAYS, ...tableOf(shell)]);
    expect(readdirSync(vm.state)).toEqual([]);
  });

  test("a disk that is mounted read-only is told", async () => {
    vm = new GuestVm({ shell });
    disk = new Disk(vm.state, "size=256k");
    disk.remount("ro");
    expect(await looked()).toEqual([expect.stringMatching(/Read-only file system/), ...tableOf(shell)]);
  });

  test("what stands in the folder's place is told", async () => {
    vm = new GuestVm({ shell });
    writeFileSync(vm.state, "");
    expect((await looked())[0]).toMatch(/(File exists|Not a directory)/);
  });
});

describe("where it says that it can, a script runs", () => {
  test.each([25, 30])("with %i inodes in all", async (count) => {
    vm = new GuestVm();
    disk = new Disk(vm.state, `size=1m,nr_inodes=${count}`);
    expect([await looked(), await canRun()]).toEqual(["it can", true]);
  });

  test.each([22, 23])("with %i free pages", async (free) => {
    vm = new GuestVm();
    disk = new Disk(vm.state, "size=256k");
    disk.fillTo(free);
    expect([await looked(), await canRun()]).toEqual(["it can", true]);
  });
});

test("a VM that lacks a program which that takes says so", async () => {
  vm = new GuestVm({ bare: true, without: ["mkdir"] });
  expect(await looked()).toEqual([expect.stringMatching(/mkdir: not found/)]);
});

test("what was cut off in the middle is taken off by the next call of the runner", async () => {
  vm = new GuestVm();
  const message = await vm.message(CALL, () => writeCheck(NONCE).replace('rm -rf "$d"', "kill -KILL $$"));
  expect(whyUnwritable(message, NONCE, "web1")).toBeUndefined();
  expect(readdirSync(join(vm.state, ".queue"))).toHaveLength(1);
  expect(await looked()).toBe("it can");
  expect(existsSync(vm.state)).toBe(false);
});

test("the mark of another question is no answer to this one", () => {
  const message = "Enable succeeded: \n[stdout]\n[doctor f00 cannot write]\nno\n\n[stderr]\n";
  expect(whyUnwritable(message, NONCE, "web1")).toBeUndefined();
});
