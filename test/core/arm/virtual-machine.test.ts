import { instanceTarget } from "../../../core/arm/invocation";
import { awaitVm, lookUpVm, requireReadyVm, seeVm } from "../../../core/arm/virtual-machine";
import type { Session } from "../../../core/run/session";
import { TARGET } from "../../support/examples";
import { scriptedVm, VM_GONE, VM_GUID, type VmState, vmAnswer } from "../../support/scripted-vm";
import { type Answer, recordedReporter } from "../../support/virtual-outside";

const sessionWith = (answer: Answer): Session => scriptedVm({ vm: () => answer }).session;

function refusal(status: number, code: string): Answer {
  return { status, body: { error: { code, message: "m" } } };
}

describe("looking for an instance of a Uniform scale set", () => {
  const INSTANCE = instanceTarget(TARGET, { scaleSetName: "web", instanceId: "3" });
  const INACTIVE = "The provided instanceId 3 is not an active Virtual Machine Scale Set VM instanceId.";

  test.each<{ status: number; code: string; message: string }>([
    { status: 404, code: "ResourceNotFound", message: "m" },
    { status: 404, code: "NotFound", message: "The entity was not found in this Azure location." },
    { status: 400, code: "InvalidParameter", message: INACTIVE },
  ])("$status $code: it is gone", async ({ status, code, message }) => {
    const session = sessionWith({ status, body: { error: { code, message } } });
    expect(await lookUpVm(INSTANCE, session)).toEqual({ kind: "gone", message, missing: "vm" });
  });

  test("asks for the instance, and names the right that is on instances", async () => {
    const { session, outside } = scriptedVm({ vm: () => refusal(403, "AuthorizationFailed") });
    await expect(lookUpVm(INSTANCE, session)).rejects.toMatchObject({
      failure: {
        kind: "NotAuthorized",
        vmName: "web_3",
        action: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
      },
    });
    expect(new URL(outside.exchanges[0]?.url ?? "").pathname).toMatch(
      /\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/web\/virtualMachines\/3$/,
    );
  });

  test("400 for another reason does not mean that it is gone", async () => {
    const session = sessionWith({ status: 400, body: { error: { code: "InvalidParameter", message: "m" } } });
    await expect(lookUpVm(INSTANCE, session)).rejects.toMatchObject({
      failure: { kind: "RequestRefused", status: 400, code: "InvalidParameter" },
    });
  });
});

describe("looking for a VM", () => {
  test.each([
    { code: "ResourceNotFound", missing: "vm" },
    { code: "ResourceGroupNotFound", missing: "resourceGroup" },
  ])("404 $code: it is gone", async ({ code, missing }) => {
    expect(await lookUpVm(TARGET, sessionWith(refusal(404, code)))).toEqual({ kind: "gone", message: "m", missing });
  });

  test.each<{ status: number; code: string; failure: unknown }>([
    {
      status: 404,
      code: "SubscriptionNotFound",
      failure: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "m" },
    },
    {
      status: 404,
      code: "NotFound",
      failure: { kind: "RequestRefused", vmName: "web1", status: 404, code: "NotFound", message: "m" },
    },
    {
      status: 404,
      code: "",
      failure: { kind: "RequestRefused", vmName: "web1", status: 404, code: "", message: "m" },
    },
    ...["ResourceNotFound", "ResourceGroupNotFound"].flatMap((code) =>
      [400, 403, 409].map((status) => ({
        status,
        code,
        failure: { kind: "RequestRefused", vmName: "web1", status, code, message: "m" },
      })),
    ),
    {
      status: 403,
      code: "AuthorizationFailed",
      failure: {
        kind: "NotAuthorized",
        vmName: "web1",
        action: "Microsoft.Compute/virtualMachines/read",
        message: "m",
      },
    },
  ])("$status $code does not mean that it is gone", async ({ status, code, failure }) => {
    await expect(lookUpVm(TARGET, sessionWith(refusal(status, code)))).rejects.toMatchObject({
      failure,
      mayHaveRun: false,
    });
  });
});

