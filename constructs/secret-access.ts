/** The permission to read one secret. */
import { aws_iam as iam, Stack, type aws_secretsmanager as secretsmanager, Token, TokenComparison } from "aws-cdk-lib";
import type { Construct } from "constructs";

/**
 * `ISecret.grantRead` writes the role into the policies of the secret's key, which closes a circle where the key is in another
 * stack. It is not needed there: the CDK makes keys of secrets with a policy that lets the account's own roles decrypt through
 * AWS Secrets Manager.
 *
 * @param caller begins the sentence of an error.
 * @param scope a construct of the stack in which the secret is read.
 * @throws when the secret is in another region than what reads it.
 */
export function allowSecret(
  caller: string,
  scope: Construct,
  grantee: iam.IGrantable,
  secret: secretsmanager.ISecret,
): void {
  const stack = Stack.of(scope);
  const { region } = secret.env;
  if (Token.compareStrings(region, stack.region) === TokenComparison.DIFFERENT) {
    throw new Error(
      `${caller}: the secret '${secret.node.path}' is in ${region} and the stack '${stack.node.path}' in ${stack.region}, where its Lambda functions look for it; replicate the secret to ${stack.region}, and give the replica's ARN`,
    );
  }
  const allow = (statement: iam.PolicyStatementProps) =>
    grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement(statement));
  allow({ actions: ["secretsmanager:GetSecretValue"], resources: [arnForPolicies(secret)] });
  const { encryptionKey } = secret;
  if (encryptionKey !== undefined) {
    allow({
      actions: ["kms:Decrypt"],
      resources: [encryptionKey.keyArn],
      conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${stack.region}.amazonaws.com` } },
    });
  }
}

/** Which end the ARN has is not known. Source: AWS Secrets Manager: six random characters. */
const ANY_END = "-??????";

function arnForPolicies({ secretArn, secretFullArn }: secretsmanager.ISecret): string {
  return secretFullArn ?? `${secretArn}${ANY_END}`;
}
