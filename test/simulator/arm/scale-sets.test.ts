/** Scale sets and their members through ARM: what is shown, listed, run and refused. */
import { type FakeGuest, succeeded } from "../fake-guest";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
let compute: string;
let pool: string;
let web: string;

beforeAll(async () => {
  sim = await run({ scaleSet: ["pool:mode=uniform,count=2", "web:count=2"] }, { clock });
  compute = `${sim.subscription}/resourceGroups/rg/providers/Microsoft.Compute`;
  pool = `${compute}/virtualMachineScaleSets/pool`;
  web = `${compute}/virtualMachineScaleSets/web`;
});
afterEach(() => clock.advance(1_000));
afterAll(stopAll);

const put = (path: string, body: object): Promise<Answer> =>
  sim.admin(path, { method: "PUT", body: JSON.stringify(body) });

async function read(path: string) {
  const answer = await sim.arm(path.includes("?") ? `${path}&api-version=2024-11-01` : path);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body);
}

const machines = (scaleSet: string) =>
  sim.simulator.world.list("rg").filter(({ member }) => member?.scaleSet === scaleSet);

function guestOf(name: string): FakeGuest {
  const guest = sim.guests.get(name);
  if (guest === undefined) {
    throw new Error(`no guest of '${name}'`);
  }
  return guest;
}

const runOn = (instance: string, commandId = "RunShellScript"): Promise<Answer> =>
  // Azure's own clients write this part of the path in lower case.
  sim.post(`${pool}/virtualmachines/${instance}/runCommand`, { commandId, script: ["hostname"] });

const errorOf = ({ status, body }: Answer) => ({ status, ...JSON.parse(body).error });

describe("a scale set", () => {
  test.each([
    { name: "pool", mode: "Uniform" },
    { name: "web", mode: "Flexible" },
  ])("shows its mode, $mode, and how many members it has", async ({ name, mode }) => {
    expect(await read(`${compute}/virtualMachineScaleSets/${name}`)).toMatchObject({
      name,
      id: `${compute}/virtualMachineScaleSets/${name}`,
      type: "Microsoft.Compute/virtualMachineScaleSets",
      location: "westeurope",
      sku: { capacity: 2 },
      properties: { orchestrationMode: mode, provisioningState: "Succeeded" },
    });
  });

  test("is listed in its group and in the subscription", async () => {
    const names = async (path: string) => (await read(path)).value.map(({ name }: { name: string }) => name);
    expect(await names(`${compute}/virtualMachineScaleSets`)).toEqual(["pool", "web"]);
    expect(await names(`${sim.subscription}/providers/Microsoft.Compute/virtualMachineScaleSets`)).toEqual([
      "pool",
      "web",
    ]);
  });

  test("that is not there is not found, and neither are its instances", async () => {
    for (const path of ["", "/virtualMachines", "/virtualMachines/0"]) {
      expect(errorOf(await sim.arm(`${compute}/virtualMachineScaleSets/nope${path}`))).toMatchObject({
        status: 404,
        code: "ResourceNotFound",
        message: expect.stringMatching(/^The Resource 'Microsoft.Compute\/virtualMachineScaleSets\/nope' under/),
      });
    }
  });
});

describe("the members of a Uniform scale set", () => {
  test("are listed by the scale set, with their state when that is asked for", async () => {
    const { value } = await read(`${pool}/virtualMachines?$expand=instanceView`);
    expect(value).toEqual(
      ["0", "1"].map((instanceId, index) =>
        expect.objectContaining({
          name: `pool_${instanceId}`,
          id: `${pool}/virtualMachines/${instanceId}`,
          type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
          instanceId,
          properties: expect.objectContaining({
            vmId: machines("pool")[index]?.vmId,
            provisioningState: "Succeeded",
            instanceView: expect.objectContaining({
              statuses: [
                expect.objectContaining({ code: "ProvisioningState/succeeded" }),
                expect.objectContaining({ code: "PowerState/running" }),
              ],
            }),
          }),
        }),
      ),
    );
    const bare = await read(`${pool}/virtualMachines`);
    expect(bare.value[0].properties).not.toHaveProperty("instanceView");
  });

  test("are no VMs by themselves: no list of VMs has them, and none can be looked at as one", async () => {
    const names = (await read(`${compute}/virtualMachines`)).value.map(({ name }: { name: string }) => name);
    expect(names).toEqual(machines("web").map(({ name }) => name));
    expect(errorOf(await sim.arm(`${compute}/virtualMachines/pool_0`))).toMatchObject({ code: "ResourceNotFound" });
  });

  test("can be looked at one by one", async () => {
    const instance = await read(`${pool}/virtualMachines/1?$expand=instanceView`);
    expect(instance).toMatchObject({ name: "pool_1", instanceId: "1" });
    expect(instance.properties.storageProfile.osDisk.osType).toBe("Linux");
    expect(instance.properties.instanceView.vmAgent.statuses[0].displayStatus).toBe("Ready");
    const { vmAgent } = await read(`${pool}/virtualMachines/1/instanceView`);
    expect(vmAgent.statuses[0].displayStatus).toBe("Ready");
  });
});

