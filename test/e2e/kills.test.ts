/** The engine or the provider is killed at many moments: the script runs once, and the next deployment has its result. */
import { endProviders, strike, untilFree, untilNoProvider, type Victim } from "./support/deaths";
import { EARLY, HELD_MS, LATE, LONG_SCRIPT, type Moment } from "./support/moments";
import type { Running } from "./support/processes";
import { startSimulatorProcess } from "./support/run-commands";
import type { SimulatedOperation, SimulatorProcess } from "./support/simulator-process";
import {
  commands,
  count,
  expectResult,
  expectTakenUp,
  letGo,
  onStages,
  PRINTED,
  SCRIPT,
  type Stage,
  untilBegun,
  untilSent,
  upAfterTheEnd,
  upAttached,
} from "./support/stages";
import { until } from "./support/until";

jest.setTimeout(300_000);

const RECEIPTS = "ls -d /var/lib/azure-run-command 2>/dev/null";

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess();
});

afterAll(() => simulator.stop());

/** Kills, and waits until nothing of the deployment is left. */
async function kill(victim: Victim, { project }: Stage, deployment: Running): Promise<void> {
  strike(victim, project, deployment);
  await untilFree(victim, project, deployment);
  await untilNoProvider(project);
}

const VICTIMS = ["engine", "provider"] as const satisfies readonly Victim[];

/** Every deployment finishes what the one before it could not, and dies in the next script's moment. */
test.concurrent.each(
  VICTIMS.flatMap((victim) => [
    {
      victim,
      part: "early",
      which: "from the provider's start to the second wait for the script",
      moments: EARLY,
      waitSliceSeconds: "1",
    },
    {
      victim,
      part: "late",
      which: "from the middle of the script to the reading of its output",
      moments: LATE,
      waitSliceSeconds: "60",
    },
  ]),
)("the $victim is killed $moments.length times, $which: each script runs once", ({ victim, part, ...rest }) => {
  const { moments, waitSliceSeconds } = rest;
  const scripts = moments.map(({ script = SCRIPT }, index) => [`${victim}-${part}-${index + 1}`, script]);
  return onStages(simulator, Object.fromEntries(scripts), async (...stages) => {
    const deaths: Death[] = [];
    for (const [index, moment] of moments.entries()) {
      const stage = stages[index] as Stage;
      deaths.push({ victim, moment, stage, afterwards: await moment.prepare?.(stage, victim) });
    }
    const { project } = stages[0];
    project.setEnvironment({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: waitSliceSeconds });
    const survivals: Survival[] = [];
    let deployment = project.start("up");
    for (const death of deaths) {
      survivals.push(await at(death.moment, () => dieAndResume(death, deployment)));
      deployment = survivals.at(-1)?.resumed ?? deployment;
    }
    expect(await deployment.ended).toMatchObject({ exitCode: 0 });
    for (const survival of survivals) await at(survival.moment, () => expectOneRun(survival));
  });
});

interface Death {
  readonly victim: Victim;
  readonly moment: Moment;
  readonly stage: Stage;
  readonly afterwards: (() => Promise<void>) | undefined;
}

interface Survival extends Death {
  /** Whether Azure had got the script when the next deployment began. */
  readonly isSent: boolean;
  /** The next deployment. */
  readonly resumed: Running;
}

async function dieAndResume(death: Death, deployment: Running): Promise<Survival> {
  const { victim, moment, stage, afterwards } = death;
  const { project } = stage;
  await Promise.race([moment.come(stage), endedTooSoon(deployment)]);
  strike(victim, project, deployment);
  await moment.look?.(stage);
  await untilFree(victim, project, deployment);
  if (moment.orphanIsPulumis) endProviders(project);
  await untilNoProvider(project);
  const isSent = (await stage.operations()).length > 0;
  await afterwards?.();
  const resumed = await (moment.endsWhileAttached ? upAttached(stage) : upAfterTheEnd(stage));
  return { ...death, isSent, resumed };
}

