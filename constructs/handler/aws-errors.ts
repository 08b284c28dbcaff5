/** What an exception of an AWS client means, as the end of a sentence. Pure. */
import { at, textAt } from "../../core/json";
import { networkErrorCode, textOf } from "../../core/sign-in/network-errors";

/** Something could not be had from AWS, or is of no use. Its message is the beginning of a sentence, without secrets. */
export class AwsFailure extends Error {
  constructor(
    sentence: string,
    /** Whether asking again later can help. */
    readonly isPassing = false,
    /** What AWS has against it, where that matters. */
    readonly refusal: "missing" | "denied" | undefined = undefined,
  ) {
    super(sentence);
    this.name = "AwsFailure";
  }
}

/** What was asked of AWS. */
export type AwsQuestion =
  | { readonly of: "secret"; readonly id: string; readonly versionId: string | undefined }
  | { readonly of: "script"; readonly url: string }
  | { readonly of: "output"; readonly url: string }
  | { readonly of: "token"; readonly audience: string }
  | { readonly of: "stack"; readonly id: string }
  | { readonly of: "stackEvents"; readonly id: string };

export function awsFailure(error: unknown, question: AwsQuestion): AwsFailure {
  const name = textAt(error, "name") ?? "Error";
  const sentence = `${subjectOf(question)}: ${whatIsWrong(name, error, question)}`;
  const refusal = MISSING.includes(name) ? "missing" : DENIED.includes(name) ? "denied" : undefined;
  return new AwsFailure(sentence, isPassing(name, error), refusal);
}

const MISSING = ["ResourceNotFoundException", "NoSuchKey", "NoSuchVersion", "NoSuchBucket"];
const DENIED = ["AccessDenied", "AccessDeniedException"];

function subjectOf(question: AwsQuestion): string {
  switch (question.of) {
    case "secret":
      return `the secret '${question.id}' cannot be read`;
    case "script":
      return `the script '${question.url}' cannot be read`;
    case "output":
      return `the output cannot be kept in '${question.url}'`;
    case "token":
      return "AWS STS gives no token for Azure";
    case "stack":
      return `the state of the stack '${question.id}' cannot be seen`;
    case "stackEvents":
      return `the events of the stack '${question.id}' cannot be seen`;
  }
}

function whatIsWrong(name: string, error: unknown, question: AwsQuestion): string {
  switch (name) {
    case "AccessDenied":
    case "AccessDeniedException":
      return `not allowed: the function's role needs '${actionOf(question)}'${hintOf(question)}`;
    case "ResourceNotFoundException":
      return question.of === "secret" && question.versionId !== undefined
        ? `there is no such secret, or it has no version '${question.versionId}'`
        : "there is no such secret, or it has no value yet";
    case "DecryptionFailure":
      return "AWS KMS does not decrypt it; see that the key is enabled and that the function's role may use it";
    case "NoSuchKey":
      return "there is no such object in the bucket";
    case "NoSuchVersion":
      return "the object has no such version";
    case "NoSuchBucket":
      return "there is no such bucket";
    case "OutboundWebIdentityFederationDisabledException":
    case "OutboundWebIdentityFederationDisabled":
      return "outbound identity federation is switched off in this AWS account; switch it on once with 'aws iam enable-outbound-web-identity-federation'";
    default:
      return detailOf(name, error);
  }
}

/** Messages of AWS name resources and rights, no values. */
function detailOf(name: string, error: unknown): string {
  const status = statusOf(error);
  if (status === undefined) {
    return `no answer from AWS (${networkErrorCode(textOf(error)) ?? name}); see that the function reaches it, by a VPC endpoint or another way out where it runs in a VPC`;
  }
  const message = textAt(error, "message") ?? "";
  return `AWS says ${name}${message === "" ? "" : `: ${JSON.stringify(message)}`}`;
}

function actionOf(question: AwsQuestion): string {
  switch (question.of) {
    case "secret":
      return "secretsmanager:GetSecretValue";
    case "script":
      return question.url.includes("?versionId=") ? "s3:GetObjectVersion" : "s3:GetObject";
    case "output":
      return "s3:PutObject";
    case "token":
      return "sts:GetWebIdentityToken";
    case "stack":
      return "cloudformation:DescribeStacks";
    case "stackEvents":
      return "cloudformation:DescribeStackEvents";
  }
}

function hintOf(question: AwsQuestion): string {
  switch (question.of) {
    case "secret":
      return ", and 'kms:Decrypt' where the secret has a key of its own";
    case "script":
      return "; S3 says the same of an object that is not there";
    case "output":
    case "token":
    case "stack":
    case "stackEvents":
      return "";
  }
}

const THROTTLED = ["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"];

function isPassing(name: string, error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 429 || status >= 500 || THROTTLED.includes(name);
}

function statusOf(error: unknown): number | undefined {
  const status = at(error, "$metadata", "httpStatusCode");
  return typeof status === "number" ? status : undefined;
}