describe("the members of a Flexible scale set", () => {
  const filtered = (id: string) =>
    `${compute}/virtualMachines?$filter=${encodeURIComponent(`'virtualMachineScaleSet/id' eq '${id}'`)}`;

  test("are VMs of the group that name their scale set, and a filter finds them", async () => {
    await put("/vms/alone", {});
    const { value } = await read(filtered(web.toLowerCase()));
    expect(value).toEqual(
      machines("web").map(({ name }) =>
        expect.objectContaining({
          name,
          id: `${compute}/virtualMachines/${name}`,
          properties: expect.objectContaining({ virtualMachineScaleSet: { id: web } }),
        }),
      ),
    );
    expect((await read(filtered(pool))).value).toEqual([]);
    const alone = await read(`${compute}/virtualMachines/alone`);
    expect(alone.properties).not.toHaveProperty("virtualMachineScaleSet");
  });

  test("come with their state only when they are filtered", async () => {
    const { value } = await read(`${filtered(web)}&$expand=instanceView`);
    expect(value[0].properties.instanceView.statuses[1].code).toBe("PowerState/running");
    expect(
      errorOf(await sim.arm(`${compute}/virtualMachines?$expand=instanceView&api-version=2024-11-01`)),
    ).toMatchObject({ status: 400, code: "InvalidParameter", target: "$expand" });
  });

  test("are not found by another filter", async () => {
    const answer = await sim.arm(`${compute}/virtualMachines?$filter=name%20eq%20'x'&api-version=2024-11-01`);
    expect(errorOf(answer)).toMatchObject({ status: 400, code: "InvalidParameter", target: "$filter" });
  });

  test("are listed by the scale set with their names as ids, and little else", async () => {
    const { value } = await read(`${web}/virtualMachines`);
    expect(value).toEqual(
      machines("web").map(({ name, vmId }) => ({
        name,
        id: `${compute}/virtualMachines/${name}`,
        type: "Microsoft.Compute/virtualMachines",
        location: "westeurope",
        instanceId: name,
        properties: { provisioningState: "Succeeded", vmId },
      })),
    );
  });

  test.each(["GET", "POST"])("cannot be asked by the scale set's URL: %s", async (method) => {
    const [member] = machines("web");
    const path = `${web}/virtualMachines/${member?.name}${method === "POST" ? "/runCommand" : ""}`;
    const answer = await sim.arm(path, { method, ...(method === "POST" ? { body: "{}" } : {}) });
    expect(errorOf(answer)).toEqual({
      status: 400,
      code: "InvalidParameter",
      message: "Virtual Machine Scale Set VM instanceId must be a number.",
      target: "instanceId",
    });
  });

  test("run commands as any VM", async () => {
    const [member] = machines("web");
    const answer = await sim.post(`${compute}/virtualMachines/${member?.name}/runCommand`, {
      commandId: "RunShellScript",
    });
    expect(answer.status).toBe(202);
    expect(answer.headers["x-ms-ratelimit-remaining-resource"]).toMatch(/UpdateVMResource;11$/);
    expect(answer.headers).not.toHaveProperty("x-ms-request-charge");
  });
});

