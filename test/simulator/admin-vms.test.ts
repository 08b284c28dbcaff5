/** VMs that take their time to come up, and what the interface for agents refuses. */
import { type Answer, type Running, run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({}, { clock });
});
afterAll(stopAll);

const put = (path: string, body: object): Promise<Answer> =>
  sim.admin(path, { method: "PUT", body: JSON.stringify(body) });

interface Seen {
  readonly provisioningState: string;
  readonly power: string | undefined;
  readonly agent: string | undefined;
}

async function seen(): Promise<Seen> {
  const { properties } = JSON.parse((await sim.arm(`${sim.machine}?$expand=instanceView&api-version=2024-11-01`)).body);
  const { statuses, vmAgent } = properties.instanceView;
  return {
    provisioningState: properties.provisioningState,
    power: statuses[1]?.code,
    agent: vmAgent?.statuses[0].displayStatus,
  };
}

test("a fresh VM is there at once, starts later, and its agent reports later still", async () => {
  const made = await put("/vms/vm1", { startsAfterMs: 30_000, agentReadyAfterMs: 60_000 });
  expect(JSON.parse(made.body)).toMatchObject({ name: "vm1", power: "starting", agent: { status: "Absent" } });
  expect(await seen()).toEqual({ provisioningState: "Creating", power: "PowerState/starting", agent: "Not Ready" });
  await clock.advance(29_000);
  expect(sim.guest.calls).toEqual([]);
  await clock.advance(2_000);
  expect(sim.guest.on).toBe(true);
  expect(await seen()).toEqual({ provisioningState: "Succeeded", power: "PowerState/running", agent: "Not Ready" });
  expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body)).toMatchObject({
    vmAgent: {
      vmAgentVersion: "Unknown",
      statuses: [
        {
          code: "ProvisioningState/Unavailable",
          level: "Warning",
          displayStatus: "Not Ready",
          message: "VM status blob is found but not yet populated.",
        },
      ],
    },
  });
  await clock.advance(60_000);
  expect(await seen()).toEqual({ provisioningState: "Succeeded", power: "PowerState/running", agent: "Ready" });
  expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body)).toMatchObject({ osName: "ubuntu" });
});

test("a command is refused while the VM starts, and waits for the agent after that", async () => {
  await put("/vms/vm1", { startsAfterMs: 30_000, agentReadyAfterMs: 60_000 });
  const refused = await sim.runCommand();
  expect(refused.status).toBe(409);
  expect(JSON.parse(refused.body).error).toEqual({
    code: "OperationNotAllowed",
    message:
      "An ongoing operation is changing power state of Virtual Machine vm1 to start. Please perform operation RunCommand after some time.",
  });
  await clock.advance(31_000);
  const accepted = await sim.runCommand();
  expect(accepted.status).toBe(202);
  await clock.advance(50_000);
  expect(sim.guest.scripts).toEqual([]);
  expect((await sim.arm(accepted.headers.location ?? "")).status).toBe(202);
  await clock.advance(10_000);
  expect(sim.guest.scripts).toEqual(["true\n"]);
  expect((await sim.arm(accepted.headers.location ?? "")).status).toBe(200);
});

test("an agent about which something was said before it came stays as it was said", async () => {
  await put("/vms/vm1", { agentReadyAfterMs: 10_000 });
  await put("/vms/vm1/agent", { status: "NotReady" });
  await clock.advance(20_000);
  expect(await seen()).toMatchObject({ power: "PowerState/running", agent: "Not Ready" });
});

test("a VM that is replaced before it has started never starts", async () => {
  await put("/vms/vm1", { startsAfterMs: 30_000 });
  const old = sim.guest;
  await put("/vms/vm1", {});
  await clock.advance(60_000);
  expect(old.calls).toEqual(["destroy"]);
  expect(sim.guest.on).toBe(true);
});

test("a VM can be made without a body, or without extensions", async () => {
  expect((await sim.admin("/vms/vm1", { method: "PUT" })).status).toBe(200);
  const made = await put("/vms/vm1", { allowExtensionOperations: false });
  expect(JSON.parse(made.body)).toEqual({
    name: "vm1",
    resourceGroup: "rg",
    vmId: expect.any(String),
    power: "running",
    agent: { status: "Ready", version: "2.15.0.1", outbound443: "open" },
    allowExtensionOperations: false,
  });
});

test.each([
  { body: "{", status: 400, error: /^cannot read the body: / },
  { body: "{}", status: 400, error: "the body must NOT have fewer than 1 properties" },
  {
    body: '{"status":"Absent"}',
    status: 400,
    error: "status is not known, expected one of Ready, NotReady, Silent",
  },
  { body: '{"outbound443":"shut"}', status: 400, error: "outbound443 is not known, expected one of open, closed" },
  { body: '{"agentTimeoutMs":-1}', status: 400, error: "agentTimeoutMs must be >= 0" },
  { body: '{"state":"Ready"}', status: 400, error: "the body has 'state', which is not known" },
])("an agent that is $body: $status", async ({ body, status, error }) => {
  const answer = await sim.admin("/vms/vm1/agent", { method: "PUT", body });
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error) });
});

test("the agent of a VM that is not there: 404, with those that are", async () => {
  expect(await put("/vms/nope/agent", { status: "Ready" })).toMatchObject({
    status: 404,
    body: '{"error":"there is no VM \'nope\'; there are: vm1"}',
  });
});

test("a VM that never starts, or starts in a fraction of a millisecond, cannot be asked for", async () => {
  expect(await put("/vms/vm1", { startsAfterMs: 0.5 })).toMatchObject({
    status: 400,
    body: '{"error":"startsAfterMs must be integer"}',
  });
});