describe("a VM for a script", () => {
  const wait = (answers: (count: number) => Answer, timeoutSeconds = 60) => {
    const vm = scriptedVm({ vm: answers });
    const reporter = recordedReporter();
    const ready = requireReadyVm(TARGET, vm.session, { timeoutSeconds, reporter });
    return { ...vm, reporter, ready };
  };

  test.each<{ what: string; state: VmState }>([
    { what: "is a Linux that runs", state: {} },
    { what: "may have a power state that Azure does not tell", state: { powerState: undefined } },
    { what: "may be a Linux in another case", state: { osType: "LINUX" } },
    { what: "has an agent that is ready", state: { agentStatus: "Ready" } },
    { what: "may have an agent that is ready in another case", state: { agentStatus: "READY" } },
  ])("$what", async ({ state }) => {
    const { ready, outside } = wait(() => vmAnswer(state));
    expect(await ready).toMatchObject({ vmId: VM_GUID });
    expect(outside.sleptMs).toEqual([]);
  });

  test.each<{ what: string; answer: Answer; failure: object }>([
    {
      what: "is gone",
      answer: VM_GONE,
      failure: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "was not found." },
    },
    {
      what: "is a Windows",
      answer: vmAnswer({ osType: "Windows" }),
      failure: { kind: "VmNotLinux", vmName: "web1", osType: "Windows" },
    },
    {
      what: "is a Windows that does not run",
      answer: vmAnswer({ osType: "Windows", powerState: "deallocated" }),
      failure: { kind: "VmNotLinux", vmName: "web1", osType: "Windows" },
    },
    ...["stopped", "deallocated", "stopping"].map((powerState) => ({
      what: `is ${powerState}`,
      answer: vmAnswer({ powerState }),
      failure: { kind: "VmNotRunning", vmName: "web1", powerState },
    })),
  ])("that $what gets none, at once", async ({ answer, failure }) => {
    const { ready, outside } = wait(() => answer);
    await expect(ready).rejects.toMatchObject({ failure, mayHaveRun: false });
    expect(outside.sleptMs).toEqual([]);
  });

  test("is waited for while it is made, while it starts, and until its agent is ready; each is said", async () => {
    const states: readonly VmState[] = [
      { powerState: undefined, provisioningState: "Creating" },
      { powerState: "starting" },
      { agentStatus: "Not Ready" },
      { agentStatus: "Ready" },
    ];
    const { ready, reporter, outside } = wait((count) => vmAnswer(states[count - 1]));
    expect(await ready).toMatchObject({ agentStatus: "Ready" });
    expect(reporter.messages).toEqual([
      "progress: waiting for 'web1' for 0 s: its power state is 'not known yet'",
      "progress: waiting for 'web1' for 5 s: its power state is 'starting'",
      "progress: waiting for 'web1' for 10 s: its agent's status is 'Not Ready'",
    ]);
    expect(outside.sleptMs).toEqual([5_000, 5_000, 5_000]);
  });

  test("is waited for as long as was asked for, to the second, and what was seen last is told", async () => {
    const { ready, outside } = wait(() => vmAnswer({ agentStatus: "Not Ready" }), 12);
    await expect(ready).rejects.toMatchObject({
      failure: {
        kind: "AgentNotReady",
        vmName: "web1",
        waitedSeconds: 12,
        powerState: "running",
        agentStatus: "Not Ready",
      },
      mayHaveRun: false,
    });
    expect(outside.sleptMs).toEqual([5_000, 5_000, 2_000]);
  });

  describe("is looked at", () => {
    const patience = { timeoutSeconds: 0, reporter: recordedReporter() };

    test("once by all who ask within a second, and anew by whoever asks later", async () => {
      const { session, outside } = scriptedVm({});
      const inOtherCase = { ...TARGET, vmName: "WEB1" };
      await Promise.all([TARGET, inOtherCase, TARGET].map((target) => awaitVm(target, session, patience)));
      await outside.sleep(999);
      await awaitVm(TARGET, session, patience);
      await seeVm(TARGET, session);
      expect(outside.exchanges).toHaveLength(1);
      await outside.sleep(1);
      await awaitVm(TARGET, session, patience);
      expect(outside.exchanges).toHaveLength(2);
    });

    test("anew by whoever knows that it may have changed, and in each session", async () => {
      const { session, outside } = scriptedVm({});
      await awaitVm(TARGET, session, patience);
      await awaitVm(TARGET, session, { ...patience, mayHaveChanged: true });
      await awaitVm(TARGET, { ...session }, patience);
      expect(outside.exchanges).toHaveLength(3);
    });

    test("anew where it was not ready, since it may be now; whoever only reads it takes what was seen", async () => {
      const { session, outside } = scriptedVm({
        vm: (count) => vmAnswer({ powerState: count === 1 ? "stopped" : "running" }),
      });
      expect(await awaitVm(TARGET, session, patience)).toMatchObject({ kind: "not" });
      expect(await seeVm(TARGET, session)).toMatchObject({ kind: "there", facts: { powerState: "stopped" } });
      expect(await awaitVm(TARGET, session, patience)).toMatchObject({ kind: "ready" });
      expect(outside.exchanges).toHaveLength(2);
    });

    test("anew after a look that failed, which fails for all who shared it", async () => {
      const denied = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
      const { session } = scriptedVm({ vm: (count) => (count === 1 ? denied : vmAnswer()) });
      const ends = await Promise.allSettled([1, 2].map(() => seeVm(TARGET, session)));
      expect(ends).toMatchObject(Array(2).fill({ reason: { failure: { kind: "NotAuthorized" } } }));
      expect(await seeVm(TARGET, session)).toMatchObject({ kind: "there" });
    });
  });
});
