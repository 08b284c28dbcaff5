/** Random mixes of runs and deletions on several VMs, with all that goes wrong: order, isolation, exactly once. Time is virtual. */
import { LanePlay } from "./support/lane-play";
import { Random } from "./support/random";

/** One seed: that play alone. Rounds: of each play. */
const SEEDS = process.env.MODEL_SEED === undefined ? [1, 2, 3, 4] : [Number(process.env.MODEL_SEED)];
const ROUNDS = Number(process.env.MODEL_ROUNDS ?? 20);

jest.setTimeout(600_000);

test.each(SEEDS)(`lanes keep order, isolation and exactly once for ${ROUNDS} rounds from seed %d on`, async (seed) => {
  const play = new LanePlay(new Random(seed));
  for (let round = 1; round <= ROUNDS; round += 1) {
    play.history.push(`round ${round}`);
    try {
      await play.round();
    } catch (fault) {
      play.end();
      const why = fault instanceof Error ? fault.message : String(fault);
      const last = play.history.slice(play.history.lastIndexOf(`round ${round}`));
      throw new Error(`${why}\n\nfrom seed ${seed} on (MODEL_SEED=${seed} repeats it):\n${last.join("\n")}`);
    }
  }
});
