/** Rights and locks, as a client meets them: over HTTPS, by the exact words. */
import type { ACTIONS } from "../../../simulator/arm/actions";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({ vm: ["vm1", "vm2"] }, { clock });
});
afterAll(stopAll);

function put(path: string, body: object): Promise<Answer> {
  return sim.admin(path, { method: "PUT", body: JSON.stringify(body) });
}

function errorOf(answer: Answer): { code: string; message: string } {
  return JSON.parse(answer.body).error;
}

describe("an action that is denied", () => {
  afterEach(() => put("/denied-actions", { actions: [] }));

  test.each<{ action: (typeof ACTIONS)[number]; method?: string; path: string; scope?: string }>([
    { action: "Microsoft.Resources/subscriptions/read", path: "{sub}" },
    { action: "Microsoft.Resources/subscriptions/resourceGroups/read", path: "{sub}/resourceGroups", scope: "{sub}" },
    { action: "Microsoft.Resources/subscriptions/resourceGroups/read", path: "{group}" },
    { action: "Microsoft.Compute/virtualMachines/read", path: "{vm}" },
    {
      action: "Microsoft.Compute/virtualMachines/read",
      path: "{group}/providers/Microsoft.Compute/virtualMachines",
      scope: "{group}",
    },
    { action: "Microsoft.Compute/virtualMachines/instanceView/read", path: "{vm}/instanceView", scope: "{vm}" },
    { action: "Microsoft.Compute/virtualMachines/delete", method: "DELETE", path: "{vm}" },
    {
      action: "Microsoft.Compute/virtualMachines/powerOff/action",
      method: "POST",
      path: "{vm}/powerOff",
      scope: "{vm}",
    },
    {
      action: "Microsoft.Compute/virtualMachines/deallocate/action",
      method: "POST",
      path: "{vm}/deallocate",
      scope: "{vm}",
    },
    { action: "Microsoft.Compute/virtualMachines/start/action", method: "POST", path: "{vm}/start", scope: "{vm}" },
    { action: "Microsoft.Compute/virtualMachines/restart/action", method: "POST", path: "{vm}/restart", scope: "{vm}" },
    {
      action: "Microsoft.Compute/virtualMachines/runCommand/action",
      method: "POST",
      path: "{vm}/runCommand",
      scope: "{vm}",
    },
    {
      action: "Microsoft.Compute/locations/runCommands/read",
      path: "{sub}/providers/Microsoft.Compute/locations/westeurope/runCommands/ifconfig",
    },
    {
      action: "Microsoft.Compute/locations/operations/read",
      path: "{sub}/providers/Microsoft.Compute/locations/westeurope/operations/00000000-0000-0000-0000-000000000000",
    },
    {
      action: "Microsoft.Authorization/locks/read",
      path: "{vm}/providers/Microsoft.Authorization/locks",
      scope: "{vm}",
    },
    {
      action: "Microsoft.Authorization/permissions/read",
      path: "{group}/providers/Microsoft.Authorization/permissions",
      scope: "{group}",
    },
  ])("$action: $path is 403, with who, what and where", async ({ action, method = "GET", path, scope = path }) => {
    const whole = (text: string): string =>
      text
        .replace("{vm}", sim.machine)
        .replace("{group}", `${sim.subscription}/resourceGroups/rg`)
        .replace("{sub}", sim.subscription);
    await put("/denied-actions", { actions: [action] });
    const { ARM_CLIENT_ID } = sim.simulator.environment;
    const answer = await sim.arm(whole(path), { method });
    expect(answer).toMatchObject({ status: 403, headers: { "x-ms-failure-cause": "gateway" } });
    const { code, message } = errorOf(answer);
    expect(code).toBe("AuthorizationFailed");
    const objectId = /with object id '([0-9a-f-]{36})'/.exec(message)?.[1];
    expect(message).toBe(
      `The client '${ARM_CLIENT_ID}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${whole(scope)}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  });

  test.each(["{vm}", "{group}", "{sub}"])("is taken back from all that the caller may do at %s", async (place) => {
    const scope = place
      .replace("{vm}", sim.machine)
      .replace("{group}", `${sim.subscription}/resourcegroups/rg`)
      .replace("{sub}", sim.subscription);
    const ownPermissions = async () => {
      const answer = await sim.arm(`${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`);
      return { status: answer.status, body: JSON.parse(answer.body) };
    };
    const all = { actions: ["*"], notActions: [], dataActions: [], notDataActions: [] };
    expect(await ownPermissions()).toEqual({ status: 200, body: { value: [all] } });
    await put("/denied-actions", { actions: ["microsoft.compute/virtualMachines/runCommand/action"] });
    const notActions = ["Microsoft.Compute/virtualMachines/runCommand/action"];
    expect(await ownPermissions()).toEqual({ status: 200, body: { value: [{ ...all, notActions }] } });
  });

  test("is named with the ids of the token", async () => {
    await put("/denied-actions", { actions: ["Microsoft.Compute/virtualMachines/read"] });
    const token = await sim.simulator.tokens.issue("https://management.azure.com/", {
      appid: "an-app",
      oid: "an-object",
    });
    const answer = await sim.arm(sim.machine, { headers: { authorization: `Bearer ${token}` } });
    expect(errorOf(answer).message).toMatch(/^The client 'an-app' with object id 'an-object' does not/);
  });

  test("hits the polls of a run that goes on, and its script all the same", async () => {
    const accepted = await sim.runCommand();
    await put("/denied-actions", { actions: ["Microsoft.Compute/locations/operations/read"] });
    const url = accepted.headers["azure-asyncoperation"] ?? "";
    expect((await sim.arm(url)).status).toBe(403);
    await clock.advance(1_000);
    expect((await sim.arm(accepted.headers.location ?? "")).status).toBe(403);
    await put("/denied-actions", { actions: [] });
    expect(JSON.parse((await sim.arm(url)).body)).toMatchObject({ status: "Succeeded" });
  });

  test("is denied in a group that is not there too, but not before the token is looked at", async () => {
    await put("/denied-actions", { actions: ["Microsoft.Compute/virtualMachines/read"] });
    expect((await sim.arm(sim.machine.replace("/rg/", "/nope/"))).status).toBe(403);
    expect((await sim.call(`${sim.machine}?api-version=2024-11-01`)).status).toBe(401);
  });
});

describe("a lock", () => {
  afterEach(() => sim.admin("/locks/keep", { method: "DELETE" }));

  test.each(["runCommand", "start", "restart", "powerOff", "deallocate"])(
    "ReadOnly on the group: POST %s is 409, and nothing is done",
    async (action) => {
      const group = `${sim.subscription}/resourceGroups/rg`;
      await put("/locks/keep", { scope: group, level: "ReadOnly" });
      const calls = sim.guest.calls.length;
      const answer = await sim.post(`${sim.machine}/${action}`, { commandId: "RunShellScript" });
      expect(answer).toMatchObject({ status: 409, headers: { "x-ms-failure-cause": "gateway" } });
      expect(errorOf(answer)).toEqual({
        code: "ScopeLocked",
        message: `The scope '${sim.machine}' cannot perform write operation because following scope(s) are locked: '${group}'. Please remove the lock and try again.`,
      });
      expect(sim.guest.calls).toHaveLength(calls);
      expect((await sim.arm(sim.machine)).status).toBe(200);
    },
  );

  test("CanNotDelete keeps the VM, and lets commands run", async () => {
    await put("/locks/keep", { scope: sim.machine, level: "CanNotDelete" });
    const answer = await sim.arm(sim.machine, { method: "DELETE" });
    expect(answer.status).toBe(409);
    expect(errorOf(answer)).toEqual({
      code: "ScopeLocked",
      message: `The scope '${sim.machine}' cannot perform delete operation because following scope(s) are locked: '${sim.machine}'. Please remove the lock and try again.`,
    });
    expect((await sim.runCommand()).status).toBe(202);
    await clock.advance(1_000);
  });

  test("is listed for all that it holds for", async () => {
    await put("/locks/keep", { scope: `${sim.subscription}/resourceGroups/rg`, level: "ReadOnly", notes: "audit" });
    for (const scope of [sim.subscription, `${sim.subscription}/resourcegroups/rg`, sim.machine]) {
      const answer = await sim.arm(`${scope}/providers/Microsoft.Authorization/locks?api-version=2016-09-01`);
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toEqual({
        value: [
          {
            properties: { level: "ReadOnly", notes: "audit" },
            id: `${sim.subscription}/resourceGroups/rg/providers/Microsoft.Authorization/locks/keep`,
            type: "Microsoft.Authorization/locks",
            name: "keep",
          },
        ],
      });
    }
  });

  test("on another VM holds for nobody else", async () => {
    await put("/locks/keep", { scope: sim.machine.replace("vm1", "vm2"), level: "ReadOnly" });
    expect((await sim.runCommand()).status).toBe(202);
    await clock.advance(1_000);
  });
});
