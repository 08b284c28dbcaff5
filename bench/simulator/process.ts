/** A simulator in a process of its own, with a clock that may run faster; asked over Node's channel between processes. */
import { checkOptions } from "../../simulator/options";
import { type Simulator, startSimulator } from "../../simulator/start";
import { seededRandom } from "../../simulator/timing";
import { scaledClock } from "../support/clock";
import { countRequests } from "./count-requests";
import type { Question, Settings } from "./messages";
import { StubGuest } from "./stub-guest";

const settings = JSON.parse(process.argv[2] ?? "") as Settings;
const clock = scaledClock(settings.time);
let simulator: Simulator | undefined;
const statistics = countRequests(clock, () => simulator?.world.operations ?? new Map());

async function main(): Promise<void> {
  const { vmNames: vm, timing, throttling } = settings;
  const raw = { vm, timing, throttling };
  const checked = checkOptions(raw);
  if (checked.kind === "problem") {
    throw new Error(JSON.stringify(checked.problem));
  }
  simulator = await startSimulator(checked.options, {
    clock,
    random: seededRandom(settings.seed),
    ...(settings.guests === "stub" ? { createGuest: (options) => new StubGuest(options, clock) } : {}),
    warn: (line) => process.stderr.write(`simulator: ${line}\n`),
  });
  process.send?.({ environment: simulator.environment, endpoint: simulator.endpoint });
}

process.on("message", (question: Question) => {
  switch (question) {
    case "statistics":
      process.send?.({ ...statistics(), cpuSeconds: cpuSeconds() });
      break;
    case "stop":
      void simulator?.stop({ hurry: true }).then(() => process.exit(0));
      break;
  }
});
// Whoever started it is gone.
process.on("disconnect", () => void simulator?.stop({ hurry: true }).finally(() => process.exit(1)));

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
});
