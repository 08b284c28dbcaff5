/** Starting, stopping, restarting and deleting VMs. */
import { fixture } from "../fixture";
import { type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;

beforeAll(async () => {
  sim = await run({}, { clock });
});
beforeEach(async () => {
  // A new VM, whatever the test before has done to the old one, and counters that have filled up.
  await clock.advance(600_000);
  await sim.admin("/vms/vm1", { method: "PUT", body: "{}" });
  sim.guest.calls.splice(0);
});
afterAll(stopAll);

async function act(action: string): Promise<void> {
  expect((await sim.post(`${sim.machine}/${action}`)).status).toBe(202);
  await clock.advance(1_000);
}

async function powerCode(): Promise<string> {
  return JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body).statuses[1].code;
}

test("deallocate answers with the headers that were recorded, and no Retry-After", async () => {
  const answer = await sim.post(`${sim.machine}/deallocate`);
  const recorded = fixture("deallocate-accepted").response.headers;
  expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(Object.keys(recorded)));
  expect(answer.headers["azure-asyncnotification"]).toBe("Enabled");
  expect(answer.headers["x-ms-ratelimit-remaining-resource"]).toBe(recorded["x-ms-ratelimit-remaining-resource"]);
  expect(answer.headers).not.toHaveProperty("retry-after");
});

test("delete asks to come back after 10 seconds", async () => {
  expect((await sim.arm(sim.machine, { method: "DELETE" })).headers["retry-after"]).toBe("10");
});

test("deallocate says deallocating, then deallocated, and the guest is off", async () => {
  const answer = await sim.post(`${sim.machine}/deallocate`);
  expect(await powerCode()).toBe("PowerState/deallocating");
  await clock.advance(1_000);
  expect(await powerCode()).toBe("PowerState/deallocated");
  expect(sim.guest.calls).toEqual(["stop"]);
  const poll = await sim.arm(answer.headers["azure-asyncoperation"] ?? "");
  expect(Object.keys(JSON.parse(poll.body))).toEqual(["startTime", "endTime", "status", "name"]);
  expect(await sim.arm(answer.headers.location ?? "")).toMatchObject({ status: 200, body: "" });
});

test("a VM that is off has no agent in its instance view, and one that is on has", async () => {
  expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body)).toMatchObject({
    computerName: "vm1",
    osName: "ubuntu",
    osVersion: "24.04",
    vmAgent: {
      statuses: [{ code: "ProvisioningState/succeeded", displayStatus: "Ready", message: "Guest Agent is running" }],
    },
  });
  await act("powerOff");
  expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body)).not.toHaveProperty("vmAgent");
});

test("a run on a VM that is off is refused, and taken after a start", async () => {
  await act("powerOff");
  expect(await powerCode()).toBe("PowerState/stopped");
  expect(await sim.runCommand()).toMatchObject({
    status: 409,
    body: '{\r\n  "error": {\r\n    "code": "OperationNotAllowed",\r\n    "message": "The operation requires the VM to be running (or set to run)."\r\n  }\r\n}',
  });
  await act("start");
  expect((await sim.runCommand()).status).toBe(202);
});

test("a run while the power changes is refused", async () => {
  await sim.post(`${sim.machine}/powerOff`);
  const answer = await sim.runCommand();
  expect(answer.status).toBe(409);
  expect(JSON.parse(answer.body).error.message).toBe(
    "An ongoing operation is changing power state of Virtual Machine vm1 to powerOff. Please perform operation RunCommand after some time.",
  );
});

test("restart stops and starts the guest", async () => {
  await act("restart");
  expect(sim.guest.calls).toEqual(["stop", "start"]);
  expect(await powerCode()).toBe("PowerState/running");
});

test("starting a VM that runs does nothing to the guest", async () => {
  await act("start");
  expect(sim.guest.calls).toEqual([]);
});

test("delete destroys the guest, the VM is gone and its group stays", async () => {
  const answer = await sim.arm(sim.machine, { method: "DELETE" });
  expect(answer.status).toBe(202);
  expect(JSON.parse((await sim.arm(sim.machine)).body).properties.provisioningState).toBe("Deleting");
  await clock.advance(1_000);
  expect(sim.guest.calls).toContain("destroy");
  expect(await sim.arm(sim.machine)).toMatchObject({ status: 404 });
  expect(await sim.arm(sim.machine, { method: "DELETE" })).toMatchObject({ status: 204, body: "" });
  expect(await sim.arm(`${sim.subscription}/resourceGroups/rg`)).toMatchObject({ status: 200 });
  expect(JSON.parse((await sim.arm(answer.headers["azure-asyncoperation"] ?? "")).body).status).toBe("Succeeded");
});
