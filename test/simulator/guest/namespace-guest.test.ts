/** A real guest in namespaces: what it is, what it keeps, and that nothing of it is left. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Guest, GuestOffError } from "../../../simulator/guest/guest";
import { Guests, makeSmallRoot, requireRoot, runScript, sh, succeeds, TEST_TIMEOUT_MS, until } from "./guests";
import { compileGuestCode, runOutside } from "./outside-process";

requireRoot();
jest.setTimeout(TEST_TIMEOUT_MS);
const guests = new Guests();
let guest: Guest;
beforeAll(async () => {
  guest = await guests.started("vm1");
});
afterAll(() => guests.end());

/** Processes of this machine whose environment or command line names a folder. */
function processesNaming(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return ["cmdline", "environ", "mountinfo"].some((file) =>
        readFileSync(`/proc/${pid}/${file}`, "latin1").includes(text),
      );
    } catch {
      return false;
    }
  });
}

function childrenOfThisProcess(): { readonly pid: string; readonly state: string }[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      return state !== undefined && parent === String(process.pid) ? [{ pid, state }] : [];
    } catch {
      return []; // no process, or one that has ended
    }
  });
}

describe("what a guest sees", () => {
  test("its own name, ids of root, and a loopback network only", async () => {
    expect(
      await sh(guest, "hostname; cat /etc/hostname; id -u; ls /sys/class/net >/dev/null; ip -o link | wc -l"),
    ).toBe("vm1\nvm1\n0\n1\n");
    expect(await succeeds(guest, "ping -c 1 127.0.0.1 || ip -o link show lo | grep -q UP")).toBe(true);
    expect(hostname()).not.toBe("vm1");
  });

  test("only its own processes, the first of which is its init", async () => {
    const pids = (await sh(guest, "ls /proc")).split("\n").filter((name) => /^\d+$/.test(name));
    expect(pids).toContain("1");
    expect(pids.length).toBeLessThan(10);
  });

  test("the system of this machine, and nothing of its users", async () => {
    expect((await sh(guest, "ls /")).trim().split(/\s+/)).toEqual(
      expect.arrayContaining(["bin", "etc", "home", "root", "tmp", "usr", "var"]),
    );
    expect(await sh(guest, "ls -A /home /root /srv /mnt /media /opt /tmp")).not.toMatch(/^[^/\n].*[^:]$/m);
    expect(await succeeds(guest, `test -e ${__dirname} || test -e ${guests.folder}`)).toBe(false);
    expect(await succeeds(guest, "test -e /work || test -e /var/backups || grep -q '\\$' /etc/shadow")).toBe(false);
    expect(await sh(guest, "ls /var/log /var/tmp | grep -v azure | grep -v :")).toBe("\n");
  });

  test("no device but the harmless ones", async () => {
    const names = await sh(guest, 'for node in /dev/*; do [ ! -c "$node" ] && [ ! -b "$node" ] || echo "$node"; done');
    expect(names).toBe("/dev/full\n/dev/null\n/dev/ptmx\n/dev/random\n/dev/tty\n/dev/urandom\n/dev/zero\n");
    expect(
      await sh(
        guest,
        "echo a >/dev/null; head -c 2 /dev/zero | wc -c; script -qc tty /dev/null </dev/null | tr -d '\\r'",
      ),
    ).toMatch(/^2\n\/dev\/pts\/\d+\n$/);
  });
});

