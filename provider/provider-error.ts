/** Errors as the engine prints them: a sentence, and no stack. */
import { RunFailedError } from "../core/errors";

export class ProviderError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "RunCommand";
    // The engine prints the stack of what check, diff, read and delete throw.
    this.stack = "";
  }
}

/** Turns a failure of the core into its sentence. */
export async function withSentences<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RunFailedError) {
      throw new ProviderError(error.message);
    }
    throw error;
  }
}
