/** Whatever is wrong with the simulated Azure, the checkup names the right cause, in exact words (test/golden/doctor.txt). */
import { CHECK_NAMES, type CheckName } from "../../../core/doctor/checkup";
import { FAULT_NAMES, type FaultName, type FaultTarget, traitsOf } from "../../../simulator/faults/names";
import type { PowerState } from "../../../simulator/world";
import { succeeded } from "../../simulator/fake-guest";
import { stopAll } from "../../simulator/running";
import { sentCall } from "../../support/guest-answers";
import { type GoldenPages, openGoldenPages } from "./golden-pages";
import { openPractice, type Practice, runnerAnswers, type Visit } from "./patient";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

const OTHER_GUID = "99999999-9999-9999-9999-999999999999";
/** Longer than a probe is waited for. Unit: milliseconds. */
const LONG_MS = 1_525_000;

let practice: Practice;
let golden: GoldenPages;
beforeAll(async () => {
  practice = await openPractice({ vm: ["vm1"], scaleSet: ["set:mode=uniform,count=1"] });
  const { ARM_SUBSCRIPTION_ID = "", ARM_CLIENT_ID = "", ARM_TENANT_ID = "" } = practice.sim.simulator.environment;
  const host = new URL(practice.sim.simulator.endpoint).host;
  golden = openGoldenPages({ subscription: ARM_SUBSCRIPTION_ID, client: ARM_CLIENT_ID, tenant: ARM_TENANT_ID, host });
});
afterAll(async () => {
  golden.close();
  await stopAll();
});
afterEach(() => practice.recover());

type Cause = CheckName | "nothing";

async function expectCause(cause: Cause, visit?: Visit): Promise<void> {
  const checkup = await practice.examine(visit);
  expect(checkup.checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  expect(checkup.cause ?? "nothing").toBe(cause);
  golden.expectGolden(checkup);
}

/** Where a fault that stays strikes, and what it is taken for. */
const LASTING: { readonly [name in FaultName]: Partial<Record<FaultTarget, Cause>> } = {
  "reply-lost-before": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  "reply-lost-after": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  "connection-reset": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  "status-500": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  "status-502": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  "status-503": { post: "connection", poll: "connection", vm: "connection", token: "connection" },
  throttled: { post: "throttling", poll: "throttling", vm: "throttling", token: "throttling" },
  "throttled-retry-after": { post: "throttling", poll: "throttling", vm: "throttling", token: "throttling" },
  "conflict-running": { post: "busy" },
  "conflict-concurrent": { post: "busy" },
  "operation-stuck": { post: "probe" },
  "operation-preempted": { post: "probe" },
  "agent-not-ready": { post: "probe" },
  reboot: { post: "probe" },
  "poll-truncated": { poll: "connection", vm: "connection", token: "connection" },
  "poll-cut-json": { poll: "connection", vm: "connection", token: "connection" },
  "token-expired": { post: "sign-in", poll: "sign-in", vm: "sign-in" },
};

describe("a fault that stays", () => {
  test.each(FAULT_NAMES.flatMap((name) => traitsOf(name).targets.map((on) => ({ name, on }))))(
    "$name on $on",
    async ({ name, on }) => {
      if (name === "reboot") {
        practice.sim.guest.answer = () => new Promise(() => undefined);
      }
      await practice.fault(name, { on });
      await expectCause(LASTING[name][on] ?? "nothing");
    },
  );
});

describe("a fault that strikes once", () => {
  // Azure has said that these have failed, or says nothing: that is no lost reply.
  const TOLD: readonly FaultName[] = ["operation-stuck", "agent-not-ready"];

  test.each(FAULT_NAMES.filter((name) => !TOLD.includes(name)))("%s: all is well", async (name) => {
    await practice.fault(name, { count: 1 });
    expect(await practice.examine()).toMatchObject({ cause: undefined });
  });

  test.each(TOLD)("%s is told", async (name) => {
    await practice.fault(name, { count: 1 });
    expect(await practice.examine()).toMatchObject({ cause: "probe" });
  });
});

interface Row {
  readonly when: string;
  readonly cause: Cause;
  readonly arrange?: () => Promise<unknown> | unknown;
  readonly visit?: () => Visit;
}

const agent = (body: object) => practice.put("/vms/vm1/agent", body);
const machine = (name = "vm1") => {
  const found = practice.sim.simulator.world.list().find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`there is no VM '${name}'`);
  }
  return found;
};
const power = (state: PowerState, name?: string) => {
  machine(name).power = state;
};
const denied = (...actions: readonly string[]) => practice.put("/denied-actions", { actions });
const lock = (scope: string, level: string) => practice.put("/locks/freeze", { scope, level });
const group = () => `${practice.sim.subscription}/resourceGroups/rg`;
const asking = (environment: Visit["environment"] = {}) => ({ environment });

