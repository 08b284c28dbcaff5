/** The kind that is no sandbox. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { GuestOffError } from "../../../simulator/guest/guest";
import { Guests, runScript, sh, TEST_TIMEOUT_MS, until } from "./guests";

jest.setTimeout(TEST_TIMEOUT_MS);
const guests = new Guests();
afterAll(() => guests.end());

test("it warns that scripts run on this machine itself", async () => {
  const guest = guests.make("vm1", {}, "process");
  await guest.start();
  const who =
    process.getuid?.() === 0 ? "as root, with every right on this machine" : "with your rights on this machine";
  expect(guests.logged).toEqual([
    `warning: the guest of 'vm1' is no sandbox: its scripts run ${who}, and see and change its files`,
  ]);
});

test("the handler's files lie in the guest's folder", async () => {
  const guest = guests.make("vm2", {}, "process");
  await guest.start();
  const data = join(guests.folder, "vm2/disk/var/lib/waagent/run-command/download/0");
  expect((await runScript(guest, 'echo "$0"; pwd; grep SigIgn /proc/self/status')).stdout).toBe(
    `${data}/script.sh\n${data}\nSigIgn:\t0000000000000003\n`,
  );
  expect(readFileSync(join(data, "stdout"), "utf8")).toContain(data);
  expect(statSync("/var/lib/waagent", { throwIfNoEntry: false })).toBeUndefined();
  await guest.uninstall();
  expect(readdirSync(join(guests.folder, "vm2/disk/var/lib/waagent"))).toEqual([]);
});

test("a script that kills its process group does not reach the simulator", async () => {
  const guest = guests.make("vm3", {}, "process");
  await guest.start();
  const own = execFileSync("ps", ["-o", "pgid=", "-p", String(process.pid)], { encoding: "utf8" }).trim();
  const guard = `[ "$(ps -o pgid= -p $$ | tr -d " ")" != ${own} ] || exit 0`; // else it would end these tests
  expect((await guest.enable(Buffer.from(`${guard}\nkill -9 0`))).message).toBe(
    "Enable succeeded: Last script execution didn't finish.",
  );
});

test("stop ends what runs", async () => {
  const guest = guests.make("vm4", {}, "process");
  await guest.start();
  const file = join(guests.folder, "vm4/pid");
  const run = guest.enable(Buffer.from(`echo $$ >${file}; sleep 60`)).catch((error: unknown) => error);
  await until("the script runs", async () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0);
  const pid = (await sh(guest, `cat ${file}`)).trim();
  await guest.stop();
  expect(await run).toBeInstanceOf(GuestOffError);
  await until("the script has ended", async () => !statSync(`/proc/${pid}`, { throwIfNoEntry: false }));
});
