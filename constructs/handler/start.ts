/** `onEvent`: begins what a request asks for, and hands on what is to become of it. */
import { type Begun, begin } from "./begin";
import { goOn } from "./go-on";
import { HANDED_ON, type OnEventAnswer } from "./handed-on";
import { readOptions } from "./inputs";
import type { Invocation } from "./invocation";
import { countedFromMs } from "./time";

/**
 * @throws DeploymentFailure only when nothing can have run: of a Create that fails here, the framework keeps CloudFormation's
 * Delete to itself. Source: aws-cdk-lib 2.276, provider-framework/runtime/cfn-response.js (safeHandler).
 */
export async function start(invocation: Invocation): Promise<OnEventAnswer> {
  const { request, properties, outside } = invocation;
  const nowMs = outside.nowMs();
  const receivedAtMs = countedFromMs(request, nowMs);
  const { isSensitive } = readOptions(properties);
  const answer = ({ physicalId, stackStatus, next, leftover }: Begun): OnEventAnswer => ({
    PhysicalResourceId: physicalId,
    ...(isSensitive ? { NoEcho: true } : {}),
    [HANDED_ON]: {
      receivedAtMs,
      stackStatus,
      next,
      ...(leftover === undefined ? {} : { leftover }),
    },
  });
  if (request.type === "Delete") {
    // It may take as long as CloudFormation waits, which this function may not; and nothing turns it back.
    const physicalId = request.physicalResourceId ?? request.requestId;
    return answer({ physicalId, stackStatus: undefined, next: { kind: "delete" } });
  }
  return answer(await (request.isWait ? goOn(invocation) : begin(invocation, nowMs)));
}
