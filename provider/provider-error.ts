/** Errors as the engine prints them: a sentence, and no stack. */
import { RunFailedError } from "../core/failures/errors";
import type { Mask } from "../core/secrets/secret-texts";

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
