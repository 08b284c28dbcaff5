/** What the flows of one invocation share. */
import type { JsonObject } from "../../core/json";
import type { StackRequest } from "./event";
import { openLog, type RequestLog } from "./log";
import type { HandlerOutside } from "./outside";
import type { Sessions } from "./session";
import type { InvocationTime } from "./time";

/** What AWS Lambda gives a function beside its event. Source: AWS Lambda, "Using the context object in Node.js". */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export interface Invocation {
  readonly request: StackRequest;
  readonly properties: JsonObject;
  readonly outside: HandlerOutside;
  readonly sessions: Sessions;
  readonly log: RequestLog;
  time(): InvocationTime;
}

export function openInvocation(
  request: StackRequest,
  context: LambdaContext,
  outside: HandlerOutside,
  sessions: Sessions,
): Invocation {
  const { properties } = request;
  const time = () => ({ nowMs: outside.nowMs(), remainingMs: context.getRemainingTimeInMillis() });
  return { request, properties, outside, sessions, log: openLog(outside, request), time };
}
