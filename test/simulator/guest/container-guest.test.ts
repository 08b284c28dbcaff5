/** The container kind against a stand-in for `docker` (see fake-docker.ts): there is no daemon on this machine. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { engineAnswers } from "../../../simulator/guest/container-sandbox";
import type { Guest } from "../../../simulator/guest/guest";
import { dockerCalls, makeFakeDocker } from "./fake-docker";
import { Guests, requireRoot, runScript, sh, succeeds, TEST_TIMEOUT_MS, until } from "./guests";

requireRoot();
jest.setTimeout(TEST_TIMEOUT_MS);
const guests = new Guests();
const docker = join(guests.folder, "docker");
const path = process.env.PATH;
let guest: Guest;
beforeAll(async () => {
  mkdirSync(docker);
  process.env.PATH = `${makeFakeDocker(docker)}:${path}`;
  guest = guests.make("Vm-1", { folder: join(guests.folder, "state"), rootfs: "debian:11" }, "docker");
  await guest.start();
});
afterAll(async () => {
  await guests.end();
  process.env.PATH = path;
});

test("an engine that answers is found, one that is not there is not", async () => {
  expect(await engineAnswers("docker")).toBe(true);
  process.env.PATH = "/nowhere";
  expect(await engineAnswers("podman")).toBe(false);
  process.env.PATH = `${join(docker, "bin")}:${path}`;
});

test("the container is made from the image, with the VM's name and without a network", () => {
  expect(dockerCalls(docker).find((call) => call.startsWith("run "))).toMatch(
    /^run -d --name azure-vm-vm-1-[0-9a-f]{12} --hostname Vm-1 --network none --tmpfs \/run --tmpfs \/tmp:exec debian:11 \/bin\/sh -c $/,
  );
});

test("a script runs by the same handler as in other guests", async () => {
  const { stdout, stderr } = await runScript(guest, 'echo "$0"; hostname; echo "$HOME"; echo e >&2; exit 3');
  expect(stdout).toBe("/var/lib/waagent/run-command/download/0/script.sh\nVm-1\n\n");
  expect(stderr).toBe("e\n");
  expect(await sh(guest, "cat /var/log/azure/run-command/handler.log")).toContain("exit status=3");
});

test("a handler that dies reports that the script did not finish", async () => {
  expect((await guest.enable(Buffer.from("kill -9 0"))).message).toBe(
    "Enable succeeded: Last script execution didn't finish.",
  );
});

test("a reboot from within starts the container again with its disk", async () => {
  const { message } = await guest.enable(Buffer.from("echo a >/root/kept; /usr/sbin/reboot; sleep 60"));
  expect(message).toBe("Enable succeeded: Last script execution didn't finish.");
  expect(await sh(guest, "cat /root/kept")).toBe("a\n");
  expect(dockerCalls(docker).filter((call) => call.startsWith("start "))).toHaveLength(1);
});

test("stop and start keep the disk, and a container that was left running is ended first", async () => {
  await guest.stop();
  await expect(guest.exec(["true"])).rejects.toThrow("the guest of 'Vm-1' is powered off");
  await guest.start();
  expect(await sh(guest, "cat /root/kept")).toBe("a\n");
  const again = guests.make("Vm-1", { folder: join(guests.folder, "state") }, "docker");
  await again.start();
  expect(await sh(again, "cat /root/kept")).toBe("a\n");
  await until("the first simulator sees its guest end", async () =>
    guest.exec(["true"]).then(
      () => false,
      () => true,
    ),
  );
  await again.stop();
});

test("destroy removes the container and the folder", async () => {
  await guest.start();
  expect(await succeeds(guest, "true")).toBe(true);
  await guest.destroy();
  expect(dockerCalls(docker).at(-1)).toMatch(/^rm -f azure-vm-vm-1-/);
  expect(readdirSync(guests.folder)).toEqual(["docker"]);
});