const ALL_RIGHTS = [
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.Compute/virtualMachines/instanceView/read",
  "Microsoft.Compute/virtualMachines/runCommand/action",
  "Microsoft.Compute/locations/operations/read",
  "Microsoft.Compute/locations/runCommands/read",
  "Microsoft.Authorization/locks/read",
];

const ROWS: readonly Row[] = [
  { when: "nothing is wrong", cause: "nothing" },
  { when: "nothing is to be run", cause: "nothing", visit: () => ({ probes: false }) },

  { when: "nobody answers at Entra", cause: "connection", visit: () => ({ unreachable: `/${tenant()}` }) },
  { when: "nobody answers at Azure Resource Manager", cause: "connection", visit: () => ({ unreachable: "/subscr" }) },
  {
    when: "nobody answers at the cloud's metadata endpoint",
    cause: "connection",
    visit: () => asking({ ARM_METADATA_HOSTNAME: "azure.example" }),
  },
  {
    when: "there is no such cloud",
    cause: "connection",
    visit: () => asking({ ARM_METADATA_HOSTNAME: "", ARM_ENVIRONMENT: "mars" }),
  },

  { when: "the secret is wrong", cause: "sign-in", visit: () => asking({ ARM_CLIENT_SECRET: "wrong" }) },
  {
    when: "the secret has expired",
    cause: "sign-in",
    arrange: () => practice.put("/client-secret", { expired: true }),
  },
  { when: "there is no such tenant", cause: "sign-in", visit: () => asking({ ARM_TENANT_ID: OTHER_GUID }) },
  { when: "there is no such application", cause: "sign-in", visit: () => asking({ ARM_CLIENT_ID: OTHER_GUID }) },
  { when: "the tenant id is not set", cause: "sign-in", visit: () => asking({ ARM_TENANT_ID: "" }) },
  {
    when: "the token is of another tenant than the subscription",
    cause: "sign-in",
    arrange: () => practice.put("/other-tenants", [OTHER_GUID]),
    visit: () => asking({ ARM_TENANT_ID: OTHER_GUID }),
  },

  { when: "no subscription is set", cause: "subscription", visit: () => asking({ ARM_SUBSCRIPTION_ID: "" }) },
  { when: "it is another subscription", cause: "subscription", visit: () => ({ subscription: OTHER_GUID }) },

  { when: "there is no such VM", cause: "vm", visit: () => ({ vm: "vm9" }) },
  { when: "there is no such resource group", cause: "vm", visit: () => ({ resourceGroup: "shop" }) },
  {
    when: "there is no such instance of a scale set",
    cause: "vm",
    visit: () => ({ instance: { scaleSetName: "set", instanceId: "7" } }),
  },
  { when: "it is a Windows", cause: "system", visit: () => ({ shows: replacing('"Linux"', '"Windows"') }) },
  {
    when: "it is a Windows that is off",
    cause: "system",
    arrange: () => power("deallocated"),
    visit: () => ({ shows: replacing('"Linux"', '"Windows"') }),
  },

  ...[
    ["Microsoft.Compute/virtualMachines/read", "rights"],
    ["Microsoft.Compute/virtualMachines/runCommand/action", "rights"],
    ["Microsoft.Compute/locations/operations/read", "rights"],
    ["Microsoft.Compute/virtualMachines/instanceView/read", "nothing"],
    ["Microsoft.Compute/locations/runCommands/read", "nothing"],
    ["Microsoft.Authorization/locks/read", "nothing"],
    ["Microsoft.Authorization/permissions/read", "nothing"],
    ["Microsoft.Resources/subscriptions/read", "nothing"],
  ].map(
    ([action = "", cause]): Row => ({
      when: `the right ${action} is missing`,
      cause: cause as Cause,
      arrange: () => denied(action),
    }),
  ),
  { when: "all rights are missing", cause: "rights", arrange: () => denied(...ALL_RIGHTS) },
  {
    when: "all rights are missing, and rights cannot be seen",
    cause: "rights",
    arrange: () => denied(...ALL_RIGHTS, "Microsoft.Authorization/permissions/read"),
  },
  {
    when: "the right to run on an instance of a scale set is missing",
    cause: "rights",
    arrange: () => denied("Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action"),
    visit: () => ({ instance: { scaleSetName: "set", instanceId: "0" } }),
  },
  {
    when: "the right to run is missing, and rights cannot be seen",
    cause: "rights",
    arrange: () =>
      denied("Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Authorization/permissions/read"),
  },
  {
    when: "the right to follow operations is missing, and rights cannot be seen",
    cause: "rights",
    arrange: () => denied("Microsoft.Compute/locations/operations/read", "Microsoft.Authorization/permissions/read"),
  },

  ...(["deallocated", "deallocating", "stopped", "stopping", "starting"] as const).map(
    (state): Row => ({ when: `the VM is ${state}`, cause: "power", arrange: () => power(state) }),
  ),
  {
    when: "an instance of a scale set is deallocated",
    cause: "power",
    arrange: () => power("deallocated", "set_0"),
    visit: () => ({ instance: { scaleSetName: "set", instanceId: "0" } }),
  },

  { when: "the agent is not ready", cause: "agent", arrange: () => agent({ status: "NotReady" }) },
  {
    when: "the agent has not reported yet",
    cause: "agent",
    arrange: () => {
      const vm = machine();
      vm.agent = { ...vm.agent, status: "Absent" };
    },
  },
  { when: "the VM takes no extensions", cause: "agent", arrange: () => agent({ allowExtensionOperations: false }) },

  { when: "a ReadOnly lock is on the VM", cause: "locks", arrange: () => lock(practice.sim.machine, "ReadOnly") },
  { when: "a ReadOnly lock is on the group", cause: "locks", arrange: () => lock(group(), "ReadOnly") },
  {
    when: "a ReadOnly lock is on the subscription, and locks cannot be seen",
    cause: "locks",
    arrange: async () => {
      await lock(practice.sim.subscription, "ReadOnly");
      await denied("Microsoft.Authorization/locks/read");
    },
  },
  { when: "a CanNotDelete lock is on the group", cause: "nothing", arrange: () => lock(group(), "CanNotDelete") },

  {
    when: "the extension is not ready, and no probe is wanted",
    cause: "extension",
    arrange: () => installExtension(),
    visit: () => ({ probes: false, shows: extensionShown("Not Ready") }),
  },
  {
    when: "the extension is shown as not ready, and the probe comes through",
    cause: "nothing",
    arrange: () => installExtension(),
    visit: () => ({ shows: extensionShown("Not Ready") }),
  },

  {
    when: "another run command is out",
    cause: "busy",
    arrange: async () => {
      practice.sim.guest.answer = () => new Promise(() => undefined);
      await practice.sim.runCommand();
    },
  },
  {
    when: "our own runner waits for a script as long as it does at a time",
    cause: "nothing",
    arrange: async () => {
      practice.sim.guest.answer = async () => {
        practice.sim.guest.answer = runnerAnswers;
        await practice.sleep(75_000);
        return succeeded("");
      };
      await installExtension();
      await practice.sim.runCommand();
    },
  },
  {
    when: "what the VM reports does not come back",
    cause: "probe",
    arrange: () => agent({ outbound443: "closed" }),
  },
  {
    when: "what the VM reports does not come back, and Azure has not given up yet",
    cause: "probe",
    arrange: () => agent({ outbound443: "closed", agentTimeoutMs: LONG_MS }),
  },
  {
    when: "the agent says that it is ready, and does nothing",
    cause: "probe",
    arrange: () => agent({ status: "Silent" }),
  },
  {
    when: "the extension hangs",
    cause: "probe",
    arrange: () => agent({ status: "Silent", agentTimeoutMs: LONG_MS }),
  },
  {
    when: "the handler fails",
    cause: "probe",
    arrange: () => {
      practice.sim.guest.answer = (script) =>
        script.includes("handler.log")
          ? succeeded("time=t event=failed error=disk full\n")
          : { status: "error", message: "Enable failed: failed to create script: no space left on device" };
    },
  },
  {
    when: "no receipt can be written",
    cause: "probe",
    arrange: () => {
      practice.sim.guest.answer = (script) =>
        succeeded(
          `${/\[doctor [0-9a-f]+ cannot write\]/.exec(script)?.[0]}\nhead: write error: No space left on device\ndf -P: none 4 4 0 100% /var\n`,
        );
    },
  },
  {
    when: "the runner's report is missing",
    cause: "probe",
    arrange: () => {
      practice.sim.guest.answer = (script) =>
        succeeded(script.includes("handler.log") ? "time=t event=enabled\n" : "sh: base64: not found\n");
    },
  },
];