describe("a command on an instance", () => {
  test("is an operation like any other, with a scale set's counters", async () => {
    guestOf("pool_0").answer = () => succeeded("pool_0\n");
    const accepted = await runOn("0");
    expect(accepted).toMatchObject({ status: 202, body: "" });
    expect(accepted.headers["x-ms-request-charge"]).toBe("1");
    expect(accepted.headers["x-ms-ratelimit-remaining-resource"]).toBe(
      "Microsoft.Compute/VMScaleSetVMActionsSubscriptionMaximum;1499,Microsoft.Compute/VMScaleSetVMActionsResource;11",
    );
    expect(accepted.headers).not.toHaveProperty("retry-after");
    const url = accepted.headers["azure-asyncoperation"] ?? "";
    expect(JSON.parse((await sim.arm(url)).body)).toMatchObject({ status: "InProgress" });
    await clock.advance(1_000);
    const message = "Enable succeeded: \n[stdout]\npool_0\n\n[stderr]\n";
    expect(JSON.parse((await sim.arm(url)).body)).toMatchObject({
      status: "Succeeded",
      properties: { output: { value: [{ message }] } },
    });
    expect(JSON.parse((await sim.arm(accepted.headers.location ?? "")).body).value[0].message).toBe(message);
    expect(guestOf("pool_0").scripts.at(-1)).toBe("hostname\n");
    expect(guestOf("pool_1").scripts).toEqual([]);
    expect((await read(`${pool}/virtualMachines/0/instanceView`)).vmAgent.extensionHandlers).toHaveLength(1);
  });

  test("keeps that instance busy, and no other", async () => {
    expect((await runOn("0")).status).toBe(202);
    expect(errorOf(await runOn("0"))).toMatchObject({ status: 409, code: "Conflict" });
    expect((await runOn("1")).status).toBe(202);
  });

  test("removes the extension from it", async () => {
    await runOn("0");
    await clock.advance(1_000);
    expect((await runOn("0", "RemoveRunCommandLinuxExtension")).status).toBe(202);
    await clock.advance(1_000);
    expect(guestOf("pool_0").extensionInstalled).toBe(false);
  });

  test("is refused for one that is not there: a POST as not active, a GET as not found", async () => {
    expect(errorOf(await runOn("9"))).toEqual({
      status: 400,
      code: "InvalidParameter",
      message: "The provided instanceId 9 is not an active Virtual Machine Scale Set VM instanceId.",
      target: "instanceIds",
    });
    expect(errorOf(await sim.arm(`${pool}/virtualMachines/9`))).toEqual({
      status: 404,
      code: "NotFound",
      message: "The entity was not found in this Azure location.",
    });
  });

  test("is struck by a fault that is set for its name", async () => {
    await sim.admin("/faults", { method: "POST", body: JSON.stringify({ fault: "conflict-running", vm: "pool_1" }) });
    expect((await runOn("0")).status).toBe(202);
    expect((await runOn("1")).status).toBe(409);
    expect((await runOn("1")).status).toBe(202);
  });
});

describe("an instance", () => {
  beforeEach(() => put("/scale-sets/pool", { capacity: 3 }));

  const newest = () => machines("pool").at(-1);
  const act = (instance: string, action: string) => sim.post(`${pool}/virtualMachines/${instance}/${action}`);

  test("that is reimaged keeps its id, and is another VM; what ran there is canceled", async () => {
    const [machine] = machines("pool");
    const before = machine?.vmId;
    guestOf("pool_0").answer = () => new Promise(() => undefined);
    const accepted = await runOn("0");
    await clock.advance(1_000);
    const reimaging = await act("0", "reimage");
    expect(reimaging.status).toBe(202);
    expect(reimaging.headers).not.toHaveProperty("retry-after");
    expect(reimaging.headers["x-ms-request-charge"]).toBe("1");
    await clock.advance(1_000);
    const poll = JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body);
    expect(poll).toMatchObject({ status: "Canceled", error: { code: "OperationPreempted" } });
    const { properties } = await read(`${pool}/virtualMachines/0?$expand=instanceView`);
    expect(properties.vmId).not.toBe(before);
    expect(properties.instanceView.statuses[1].code).toBe("PowerState/running");
    expect(properties.instanceView.vmAgent.extensionHandlers).toEqual([]);
    expect((await runOn("0")).status).toBe(202);
  });

  test("can be stopped and started", async () => {
    await act("0", "deallocate");
    await clock.advance(1_000);
    expect(errorOf(await runOn("0"))).toMatchObject({ status: 409, code: "OperationNotAllowed" });
    await act("0", "start");
    await clock.advance(1_000);
    expect((await runOn("0")).status).toBe(202);
  });

  test("that is deleted is gone from the list, and deleted for good", async () => {
    const id = newest()?.member?.instanceId ?? "";
    expect((await sim.arm(`${pool}/virtualMachines/${id}`, { method: "DELETE" })).status).toBe(202);
    const { value } = await read(`${pool}/virtualMachines`);
    expect(value.at(-1)).toMatchObject({ instanceId: id, properties: { provisioningState: "Deleting" } });
    await clock.advance(1_000);
    expect((await read(pool)).sku.capacity).toBe(2);
    expect(errorOf(await runOn(id))).toMatchObject({ status: 400, code: "InvalidParameter" });
  });
});

