/** What the exceptions of AWS clients mean, in whole sentences. */
import { type AwsQuestion, awsFailure } from "../../../constructs/handler/aws-errors";

const SECRET: AwsQuestion = { of: "secret", id: "arn:code", versionId: undefined };
const SCRIPT: AwsQuestion = { of: "script", url: "s3://assets/install.sh" };
const TOKEN: AwsQuestion = { of: "token", audience: "api://AzureADTokenExchange" };

const exception = (name: string, httpStatusCode: number, message = "AWS's own words") =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

test.each<readonly [AwsQuestion, Error, string]>([
  [
    SECRET,
    exception("ResourceNotFoundException", 400),
    "the secret 'arn:code' cannot be read: there is no such secret, or it has no value yet",
  ],
  [
    { ...SECRET, versionId: "v7" },
    exception("ResourceNotFoundException", 400),
    "the secret 'arn:code' cannot be read: there is no such secret, or it has no version 'v7'",
  ],
  [
    SECRET,
    exception("AccessDeniedException", 400),
    "the secret 'arn:code' cannot be read: not allowed: the function's role needs 'secretsmanager:GetSecretValue', and 'kms:Decrypt' where the secret has a key of its own",
  ],
  [
    SECRET,
    exception("DecryptionFailure", 400),
    "the secret 'arn:code' cannot be read: AWS KMS does not decrypt it; see that the key is enabled and that the function's role may use it",
  ],
  [
    SECRET,
    exception(
      "InvalidRequestException",
      400,
      "You can't perform this operation on the secret because it was marked for deletion.",
    ),
    `the secret 'arn:code' cannot be read: AWS says InvalidRequestException: "You can't perform this operation on the secret because it was marked for deletion."`,
  ],
  [
    SCRIPT,
    exception("NoSuchKey", 404),
    "the script 's3://assets/install.sh' cannot be read: there is no such object in the bucket",
  ],
  [
    SCRIPT,
    exception("NoSuchBucket", 404),
    "the script 's3://assets/install.sh' cannot be read: there is no such bucket",
  ],
  [
    SCRIPT,
    exception("AccessDenied", 403),
    "the script 's3://assets/install.sh' cannot be read: not allowed: the function's role needs 's3:GetObject'; S3 says the same of an object that is not there",
  ],
  [
    { of: "script", url: "s3://assets/install.sh?versionId=v1" },
    exception("NoSuchVersion", 404),
    "the script 's3://assets/install.sh?versionId=v1' cannot be read: the object has no such version",
  ],
  [
    { of: "script", url: "s3://assets/install.sh?versionId=v1" },
    exception("AccessDenied", 403),
    "the script 's3://assets/install.sh?versionId=v1' cannot be read: not allowed: the function's role needs 's3:GetObjectVersion'; S3 says the same of an object that is not there",
  ],
  [
    { of: "output", url: "s3://logs/stdout.txt" },
    exception("AccessDenied", 403),
    "the output cannot be kept in 's3://logs/stdout.txt': not allowed: the function's role needs 's3:PutObject'",
  ],
  [
    TOKEN,
    exception("OutboundWebIdentityFederationDisabledException", 400),
    "AWS STS gives no token for Azure: outbound identity federation is switched off in this AWS account; switch it on once with 'aws iam enable-outbound-web-identity-federation'",
  ],
  [
    TOKEN,
    exception("AccessDenied", 403),
    "AWS STS gives no token for Azure: not allowed: the function's role needs 'sts:GetWebIdentityToken'",
  ],
  [
    { of: "stack", id: "arn:stack" },
    exception("AccessDenied", 403),
    "the state of the stack 'arn:stack' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStacks'",
  ],
  [
    { of: "stackEvents", id: "arn:stack" },
    exception("AccessDenied", 403),
    "the events of the stack 'arn:stack' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStackEvents'",
  ],
  [
    { of: "stack", id: "arn:stack" },
    exception("ValidationError", 400, "Stack with id arn:stack does not exist"),
    `the state of the stack 'arn:stack' cannot be seen: AWS says ValidationError: "Stack with id arn:stack does not exist"`,
  ],
  [
    SECRET,
    Object.assign(new Error("connect ETIMEDOUT 10.0.0.1:443"), { code: "ETIMEDOUT", name: "Error" }),
    "the secret 'arn:code' cannot be read: no answer from AWS (ETIMEDOUT); see that the function reaches it, by a VPC endpoint or another way out where it runs in a VPC",
  ],
  [
    SECRET,
    Object.assign(new Error("Connection timed out after 3000 ms"), { name: "TimeoutError" }),
    "the secret 'arn:code' cannot be read: no answer from AWS (timed out); see that the function reaches it, by a VPC endpoint or another way out where it runs in a VPC",
  ],
])("of %j, %s", (question, error, sentence) => {
  expect(awsFailure(error, question).message).toBe(sentence);
});

test.each([
  [exception("ThrottlingException", 400), true],
  [exception("InternalServiceError", 500), true],
  [exception("TooManyRequestsException", 429), true],
  [Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), true],
  [exception("AccessDeniedException", 400), false],
  [exception("ResourceNotFoundException", 400), false],
])("asking again can help after %s: %s", (error, expected) => {
  expect(awsFailure(error, SECRET).isPassing).toBe(expected);
});

test.each([
  [exception("ResourceNotFoundException", 400), "missing"],
  [exception("AccessDenied", 403), "denied"],
  [exception("DecryptionFailure", 400), undefined],
])("%s: %s", (error, refusal) => {
  expect(awsFailure(error, SECRET).refusal).toBe(refusal);
});
