/** A value in AWS Secrets Manager that a script is given, read when the script runs. */
import type { aws_iam as iam, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { jsonFieldProblem, objectProblem, refuse, SECRET } from "./required";
import { allowSecret } from "./secret-access";

/** Where the Lambda functions find a secret. */
export interface RunCommandSecretConfig {
  /** The secret's ARN. */
  readonly secretArn: string;
  /**
   * The field of a secret that is a JSON object.
   *
   * @default the whole text of the secret
   */
  readonly jsonField?: string;
}

/** A secret that a script is given. */
export abstract class RunCommandSecret {
  /**
   * A secret in AWS Secrets Manager. Its current version counts when the script runs.
   *
   * @param secret in the region of the stack. The Lambda functions are given the permission to read it; one of another account
   * needs policies of its own, and of its key, that let them.
   * @param jsonField the field of a secret that is a JSON object; left out: the whole text.
   * @throws when the field is an empty text.
   */
  public static fromSecretsManager(secret: secretsmanager.ISecret, jsonField?: string): RunCommandSecret {
    const caller = "RunCommandSecret.fromSecretsManager";
    refuse(caller, "secret", objectProblem(secret, "secretArn", SECRET));
    refuse(caller, "jsonField", jsonFieldProblem(jsonField));
    return new SecretsManagerSecret(secret, jsonField);
  }

  /**
   * Gives the permission to read the secret.
   *
   * @param scope the run command.
   * @param grantee who reads it.
   * @throws when the secret is in another region than the stack.
   */
  public abstract bind(scope: Construct, grantee: iam.IGrantable): RunCommandSecretConfig;
}

class SecretsManagerSecret extends RunCommandSecret {
  public constructor(
    private readonly secret: secretsmanager.ISecret,
    private readonly jsonField: string | undefined,
  ) {
    super();
  }

  public override bind(scope: Construct, grantee: iam.IGrantable): RunCommandSecretConfig {
    allowSecret("RunCommandSecret.fromSecretsManager", scope, grantee, this.secret);
    const { secretArn } = this.secret;
    return this.jsonField === undefined ? { secretArn } : { secretArn, jsonField: this.jsonField };
  }
}
