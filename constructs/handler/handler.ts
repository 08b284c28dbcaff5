/** The two functions that the CDK's Provider framework calls. */
import { VERSION } from "../../core/version";
import { readRequest } from "./event";
import { follow } from "./follow";
import type { IsCompleteAnswer, OnEventAnswer } from "./handed-on";
import { type Invocation, type LambdaContext, openInvocation } from "./invocation";
import type { HandlerOutside } from "./outside";
import { DeploymentFailure } from "./reason";
import { RIGHTS_SPREAD_SECONDS, withPatience } from "./rights";
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
  let rightsCountFromMs = 0;
  const outside = withPatience(world, () => rightsCountFromMs);
  const sessions = openSessions(outside);
  const answering = async <Result>(
    event: unknown,
    context: LambdaContext,
    work: (invocation: Invocation) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await work(openInvocation(readRequest(event), context, outside, sessions));
    } catch (error) {
      throw error instanceof DeploymentFailure ? error : faultOf(error, outside);
    }
  };
  return {
    onEvent: (event, context) => {
      rightsCountFromMs = outside.nowMs() + RIGHTS_SPREAD_SECONDS * 1_000;
      return answering(event, context, start);
    },
    isComplete: (event, context) => answering(event, context, (invocation) => follow(event, invocation)),
  };
}

/** What no sentence was foreseen for. */
function faultOf(error: unknown, outside: Pick<HandlerOutside, "writeLine">): DeploymentFailure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  outside.writeLine(JSON.stringify({ level: "error", message: `${name}: ${message}`, stack }));
  return new DeploymentFailure(
    `a fault in azure-run-command ${VERSION}, of which the function's log tells more: ${name}: ${message}`,
  );
}
