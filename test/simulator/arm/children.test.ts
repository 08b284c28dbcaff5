/** Extensions and managed run commands as resources: a VM here has none, and says so as Azure does. */
import { type Running, run, stopAll } from "../running";

jest.setTimeout(60_000);
let sim: Running;
let instance: string;
beforeAll(async () => {
  sim = await run({ resourceGroup: "rg", vm: ["vm1"], scaleSet: ["pool:mode=uniform,count=1"] });
  instance = `${sim.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0`;
});
afterAll(stopAll);

const messageOf = (body: string): string => (JSON.parse(body) as { error: { message: string } }).error.message;

test.each(["extensions", "runCommands"])("a VM and an instance of a Uniform scale set have no %s", async (kind) => {
  for (const parent of [sim.machine, instance]) {
    expect(await sim.arm(`${parent}/${kind}`)).toMatchObject({ status: 200, body: '{\r\n  "value": []\r\n}' });
  }
});

test("the extension of a run command is in the instance view, and in no list", async () => {
  sim.guest.extensionInstalled = true;
  const { vmAgent } = JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body);
  expect(vmAgent.extensionHandlers).toMatchObject([{ type: "Microsoft.CPlat.Core.RunCommandLinux" }]);
  expect(JSON.parse((await sim.arm(`${sim.machine}/extensions`)).body)).toEqual({ value: [] });
});

test("one that is asked for by name is not found, with its whole type", async () => {
  const answer = await sim.arm(`${instance}/runCommands/fix`);
  expect(answer.status).toBe(404);
  expect(messageOf(answer.body)).toBe(
    "The Resource 'Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0/runCommands/fix' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  );
});

test("of a VM that is not there, the VM is what is not found", async () => {
  const answer = await sim.arm(`${sim.machine}9/extensions`);
  expect(answer.status).toBe(404);
  expect(messageOf(answer.body)).toMatch(/^The Resource 'Microsoft\.Compute\/virtualMachines\/vm19' under/);
});

test("each list takes a right of its own", async () => {
  const actions = ["Microsoft.Compute/virtualMachines/runCommands/read"];
  const put = (denied: readonly string[]) =>
    sim.admin("/denied-actions", { method: "PUT", body: JSON.stringify({ actions: denied }) });
  await put(actions);
  const answers = [await sim.arm(`${sim.machine}/runCommands`), await sim.arm(`${sim.machine}/extensions`)];
  await put([]);
  expect(answers.map(({ status }) => status)).toEqual([403, 200]);
  expect(messageOf(answers[0]?.body ?? "")).toContain(
    "does not have authorization to perform action 'Microsoft.Compute/virtualMachines/runCommands/read' over scope",
  );
});