describe("rights and locks", () => {
  afterEach(async () => {
    await put("/denied-actions", { actions: [] });
    await sim.admin("/locks/keep", { method: "DELETE" });
  });

  test.each([
    { action: "virtualMachineScaleSets/read", method: "GET", path: "", scope: "" },
    { action: "virtualMachineScaleSets/virtualMachines/read", method: "GET", path: "/virtualMachines", scope: "" },
    {
      action: "virtualMachineScaleSets/virtualMachines/read",
      method: "GET",
      path: "/virtualMachines/0",
      scope: "/virtualMachines/0",
    },
    {
      action: "virtualMachineScaleSets/virtualMachines/instanceView/read",
      method: "GET",
      path: "/virtualMachines/0/instanceView",
      scope: "/virtualMachines/0",
    },
    ...["runCommand", "restart", "powerOff", "deallocate", "start", "reimage"].map((verb) => ({
      action: `virtualMachineScaleSets/virtualMachines/${verb}/action`,
      method: "POST",
      path: `/virtualMachines/0/${verb}`,
      scope: "/virtualMachines/0",
    })),
    {
      action: "virtualMachineScaleSets/virtualMachines/delete",
      method: "DELETE",
      path: "/virtualMachines/0",
      scope: "/virtualMachines/0",
    },
  ])("$method $path needs $action", async ({ action, method, path, scope }) => {
    expect((await put("/denied-actions", { actions: [`Microsoft.Compute/${action}`] })).status).toBe(200);
    const answer = errorOf(await sim.arm(`${pool}${path}`, { method }));
    expect(answer).toMatchObject({ status: 403, code: "AuthorizationFailed" });
    expect(answer.message).toContain(
      `does not have authorization to perform action 'Microsoft.Compute/${action}' over scope '${pool}${scope}'`,
    );
  });

  test("a lock on the scale set holds for its instances, and not for VMs beside them", async () => {
    expect((await put("/locks/keep", { scope: pool, level: "ReadOnly" })).status).toBe(200);
    expect(errorOf(await runOn("0"))).toEqual({
      status: 409,
      code: "ScopeLocked",
      message: `The scope '${pool}/virtualMachines/0' cannot perform write operation because following scope(s) are locked: '${pool}'. Please remove the lock and try again.`,
    });
    const [member] = machines("web");
    expect((await sim.post(`${compute}/virtualMachines/${member?.name}/restart`)).status).toBe(202);
    const { value } = await read(`${pool}/virtualMachines/0/providers/Microsoft.Authorization/locks?$filter=atScope()`);
    expect(value.map(({ name }: { name: string }) => name)).toEqual(["keep"]);
  });
});

describe("a long list", () => {
  beforeAll(() => put("/scale-sets/many", { mode: "Uniform", capacity: 120 }));
  afterAll(() => sim.admin("/scale-sets/many", { method: "DELETE" }));

  test("comes in pages of 50, each with the address of the next, which keeps what was asked for", async () => {
    const first = await read(`${compute}/virtualMachineScaleSets/many/virtualMachines?$expand=instanceView`);
    const second = JSON.parse((await sim.arm(first.nextLink)).body);
    const third = JSON.parse((await sim.arm(second.nextLink)).body);
    const pages = [first, second, third].map(({ value }) => value);
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(new Set(pages.flat().map(({ name }: { name: string }) => name)).size).toBe(120);
    expect(pages[2][19].properties.instanceView.statuses[1].code).toBe("PowerState/running");
    expect(third).not.toHaveProperty("nextLink");
    expect(first.nextLink).toMatch(/^https:\/\/localhost:\d+\/subscriptions\//);
  });

  test("has no page by a token that nobody gave", async () => {
    const path = `${compute}/virtualMachines?$skiptoken=x&api-version=2024-11-01`;
    expect(errorOf(await sim.arm(path))).toMatchObject({ status: 400, target: "$skiptoken" });
  });
});

test("on realistic timing a command on an instance takes longer than one on a VM, with the same chance", async () => {
  const slow = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
  const half = await run(
    { timing: "realistic", vm: ["vm1"], scaleSet: ["s:mode=uniform,count=1"] },
    { clock: slow, random: () => 0.25 },
  );
  const instance = `${half.machine.replace("virtualMachines/vm1", "virtualMachineScaleSets/s")}/virtualMachines/0`;
  const body = { commandId: "RunShellScript" };
  await half.post(`${instance}/runCommand`, body);
  await half.post(`${half.machine}/runCommand`, body);
  const ends = async () => {
    const operations = JSON.parse((await half.admin("/operations")).body);
    return operations.map(({ status }: { status: string }) => status);
  };
  await slow.advance(20_000);
  expect(await ends()).toEqual(["InProgress", "Succeeded"]);
  await slow.advance(40_000);
  expect(await ends()).toEqual(["Succeeded", "Succeeded"]);
});
