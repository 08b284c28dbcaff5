/** How large an answer to CloudFormation may be, and how large it is without its attributes. Pure. */

/**
 * Most bytes of the JSON of a whole answer: beyond it CloudFormation fails the resource and ignores what it says.
 * Source: AWS CloudFormation, "Custom resource response objects".
 */
export const RESPONSE_MAX_BYTES = 4_096;

export type Attributes = Readonly<Record<string, string>>;

/** What an answer names beside its attributes. */
export interface Envelope {
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string;
}

/**
 * Bytes of a success with these attributes, as the framework writes it; with `NoEcho`, whether it is sent or not.
 *
 * Source: aws-cdk-lib 2.276, provider-framework/runtime/cfn-response.js (submitResponse).
 */
export function responseBytes(envelope: Envelope, attributes: Attributes): number {
  return Buffer.byteLength(
    JSON.stringify({
      Status: "SUCCESS",
      Reason: "SUCCESS",
      StackId: envelope.stackId,
      RequestId: envelope.requestId,
      PhysicalResourceId: envelope.physicalResourceId,
      LogicalResourceId: envelope.logicalResourceId,
      NoEcho: true,
      Data: attributes,
    }),
  );
}
