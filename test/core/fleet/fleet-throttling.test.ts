/** Many VMs at once under Azure's limits, which others use up too. The limits are the simulator's; time is virtual. */
import { executeFleetRun } from "../../../core/fleet/execute-fleet";
import { newMembers } from "../../../core/fleet/fleet-plan";
import { FleetProgress } from "../../../core/fleet/fleet-progress";
import { type Arrival, Throttling } from "../../../simulator/arm/throttling";
import { knownExample } from "../../support/examples";
import { targetOf, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

const VMS = 120;
const { target: _, ...work } = knownExample({ script: "seconds=5" });

interface Deployed {
  readonly states: readonly string[];
  /** The scripts that ran on each VM. */
  readonly starts: readonly number[];
  /** Of our requests, those that Azure refused. */
  readonly refusals: readonly string[];
  readonly seconds: number;
}

/** What other processes of the same sign-in send. */
interface Others {
  /** At once, in the beginning. */
  readonly posts: number;
  readonly postsEachSecond: number;
  readonly getsEachSecond: number;
}

const NOBODY: Others = { posts: 0, postsEachSecond: 0, getsEachSecond: 0 };

async function deploy(others: Others): Promise<Deployed> {
  const throttling = new Throttling("azure");
  const refusals: string[] = [];
  let hasEnded = false;
  const isRefused = (method: string, resource: string) => {
    const arrival: Arrival = { method, resource, nowMs: outside.nowMs(), subscriptionId: "s", objectId: "me" };
    const kind = method === "POST" ? "run" : resource.includes("/operations/") ? "poll" : "getVm";
    return throttling.enterArm(arrival) ?? throttling.enterCompute(kind, arrival);
  };
  const vmNames = Array.from({ length: VMS }, (_, index) => `web${index}`);
  const azure = virtualAzure({
    vmNames,
    refuse: ({ method, url }, vmName) => {
      const refused = isRefused(method, vmName ?? url);
      if (refused === undefined) return undefined;
      refusals.push(`${method} ${vmName ?? "an operation"}`);
      return { status: 429, headers: refused.headers, body: refused.body };
    },
  });
  const { outside } = azure;
  const send = (method: string, count: number) => {
    for (let sent = 0; sent < count; sent += 1) isRefused(method, `${method} of another ${outside.nowMs()}-${sent}`);
  };
  const goOn = async () => {
    send("POST", others.posts);
    while (!hasEnded) {
      send("POST", others.postsEachSecond);
      send("GET", others.getsEachSecond);
      await outside.sleep(1_000);
    }
  };
  const startMs = outside.nowMs();
  const going = goOn();
  const ends = await executeFleetRun(newMembers(vmNames.map(targetOf)), {
    owner: { key: "fleet", label: "fleet", mask: (text) => text, secrets: [] },
    session: azure.session(),
    progress: new FleetProgress({ vms: VMS, outside, reporter: recordedReporter() }),
    nameOf: ({ target }) => target.vmName,
    maxConcurrency: VMS,
    timeLimit: undefined,
    work,
    maxErrors: 0,
    leavesWhenGone: false,
    usesOutputOf: () => false,
    ran: () => undefined,
  });
  const seconds = (outside.nowMs() - startMs) / 1_000;
  hasEnded = true;
  await going;
  return {
    states: ends.map((end) => (end.kind === "ran" ? end.executed.outcome.result.executionState : end.kind)),
    starts: vmNames.map((name) => azure.vm(name).guest.starts.length),
    refusals,
    seconds,
  };
}

const every = <Value>(value: Value) => Array.from({ length: VMS }, () => value);

test("alone, a fleet asks for no more than Azure allows", async () => {
  const { states, starts, refusals, seconds } = await deploy(NOBODY);
  expect(states).toEqual(every("Succeeded"));
  expect(starts).toEqual(every(1));
  expect(refusals).toEqual([]);
  expect(seconds).toBeLessThan(60);
});

test("where others use the limits up, it waits for its turn, and each VM runs the script once", async () => {
  const { states, starts, refusals, seconds } = await deploy({ posts: 195, postsEachSecond: 6, getsEachSecond: 15 });
  expect(states).toEqual(every("Succeeded"));
  expect(starts).toEqual(every(1));
  expect(refusals.filter((refusal) => refusal.startsWith("POST")).length).toBeGreaterThan(0);
  // Of ten writes each second, others take six.
  expect(seconds).toBeGreaterThan(VMS / 4);
});
