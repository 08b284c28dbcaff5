/** What the engine asks of a resource of any kind. */
import type { VmTarget } from "../core/arm/invocation";
import { makeReader } from "../core/inputs/input";
import type { DiffResult, Replacing } from "./comparison";
import { inputNamesOf, kindOf } from "./kinds";
import { urnOf } from "./names";
import { ProviderError } from "./provider-error";
import { isUnknown, type Properties } from "./state";
import { currentWork } from "./work";

export interface CreateResult {
  readonly id: string;
  readonly outs: Properties;
}

export interface ReadResult {
  readonly id?: string;
  readonly props?: Properties;
}

export interface ResourceLifecycle {
  /** The one VM that the inputs name, as far as it is known. */
  vmOf(news: Properties): VmTarget | undefined;
  diff(olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<CreateResult>;
  update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }>;
  read(id: string, props: Properties): Promise<ReadResult>;
  remove(props: Properties): Promise<void>;
}

/** @param known what was read of the inputs. */
export function requireComplete<Known>(known: Known | undefined, inputs: Properties): Known {
  if (known === undefined) {
    const kind = kindOf(inputs);
    throw new ProviderError(
      `the inputs of this ${kind} are not complete; its inputs are ${inputNamesOf(kind).join(", ")}`,
    );
  }
  return known;
}

/**
 * Tells what an update would do, at the resource's own line.
 *
 * @param replacing what `replaceOnChanges` makes of it: then it would be no update, and the engine tells what it is.
 * @param describe `undefined` where there is nothing to tell.
 */
export async function tellPlan(
  news: Properties,
  replacing: readonly Replacing[],
  describe: () => string | undefined,
): Promise<void> {
  const sentence = replacing.length > 0 ? undefined : describe();
  if (sentence !== undefined) {
    const { log } = currentWork();
    log.reporterFor(urnOf(news)).info(sentence);
    await log.flush();
  }
}

/** Whether an input, or a part of it, is not known yet. */
export function isUnknownIn(news: Properties): (name: string) => boolean {
  return (name) => !makeReader({ isUnknown }, () => undefined).isKnown(news[name]);
}

/** What a deletion says that finds nothing to go by. */
export async function tellNothingIsKnown(props: Properties): Promise<void> {
  const { log } = currentWork();
  log.reporterFor(urnOf(props)).warn("the state of this resource tells no VM and no run: nothing was removed anywhere");
  await log.flush();
}
