/** Every fault at every step of a run command's life: its script runs once, and the deployment ends as it should. */
import type { FaultName } from "../../simulator/faults/names";
import { stopAll } from "../simulator/running";
import { carryOut } from "./support/carry-out";
import { COMBINATIONS, describeCombination, TOKEN_COMBINATIONS } from "./support/combination";
import { play } from "./support/play";
import { truthOf } from "./support/rule";
import { type Station, Stations, startAzure } from "./support/stations";
import { STORIES } from "./support/stories";
import { trust } from "./support/trust";

jest.setTimeout(180_000);

/** As many as jest carries out at the same time (`maxConcurrency`). */
const VM_NAMES = ["vm1", "vm2", "vm3", "vm4", "vm5"];

interface Places {
  readonly machines: Stations;
  /** Each with an Azure of its own, since no request for a token tells which VM it is for. */
  readonly azures: Stations;
  distrust(): void;
}

let started: Promise<Places> | undefined;

/** Concurrent tests begin before `beforeAll`, so the first of them starts it. */
async function start(): Promise<Places> {
  const all = await Promise.all([startAzure(VM_NAMES), startAzure(["vm1"]), startAzure(["vm1"])]);
  const [machines, ...azures] = all.map(({ stations }) => stations) as [readonly Station[], ...(readonly Station[])[]];
  return {
    machines: new Stations(machines),
    azures: new Stations(azures.flat()),
    distrust: trust(all.map(({ rootCertificate }) => rootCertificate)),
  };
}

afterAll(async () => {
  await stopAll();
  (await started)?.distrust();
});

interface Case {
  readonly sentence: string;
  readonly fault: FaultName;
  readonly truth: unknown;
  /** Whether it needs an Azure of its own. */
  readonly apart: boolean;
  see(station: Station, key: string): Promise<unknown>;
}

const [REGULAR, APART] = [COMBINATIONS, TOKEN_COMBINATIONS].map((combinations) =>
  combinations.map(
    (combination): Case => ({
      sentence: describeCombination(combination),
      fault: combination.fault,
      truth: truthOf(combination),
      apart: combination.on === "token",
      see: (station, key) => carryOut(combination, key, station),
    }),
  ),
) as [Case[], Case[]];

const TOLD = STORIES.map(
  (story): Case => ({
    sentence: story.sentence,
    fault: story.faults[0].fault,
    truth: story.truth,
    apart: false,
    see: (station, key) => play(story, key, station),
  }),
);

/** Those that need an Azure of their own are spread among the others, so that none of them waits for another. */
function spread(some: readonly Case[], among: readonly Case[]): readonly Case[] {
  const share = among.length / some.length;
  return some.flatMap((each, index) => [
    each,
    ...among.slice(Math.floor(index * share), Math.floor((index + 1) * share)),
  ]);
}

/** The key of each is its number, so that receipts of one are never those of another. */
const CASES = spread(APART, [...TOLD, ...REGULAR]).map((each, index) => ({ ...each, key: `case${index}` }));

const carriedOut = new Map<FaultName, number>();

test.concurrent.each(CASES)("$sentence", async ({ apart, key, fault, truth, see }) => {
  started ??= start();
  const { machines, azures } = await started;
  await (apart ? azures : machines).lend(async (station) => {
    const seen = await see(station, key);
    carriedOut.set(fault, (carriedOut.get(fault) ?? 0) + 1);
    expect(seen).toEqual(truth);
  });
});

test("at least 300 combinations were carried out, so many of each fault", () => {
  expect([...carriedOut.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(300);
  const numbers: Readonly<Record<FaultName, number>> = {
    "agent-not-ready": 8,
    "conflict-concurrent": 9,
    "conflict-running": 12,
    "connection-reset": 30,
    "operation-preempted": 8,
    "operation-stuck": 12,
    "poll-cut-json": 24,
    "poll-truncated": 20,
    reboot: 16,
    "reply-lost-after": 27,
    "reply-lost-before": 27,
    "status-500": 29,
    "status-502": 27,
    "status-503": 27,
    throttled: 28,
    "throttled-retry-after": 28,
    "token-expired": 21,
  };
  expect(Object.fromEntries(carriedOut)).toEqual(numbers);
});
