/** What the simulator does not show: judged from what Azure could say. */

import type { VmFacts } from "../../../core/arm/vm-facts";
import type { Check, CheckName } from "../../../core/doctor/checkup";
import { judge } from "../../../core/doctor/judge";
import type { Seen } from "../../../core/doctor/seen";
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";

const SUBSCRIPTION = "00000000-1111-2222-3333-444444444444";
const FACTS: VmFacts = {
  vmId: "guid",
  osType: "Linux",
  powerState: "running",
  provisioningState: "Succeeded",
  agentStatus: "Ready",
  agentVersion: "2.15.0.1",
  extensionInstalled: true,
  extension: { version: "1.0.12", status: "Ready", message: undefined },
  agentMessage: undefined,
  hasAgent: true,
  allowsExtensions: true,
  location: "westeurope",
};
const ALL = { kind: "known", permissions: [{ actions: ["*"], notActions: [] }] } as const;

const seen = <Value>(value: Value) => ({ kind: "seen", value }) as const;
const there = (facts: Partial<VmFacts> = {}) => seen({ kind: "there" as const, facts: { ...FACTS, ...facts } });
const failed = (failure: RunFailure) => ({ kind: "failed", error: new RunFailedError(failure) }) as const;

function seenAs(changes: Partial<Seen>): Seen {
  return {
    target: { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg (1)", vmName: "web1" },
    credential: {
      kind: "default",
      source: "DefaultAzureCredential",
      tenantId: undefined,
      clientId: undefined,
      auxiliaryTenantIds: [],
    },
    subscriptions: seen([{ subscriptionId: SUBSCRIPTION.toUpperCase(), name: "shop", state: "Enabled" }]),
    vm: there(),
    permissions: seen({ vm: ALL, group: ALL, subscription: ALL }),
    locks: seen({ kind: "known", locks: [] }),
    probe: seen({ going: [], unwritable: undefined }),
    ...changes,
  };
}

function check(name: CheckName, changes: Partial<Seen>): Omit<Check, "name"> {
  const found = judge(seenAs(changes)).checks.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`there is no check '${name}'`);
  }
  const { name: _, ...rest } = found;
  return rest;
}

test("all is well where all was seen", () => {
  const { cause, checks } = judge(seenAs({}));
  expect(cause).toBeUndefined();
  expect(checks.map(({ status }) => status)).toEqual(checks.map(() => "ok"));
});

test("what a failed look was for is named where the failure itself says nothing else", () => {
  const refusal = { kind: "RequestRefused", vmName: "web1", status: 400, code: "Bad", message: "bad." } as const;
  expect(check("throttling", { subscriptions: failed(refusal) }).sentence).toBe("it could not be seen: see 'sign-in'");
  expect(check("power", { vm: failed(refusal) }).sentence).toBe("it could not be seen: see 'vm'");
  expect(check("busy", { probe: failed(refusal) }).sentence).toBe("it could not be seen: see 'probe'");
  expect(check("rights", { permissions: failed(refusal) })).toMatchObject({ status: "problem" });
});

test("somebody who is not signed in is told how, and a name that a shell would take apart is quoted", () => {
  const detail = "DefaultAzureCredential had none (az is not signed in)";
  expect(check("sign-in", { subscriptions: failed({ kind: "CredentialsMissing", detail }) })).toEqual({
    status: "problem",
    sentence:
      "no credentials for Azure were found: DefaultAzureCredential had none (az is not signed in); sign in with 'az login', or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET; nothing was changed",
    evidence: [],
    mend: ["az login"],
  });
  expect(check("power", { vm: there({ powerState: "stopped" }) }).mend).toEqual([
    `az vm start --resource-group 'rg (1)' --name web1 --subscription ${SUBSCRIPTION}`,
  ]);
});

test("a VM that is called as an instance of a Uniform scale set is shown is looked for there, too", () => {
  const gone = { kind: "gone" as const, missing: "vm" as const, message: "was not found." };
  const target = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "ss_12" };
  expect(check("vm", { target, vm: seen(gone) }).mend).toEqual([
    `az vm list --resource-group rg --subscription ${SUBSCRIPTION} --output table`,
    `npx azure-run-command doctor --vm-id /subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/ss/virtualMachines/12`,
  ]);
  const instance = { scaleSetName: "ss", instanceId: "12" };
  expect(check("vm", { target: { ...target, instance }, vm: seen(gone) }).mend).toEqual([
    `az vmss list-instances --resource-group rg --name ss --subscription ${SUBSCRIPTION} --output table`,
  ]);
});

