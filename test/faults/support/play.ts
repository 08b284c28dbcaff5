/** Plays a story, without knowing how it must end, and tells what was seen. */
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import { countedScript, endOf, expectClean, timesRan } from "./carry-out";
import { Resource } from "./resource";
import type { End } from "./rule";
import type { Station } from "./stations";
import type { Act, Story, StoryTruth } from "./stories";

export async function play(story: Story, key: string, station: Station): Promise<StoryTruth> {
  const { machine, environment } = station;
  const { waitSliceSeconds } = story;
  const resource = new Resource({ key, vmName: machine.name, environment, waitSliceSeconds });
  for (const act of story.before) {
    expectClean(await carryOut(act, key, resource));
  }
  const [{ script }] = story.acts;
  const timesBegun = () => timesRan(station, key, script);
  const struck: (() => Promise<number>)[] = [];
  for (const { comesAt, ...fault } of story.faults) {
    struck.push(comesAt === undefined ? await station.set(fault) : station.restartAt(comesAt, timesBegun));
  }
  const stuck = story.faults.some(({ fault }) => fault === "operation-stuck");
  const restartMs = Math.max(0, ...story.faults.map(({ fault, ms }) => (fault === "reboot" ? (ms ?? 0) : 0)));
  const ends: End[] = [];
  for (const act of story.acts) {
    const deployment = await carryOut(act, key, resource);
    // A restart after a time may be due only now.
    await delay(restartMs);
    // What is stuck is not waited for: the next deployment is to come meanwhile.
    await (stuck ? station.running() : station.settled());
    ends.push(endOf(deployment, timesRan(station, key, act.script)));
  }
  const left = await station.cleared(key);
  return { ends, struck: await Promise.all(struck.map((ask) => ask())), left };
}

function carryOut({ does, script, work, rebootPolicy, pace }: Act, key: string, resource: Resource) {
  if (does === "delete") {
    return resource.delete(pace);
  }
  const settings = { ...DEFAULT_SETTINGS, rebootPolicy };
  return resource.up({ script: countedScript(key, script, lineOf(work, key)), settings }, pace);
}

function lineOf(work: Act["work"], key: string): string {
  switch (work) {
    case "short":
      return "sleep 0.1";
    case "long":
      return "sleep 1.7";
    case "sticks 1":
    case "sticks 2":
      return `[ "$(wc -l </root/ran/${key})" -gt ${work.slice(-1)} ] || sleep 60`;
    case "sticks for ever":
      return "sleep 60";
  }
}
