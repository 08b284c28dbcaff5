/** What becomes of a command, by what the guest agent does: over HTTPS, with a guest in memory and a clock that is moved by hand. */
import { succeeded } from "./fake-guest";
import { type Answer, type Running, run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({}, { clock });
});
beforeEach(async () => {
  await sim.admin("/vms/vm1", { method: "PUT", body: "{}" });
});
afterAll(stopAll);

const agentIs = (change: object): Promise<Answer> =>
  sim.admin("/vms/vm1/agent", { method: "PUT", body: JSON.stringify(change) });
const agentView = async (): Promise<object> => JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body).vmAgent;
const poll = async (accepted: Answer): Promise<{ status: string; error?: object }> =>
  JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body);

const MISSED = {
  code: "VMAgentStatusCommunicationError",
  message:
    "VM 'vm1' has not reported status for VM agent or extensions. Verify that the OS is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting information.",
};
const TIMED_OUT = {
  code: "VMExtensionProvisioningTimeout",
  message:
    "Provisioning of VM extension 'RunCommandLinux' has timed out. Extension installation may be taking too long, or extension status could not be obtained.",
};

test("a ready agent shows its version, which can be another", async () => {
  await agentIs({ version: "2.2.14" });
  expect(await agentView()).toMatchObject({
    vmAgentVersion: "2.2.14",
    statuses: [
      {
        code: "ProvisioningState/succeeded",
        level: "Info",
        displayStatus: "Ready",
        message: "Guest Agent is running",
      },
    ],
  });
});

test("an agent that is not ready shows as unresponsive, with no version and no extensions", async () => {
  await agentIs({ status: "NotReady" });
  expect(await agentView()).toEqual({
    vmAgentVersion: "Unknown",
    statuses: [
      {
        code: "ProvisioningState/Unavailable",
        level: "Warning",
        displayStatus: "Not Ready",
        message: "VM Agent is unresponsive.",
        time: expect.any(String),
      },
    ],
  });
});

test.each([
  { status: "NotReady", shown: "Not Ready", error: MISSED },
  { status: "Silent", shown: "Ready", error: TIMED_OUT },
])("$status: a command is InProgress until the time is over, then $error.code; nothing runs", async (given) => {
  await agentIs({ status: given.status, agentTimeoutMs: 60_000 });
  expect(await agentView()).toMatchObject({ statuses: [{ displayStatus: given.shown }] });
  const accepted = await sim.runCommand();
  expect(accepted.status).toBe(202);
  await clock.advance(59_000);
  expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
  expect((await sim.runCommand()).status).toBe(409);
  await clock.advance(2_000);
  expect(await poll(accepted)).toMatchObject({ status: "Failed", error: given.error });
  expect(sim.guest.scripts).toEqual([]);
  await agentIs({ status: "Ready" });
  await clock.advance(1_000);
  expect(sim.guest.scripts).toEqual([]);
  expect((await sim.runCommand()).status).toBe(202);
});

test("a command runs when its agent comes back in time, and Azure does not give it up any more", async () => {
  await agentIs({ status: "NotReady", agentTimeoutMs: 60_000 });
  let end = (): void => undefined;
  const script = new Promise<void>((resolve) => {
    end = resolve;
  });
  sim.guest.answer = () => script.then(() => succeeded("late"));
  const accepted = await sim.runCommand();
  await clock.advance(30_000);
  await agentIs({ status: "Ready" });
  await clock.advance(60_000);
  expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
  end();
  await clock.advance(1_000);
  expect(await poll(accepted)).toMatchObject({ status: "Succeeded" });
  expect(sim.guest.scripts).toEqual(["true\n"]);
});

test("a command that waits for its agent ends with a deallocation, and does not run later", async () => {
  await agentIs({ status: "NotReady", agentTimeoutMs: 60_000 });
  const accepted = await sim.runCommand();
  await clock.advance(1_000);
  await sim.post(`${sim.machine}/deallocate`);
  await clock.advance(1_000);
  expect(await poll(accepted)).toMatchObject({ status: "Canceled", error: { code: "OperationPreempted" } });
  await sim.post(`${sim.machine}/start`);
  await clock.advance(1_000);
  await agentIs({ status: "Ready" });
  await clock.advance(1_000);
  expect(sim.guest.scripts).toEqual([]);
});

describe("without outbound 443", () => {
  test("the script runs, and its operation fails when the time since the POST is over", async () => {
    await agentIs({ outbound443: "closed", agentTimeoutMs: 60_000 });
    expect(await agentView()).toMatchObject({ statuses: [{ displayStatus: "Ready" }] });
    const accepted = await sim.runCommand();
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual(["true\n"]);
    await clock.advance(58_000);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    expect((await sim.runCommand()).status).toBe(409);
    await clock.advance(2_000);
    expect(await poll(accepted)).toMatchObject({ status: "Failed", error: MISSED });
    expect((await sim.runCommand()).status).toBe(202);
  });

  test("a script that takes longer keeps the VM until its end", async () => {
    await agentIs({ outbound443: "closed", agentTimeoutMs: 60_000 });
    let end = (): void => undefined;
    const script = new Promise<void>((resolve) => {
      end = resolve;
    });
    sim.guest.answer = () => script.then(() => succeeded(""));
    const accepted = await sim.runCommand();
    await clock.advance(120_000);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    end();
    await clock.advance(1_000);
    expect(await poll(accepted)).toMatchObject({ status: "Failed", error: MISSED });
  });

  test("a restart in mid-script tells Azure nothing either", async () => {
    await agentIs({ outbound443: "closed", agentTimeoutMs: 60_000 });
    sim.guest.answer = () => new Promise(() => undefined);
    const accepted = await sim.runCommand();
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/restart`);
    await clock.advance(1_000);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    await clock.advance(60_000);
    expect(await poll(accepted)).toMatchObject({ status: "Failed", error: MISSED });
    expect((await sim.runCommand()).status).toBe(202);
  });
});

test("where extensions are not allowed, every command is refused, the removal too", async () => {
  await agentIs({ allowExtensionOperations: false });
  expect(JSON.parse((await sim.arm(sim.machine)).body).properties.osProfile.allowExtensionOperations).toBe(false);
  for (const commandId of ["RunShellScript", "RemoveRunCommandLinuxExtension"]) {
    expect(await sim.runCommand({ commandId })).toMatchObject({
      status: 409,
      body: '{\r\n  "error": {\r\n    "code": "OperationNotAllowed",\r\n    "message": "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true."\r\n  }\r\n}',
    });
  }
  await agentIs({ allowExtensionOperations: true });
  expect((await sim.runCommand()).status).toBe(202);
});
