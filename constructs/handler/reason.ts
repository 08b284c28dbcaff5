/** Makes of a failure what CloudFormation shows of it: one short line. Pure. */
import { beginningWithin, endWithin, jsonBytes } from "./json-bytes";

/**
 * Most bytes of a reason, written as JSON. Beside it, an answer has the ids of stack and resource (731 bytes at worst, all of it
 * 4,096), and the framework adds where the logs are. Source: our own choice.
 */
export const REASON_MAX_BYTES = 1_500;

/** Of a reason that is too long, so much of its beginning is kept; the rest of the room is for its end. */
const BEGINNING_BYTES = 500;

const CUT = " … ";

/** What fails a deployment, as the user is to read it. */
export class DeploymentFailure extends Error {
  constructor(sentence: string) {
    const reason = reasonOf(sentence);
    super(reason);
    this.name = "DeploymentFailure";
    // The framework shows the message and the stack without only its first line: of one line nothing is shown twice.
    // Source: aws-cdk-lib 2.276, provider-framework/runtime/framework.js (invokeUserFunction).
    this.stack = reason;
  }
}

/** The sentence in one line: what went wrong stands at its beginning, what a script printed last at its end. */
export function reasonOf(sentence: string): string {
  const line = sentence
    .split(/[\r\n\u2028\u2029]+/)
    .map((part) => part.trim().replace(/^- /, ""))
    .filter((part) => part !== "")
    .join("; ")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
    .replace(/[\u0000-\u001f\u007f]+/g, " ");
  if (jsonBytes(line) <= REASON_MAX_BYTES) {
    return line;
  }
  const beginning = beginningWithin(line, BEGINNING_BYTES);
  return `${beginning}${CUT}${endWithin(line, REASON_MAX_BYTES - jsonBytes(`${beginning}${CUT}`))}`;
}
