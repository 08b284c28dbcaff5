/** Carries a combination out, without knowing what must come of it, and tells what was seen. */
import type { Combination, Step } from "./combination";
import { type Deployment, Resource } from "./resource";
import type { End, Truth } from "./rule";
import type { Station } from "./stations";

/** More than any combination needs: a loop without end is to fail, not to hang. */
const DEPLOYMENTS_MAX = 12;

/** Longer than one wait slice, shorter than two. */
const LONG_SECONDS = 1.7;
const SHORT_SECONDS = 0.1;

/** Notes in the guest that it runs, under a generation of its own. */
export function countedScript(key: string, generation: number, rest: string): string {
  return `mkdir -p /root/ran\necho ${generation} >>/root/ran/${key}\n${rest}\necho done ${generation}\n`;
}

export function timesRan(station: Station, key: string, generation: number): number {
  const lines = station.readBelowRoot(`ran/${key}`).split("\n");
  return lines.filter((line) => line === String(generation)).length;
}

export async function carryOut(combination: Combination, key: string, station: Station): Promise<Truth> {
  const { step } = combination;
  const resource = new Resource({
    key,
    vmName: station.machine.name,
    environment: station.environment,
    waitSliceSeconds: step === "long create" ? 1 : 60,
  });
  const generation = step === "update" ? 2 : 1;
  const up = (of: number) =>
    resource.up({ script: countedScript(key, of, `sleep ${step === "long create" ? LONG_SECONDS : SHORT_SECONDS}`) });
  if (step === "update" || isDelete(step)) {
    expectClean(await up(1));
  }
  const struck = await station.set(faultBody(combination));
  const deploy = async (): Promise<End> => {
    const deployment = isDelete(step) ? await resource.delete() : await up(generation);
    await station.settled();
    return endOf(deployment, timesRan(station, key, generation));
  };
  const before = resource.state;
  const ends = await untilSuccess(deploy);
  let again: End | undefined;
  if (!isDelete(step)) {
    // As if the deployment that succeeded had been killed before the state was written.
    resource.state = before;
    again = await deploy();
  }
  return { ends, again, struck: await struck(), left: await station.cleared(key) };
}

function isDelete(step: Step): boolean {
  return step === "purge" || step === "removal";
}

/** A preparation without faults. */
export function expectClean({ failure, sentence }: Deployment): void {
  if (failure !== undefined) {
    throw new Error(`without any fault: ${sentence}`);
  }
}

async function untilSuccess(deploy: () => Promise<End>): Promise<readonly End[]> {
  const ends: End[] = [];
  while (ends.at(-1)?.failure !== undefined || ends.length === 0) {
    ends.push(await deploy());
    if (ends.length > DEPLOYMENTS_MAX) {
      throw new Error(`deployments without end: ${JSON.stringify(ends)}`);
    }
  }
  return ends;
}

function faultBody({ step, fault, on, skip, times, ms }: Combination) {
  const removal = step === "removal" ? { commandId: "RemoveRunCommandLinuxExtension" } : {};
  return { fault, on, skip, count: times, ...(ms === undefined ? {} : { ms }), ...removal };
}

export function endOf({ failure, sentence, executed, messages }: Deployment, ran: number): End {
  const takenUp = executed?.outcome.takenUp ?? false;
  if (takenUp !== messages.some((message) => message.includes("it is taken up, not started again"))) {
    throw new Error(`takenUp is ${takenUp}, and that is not what was said: ${messages.join("\n")}`);
  }
  if (executed !== undefined && failure === undefined) {
    const { executionState, exitCode, stdout } = executed.outcome.result;
    if (executionState !== "Succeeded" || exitCode !== 0 || !/^done \d\n$/.test(stdout ?? "")) {
      throw new Error(`a success without its result: ${JSON.stringify(executed.outcome.result)}`);
    }
  }
  return { failure: failure?.kind, ran, takenUp, saysNothingWasRun: sentence?.includes("nothing was run") ?? false };
}
