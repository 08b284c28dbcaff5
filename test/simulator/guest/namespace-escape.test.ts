/**
 * What root in a guest must not be able to do to this machine. Each attempt is one that does no harm where it succeeds:
 * rights are looked at, files are opened and closed, values are written back as they are.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Guest } from "../../../simulator/guest/guest";
import { Guests, makeSmallRoot, requireRoot, runScript, sh, succeeds, TEST_TIMEOUT_MS } from "./guests";
import { compileGuestCode, runOutside } from "./outside-process";

requireRoot();
jest.setTimeout(TEST_TIMEOUT_MS);
const guests = new Guests();
let guest: Guest;
beforeAll(async () => {
  guest = await guests.started("vm");
});
afterAll(() => guests.end());

test.each(["mnt", "pid", "net", "uts", "ipc", "user"])("the %s namespace is not this machine's", async (name) => {
  const inside = await sh(guest, `readlink /proc/self/ns/${name}`);
  expect(inside).toMatch(new RegExp(`^${name}:\\[\\d+\\]\\n$`));
  expect(inside.trim()).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
  expect(await sh(guest, `readlink /proc/1/ns/${name}`)).toBe(inside);
});

test("the clock cannot be set, not even to what it is", async () => {
  expect(await succeeds(guest, 'date -s "@$(date +%s)"')).toBe(false);
});

test("no file of /proc that concerns the machine opens for writing", async () => {
  const opened = await sh(
    guest,
    `files=$(find /proc -mindepth 1 -maxdepth 1 -type f -perm /222; for folder in irq fs bus acpi sys/kernel sys/dev sys/user sys/debug sys/abi; do find /proc/$folder -type f 2>/dev/null; done)
     for file in $files; do [ ! -c "$file" ] && (: >>"$file") 2>/dev/null && echo "$file"; done; true`,
  );
  expect(opened.trim().split("\n").sort()).toEqual(["/proc/sys/kernel/domainname", "/proc/sys/kernel/hostname"]);
});

test("no file of /sys opens for writing", async () => {
  const opened = await sh(
    guest,
    'find /sys -maxdepth 3 -type f -perm /222 | head -200 | while read -r file; do (: >>"$file") 2>/dev/null && echo "$file"; done; true',
  );
  expect(opened).toBe("");
});

test.each(["/dev/full", "/dev/null", "/proc/execdomains", "/proc/version"])(
  "the node %s keeps this machine's owner, rights and times",
  async (path) => {
    const before = statSync(path);
    const rights = (before.mode & 0o7777).toString(8);
    try {
      // To what they are: refused as well, and no harm where not.
      expect(await succeeds(guest, `chmod ${rights} ${path}`)).toBe(false);
      expect(await succeeds(guest, `chown ${before.uid}:${before.gid} ${path}`)).toBe(false);
      expect(await succeeds(guest, `touch -d 2001-02-03 ${path}`)).toBe(false);
    } finally {
      const after = statSync(path);
      if (after.mtime.getFullYear() === 2001) utimesSync(path, before.atime, before.mtime);
      expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
      expect(after.mtime.getFullYear()).not.toBe(2001);
    }
  },
);

test("devices work on their read-only mounts, for root and for others", async () => {
  const line =
    "echo a >/dev/null && echo a >>/dev/null && for name in zero random urandom; do head -c 4 /dev/$name | wc -c; done; cat /dev/null; ! echo a 2>/dev/null >/dev/full";
  expect(await sh(guest, line)).toBe("4\n4\n4\n");
  expect(await sh(guest, `setpriv --reuid 65534 --clear-groups sh -c '${line}'`)).toBe("4\n4\n4\n");
});

test("a folder that the simulator inherited as a descriptor is not open in the guest", async () => {
  const code = compileGuestCode();
  const options = JSON.stringify({ vmName: "vm-heir", folder: join(guests.folder, "vm-heir") });
  const { output } = runOutside(
    code,
    `const fs = require("node:fs");
     console.log("simulator", [20, 300].map((fd) => fs.readlinkSync("/proc/self/fd/" + fd)).join());
     const guest = createGuest("namespace", ${options}, { log: console.log });
     await guest.start();
     const list = "for file in /proc/[0-9]*/fd/*; do case $(readlink $file) in /root) echo $file;; esac; done; test -e /proc/1/fd/0 && echo listed";
     console.log((await guest.exec(["sh", "-c", list])).stdout.toString());
     console.log((await guest.enable(Buffer.from(list))).message);
     console.log((await guest.exec(["sh", "-c", "for fd in 20 300; do ls -d /proc/[0-9]*/fd/$fd/. 2>/dev/null; done; true"])).stdout.toString() === "");
     await guest.destroy();`,
    ["bash", "-c", 'exec 20</root 300</root; exec "$@"', "bash"],
  );
  const lines = (await output).split("\n").filter((line) => line !== "");
  rmSync(code, { recursive: true });
  expect(lines).toEqual([
    "simulator /root,/root",
    "listed",
    "Enable succeeded: ",
    "[stdout]",
    "listed",
    "[stderr]",
    "true",
  ]);
});

test("this machine's disk cannot be reached: no node, no way to make one, no mount", async () => {
  expect(await succeeds(guest, "mknod /root/disk b 254 0")).toBe(false);
  expect(await succeeds(guest, "mknod /root/null c 1 3")).toBe(false);
  expect(await succeeds(guest, "mount -t devtmpfs dev /mnt")).toBe(false);
});

test.each(["/proc", "/proc/sys", "/proc/sys/vm", "/sys", "/usr", "/etc", "/dev/null", "/run/simulator-tools"])(
  "the mount at %s cannot be taken off",
  async (path) => {
    // In a mount namespace of its own, so that the guest stays whole if it succeeds.
    expect(await succeeds(guest, `unshare -m umount -i -n -l ${path}`)).toBe(false);
    expect(await succeeds(guest, `mountpoint -q ${path} || grep -q " ${path} " /proc/self/mountinfo`)).toBe(true);
  },
);

test.each([
  "/proc/sys",
  "/proc/irq",
  "/sys",
  "/dev/full",
  "/proc/version",
  "/run/simulator-tools",
  "/proc/sys/kernel/random/boot_id",
])("the mount at %s cannot be made writable", async (path) => {
  expect(await succeeds(guest, `test -e ${path}`)).toBe(true);
  expect(await succeeds(guest, `unshare -m mount -n -o remount,bind,rw ${path}`)).toBe(false);
});

test.each(["proc", "sysfs", "cgroup2"])("a new %s cannot be mounted", async (type) => {
  expect(await succeeds(guest, `unshare -m mount -t ${type} x /mnt`)).toBe(false);
  expect(await succeeds(guest, `unshare -m -p -f --kill-child mount -t ${type} x /mnt`)).toBe(false);
  expect(await succeeds(guest, `unshare -U -r -m -p -f --kill-child mount -t ${type} x /mnt`)).toBe(false);
  expect(await succeeds(guest, `unshare -m -C mount -t ${type} x /mnt`)).toBe(false);
  expect(await succeeds(guest, `unshare -U -r -m -C mount -t ${type} x /mnt`)).toBe(false);
});

test("a set-user-ID file of a guest is out of reach for the users of this machine", async () => {
  await sh(guest, "cp /bin/true /root/suid && chmod 4755 /root/suid");
  expect(statSync(join(guests.folder, "vm")).mode & 0o077).toBe(0);
});

test("a process that enters the guest cannot have its program written to", async () => {
  // As CVE-2019-5736: keeps the program of a process from outside open, and opens it for writing when nobody runs it.
  // Appends nothing. Such a program has a path of this machine. Looks at the process ids to come, since the process is its old self for a moment only.
  const watch = `
    my ($start, $seen, $opened) = (time, 0, 0);
    my @held;
    while (time < $start + ($seen ? 3 : 30)) {
      open(my $load, "<", "/proc/loadavg"); my ($last) = <$load> =~ /(\\d+)$/; close $load;
      for my $pid ($last - 1 .. $last + 2) {
        my $name = readlink("/proc/$pid/exe") or next;
        next unless $name =~ m{/boot/tools/|nsenter$} and @held < 20;
        if (open(my $exe, "<", "/proc/$pid/exe")) { $seen++; push @held, $exe; }
      }
      for my $exe (@held) { if (open(my $again, ">>", "/proc/self/fd/" . fileno($exe))) { $opened++; close $again; } }
    }
    print "seen\\n" if $seen; print "opened\\n" if $opened;`;
  // In the background: the program that starts it would be busy as long as it runs, and a busy one cannot be written to.
  await guest.exec(["sh", "-c", 'perl -e "$0" >/root/watched 2>&1 </dev/null &', watch]);
  while ((await sh(guest, "cat /root/watched")) === "") await new Promise((settle) => setTimeout(settle, 5));
  expect(await sh(guest, "cat /root/watched")).toBe("seen\n");
});

describe("traps for the agent", () => {
  const EXTENSION = "/var/lib/waagent/Microsoft.CPlat.Core.RunCommandLinux-1.0.12";
  const DATA = "/var/lib/waagent/run-command";

  test("FIFOs in place of its files do not make it hang", async () => {
    await runScript(guest, "true");
    const next = Number(await sh(guest, `cat ${EXTENSION}/mrseq`)) + 1;
    const folder = `${DATA}/download/${next}`;
    const status = `${EXTENSION}/status/${next}.status`;
    await sh(
      guest,
      `mkdir -p ${folder}; for file in ${folder}/stdout ${folder}/stderr ${folder}/script.sh ${EXTENSION}/mrseq ${status} /var/log/azure/run-command/handler.log; do rm -f $file; mkfifo $file; done`,
    );
    expect(await runScript(guest, "echo a")).toEqual({ stdout: "a\n", stderr: "" });
  });

  test("a FIFO in place of stdout is reported as nothing", async () => {
    expect(await runScript(guest, "rm stdout; mkfifo stdout; echo b >&2")).toEqual({ stdout: "", stderr: "b\n" });
  });

  test("links in place of its folders lead to the guest's files, never to this machine's", async () => {
    const secret = join(guests.folder, "of-this-machine");
    mkdirSync(secret);
    writeFileSync(join(secret, "stdout"), "secret");
    symlinkSync("/nowhere", join(secret, "link"));
    expect((await runScript(guest, `rm stdout; ln -s ${secret}/stdout stdout`)).stdout).toBe("");
    expect((await runScript(guest, "rm stdout; ln -s /etc/hostname stdout")).stdout).toBe("vm\n");
    await sh(guest, `rm -rf ${DATA}; ln -s ${secret} ${DATA}`);
    await guest.enable(Buffer.from("echo a"));
    await sh(guest, `rm -f ${DATA}`);
    expect(readdirSync(secret).sort()).toEqual(["link", "stdout"]);
    expect(readFileSync(join(secret, "stdout"), "utf8")).toBe("secret");
  });

  test("endless files and huge outputs are reported by their end", async () => {
    expect((await runScript(guest, "rm stdout; ln -s /dev/zero stdout")).stdout).toBe("");
    const { stdout } = await runScript(guest, "truncate -s 1T stdout; printf end >>stdout");
    expect(stdout).toBe(`${"\u0000".repeat(4093)}end`);
  });

  test("a forged answer in the handler's own pipe is this guest's affair alone", async () => {
    const handler = '"$(sed -n "s/^PPid:.//p" "/proc/$PPID/status")"';
    const { status } = await guest.enable(
      Buffer.from(`echo forged >/proc/${handler}/fd/1; echo forged >"/proc/$PPID/fd/1"`),
    );
    expect(status).toBe("success");
    expect((await runScript(guest, "echo next")).stdout).toBe("next\n");
  });

  test("a script that deletes the system still has its output reported", async () => {
    const vm = await guests.started("vm-without-usr", { rootfs: makeSmallRoot(guests.folder) });
    expect((await runScript(vm, "echo before; rm -rf /usr 2>/dev/null; echo after")).stdout).toBe("before\nafter\n");
    await vm.destroy();
  });

  test("a disk with links in place of mount points does not lead to this machine at the next start", async () => {
    const vm = await guests.started("vm-links");
    await sh(vm, "rmdir /srv && ln -s /etc /srv; rm -rf /home && ln -s /work /home");
    await vm.stop();
    await vm.start();
    expect(await sh(vm, "ls -A /home; test ! -L /srv && echo a folder")).toBe("a folder\n");
    await vm.destroy();
  });
});
