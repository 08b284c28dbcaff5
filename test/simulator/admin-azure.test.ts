/** Groups that go, commands that come, and what the interface for locks, rights and commands refuses. */
import { ACTIONS } from "../../simulator/arm/actions";
import { type Answer, type Running, run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({ vm: ["vm1", "vm2"] }, { clock });
});
afterAll(stopAll);

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  sim.admin(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const catalogue = (): string => `${sim.subscription}/providers/Microsoft.Compute/locations/westeurope/runCommands`;

describe("a command that is added", () => {
  const command = { id: "RestartApp", script: ["systemctl restart $1", "echo $unit"], parameters: [{ name: "unit" }] };
  const finished = async (body: object): Promise<string> => {
    const accepted = await sim.runCommand(body);
    expect(accepted.status).toBe(202);
    await clock.advance(1_000);
    return JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body).status;
  };
  beforeEach(async () => {
    sim.guest.scripts.splice(0);
    expect((await send("POST", "/run-commands", command)).status).toBe(200);
  });

  test("is in the catalogue, with its script and parameters", async () => {
    const ids = JSON.parse((await sim.arm(catalogue())).body).value.map(({ id }: { id: string }) => id);
    expect(ids).toHaveLength(16);
    expect(ids.at(-1)).toBe("RestartApp");
    expect(JSON.parse((await sim.arm(`${catalogue()}/restartapp`)).body)).toEqual({
      script: command.script,
      parameters: [{ name: "unit", type: "string", required: false }],
      $schema: "http://schema.management.azure.com/schemas/2016-11-17/runcommands.json",
      id: "RestartApp",
      osType: "Linux",
      label: "RestartApp",
      description: "A command that was added to the simulator.",
    });
  });

  test("runs its own script, after the parameters of the request, which are pasted in unquoted", async () => {
    const parameters = [{ name: "unit", value: "web; id" }];
    expect(await finished({ commandId: "RestartApp", parameters })).toBe("Succeeded");
    expect(sim.guest.scripts).toEqual(["export unit=web; id\nset -- web; id\nsystemctl restart $1\necho $unit\n"]);
  });

  test("runs the script of the request instead, if there is one", async () => {
    expect(await finished({ commandId: "restartapp", script: ["uptime"] })).toBe("Succeeded");
    expect(sim.guest.scripts).toEqual(["uptime\n"]);
  });

  test("takes the place of the one before", async () => {
    await send("POST", "/run-commands", { id: "RESTARTAPP", script: ["new"] });
    expect(await finished({ commandId: "RestartApp" })).toBe("Succeeded");
    expect(sim.guest.scripts).toEqual(["new\n"]);
    const ids = JSON.parse((await sim.admin("/run-commands")).body).map(({ id }: { id: string }) => id);
    expect(ids.slice(15)).toEqual(["RESTARTAPP"]);
  });

  test.each([
    {
      body: { id: "runshellscript", script: ["x"] },
      status: 409,
      error: "'runshellscript' is a command of Azure's own, expected another id",
    },
    { body: { id: "a/b", script: ["x"] }, status: 400, error: 'id must match pattern "^[A-Za-z0-9_]+$"' },
    { body: { id: "a", script: [] }, status: 400, error: "script must NOT have fewer than 1 items" },
    { body: { id: "a" }, status: 400, error: "the body has no 'script'" },
    {
      body: { id: "a", script: ["x"], parameters: [{}] },
      status: 400,
      error: "parameters.0 has no 'name'",
    },
  ])("$body: $status", async ({ body, status, error }) => {
    const answer = await send("POST", "/run-commands", body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ error });
  });
});

describe("locks", () => {
  test("are set, listed and removed", async () => {
    const scope = `${sim.subscription}/resourceGroups/rg`;
    const lock = { name: "keep", scope, level: "CanNotDelete", notes: "ours" };
    expect(
      JSON.parse((await send("PUT", "/locks/keep", { scope, level: "CanNotDelete", notes: "ours" })).body),
    ).toEqual([lock]);
    expect(JSON.parse((await send("GET", "/locks")).body)).toEqual([lock]);
    expect(JSON.parse((await send("DELETE", "/locks/keep")).body)).toEqual([]);
    expect(await send("DELETE", "/locks/keep")).toMatchObject({
      status: 404,
      body: '{"error":"there is no lock \'keep\'; there are: none"}',
    });
  });

  test.each([
    {
      body: { scope: "/nowhere", level: "ReadOnly" },
      error: /^scope is '\/nowhere', expected the id of the subscription '/,
    },
    { body: { scope: "x", level: "Shut" }, error: /^level is not known, expected one of ReadOnly, CanNotDelete$/ },
    { body: { level: "ReadOnly" }, error: /^the body has no 'scope'$/ },
  ])("$body is refused", async ({ body, error }) => {
    const answer = await send("PUT", "/locks/a", body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(error) });
  });
});

describe("rights", () => {
  test("are denied by the names of their actions, whatever their case", async () => {
    const [action] = ACTIONS;
    expect(JSON.parse((await send("PUT", "/denied-actions", { actions: [action.toUpperCase()] })).body)).toEqual({
      actions: [action],
    });
    expect(JSON.parse((await send("GET", "/denied-actions")).body)).toEqual({ actions: [action] });
    expect(JSON.parse((await send("PUT", "/denied-actions", { actions: [] })).body)).toEqual({ actions: [] });
  });

  test("an action that no request takes is refused, with those that there are", async () => {
    const answer = await send("PUT", "/denied-actions", {
      actions: ["Microsoft.Compute/virtualMachines/runCommands/write"],
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error).toBe(
      `'Microsoft.Compute/virtualMachines/runCommands/write' is no action of the simulator, expected some of ${ACTIONS.join(", ")}`,
    );
  });
});

test("what the simulator does not have below /_simulator needs the key, and is said in a sentence", async () => {
  expect((await sim.call("/_simulator/nope")).status).toBe(401);
  expect(await send("GET", "/nope")).toMatchObject({
    status: 404,
    body: '{"error":"the simulator has no GET /_simulator/nope"}',
  });
});

test("a group that goes takes its VMs, their runs and their locks along, and a new VM brings it back", async () => {
  await send("PUT", "/locks/vm", { scope: sim.machine, level: "ReadOnly" });
  await send("DELETE", "/locks/vm");
  sim.guest.answer = () => new Promise(() => undefined);
  const accepted = await sim.runCommand();
  await clock.advance(1_000);
  await send("PUT", "/locks/vm", { scope: sim.machine, level: "ReadOnly" });
  await send("PUT", "/locks/all", { scope: sim.subscription, level: "CanNotDelete" });
  const { guest } = sim;

  expect(JSON.parse((await send("DELETE", "/groups/RG")).body)).toEqual([]);
  expect(guest.calls).toContain("destroy");
  for (const path of [sim.machine, `${sim.subscription}/resourceGroups/rg`]) {
    const answer = await sim.arm(path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: "ResourceGroupNotFound", message: "Resource group 'rg' could not be found." },
    });
  }
  expect(JSON.parse((await sim.admin("/vms")).body)).toEqual([]);
  expect(JSON.parse((await sim.admin("/locks")).body)).toMatchObject([{ name: "all" }]);
  const polled = JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body);
  expect(polled).toMatchObject({ status: "Canceled" });
  expect(await send("DELETE", "/groups/rg")).toMatchObject({
    status: 404,
    body: '{"error":"there is no resource group \'rg\'; there are: none"}',
  });

  expect((await send("PUT", "/vms/vm1", {})).status).toBe(200);
  expect((await sim.arm(sim.machine)).status).toBe(200);
});