function tenant(): string {
  return practice.sim.simulator.environment.ARM_TENANT_ID ?? "";
}

function replacing(shown: string, instead: string): (document: string) => string {
  return (document) => document.replaceAll(shown, instead);
}

async function installExtension(): Promise<void> {
  practice.sim.guest.extensionInstalled = true;
}

function extensionShown(status: string): (document: string) => string {
  return (document) => document.replace(/("extensionHandlers": \[[\s\S]*?"displayStatus": )"Ready"/, `$1"${status}"`);
}

describe("the cause", () => {
  test.each(ROWS)("when $when", async ({ cause, arrange, visit }) => {
    await arrange?.();
    await expectCause(cause, visit?.());
  });
});

test("scripts of this package that go on or wait are told, and those that have ended are not", async () => {
  practice.sim.guest.answer = (script) =>
    runnerAnswers(
      script,
      "a/1-create-0,Exited,0,-,vm,1700000000;b/2-update-1,Running,-,-,vm,1700000000;c/1-create-2,Waiting,-,-,vm,-;",
    );
  const { checks, cause } = await practice.examine();
  expect(cause).toBeUndefined();
  expect(checks.find(({ name }) => name === "busy")?.evidence).toEqual([
    "the script of run '2-update-1' of 'b' goes on since 2023-11-14T22:13:20.000Z",
    "the script of run '1-create-2' of 'c' waits for its turn",
  ]);
});

test("the probe starts nothing on the VM, and asks for no resource in particular", async () => {
  await practice.examine();
  const { scripts } = practice.sim.guest;
  expect(scripts).toHaveLength(1);
  expect(sentCall(scripts[0] ?? "").requests).toEqual([{ verb: "list", key: "''", runId: "" }]);
});

test("nothing is sent to a VM of which is known that it cannot take a command, or when no run is wanted", async () => {
  const commands = async () => {
    const requests: { method: string; path: string }[] = JSON.parse((await practice.sim.admin("/requests")).body);
    return requests.filter(({ method, path }) => method === "POST" && path.endsWith("/runCommand")).length;
  };
  const before = await commands();
  power("deallocated");
  await practice.examine();
  power("running");
  await practice.examine({ probes: false });
  expect(await commands()).toBe(before);
});

test("no secret is in what is told", async () => {
  const { ARM_CLIENT_SECRET = "" } = practice.sim.simulator.environment;
  expect(JSON.stringify(await practice.examine())).not.toContain(ARM_CLIENT_SECRET);
});
