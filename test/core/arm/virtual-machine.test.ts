import { createArmClient } from "../../../core/arm/arm-client";
import { lookUpVm, requireRunningVm } from "../../../core/arm/virtual-machine";
import type { Session } from "../../../core/run/session";
import { cloudByName } from "../../../core/sign-in/clouds";
import { readSettings } from "../../../core/sign-in/settings";
import { type Answer, virtualOutside } from "../../support/virtual-outside";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const FACTS = { vmId: "guid", osType: "Linux", powerState: "running", extensionInstalled: false };

function sessionWith(answer: Answer): Session {
  const outside = virtualOutside(() => answer);
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const nothing = () => undefined;
  return {
    settings: readSettings(nothing, nothing),
    outside,
    client: async () => client,
    startNothing: () => undefined,
    lane: async () => {
      throw new Error("nothing is to be sent to the VM");
    },
    complete: (target) => target,
  };
}

function refusal(status: number, code: string): Answer {
  return { status, body: { error: { code, message: "m" } } };
}

function vm(osType: string | undefined, powerState: string | undefined): Answer {
  const statuses = [{ code: "ProvisioningState/succeeded" }];
  return {
    status: 200,
    body: {
      properties: {
        vmId: "guid",
        storageProfile: { osDisk: { osType } },
        instanceView: {
          statuses: powerState === undefined ? statuses : [...statuses, { code: `PowerState/${powerState}` }],
        },
      },
    },
  };
}

describe("looking for a VM", () => {
  test.each(["ResourceNotFound", "ResourceGroupNotFound"])("404 %s: it is gone", async (code) => {
    expect(await lookUpVm(TARGET, sessionWith(refusal(404, code)))).toEqual({ kind: "gone", message: "m" });
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
  test.each<{ what: string; answer: Answer; expected: object }>([
    { what: "is a Linux that runs", answer: vm("Linux", "running"), expected: FACTS },
    {
      what: "may have a power state that Azure does not tell",
      answer: vm("Linux", undefined),
      expected: { ...FACTS, powerState: undefined },
    },
    {
      what: "may have an operating system that Azure does not tell",
      answer: vm(undefined, "running"),
      expected: { ...FACTS, osType: undefined },
    },
    {
      what: "may be a Linux in another case",
      answer: vm("LINUX", "running"),
      expected: { ...FACTS, osType: "LINUX" },
    },
  ])("$what", async ({ answer, expected }) => {
    expect(await requireRunningVm(TARGET, sessionWith(answer))).toEqual(expected);
  });

  test.each<{ what: string; answer: Answer; failure: object }>([
    {
      what: "is gone",
      answer: refusal(404, "ResourceNotFound"),
      failure: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "m" },
    },
    {
      what: "is a Windows",
      answer: vm("Windows", "running"),
      failure: { kind: "VmNotLinux", vmName: "web1", osType: "Windows" },
    },
    {
      what: "is a Windows that does not run",
      answer: vm("Windows", "deallocated"),
      failure: { kind: "VmNotLinux", vmName: "web1", osType: "Windows" },
    },
    ...["stopped", "deallocated", "starting", "stopping"].map((powerState) => ({
      what: `is ${powerState}`,
      answer: vm("Linux", powerState),
      failure: { kind: "VmNotRunning", vmName: "web1", powerState },
    })),
  ])("that $what gets none", async ({ answer, failure }) => {
    await expect(requireRunningVm(TARGET, sessionWith(answer))).rejects.toMatchObject({ failure, mayHaveRun: false });
  });
});
