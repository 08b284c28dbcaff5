/** Errors as the engine prints them: a sentence, and no stack. */
import { RunFailedError } from "../core/failures/errors";
import type { Mask } from "../core/secrets/secret-texts";
import type { Properties } from "./state";

export class ProviderError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "RunCommand";
    // The engine prints the stack of what check, diff, read and delete throw.
    this.stack = "";
  }
}

/**
 * Turns a failure of the core into its sentence.
 *
 * @param mask takes secrets out of it: a sentence can quote what Azure or the VM answered.
 */
export async function withSentences<Result>(
  work: () => Promise<Result>,
  mask: Mask = (sentence) => sentence,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RunFailedError) {
      throw new ProviderError(mask(error.message));
    }
    throw error;
  }
}

/**
 * Keeps a resource, with what its scripts printed, in the state. The reasons are all that the engine shows.
 *
 * @param inputs with the shim's text: the SDK adds it to what is returned, but not to what is thrown; without it the resource
 * is lost.
 */
export function partialFailure(id: string, outs: Properties, inputs: Properties, sentence: string): Error {
  const properties = { ...outs, __provider: inputs.__provider };
  return Object.assign(new ProviderError(sentence), { id, properties, reasons: [sentence] });
}
