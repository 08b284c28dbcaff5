/**
 * What the engine asks of a resource: check, diff, create, read, update, delete.
 *
 * The serialised shim in every state calls these functions by name with these arguments. Both are a contract for all
 * time: a state of today must still be deletable by every later version.
 */
import { checkInputs } from "./check-inputs";
import type { DiffResult } from "./comparison";
import { timeoutsProblem } from "./custom-timeouts";
import { fleetLifecycle } from "./fleet-lifecycle";
import { keyProblem } from "./key-owners";
import { kindOf } from "./kinds";
import { urnOf } from "./names";
import type { CreateResult, ReadResult, ResourceLifecycle } from "./resource-lifecycle";
import { clean, type Properties } from "./state";
import { vmLifecycle } from "./vm-lifecycle";
import { type ConfigureRequest, currentWork, takeConfiguration } from "./work";

function lifecycleOf(properties: Properties): ResourceLifecycle {
  switch (kindOf(properties)) {
    case "RunCommand":
    case "RunCommandExtension":
      return vmLifecycle;
    case "RunCommandFleet":
      return fleetLifecycle;
  }
}

/** The engine calls this before anything else, but does not wait for it in refresh and destroy: it only takes notes. */
export async function configure(request: ConfigureRequest): Promise<void> {
  takeConfiguration(request);
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

/** Finds every problem of the inputs. Asks nothing of the network. */
export async function check(olds: Properties, news: Properties): Promise<CheckResult> {
  // A renamed or aliased resource keeps its key, and with it its receipts.
  const inputs = clean({ ...news, key: olds.key ?? news.key });
  const { problems, warnings } = await checkInputs(news);
  const others = [timeoutsProblem(news), keyProblem(inputs, lifecycleOf(news).vmOf(news))];
  if (warnings.length > 0) {
    const reporter = currentWork().log.reporterFor(urnOf(news));
    for (const warning of warnings) reporter.warn(warning);
    await currentWork().log.flush();
  }
  const sentences = [...problems.map(({ sentence }) => sentence), ...others.filter((problem) => problem !== undefined)];
  // With a property's name the engine would print its value, secrets too; the sentence names it instead.
  return { inputs, failures: sentences.map((reason) => ({ property: "", reason })) };
}

/** Says what an update would do. Asks nothing of the network. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  return lifecycleOf(news).diff(olds, news);
}

/** Runs the script for the first time, or takes up the run that an interrupted deployment of the same resource began. */
export async function create(inputs: Properties): Promise<CreateResult> {
  return lifecycleOf(inputs).create(inputs);
}

/** Runs a script, when something that it depends on changed, the last run was no success or the VM is not as it should be. */
export async function update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> {
  return lifecycleOf(news).update(id, olds, news);
}

/** Looks what became of the VM, or of each of them. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  return lifecycleOf(props).read(id, props);
}

/** Takes the resource off its VM, or off each of them. */
async function remove(_id: string, props: Properties): Promise<void> {
  return lifecycleOf(props).remove(props);
}

export { remove as delete };
