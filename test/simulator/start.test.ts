/** Starting, ending, and starting again on what was kept. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-start-test-"));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

test("without --state, guests are destroyed and the folder is deleted", async () => {
  const sim = await run();
  const own = dirname(sim.simulator.environment.NODE_EXTRA_CA_CERTS ?? "");
  expect(readdirSync(own)).toContain("guests");
  await sim.simulator.stop();
  expect(sim.guest.calls.at(-1)).toBe("destroy");
  expect(statSync(own, { throwIfNoEntry: false })).toBeUndefined();
  await expect(sim.call("/metadata/endpoints")).rejects.toThrow();
  await sim.simulator.stop();
});

test("with --state, VMs, subscription and tenant are there again, secrets are new", async () => {
  const first = await run({ state: folder, vm: ["web", "db"] });
  const web = `${first.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web`;
  const vmId = JSON.parse((await first.arm(web)).body).properties.vmId;
  const off = await first.post(`${web.replace(/web$/, "db")}/deallocate`);
  for (let polls = 0; polls < 100 && (await first.arm(off.headers.location ?? "")).status === 202; polls += 1);
  await first.simulator.stop();
  expect(first.guests.get("web")?.calls.at(-1)).toBe("stop");

  const second = await run({ state: folder });
  const keep = ["ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID"];
  const renew = ["ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "AZURE_RUN_COMMAND_SIMULATOR_KEY"];
  for (const name of keep) {
    expect(second.simulator.environment[name]).toBe(first.simulator.environment[name]);
  }
  for (const name of renew) {
    expect(second.simulator.environment[name]).not.toBe(first.simulator.environment[name]);
  }
  expect(JSON.parse((await second.arm(web)).body).properties.vmId).toBe(vmId);
  const vms = JSON.parse((await second.admin("/vms")).body) as { name: string; power: string }[];
  expect(vms.map(({ name, power }) => `${name} ${power}`).sort()).toEqual(["db deallocated", "web running"]);
  expect(second.guests.get("db")?.calls).toEqual([]);
  expect(second.guests.get("web")?.options.folder).toBe(first.guests.get("web")?.options.folder);
});

test("with --state, agents and locks stay as they are, and an agent that was coming has come", async () => {
  const first = await run({ state: folder, vm: ["web", "db"] }, { clock: new VirtualClock(Date.UTC(2026, 10, 23)) });
  const put = (path: string, body: object) => first.admin(path, { method: "PUT", body: JSON.stringify(body) });
  const agent = { status: "NotReady", version: "2.2.14", outbound443: "closed", agentTimeoutMs: 5_000 };
  await put("/vms/web/agent", { ...agent, allowExtensionOperations: false });
  await put("/vms/db", { agentReadyAfterMs: 600_000 });
  const lock = { scope: `${first.subscription}/resourceGroups/rg`, level: "ReadOnly" };
  await put("/locks/keep", lock);
  await first.simulator.stop();

  const second = await run({ state: folder });
  const vms = JSON.parse((await second.admin("/vms")).body) as { name: string }[];
  expect(vms.find(({ name }) => name === "web")).toMatchObject({ agent, allowExtensionOperations: false });
  expect(vms.find(({ name }) => name === "db")).toMatchObject({
    agent: { status: "Ready" },
    allowExtensionOperations: true,
  });
  expect(JSON.parse((await second.admin("/locks")).body)).toEqual([{ name: "keep", ...lock }]);
});

test("a state from before there were agents and locks is taken, with all agents ready", async () => {
  await (await run({ state: folder })).simulator.stop();
  const file = join(folder, "simulator.json");
  const state = JSON.parse(readFileSync(file, "utf8"));
  delete state.locks;
  delete state.machines[0].agent;
  delete state.machines[0].allowExtensionOperations;
  writeFileSync(file, JSON.stringify(state));
  const second = await run({ state: folder });
  expect(JSON.parse((await second.admin("/vms")).body)).toMatchObject([
    { name: "vm1", agent: { status: "Ready", outbound443: "open" }, allowExtensionOperations: true },
  ]);
});

test("a group that was deleted stays away", async () => {
  const first = await run({ state: folder });
  await first.admin("/groups/rg", { method: "DELETE" });
  await first.simulator.stop();
  const second = await run({ state: folder });
  expect((await second.arm(`${second.subscription}/resourceGroups/rg`)).status).toBe(404);
});

test("it listens on loopback, and nowhere else", async () => {
  const { simulator } = await run();
  const port = simulator.port.toString(16).toUpperCase().padStart(4, "0");
  const listening = ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${port}`) && state === "0A")
    .map(([, local]) => local?.split(":")[0]);
  expect(listening.sort()).toEqual(["00000000000000000000000001000000", "0100007F"]);
});

test("after a kill, the lock of the dead process is taken over and half-done changes are done", async () => {
  const first = await run({ state: folder });
  await first.simulator.stop();
  const file = join(folder, "simulator.json");
  const state = JSON.parse(readFileSync(file, "utf8"));
  state.machines[0].power = "stopping";
  writeFileSync(file, JSON.stringify(state));
  writeFileSync(join(folder, "lock"), "4194304 1");
  const second = await run({ state: folder });
  expect(JSON.parse((await second.admin("/vms")).body)).toMatchObject([{ name: "vm1", power: "stopped" }]);
});

test("a lock of a process number that now belongs to another process is dead too", async () => {
  writeFileSync(join(folder, "lock"), `${process.pid} 1`);
  await run({ state: folder });
});

test("two simulators on one folder: one sentence", async () => {
  await run({ state: folder });
  await expect(run({ state: folder })).rejects.toThrow(
    `the --state folder '${folder}' is in use by another simulator (process ${process.pid}); stop that one or give another folder`,
  );
});

test("another subscription than the one kept: one sentence", async () => {
  await (await run({ state: folder, subscription: "00000000-0000-0000-0000-000000000001" })).simulator.stop();
  await expect(run({ state: folder, subscription: "00000000-0000-0000-0000-000000000002" })).rejects.toThrow(
    "--subscription is '00000000-0000-0000-0000-000000000002', but the --state folder keeps '00000000-0000-0000-0000-000000000001'; leave the flag out or give another folder",
  );
});

test.each([
  ["no JSON", "{"],
  [
    "a VM whose id would lead out of the folder",
    JSON.stringify({
      version: 1,
      subscriptionId: "s",
      tenantId: "t",
      groups: [],
      machines: [{ name: "a", resourceGroup: "rg", location: "l", vmId: "../../x", power: "running" }],
    }),
  ],
  [
    "a lock on nothing",
    JSON.stringify({
      version: 1,
      subscriptionId: "s",
      tenantId: "t",
      groups: [],
      machines: [],
      locks: [{ name: "a" }],
    }),
  ],
  [
    "a VM with an agent that nobody knows",
    JSON.stringify({
      version: 1,
      subscriptionId: "s",
      tenantId: "t",
      groups: [],
      machines: [
        {
          ...{ name: "a", resourceGroup: "rg", location: "l", power: "running" },
          vmId: "00000000-0000-0000-0000-000000000001",
          agent: { status: "Asleep", version: "1", outbound443: "open" },
        },
      ],
    }),
  ],
  [
    "a VM with a name alone",
    JSON.stringify({ version: 1, subscriptionId: "s", tenantId: "t", groups: [], machines: [{ name: "a" }] }),
  ],
])("state that is not ours (%s): one sentence, and the folder is free again", async (_what, text) => {
  writeFileSync(join(folder, "simulator.json"), text);
  await expect(run({ state: folder })).rejects.toThrow(
    `cannot read '${join(folder, "simulator.json")}': it does not hold the state of a simulator of this version; repair it, or give another --state folder`,
  );
  expect(readdirSync(folder)).toEqual(["simulator.json"]);
});

test("a state folder where none can be: one sentence", async () => {
  await expect(run({ state: "/proc/nowhere/deep" })).rejects.toThrow(
    "cannot write to the --state folder '/proc/nowhere/deep': no such file or folder",
  );
});

test("a state folder that is a file: one sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  const state = join(folder, "file");
  await expect(run({ state })).rejects.toThrow(
    `cannot write to the --state folder '${state}': a part of the path is not a folder`,
  );
});

test("a rootfs that is not there: one sentence", async () => {
  const rootfs = join(folder, "nope");
  await expect(run({ rootfs })).rejects.toThrow(`--rootfs is '${rootfs}', which is not a folder`);
});

test("a port that is taken: one sentence, no guest and no folder left", async () => {
  const first = await run();
  const port = String(first.simulator.port);
  const state = join(folder, "state");
  await expect(run({ port, state })).rejects.toThrow(
    `port ${port} is in use; give another --port, or 0 for a free one`,
  );
  expect(readdirSync(state)).toEqual(["guests"]);
});

test("a guest that does not come up: everything else is taken down", async () => {
  const state = join(folder, "state");
  mkdirSync(state);
  const createGuest = (): never => {
    throw new Error("no room");
  };
  await expect(run({ state }, { createGuest })).rejects.toThrow("no room");
  expect(readdirSync(state)).not.toContain("lock");
});

test("it listens on both loopback addresses with a certificate for each", async () => {
  const sim = await run();
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    expect((await sim.call("/metadata/endpoints?api-version=2022-09-01", { host })).status).toBe(200);
  }
});

test("proxy certificates of the simulator's own environment go into the files, and a missing one is warned about", async () => {
  const proxy = join(folder, "proxy.pem");
  writeFileSync(proxy, "PROXY\n");
  const sim = await run({}, { environment: { NODE_EXTRA_CA_CERTS: proxy, SSL_CERT_FILE: "/gone.pem" } });
  expect(readFileSync(sim.simulator.environment.NODE_EXTRA_CA_CERTS ?? "", "utf8")).toBe(
    `PROXY\n${sim.simulator.rootCertificate}`,
  );
  expect(sim.warnings).toEqual([
    "SSL_CERT_FILE names '/gone.pem', which cannot be read (no such file or folder); going on as if it were not set",
  ]);
});
