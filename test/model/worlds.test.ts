/** Random sequences of what happens to resources and VMs, against the model: what runs, what is kept, what is left. */
import https from "node:https";
import { type SimulatorProcess, startSimulatorProcess } from "../e2e/support/simulator-process";
import { describeHistory } from "./support/history";
import { Play } from "./support/play";
import { Random } from "./support/random";
import { nextStep, type Step, VMS } from "./support/steps";
import { STORIES } from "./support/stories";

/** One seed: that world alone. Steps: of each world. */
const SEEDS = process.env.MODEL_SEED === undefined ? [1, 2, 3, 4, 5] : [Number(process.env.MODEL_SEED)];
const STEPS = Number(process.env.MODEL_STEPS ?? 400);

/** Many times what it takes: other tests may have the machine's cores. */
jest.setTimeout(1_800_000);

// Node's own keeps idle connections for 5 s, after which the simulator closes them: one may be used at that very moment.
https.globalAgent = new https.Agent({ keepAlive: true, timeout: 1_000 });

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: VMS, lifetimeMs: 7_200_000 });
});

afterAll(() => simulator.stop());

test.each(STORIES)("$says", async ({ says, steps }) => {
  const next = steps[Symbol.iterator]();
  await playWorld(`of '${says}'`, () => next.next().value);
});

test.each(SEEDS)(`the real world goes as the model says for ${STEPS} steps from seed %d on`, async (seed) => {
  const random = new Random(seed);
  let left = STEPS;
  await playWorld(`from seed ${seed} on (MODEL_SEED=${seed} repeats it)`, ({ world, program }) =>
    left-- > 0 ? nextStep(random, world, program) : undefined,
  );
});

/** @param next undefined at the end. */
async function playWorld(name: string, next: (play: Play) => Step | undefined): Promise<void> {
  const play = new Play(simulator);
  const history: Step[] = [];
  try {
    await play.begin();
    for (let step = next(play); step !== undefined; step = next(play)) {
      history.push(step);
      await play.take(step);
    }
  } catch (fault) {
    const [why, stack] = fault instanceof Error ? [fault.message, fault.stack] : [String(fault), ""];
    const told = `${why}\n\nin step ${history.length} ${name}:\n${describeHistory(history).join("\n")}`;
    throw Object.assign(new Error(told), { stack: `${told}\n${stack}` });
  } finally {
    await play.end();
  }
}
