/** Runs on the members of scale sets, from the list of them to the removal of what was left: the core with real guests. */
import { setTimeout as delay } from "node:timers/promises";
import { instanceTarget, type VmTarget } from "../../../core/arm/invocation";
import { listMembers } from "../../../core/arm/scale-set";
import { awaitVm } from "../../../core/arm/virtual-machine";
import { RunFailedError } from "../../../core/failures/errors";
import { firstRun } from "../../../core/plan";
import { type ExecutedRun, executeRun, type ScriptIntent } from "../../../core/run/execute";
import { executeCheck } from "../../../core/run/execute-check";
import { executeDelete } from "../../../core/run/execute-delete";
import { openSession, type Session } from "../../../core/run/session";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import { createGuest } from "../../../simulator/guest/create-guest";
import type { VirtualMachine } from "../../../simulator/world";
import { fastOutside, USUAL } from "../../faults/support/fast-outside";
import { trust } from "../../faults/support/trust";
import { type Running, run, stopAll } from "../../simulator/running";
import { deleteIntentExample, knownExample, scriptIntentExample } from "../../support/examples";
import { recordedReporter } from "../../support/virtual-outside";

/** Real guests on a machine that others use too. */
jest.setTimeout(120_000);

const SCRIPT = 'echo ran >> /root/ran; echo "on $(hostname)"';

let sim: Running;
let session: Session;
let group: { subscriptionId: string; resourceGroupName: string };
let distrust: () => void;

beforeAll(async () => {
  sim = await run(
    { scaleSet: ["pool:mode=uniform,count=2", "web:count=1"] },
    { createGuest: (options) => createGuest("namespace", options, { log: () => undefined }) },
  );
  const { rootCertificate, world } = sim.simulator;
  distrust = trust([rootCertificate]);
  group = { subscriptionId: world.options.subscriptionId, resourceGroupName: "rg" };
});
/** Each test is a deployment of its own. */
beforeEach(() => {
  const outside = fastOutside(USUAL, sim.simulator.environment);
  const settings = readSettings(() => undefined, outside.environment);
  session = openSession({ settings, outside, loadCredential, userAgent: "test", waitSliceSeconds: 30 });
});
afterAll(async () => {
  await stopAll();
  distrust();
});
afterEach(async () => {
  await put("/denied-actions", { actions: [] });
  await sim.admin("/locks/keep", { method: "DELETE" });
});

const put = (path: string, body: object) => sim.admin(path, { method: "PUT", body: JSON.stringify(body) });
const instance = (instanceId: string): VmTarget => instanceTarget(group, { scaleSetName: "pool", instanceId });
const poolId = () => `${sim.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool`;

async function members(scaleSetName: string): Promise<readonly VmTarget[]> {
  return (await listMembers({ ...group, scaleSetName }, await session.client())).members;
}

function machineOf({ vmName }: VmTarget): VirtualMachine {
  const machine = sim.simulator.world.list().find(({ name }) => name === vmName);
  if (machine === undefined) {
    throw new Error(`there is no '${vmName}'`);
  }
  return machine;
}

/** How often the script ran, counted on the disk of the VM. */
async function timesRan(target: VmTarget): Promise<number> {
  const { stdout } = await machineOf(target).guest.exec(["sh", "-c", "cat /root/ran 2>/dev/null | wc -l"]);
  return Number(stdout.toString());
}

interface Up {
  readonly executed: ExecutedRun;
  readonly messages: readonly string[];
}

async function up(target: VmTarget, other: Partial<ScriptIntent> = {}): Promise<Up> {
  const desired = knownExample({ target, script: SCRIPT });
  const name = { key: "fleet", runId: "1-create-fleet" };
  const reporter = recordedReporter();
  const executed = await executeRun(scriptIntentExample(desired, { name, ...other }), session, reporter);
  return { executed, messages: reporter.messages };
}

/** What it is thrown with. */
const failureOf = (work: Promise<unknown>): Promise<RunFailedError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => (error instanceof RunFailedError ? error : Promise.reject(error)),
  );

test("a script runs once on each member of either kind, however often it is asked for", async () => {
  const all = [...(await members("pool")), ...(await members("web"))];
  expect(all.map(({ vmName }) => vmName)).toEqual(["pool_0", "pool_1", expect.stringMatching(/^web_[0-9a-f]{8}$/)]);
  for (const times of [1, 2]) {
    const runs = await Promise.all(all.map((target) => up(target)));
    expect({ times, outputs: runs.map(({ executed }) => executed.outcome.result.stdout) }).toEqual({
      times,
      outputs: all.map(({ vmName }) => `on ${vmName}\n`),
    });
  }
  expect(await Promise.all(all.map(timesRan))).toEqual([1, 1, 1]);
});