describe("what root may do in a guest without this machine's notice", () => {
  test("change system files", async () => {
    const before = readFileSync("/etc/hosts", "utf8");
    await sh(
      guest,
      "echo 10.0.0.1 changed >>/etc/hosts; echo '#!/bin/sh\necho own' >/usr/local/bin/own; chmod +x /usr/local/bin/own",
    );
    expect(await sh(guest, "own; tail -1 /etc/hosts")).toBe("own\n10.0.0.1 changed\n");
    expect(readFileSync("/etc/hosts", "utf8")).toBe(before);
    expect(statSync("/usr/local/bin/own", { throwIfNoEntry: false })).toBeUndefined();
  });

  test("add users and packages", async () => {
    await sh(guest, "useradd -m dev && su dev -c 'touch ~/mine' && chown daemon /home/dev/mine");
    expect(await sh(guest, "stat -c %U /home/dev/mine")).toBe("daemon\n");
    await sh(
      guest,
      "mkdir -p /tmp/p/DEBIAN /tmp/p/etc && echo a >/tmp/p/etc/simulated-package.conf && printf 'Package: sp\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' >/tmp/p/DEBIAN/control && dpkg-deb -b /tmp/p /tmp/p.deb && dpkg -i /tmp/p.deb",
    );
    expect(await sh(guest, "dpkg -S /etc/simulated-package.conf")).toBe("sp: /etc/simulated-package.conf\n");
    expect(statSync("/etc/simulated-package.conf", { throwIfNoEntry: false })).toBeUndefined();
  });

  test("mount a tmpfs and take it off again", async () => {
    expect(await sh(guest, "mount -t tmpfs t /mnt && echo a >/mnt/a && umount /mnt && ls /mnt")).toBe("");
  });

  test("change its own name, its network and, seemingly, the kernel's settings", async () => {
    const setting = readFileSync("/proc/sys/vm/max_map_count", "utf8");
    const forward = readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8");
    await sh(guest, "hostname other && sysctl -q -w vm.max_map_count=123456 net.ipv4.ip_forward=1 && hostname vm1");
    expect(await sh(guest, "sysctl -n vm.max_map_count net.ipv4.ip_forward")).toBe("123456\n1\n");
    expect(readFileSync("/proc/sys/vm/max_map_count", "utf8")).toBe(setting);
    expect(readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8")).toBe(forward);
  });

  test("kill everything: the guest lives on and still collects orphans", async () => {
    await sh(guest, "sleep 300 >/dev/null 2>&1 &");
    const { signal, exitCode } = await guest.exec(["sh", "-c", "kill -9 -1"]);
    expect(signal === "SIGKILL" || exitCode === 137 || exitCode === 0).toBe(true);
    expect(await succeeds(guest, "pgrep -x sleep")).toBe(false);
    await sh(guest, "sh -c 'sleep 0.05 & echo $! >/tmp/orphan' >/dev/null 2>&1");
    await until("the orphan is collected", () => succeeds(guest, '! test -e "/proc/$(cat /tmp/orphan)"'));
  });
});

describe("two guests", () => {
  test("see neither each other's files nor processes nor shared memory", async () => {
    const other = await guests.started("vm2");
    await sh(
      guest,
      "echo a >/etc/of-vm1; echo a >/dev/shm/of-vm1; echo a >/tmp/of-vm1; ipcmk -M 100 >/dev/null; sleep 0.5 >/dev/null 2>&1 &",
    );
    expect(await sh(other, "hostname")).toBe("vm2\n");
    expect(
      await sh(
        other,
        "ls /etc/of-vm1 /dev/shm/of-vm1 /tmp/of-vm1 2>/dev/null; ipcs -m | grep '^0x'; pgrep -x sleep; true",
      ),
    ).toBe("");
    expect(await sh(guest, "ls /etc/of-vm1 /dev/shm/of-vm1 /tmp/of-vm1")).toContain("/etc/of-vm1");
  });

  test("run scripts at the same time", async () => {
    const other = await guests.started("vm3");
    const wait = "hostname; touch /tmp/running; while [ ! -e /tmp/go ]; do sleep 0.02; done";
    const runs = [guest, other].map((vm) => runScript(vm, wait));
    for (const vm of [guest, other]) await until("the script runs", () => succeeds(vm, "test -e /tmp/running"));
    for (const vm of [guest, other]) await sh(vm, "touch /tmp/go");
    expect((await Promise.all(runs)).map(({ stdout }) => stdout)).toEqual(["vm1\n", "vm3\n"]);
  });
});

describe("power", () => {
  test("the disk is kept, /tmp, /run, processes and boot id are new", async () => {
    const vm = await guests.started("vm4");
    const bootId = await sh(vm, "cat /proc/sys/kernel/random/boot_id");
    await sh(
      vm,
      "echo a >/etc/kept; echo a >/root/kept; echo a >/tmp/lost; echo a >/run/lost; sleep 60 >/dev/null 2>&1 &",
    );
    await vm.stop();
    await vm.start();
    expect(await sh(vm, "cat /etc/kept /root/kept; ls /tmp /run | grep lost; pgrep -x sleep; true")).toBe("a\na\n");
    const next = await sh(vm, "cat /proc/sys/kernel/random/boot_id");
    expect(next).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/);
    expect(next).not.toBe(bootId);
  });

  test("the disk and the sequence number survive a restart of the simulator", async () => {
    const vm = await guests.started("vm5");
    await runScript(vm, "echo a >/etc/kept");
    await vm.stop();
    const again = await guests.started("vm5");
    expect(again.extensionInstalled).toBe(true);
    expect((await runScript(again, 'cat /etc/kept; echo "$ConfigSequenceNumber"')).stdout).toBe("a\n1\n");
  });

  test("starting and stopping twice changes nothing", async () => {
    const vm = guests.make("vm6");
    await vm.stop();
    await vm.start();
    await vm.start();
    expect(await sh(vm, "hostname")).toBe("vm6\n");
    await vm.stop();
    await vm.stop();
  });

  test("a stop during a start ends it, and a start during a stop waits for it", async () => {
    const vm = guests.make("vm13");
    const starting = vm.start().catch((error: unknown) => error);
    const same = vm.start().catch((error: unknown) => error);
    const stopping = vm.stop();
    const again = vm.start();
    expect(await starting).toBeInstanceOf(GuestOffError);
    expect(await same).toBeInstanceOf(GuestOffError);
    await Promise.all([stopping, again]);
    expect(await sh(vm, "hostname")).toBe("vm13\n");
    await vm.destroy();
    expect(processesNaming(join(guests.folder, "vm13"))).toEqual([]);
  });

  test("a root that is not there is refused by name", async () => {
    const vm = guests.make("vm14", { rootfs: "/no/such" });
    await expect(vm.start()).rejects.toThrow("cannot start the guest of 'vm14': the root '/no/such' is not a folder");
  });

  test("a guest starts again after its system, its folders and their names were destroyed", async () => {
    const vm = await guests.started("vm7", { rootfs: makeSmallRoot(guests.folder) });
    await vm.exec(["sh", "-c", "rm -rf /usr /etc /var /bin /lib /lib64 /root /home /opt 2>/dev/null; true"]);
    await vm.stop();
    await vm.start();
    expect(await vm.enable(Buffer.from("echo a"))).toEqual({
      status: "success",
      message: expect.stringContaining("[stdout]\n\n[stderr]\n"),
    });
    expect(statSync("/usr/bin/env").isFile()).toBe(true);
  });
});

