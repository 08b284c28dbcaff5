/** What is found out about a failure of the simulated Azure's, over HTTPS: locks, rights, commands, the agent, the log. */
import { setTimeout as delay } from "node:timers/promises";
import type { RunCommandBody } from "../../../core/arm/invocation";
import { diagnose } from "../../../core/failures/diagnose";
import { RunFailedError } from "../../../core/failures/errors";
import type { Session } from "../../../core/run/session";
import { succeeded } from "../../simulator/fake-guest";
import { type Running, run, stopAll } from "../../simulator/running";
import { recordedWatcher } from "../../support/virtual-outside";
import { openClient, put } from "../sign-in/simulated-azure";
import { EXAMPLES } from "./examples";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
let session: Session;
const target = () => ({
  subscriptionId: sim.simulator.environment.ARM_SUBSCRIPTION_ID ?? "",
  resourceGroupName: "rg",
  vmName: "vm1",
});

beforeAll(async () => {
  sim = await run();
  const { ARM_TENANT_ID = "", ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = sim.simulator.environment;
  const client = openClient(sim, { environment: { ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET } });
  const sleep = async (ms: number, signal?: AbortSignal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  };
  session = { ...client.session, outside: { ...client.session.outside, sleep } };
});
afterAll(stopAll);

const denied = (...actions: readonly string[]) => put(sim, "/denied-actions", { actions });

/** Sends a command that must fail, and looks into that. */
async function failureOf(body: RunCommandBody): Promise<string> {
  const lane = await session.lane(target());
  const options = { afterLoss: async () => "sendAgain" as const, starts: true };
  const error = await lane.command(body, recordedWatcher(), options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RunFailedError)) {
    throw new Error(`no failure: ${String(error)}`);
  }
  return (await diagnose(error, target(), session)).message;
}

const SCRIPT: RunCommandBody = { commandId: "RunShellScript", script: ["true"] };

describe("a lock", () => {
  const group = () => `${sim.subscription}/resourceGroups/rg`;
  const sentence = () =>
    `a lock keeps Run Command from 'vm1': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; Azure says "The scope '${sim.machine}' cannot perform write operation because following scope(s) are locked: '${group()}'. Please remove the lock and try again."; nothing was run`;

  beforeAll(() => put(sim, "/locks/freeze", { scope: group(), level: "ReadOnly" }));
  afterAll(() => sim.admin("/locks/freeze", { method: "DELETE" }));
  afterEach(() => denied());

  test("is named", async () => {
    expect(await failureOf(SCRIPT)).toBe(`${sentence()}\n  - lock 'freeze', ReadOnly, on ${group()}`);
  });

  test("that may not be seen is told with the right that would show it", async () => {
    await denied("Microsoft.Authorization/locks/read");
    expect(await failureOf(SCRIPT)).toBe(
      `${sentence()}\n  - which lock it is cannot be seen: the right 'Microsoft.Authorization/locks/read' is missing`,
    );
  });
});

describe("a command that is not there", () => {
  afterEach(() => denied());

  test("is told with those that are", async () => {
    expect(await failureOf({ commandId: "ipconfigg" })).toBe(
      "Azure knows no command 'ipconfigg' for 'vm1': those that are there: RunShellScript, ifconfig, RemoveRunCommandLinuxExtension; Azure says \"The entity was not found in this Azure location.\"; nothing was run",
    );
  });

  test("is told with the right that would show those that are", async () => {
    await denied("Microsoft.Compute/locations/runCommands/read");
    expect(await failureOf({ commandId: "ipconfigg" })).toBe(
      "Azure knows no command 'ipconfigg' for 'vm1': 'az vm run-command list' shows those that are there; Azure says \"The entity was not found in this Azure location.\"; nothing was run\n  - the list of commands in 'westeurope' cannot be seen: the right 'Microsoft.Compute/locations/runCommands/read' is missing",
    );
  });
});

test("the right to follow operations is said to be needed above the VM", async () => {
  await denied("Microsoft.Compute/locations/operations/read");
  const message = await failureOf(SCRIPT);
  await denied();
  expect(message).toContain(
    "not allowed to follow a run command on 'vm1': the right 'Microsoft.Compute/locations/operations/read' is missing; operations belong to the subscription, not to the VM: give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group or its subscription, not on the VM alone; Azure says ",
  );
  expect(message).toMatch(
    /; the script had been sent already and may have run; the next deployment takes up what is there$/,
  );
});

test("the last lines of the handler's log come from a VM that can be asked", async () => {
  const asked: string[] = [];
  sim.guest.answer = (script) => {
    asked.push(script);
    return succeeded("time=t event=a\ntime=t event=b\n");
  };
  await (await session.lane(target())).command(SCRIPT, recordedWatcher(), {
    afterLoss: async () => "done",
    starts: true,
  });
  const error = await diagnose(new RunFailedError(EXAMPLES.ReportUnreadable, true), target(), session);
  expect(error.evidence).toEqual([
    "the VM's power state is 'running', its provisioning state 'Succeeded'",
    expect.stringMatching(/^the agent's status is 'Ready', version [\d.]+: "Guest Agent is running"$/),
    expect.stringMatching(/^the status of the extension RunCommandLinux [\d.]+ is 'Ready': "Plugin enabled"$/),
    "handler.log: time=t event=a",
    "handler.log: time=t event=b",
  ]);
  expect(asked).toHaveLength(2);
});

test("a VM without extensions is told with what Azure says of it", async () => {
  await put(sim, "/vms/vm1/agent", { allowExtensionOperations: false });
  const message = await failureOf(SCRIPT);
  await put(sim, "/vms/vm1/agent", { allowExtensionOperations: true });
  expect(message).toMatch(
    /^'vm1' allows no extensions, and Run Command is one: set osProfile\.allowExtensionOperations/,
  );
  expect(message.split("\n").at(-1)).toBe(
    "  - the VM takes no extensions (osProfile.allowExtensionOperations is false)",
  );
});
