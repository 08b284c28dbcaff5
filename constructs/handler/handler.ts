/** The two functions that the CDK's Provider framework calls. */
import { VERSION } from "../../core/version";
import { readRequest } from "./event";
import { follow } from "./follow";
import { type IsCompleteAnswer, type OnEventAnswer, readHandedOn } from "./handed-on";
import { type Invocation, type LambdaContext, openInvocation } from "./invocation";
import type { HandlerOutside } from "./outside";
import { DeploymentFailure } from "./reason";
import { RIGHTS_SPREAD_SECONDS, withPatience } from "./rights";
import { rememberSecrets, type SecretMemory } from "./secret-memory";
import { keepSessions, type Sessions } from "./session";
import { start } from "./start";

export interface Handler {
  /** Called once for each request, and again when it is not known whether it was. */
  onEvent(event: unknown, context: LambdaContext): Promise<OnEventAnswer>;
  /** Called with what `onEvent` answered, until it says that all is done. */
  isComplete(event: unknown, context: LambdaContext): Promise<IsCompleteAnswer>;
}

export function handlerIn(outside: HandlerOutside): Handler {
  return handlerWith(outside, keepSessions);
}

/** The same, with sessions of another kind. */
export function handlerWith(world: HandlerOutside, openSessions: (outside: HandlerOutside) => Sessions): Handler {
  let receivedAtMs = 0;
  const memory = rememberSecrets(withPatience(world, () => receivedAtMs + RIGHTS_SPREAD_SECONDS * 1_000));
  const { outside } = memory;
  const sessions = openSessions(outside);
  const answering = async <Result>(
    event: unknown,
    context: LambdaContext,
    work: (invocation: Invocation) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await work(openInvocation(readRequest(event), context, outside, sessions));
    } catch (error) {
      throw error instanceof DeploymentFailure ? error : faultOf(error, memory);
    }
  };
  return {
    onEvent: (event, context) => {
      receivedAtMs = outside.nowMs();
      return answering(event, context, start);
    },
    isComplete: (event, context) => {
      receivedAtMs = readHandedOn(event)?.receivedAtMs ?? 0;
      return answering(event, context, (invocation) => follow(event, invocation));
    },
  };
}

/** What no sentence was foreseen for, and so may hold anything. */
function faultOf(error: unknown, { outside, mask }: SecretMemory): DeploymentFailure {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const what = mask(`${name}: ${message}`);
  outside.writeLine(JSON.stringify({ level: "error", message: what, stack: mask(stack) }));
  return new DeploymentFailure(
    `a fault in azure-run-command ${VERSION}, of which the function's log tells more: ${what}`,
  );
}