describe("what is left behind", () => {
  test("nothing on this machine after destroy", async () => {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    const vm = await guests.started("vm8");
    await runScript(
      vm,
      "setsid sleep 60 >/dev/null 2>&1 & mkdir -p /root/a/b; mkfifo /root/f; ln -s /etc /root/l; chmod 0 /root/a",
    );
    const folder = join(guests.folder, "vm8");
    expect(processesNaming(folder).length).toBeGreaterThan(0);
    await vm.destroy();
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(mounts);
    expect(processesNaming(folder)).toEqual([]);
    expect(statSync(folder, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync("/etc/hosts").isFile()).toBe(true);
  });

  test.each(["kill -STOP 0", "kill -STOP -1"])("nothing after '%s' stopped the handler", async (line) => {
    const vm = await guests.started("vm15");
    const doors = () => childrenOfThisProcess().filter(({ state }) => state === "T");
    const run = vm.enable(Buffer.from(line)).catch((error: unknown) => error);
    await until("the door is stopped", async () => doors().length > 0);
    const began = Date.now();
    await vm.stop();
    // A step of the agent's that hangs is given up after 20 s.
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await run).toBeInstanceOf(GuestOffError);
    expect(doors()).toEqual([]);
    expect(processesNaming(join(guests.folder, "vm15"))).toEqual([]);
    await vm.start();
    expect((await runScript(vm, "echo a")).stdout).toBe("a\n");
    await vm.destroy();
  });

  test("a removal ends a handler that was stopped, and a script can run at once", async () => {
    const vm = await guests.started("vm16");
    const stopped = () => childrenOfThisProcess().filter(({ state }) => state === "T");
    // Of another guest, one may be there still.
    const before = stopped().map(({ pid }) => pid);
    const run = vm.enable(Buffer.from("kill -STOP 0"));
    await until("the door is stopped", async () => stopped().some(({ pid }) => !before.includes(pid)));
    await vm.uninstall();
    expect((await run).message).toBe("Enable succeeded: Last script execution didn't finish.");
    expect((await runScript(vm, "echo a")).stdout).toBe("a\n");
    await vm.destroy();
  });

  test("a removal ends a handler that has only just begun", async () => {
    const vm = await guests.started("vm17");
    await runScript(vm, "echo a");
    const run = vm.enable(Buffer.from("kill -STOP 0"));
    await vm.uninstall();
    expect((await run).message).toBe("Enable succeeded: Last script execution didn't finish.");
    expect((await runScript(vm, "echo b")).stdout).toBe("b\n");
    await vm.destroy();
  });

  test("no mounts on this machine while guests run", () => {
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(guests.folder);
  });

  test("a killed simulator takes its guest along, and the guest can be started again", async () => {
    const code = compileGuestCode();
    const folder = join(guests.folder, "vm9");
    const { child, output } = runOutside(
      code,
      `const guest = createGuest("namespace", { vmName: "vm9", folder: ${JSON.stringify(folder)}, rootfs: undefined }, { log: console.log });
       await guest.start();
       guest.enable(Buffer.from("echo a >/etc/kept; setsid sleep 300 & trap '' TERM; sleep 300"));
       setInterval(async () => { if ((await guest.exec(["test", "-e", "/etc/kept"])).exitCode === 0) console.log("running"); }, 20);`,
    );
    await new Promise((settle) => child.stdout?.once("data", settle));
    expect(processesNaming(folder).length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await output;
    await until("no process of the guest lives", async () => processesNaming(folder).length === 0);
    const vm = await guests.started("vm9");
    expect((await runScript(vm, 'cat /etc/kept; echo "$ConfigSequenceNumber"')).stdout).toBe("a\n1\n");
    rmSync(code, { recursive: true });
  });
});

test("a state folder below a shown folder works, and the guest does not see it", async () => {
  const folder = "/var/lib/simulator-test-guests";
  const vm = guests.make("vm10", { folder: join(folder, "vm10") });
  try {
    await vm.start();
    expect(await succeeds(vm, `test -e ${folder}`)).toBe(false);
    await sh(vm, "echo a >/var/lib/kept && test -d /var/lib/dpkg && echo a >/var/lib/dpkg/kept");
    expect((await runScript(vm, "cat /var/lib/kept /var/lib/dpkg/kept")).stdout).toBe("a\na\n");
    expect(statSync("/var/lib/dpkg/kept", { throwIfNoEntry: false })).toBeUndefined();
  } finally {
    await vm.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("on a filesystem that cannot hold changes the disk is kept in memory, and a warning says so", async () => {
  const place = join(guests.folder, "overlay");
  for (const name of ["lower", "upper", "work", "at"]) mkdirSync(join(place, name), { recursive: true });
  execFileSync("mount", ["-n", "-t", "overlay", "-o", "lowerdir=lower,upperdir=upper,workdir=work", "o", "at"], {
    cwd: place,
  });
  const vm = guests.make("vm12", { folder: join(place, "at/vm12") });
  try {
    await vm.start();
    const [warning] = guests.logged.filter((line) => line.includes("vm12"));
    expect(warning).toMatch(
      /^warning: the folder '.*\/at\/vm12' cannot hold the disk of 'vm12' \(.*overlay.*\); its disk is kept in memory and lost when it stops; choose a folder on ext4, xfs or tmpfs$/s,
    );
    expect((await runScript(vm, "echo a >/etc/lost; cat /etc/lost")).stdout).toBe("a\n");
    await vm.stop();
    await vm.start();
    expect(await succeeds(vm, "test -e /etc/lost")).toBe(false);
    await vm.destroy();
  } finally {
    execFileSync("umount", ["-n", join(place, "at")]);
  }
});

test("without root the guest runs in user namespaces, with the files of the system its own", async () => {
  const code = compileGuestCode();
  const { output } = runOutside(
    code,
    `const fs = require("node:fs"), os = require("node:os"), path = require("node:path");
     const folder = fs.mkdtempSync(path.join(os.tmpdir(), "guest-of-nobody-"));
     const guest = createGuest("namespace", { vmName: "vm11", folder: path.join(folder, "a"), rootfs: undefined }, { log: console.log });
     await guest.start();
     const run = (text) => guest.enable(Buffer.from(text));
     console.log((await run("id -u; hostname; echo a >>/etc/hosts && tail -1 /etc/hosts; mkdir /var/lib/x && touch /usr/local/bin/x && echo ok; kill -9 -1")).message);
     console.log((await run("echo next; ls /home /root")).message);
     await guest.stop(); await guest.start();
     console.log((await run("tail -1 /etc/hosts; reboot; sleep 9")).message);
     await guest.destroy();
     console.log(fs.readdirSync(folder)); fs.rmdirSync(folder);`,
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  );
  expect(await output).toBe(
    "Enable succeeded: Last script execution didn't finish.\nEnable succeeded: \n[stdout]\nnext\n/home:\n\n/root:\n\n[stderr]\n\nEnable succeeded: Last script execution didn't finish.\n[]\n",
  );
  rmSync(code, { recursive: true });
});
