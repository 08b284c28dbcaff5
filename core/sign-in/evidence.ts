/** What was seen while a token was asked for once, beside the exception: `@azure/identity` drops causes on the way up. */
import { parseJson } from "../json";

export interface Evidence {
  /** What we found out ourselves: the end of a sentence, without secrets. */
  problem: string | undefined;
  /** Why there was no token where asking again can help: the end of a sentence, without secrets. */
  passing: string | undefined;
  /** The status of the last answer, or that it ended in its middle; undefined: none came. */
  lastAnswer: number | "cut off" | undefined;
  /** The text of the last network error, for looking names up in. */
  networkError: string | undefined;
  /** The other issuer's token: the library asks for it twice in a row. */
  assertion: Promise<string> | undefined;
}

export function freshEvidence(): Evidence {
  return {
    problem: undefined,
    passing: undefined,
    lastAnswer: undefined,
    networkError: undefined,
    assertion: undefined,
  };
}

/** Entra answers with JSON; half of it comes as a whole answer where something between has cut it. */
export function noteAnswer(evidence: Evidence, status: number, body: string): void {
  evidence.lastAnswer = status === OK && parseJson(body) === undefined ? "cut off" : status;
}

const OK = 200;

/** Keeps what is wrong where it is found. @returns the exception to throw, for the library to drop. */
export function noteProblem(evidence: Evidence, problem: string): Error {
  evidence.problem = problem;
  return new Error(problem);
}
