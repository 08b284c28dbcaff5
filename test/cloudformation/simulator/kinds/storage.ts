/** Secrets, buckets, parameters, keys and log groups. Source of shapes: AWS CloudFormation Template Reference. */
import { randomUUID } from "node:crypto";
import { arn, generatedName, randomText } from "../account";
import { ResourceFailure, type ResourceKind } from "../engine/kind";
import { isRecord } from "../template/template";
import type { World } from "../world";
import { recordKind, text } from "./record-kind";

/** Source: AWS::SecretsManager::Secret GenerateSecretString, PasswordLength. */
const GENERATED_LENGTH = 32;
const GENERATED_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Source: Amazon S3 User Guide, "Bucket naming rules". */
const BUCKET_NAME_MAX_LENGTH = 63;

export function storageKinds(world: World): Readonly<Record<string, ResourceKind>> {
  const { account, secrets, buckets, systemsManager } = world;
  const logGroups = new Set<string>();
  return {
    "AWS::SecretsManager::Secret": recordKind({
      put({ stackName, logicalId }, properties, physicalId) {
        const generated = generatedName(stackName, logicalId);
        const name = text(properties.Name) ?? (physicalId === undefined ? generated : nameOfSecret(physicalId));
        const value = text(properties.SecretString) ?? generateSecret(properties.GenerateSecretString);
        const known = secrets.arnOf(name);
        const secretArn = known !== undefined && secrets.textOf(known) === value ? known : secrets.put(name, value);
        return { physicalId: secretArn, attributes: { Id: secretArn } };
      },
      remove: (secretArn) => secrets.delete(secretArn),
    }),
    "AWS::S3::Bucket": recordKind({
      put({ stackName, logicalId }, properties, physicalId) {
        const generated = generatedName(stackName, logicalId, BUCKET_NAME_MAX_LENGTH).toLowerCase();
        const name = text(properties.BucketName) ?? physicalId ?? generated;
        const { Status } = isRecord(properties.VersioningConfiguration) ? properties.VersioningConfiguration : {};
        buckets.put(name, Status === "Enabled");
        const host = `${name}.s3.amazonaws.com`;
        const regional = `${name}.s3.${account.region}.amazonaws.com`;
        return {
          physicalId: name,
          attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: host, RegionalDomainName: regional },
        };
      },
      remove: (name) => buckets.delete(name),
    }),
    "AWS::S3::BucketPolicy": recordKind({
      put: (_subject, { Bucket }) => ({ physicalId: String(Bucket), attributes: {} }),
      remove: () => undefined,
    }),
    "AWS::SSM::Parameter": recordKind({
      put({ stackName, logicalId }, { Name, Value, Type }, physicalId) {
        const name = text(Name) ?? physicalId ?? `CFN-${logicalId}-${generatedName(stackName, "")}`;
        systemsManager.parameters.set(name, String(Value));
        return { physicalId: name, attributes: { Value, Type } };
      },
      remove: (name) => void systemsManager.parameters.delete(name),
    }),
    "AWS::KMS::Key": recordKind({
      put(_subject, _properties, physicalId) {
        const id = physicalId ?? randomUUID();
        return { physicalId: id, attributes: { KeyId: id, Arn: arn(account, "kms", `key/${id}`) } };
      },
      remove: () => undefined,
    }),
    "AWS::KMS::Alias": recordKind({
      put: (_subject, { AliasName }) => ({ physicalId: String(AliasName), attributes: {} }),
      remove: () => undefined,
    }),
    "AWS::Logs::LogGroup": recordKind({
      put({ stackName, logicalId }, { LogGroupName }, physicalId) {
        const name = text(LogGroupName) ?? physicalId ?? generatedName(stackName, logicalId);
        if (physicalId !== name && logGroups.has(name)) {
          throw new ResourceFailure(
            `Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${name}"}' already exists.`,
          );
        }
        logGroups.add(name);
        return { physicalId: name, attributes: { Arn: arn(account, "logs", `log-group:${name}:*`) } };
      },
      remove: (name) => void logGroups.delete(name),
    }),
  };
}

function nameOfSecret(secretArn: string): string {
  return secretArn.split(":").slice(6).join(":").slice(0, -"-ABCDEF".length);
}

function generateSecret(value: unknown): string {
  const { SecretStringTemplate, GenerateStringKey, PasswordLength } = isRecord(value) ? value : {};
  const generated = randomText(GENERATED_ALPHABET, Number(PasswordLength ?? GENERATED_LENGTH));
  if (SecretStringTemplate === undefined) {
    return generated;
  }
  return JSON.stringify({ ...JSON.parse(String(SecretStringTemplate)), [String(GenerateStringKey)]: generated });
}
