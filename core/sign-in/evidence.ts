/** What was seen while a token was asked for once, beside the exception: `@azure/identity` drops causes on the way up. */

export interface Evidence {
  /** What we found out ourselves: the end of a sentence, without secrets. */
  problem: string | undefined;
  /** Why there was no token where asking again can help: the end of a sentence, without secrets. */
  passing: string | undefined;
  /** The text of the last network error, for looking names up in. */
  networkError: string | undefined;
  /** The other issuer's token: the library asks for it twice in a row. */
  assertion: Promise<string> | undefined;
}

export function freshEvidence(): Evidence {
  return { problem: undefined, passing: undefined, networkError: undefined, assertion: undefined };
}

/** Keeps what is wrong where it is found. @returns the exception to throw, for the library to drop. */
export function noteProblem(evidence: Evidence, problem: string): Error {
  evidence.problem = problem;
  return new Error(problem);
}