test("an instance that was reimaged is another VM under the same id, and the script runs there as for the first time", async () => {
  const target = instance("0");
  const { executed } = await up(target);
  await sim.admin("/scale-sets/pool/members/0/reimage", { method: "POST" });
  expect(await timesRan(target)).toBe(0);
  const desired = knownExample({ target, script: SCRIPT });
  const anew = { run: { ...firstRun(desired), knownRun: false }, name: { key: "fleet", runId: "2-create-fleet" } };
  const after = await up(target, { knownVmId: executed.vmId, onRebuiltVm: anew });
  expect(after.executed.vmId).not.toBe(executed.vmId);
  expect(after.executed.ran).toEqual(anew);
  expect(after.messages).toContain(
    "info: 'pool_0' is another VM than the one that the state knows: the script runs there as for the first time",
  );
  expect(await timesRan(target)).toBe(1);
});

test("a check tells of an instance whether it is as it should be", async () => {
  const target = instance("0");
  await up(target);
  const vm = await awaitVm(target, session, { timeoutSeconds: 0, reporter: recordedReporter() });
  if (vm.kind !== "ready") {
    throw new Error(vm.kind);
  }
  const desired = knownExample({ target, script: "test -e /root/ran && echo there" });
  const intent = { ...scriptIntentExample(desired, { name: { key: "fleet", runId: "c" } }), facts: vm.facts };
  expect(await executeCheck(intent, session, recordedReporter())).toEqual({
    kind: "asItShouldBe",
    exitCode: 0,
    output: "there\n",
  });
});

test("a deletion leaves nothing on an instance, neither receipts nor the extension", async () => {
  const target = instance("1");
  await up(target);
  const { guest } = machineOf(target);
  expect(guest.extensionInstalled).toBe(true);
  await executeDelete(deleteIntentExample({ target, key: "fleet" }), session, recordedReporter());
  expect(guest.extensionInstalled).toBe(false);
  const { stdout } = await guest.exec(["sh", "-c", "ls -A /var/lib/azure-run-command 2>/dev/null"]);
  expect(stdout.toString()).not.toContain("fleet");
});

describe("what goes wrong on an instance is told with its name", () => {
  test("a right that is missing is that on instances", async () => {
    const action = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action";
    await put("/denied-actions", { actions: [action] });
    const { message } = await failureOf(up(instance("0"), { name: { key: "fleet", runId: "denied" } }));
    expect(message).toMatch(
      new RegExp(`^not allowed to use Run Command on 'pool_0': the right '${action}' is missing; .*; nothing was run`),
    );
  });

  test("a lock is found on the scale set", async () => {
    await put("/locks/keep", { scope: poolId(), level: "ReadOnly" });
    const { message } = await failureOf(up(instance("0"), { name: { key: "fleet", runId: "locked" } }));
    expect(message).toMatch(/^a lock keeps Run Command from 'pool_0': .*; nothing was run\n/);
    expect(message.split("\n")[1]).toBe(`  - lock 'keep', ReadOnly, on ${poolId()}`);
  });

  test("one that is stopped is not running", async () => {
    await sim.post(`${poolId()}/virtualMachines/0/powerOff`);
    while (machineOf(instance("0")).changing !== undefined) {
      await delay(5);
    }
    const { failure } = await failureOf(up(instance("0"), { name: { key: "fleet", runId: "off" } }));
    expect(failure).toEqual({ kind: "VmNotRunning", vmName: "pool_0", powerState: "stopped" });
  });

  test("one that was deleted is not there, and is no member any more; its resource can be deleted", async () => {
    await put("/scale-sets/pool", { capacity: 3 });
    expect((await members("pool")).map(({ vmName }) => vmName)).toEqual(["pool_0", "pool_1", "pool_2"]);
    await sim.admin("/scale-sets/pool/members/2", { method: "DELETE" });
    expect((await members("pool")).map(({ vmName }) => vmName)).toEqual(["pool_0", "pool_1"]);
    const { message } = await failureOf(up(instance("2")));
    expect(message).toBe(
      "there is no VM 'pool_2' in resource group 'rg': Azure says \"The entity was not found in this Azure location.\"; check the name, the group and the subscription; nothing was run",
    );
    const reporter = recordedReporter();
    await executeDelete(deleteIntentExample({ target: instance("2"), key: "fleet" }), session, reporter);
    expect(reporter.messages.join("\n")).toContain("the VM 'pool_2' is gone");
  });
});
