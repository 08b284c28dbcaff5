/** AWS Secrets Manager: the secrets that there are, and GetSecretValue. */
import { randomUUID } from "node:crypto";
import { type Account, arn, randomText } from "../account";
import { json, jsonError, readJson, targetOf } from "./protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "./service";

interface SecretVersion {
  readonly id: string;
  readonly text: string;
  readonly createdMs: number;
  stages: readonly string[];
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly versions: SecretVersion[];
  scheduledForDeletion: boolean;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export class Secrets {
  readonly #secrets = new Map<string, Secret>();

  constructor(
    private readonly account: Account,
    private readonly nowMs: () => number,
  ) {}

  /** Makes a secret, or gives it a new current version. @returns its ARN, which ends with six random characters. */
  put(name: string, text: string, versionId: string = randomUUID()): string {
    const secret = this.#byName(name) ?? this.#make(name);
    for (const version of secret.versions) {
      version.stages = version.stages.includes("AWSCURRENT") ? ["AWSPREVIOUS"] : [];
    }
    secret.versions.push({ id: versionId, text, createdMs: this.nowMs(), stages: ["AWSCURRENT"] });
    return secret.arn;
  }

  #make(name: string): Secret {
    const secret: Secret = {
      arn: arn(this.account, "secretsmanager", `secret:${name}-${randomText(LETTERS, 6)}`),
      name,
      versions: [],
      scheduledForDeletion: false,
    };
    this.#secrets.set(secret.arn, secret);
    return secret;
  }

  #byName(name: string): Secret | undefined {
    return [...this.#secrets.values()].find((secret) => secret.name === name);
  }

  arnOf(name: string): string | undefined {
    return this.#byName(name)?.arn;
  }

  textOf(arn: string): string | undefined {
    return this.#secrets.get(arn)?.versions.at(-1)?.text;
  }

  /** Marks it for deletion: it is there, and gives nothing. Source: Secrets Manager API Reference, DeleteSecret. */
  scheduleDeletion(nameOrArn: string): void {
    const secret = this.#find(nameOrArn);
    if (secret !== undefined) {
      secret.scheduledForDeletion = true;
    }
  }

  /** Takes it away at once. */
  delete(nameOrArn: string): void {
    const secret = this.#find(nameOrArn);
    if (secret !== undefined) {
      this.#secrets.delete(secret.arn);
    }
  }

  /** By ARN, by ARN without the random characters, or by name. Source: GetSecretValue, `SecretId`. */
  #find(id: string): Secret | undefined {
    return (
      this.#secrets.get(id) ??
      [...this.#secrets.values()].find(({ arn, name }) => name === id || arn.slice(0, -"-ABCDEF".length) === id)
    );
  }

  service(): Service {
    return {
      refuse: jsonError,
      handle: (request) => {
        const operation = targetOf(request);
        if (operation !== "GetSecretValue") {
          throw unknownOperation("secretsmanager", operation);
        }
        return this.#getValue(request);
      },
    };
  }

  #getValue(request: ServiceRequest): ServiceReply {
    const { SecretId, VersionId, VersionStage } = readJson(request.body);
    const secret = this.#find(String(SecretId));
    const byNameArn = arn(this.account, "secretsmanager", `secret:${String(SecretId)}`);
    // Of a secret that is not there: assumed.
    const requestedArn = secret?.arn ?? (String(SecretId).startsWith("arn:") ? String(SecretId) : byNameArn);
    request.authorize("secretsmanager:GetSecretValue", requestedArn, {
      "secretsmanager:SecretId": [String(SecretId)],
      ...(VersionId === undefined ? {} : { "secretsmanager:VersionId": [String(VersionId)] }),
      "secretsmanager:VersionStage": [String(VersionStage ?? "AWSCURRENT")],
    });
    const notFound = (what: string) =>
      new AwsError("ResourceNotFoundException", `Secrets Manager can't find the specified ${what}`);
    if (secret === undefined) {
      throw notFound("secret.");
    }
    if (secret.scheduledForDeletion) {
      throw new AwsError(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    const stage = String(VersionStage ?? "AWSCURRENT");
    const version = secret.versions.find(({ id, stages }) =>
      VersionId === undefined ? stages.includes(stage) : id === VersionId,
    );
    if (version === undefined) {
      throw notFound(
        VersionId === undefined
          ? `secret value for staging label: ${stage}`
          : `secret value for VersionId: ${String(VersionId)}`,
      );
    }
    return json({
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      SecretString: version.text,
      VersionStages: version.stages,
      CreatedDate: version.createdMs / 1_000,
    });
  }
}
