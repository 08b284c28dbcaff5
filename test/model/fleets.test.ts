/** Random lives of a fleet, with all that goes wrong: each script once on each VM for each intent. Time is virtual. */
import { virtualAzure } from "../support/virtual-azure";
import { FleetPlay } from "./support/fleet-play";
import { atWork, type FleetProgram, FleetStack, KEY } from "./support/fleet-stack";
import { Random } from "./support/random";

jest.mock("../../provider/work", () => ({ currentWork: () => atWork }));
// Each command is a process of its own, which remembers nothing of another.
jest.mock("../../provider/made-here", () => ({ noteMade: () => undefined, wasMadeHere: () => false }));

/** One seed: that play alone. Rounds: of each play. */
const SEEDS = process.env.MODEL_SEED === undefined ? [1, 2, 3, 4] : [Number(process.env.MODEL_SEED)];
const ROUNDS = Number(process.env.MODEL_ROUNDS ?? 40);

jest.setTimeout(600_000);

test.each(SEEDS)(`a fleet does what it says for ${ROUNDS} commands from seed %d on`, async (seed) => {
  const play = new FleetPlay(new Random(seed));
  for (let round = 1; round <= ROUNDS; round += 1) {
    play.history.push(`round ${round}`);
    try {
      await play.round();
    } catch (fault) {
      play.end();
      const why = fault instanceof Error ? fault.message : String(fault);
      const from = play.history.lastIndexOf(`round ${Math.max(1, round - 3)}`);
      throw new Error(
        `${why}\n\nfrom seed ${seed} on (MODEL_SEED=${seed} repeats it):\n${play.history.slice(from).join("\n")}`,
      );
    }
  }
});

const FIRST: FleetProgram = {
  vms: ["v1", "v2", "v3"],
  script: "first seconds=1",
  delete: "bye seconds=0",
  check: undefined,
  maxConcurrency: 2,
  maxErrors: 0,
};
const SECOND: FleetProgram = { ...FIRST, vms: ["v4", "v2", "v3"], script: "second seconds=1" };

/** What ran on each VM, as `purpose text`, once a deployment was killed at one of its requests and then tried again. */
async function killedAt(request: number): Promise<{ readonly ran: string; readonly wasKilled: boolean }> {
  let left = Number.POSITIVE_INFINITY;
  let kill = () => {};
  const step = () => {
    left -= 1;
    if (left === 0) kill();
    return undefined;
  };
  const vmNames = ["v1", "v2", "v3", "v4"];
  const wayMs = () => ({ there: 2_000, back: 2_000 });
  const azure = virtualAzure({ vmNames, wayMs, postFault: step, getFault: step });
  const stack = new FleetStack(azure);
  const up = async (program: FleetProgram, killAt = Number.POSITIVE_INFINITY) => {
    const process = stack.newProcess();
    left = killAt;
    kill = () => process.killed.abort(new Error("killed"));
    const ended = await stack.carryOut({ name: "up", process }, program);
    expect(ended.failure).toBeUndefined();
    await azure.outside.sleep(30_000);
    return ended;
  };
  await up(FIRST);
  const { wasKilled } = await up(SECOND, request);
  await up(SECOND);
  const ran = vmNames.map((name) => {
    const { guest } = azure.vm(name);
    const runs = guest.starts.map(({ runId, script }) => `${runId.split("-")[1]} ${script.split(" ")[0]}`);
    return `${name}: ${runs.join(", ")}${guest.keys().includes(KEY) ? "" : "; nothing is left"}`;
  });
  return { ran: ran.join("\n"), wasKilled };
}

test("killed at any of its requests and tried again, a deployment runs each script once", async () => {
  let requests = 0;
  for (let wasKilled = true; wasKilled; requests += 1) {
    const seen = await killedAt(requests + 1);
    wasKilled = seen.wasKilled;
    expect(`killed at request ${requests + 1}\n${seen.ran}`).toBe(
      [
        `killed at request ${requests + 1}`,
        "v1: create first, delete bye; nothing is left",
        "v2: create first, update second",
        "v3: create first, update second",
        "v4: create second",
      ].join("\n"),
    );
  }
  expect(requests).toBeGreaterThan(20);
});