test("whoever is signed in by az gets rights by that name", () => {
  const none = { kind: "known", permissions: [] } as const;
  expect(check("rights", { permissions: seen({ vm: ALL, group: none, subscription: none }) })).toMatchObject({
    status: "problem",
    mend: [
      `az role assignment create --assignee "$(az ad signed-in-user show --query id --output tsv)" --role 'Virtual Machine Contributor' --scope '/subscriptions/${SUBSCRIPTION}/resourceGroups/rg (1)'`,
      `az role assignment create --assignee "$(az ad signed-in-user show --query id --output tsv)" --role Reader --scope /subscriptions/${SUBSCRIPTION}`,
    ],
  });
});

test.each(["Disabled", "Deleted"])(
  "a subscription that is '%s' is the cause, though all can be seen in it",
  (state) => {
    const subscriptions = seen([{ subscriptionId: SUBSCRIPTION, name: "shop", state }]);
    expect(judge(seenAs({ subscriptions })).cause).toBe("subscription");
    expect(check("subscription", { subscriptions })).toEqual({
      status: "problem",
      sentence: `the state of the subscription '${SUBSCRIPTION}' is '${state}', expected 'Enabled': nothing can be run in it; have its owner reactivate it`,
      evidence: [],
      mend: [`az account show --subscription ${SUBSCRIPTION} --query state`],
    });
  },
);

test("that the probe brought the extension is told", () => {
  expect(check("extension", { vm: there({ extension: undefined }) })).toEqual({
    status: "ok",
    sentence:
      "the extension RunCommandLinux was not on the VM; the probe brought it, as any run command does: 'azure-run-command remove-extension' takes it off",
    evidence: [],
    mend: [],
  });
});

test("what goes on by our own runner is told, with its beginning", () => {
  const receipt = { exitCode: undefined, last: undefined, vmId: "guid" };
  const going = [
    { ...receipt, key: "web-0a", runId: "2-update-9f", state: "Running" as const, startedAtSeconds: 1_700_000_000 },
    { ...receipt, key: "db-1b", runId: "1-create-7c", state: "Waiting" as const, startedAtSeconds: undefined },
  ];
  expect(check("busy", { probe: seen({ going, unwritable: undefined }) }).evidence).toEqual([
    "the script of run '2-update-9f' of 'web-0a' goes on since 2023-11-14T22:13:20.000Z",
    "the script of run '1-create-7c' of 'db-1b' waits for its turn",
  ]);
});

test.each<{ when: string; name: CheckName; facts: Partial<VmFacts>; status: string; sentence: string }>([
  {
    when: "Azure does not say which system it is",
    name: "system",
    facts: { osType: undefined },
    status: "unknown",
    sentence: "Azure does not say which operating system the VM has",
  },
  {
    when: "Azure does not say what its power state is",
    name: "power",
    facts: { powerState: undefined },
    status: "unknown",
    sentence: "Azure does not say what the VM's power state is",
  },
  {
    when: "the agent has never reported",
    name: "agent",
    facts: { agentStatus: undefined },
    status: "unknown",
    sentence: "Azure has no report of the VM's agent",
  },
  {
    when: "the extension installs itself",
    name: "extension",
    facts: { extension: { version: "1.0.12", status: "Installing", message: undefined } },
    status: "unknown",
    sentence: "the status of the extension RunCommandLinux 1.0.12 is 'Installing'",
  },
  {
    when: "the extension does not answer",
    name: "extension",
    facts: { extension: { version: "1.0.12", status: "Unresponsive", message: undefined } },
    status: "problem",
    sentence: "the status of the extension RunCommandLinux 1.0.12 is 'Unresponsive'",
  },
])("$name is $status when $when", ({ name, facts, status, sentence }) => {
  const probe = { kind: "skipped", why: "not tried" } as const;
  expect(check(name, { vm: there(facts), probe })).toMatchObject({ status, sentence });
});

test("a VM that is being changed is told of where no command was sent", () => {
  const probe = { kind: "skipped", why: "not tried" } as const;
  expect(check("busy", { vm: there({ provisioningState: "Updating" }), probe })).toMatchObject({
    status: "unknown",
    evidence: ["the VM's provisioning state is 'Updating'"],
  });
});
