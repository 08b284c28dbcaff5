import { awaitVm, lookUpVm, requireReadyVm } from "../../../core/arm/virtual-machine";
import type { Session } from "../../../core/run/session";
import { TARGET } from "../../support/examples";
import { scriptedVm, VM_GONE, VM_GUID, type VmState, vmAnswer } from "../../support/scripted-vm";
import { type Answer, recordedReporter } from "../../support/virtual-outside";

const sessionWith = (answer: Answer): Session => scriptedVm({ vm: () => answer }).session;

function refusal(status: number, code: string): Answer {
  return { status, body: { error: { code, message: "m" } } };
}

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

  test("is looked at once by all who ask at the same time, and anew by whoever asks later", async () => {
    const { session, outside } = scriptedVm({});
    const patience = { timeoutSeconds: 0, reporter: recordedReporter() };
    await Promise.all([1, 2, 3].map(() => awaitVm(TARGET, session, patience)));
    expect(outside.exchanges).toHaveLength(1);
    await awaitVm(TARGET, session, patience);
    expect(outside.exchanges).toHaveLength(2);
  });
});