async function endedTooSoon(deployment: Running): Promise<never> {
  const { exitCode, output } = await deployment.ended;
  throw new Error(`the deployment ended before, with ${exitCode}:\n${output}`);
}

async function expectOneRun({ moment, stage, isSent, resumed }: Survival): Promise<void> {
  if (moment.left !== "a run, if the orphan has sent it") expect(isSent).toBe(moment.left === "a run");
  expect(await count(stage)).toBe("began\n");
  expectTakenUp(resumed.output(), stage, isSent);
  await expectResult(stage, moment.script === LONG_SCRIPT ? await stage.inGuest("cat /var/tmp/printed") : PRINTED);
}

/** Says in an error which moment it was. */
async function at<T>({ when }: Moment, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`killed when ${when}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** A second run of the same resource, then its end. */
test.concurrent.each(VICTIMS)(
  "the %s is killed during an update, during a purge and during the removal of the extension",
  (victim) =>
    onStages(simulator, { [`${victim}-life`]: SCRIPT }, async (stage) => {
      const { project } = stage;
      await letGo(stage);
      expect(await project.up()).toMatchObject({ exitCode: 0 });
      await stage.inGuest("rm /var/tmp/go");

      project.declare(commands({ [stage.vm]: `${SCRIPT}; echo changed` }));
      const update = project.start("up");
      await until("the changed script has begun", async () => (await count(stage)) === "began\nbegan\n");
      await kill(victim, stage, update);
      const updated = await (await upAfterTheEnd(stage)).ended;
      expect(updated).toMatchObject({ exitCode: 0, output: expect.stringContaining("~ 1 updated") });
      expect(await count(stage)).toBe("began\nbegan\n");
      expectTakenUp(updated.output, stage, true);
      await expectResult(stage, `${PRINTED}changed\n`);

      await stage.fault({ fault: "operation-stuck", ms: HELD_MS, on: "post", commandId: "RunShellScript" });
      const sent = (await stage.operations()).length;
      const purge = project.start("destroy");
      await untilSent(stage, sent + 1);
      await kill(victim, stage, purge);
      // An orphan may have finished its work; what the state still has is deleted once more.
      expect((await project.stored()).length).toBe(1);

      await stage.fault({ fault: "operation-stuck", ms: HELD_MS, on: "post", commandId: REMOVE });
      const sentBefore = (await removals(stage)).length;
      const removal = project.start("destroy");
      await until("the extension is being removed", async () => (await removals(stage)).length > sentBefore);
      await kill(victim, stage, removal);
      expect((await project.stored()).length).toBe(1);

      expect(await project.destroy()).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 2 deleted") });
      expect(await project.stored()).toEqual([]);
      expect(await stage.inGuest(RECEIPTS)).toBe("");
      expect(await stage.inGuest("ls /var/lib/waagent/run-command 2>&1 | wc -l")).toBe("1\n");
      expect(await count(stage)).toBe("began\nbegan\n");
    }),
);

const REMOVE = "RemoveRunCommandLinuxExtension";

async function removals(stage: Stage): Promise<readonly SimulatedOperation[]> {
  return (await stage.operations()).filter(({ commandId }) => commandId === REMOVE);
}

test.concurrent("the engine is killed and the next up comes at once, beside the orphaned provider as long as that lives", () =>
  onStages(simulator, { "at-once": SCRIPT }, async (stage) => {
    const { project } = stage;
    project.setEnvironment({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1" });
    const deployment = project.start("up");
    await untilBegun(stage);
    strike("engine", project, deployment);
    await untilFree("engine", project, deployment);
    const resumed = await (await upAttached(stage)).ended;
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(await count(stage)).toBe("began\n");
    expectTakenUp(resumed.output, stage, true);
    await expectResult(stage, PRINTED);
  }));
