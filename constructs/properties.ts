/** What the template says of a run command. */
import { Token } from "aws-cdk-lib";
import type { BoundScripts } from "./check-props";
import type { ResourceProperties, ScriptSource, SecretReference } from "./resource-properties";
import type { AzureRunCommandProps } from "./run-command-props";
import type { RunCommandScriptConfig } from "./script";
import type { RunCommandSecretConfig } from "./secret";
import { READY_TIMEOUT_MAX_SECONDS, TIMEOUT_DEFAULT_SECONDS } from "./timing";

export interface PropertySources {
  readonly props: AzureRunCommandProps;
  readonly scripts: BoundScripts;
  readonly secrets: Readonly<Record<string, RunCommandSecretConfig>>;
  /** The named outputs that the app uses; a token, since more of them can be used later. */
  readonly outputNames: string[];
}

/** Those that both types of resources have. Whatever is written here counts as a change when it changes. */
export function resourceProperties({ props, scripts, secrets, outputNames }: PropertySources): ResourceProperties {
  const { timeout, readyTimeout } = props;
  return {
    VirtualMachineId: props.vm.virtualMachineId,
    Script: sourceOf(scripts.script),
    ...given("Update", scripts.update, sourceOf),
    ...given("Delete", scripts.delete, sourceOf),
    ...given("Creates", props.creates),
    ...given("Unless", props.unless),
    ...given("OnlyIf", props.onlyIf),
    ...given("Parameters", props.parameters, textsOf),
    ...given("ProtectedParameters", props.protectedParameters, () => referencesOf(secrets)),
    ...given("Arguments", props.arguments, (list) => (Token.isUnresolved(list) ? list : list.map(textOf))),
    ...given("Triggers", props.triggers),
    ...given("ReplaceTriggers", props.replaceTriggers),
    ...given("RunAsUser", props.runAsUser),
    ...given("WorkingDirectory", props.workingDirectory),
    TimeoutInSeconds: timeout?.toSeconds() ?? TIMEOUT_DEFAULT_SECONDS,
    ...given("RebootPolicy", props.rebootPolicy),
    ...given("ParallelOnVm", props.parallelOnVm),
    ...given("SuccessExitCodes", props.successExitCodes),
    ...given("TreatFailureAsDeploymentFailure", props.treatFailureAsDeploymentFailure),
    ReadyTimeoutInSeconds: readyTimeout?.toSeconds() ?? READY_TIMEOUT_MAX_SECONDS,
    ...given("Logging", props.logging),
    ...given("DeleteFailure", props.deleteFailure),
    ...given("RemoveExtension", props.removeExtension),
    ...given("Rollback", props.rollback),
    ...given("SensitiveOutput", props.sensitiveOutput),
    ...given("OutputBucket", props.outputBucket, ({ bucketName }) => bucketName),
    OutputNames: outputNames,
  };
}

/** A property that is there only when its prop is. */
function given<Name extends keyof ResourceProperties, Value>(
  name: Name,
  value: Value | undefined,
  written: (value: Value) => ResourceProperties[Name] = (same) => same as ResourceProperties[Name],
): Partial<Pick<ResourceProperties, Name>> {
  return value === undefined ? {} : ({ [name]: written(value) } as Pick<ResourceProperties, Name>);
}

function textsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}

/** A number becomes the text that it is in the program: CloudFormation writes large ones in another way. */
function textOf(value: unknown): string {
  return Token.isUnresolved(value) ? (value as string) : String(value);
}

function sourceOf({ text, location }: RunCommandScriptConfig): ScriptSource {
  if (location === undefined) {
    return { Text: text ?? "" };
  }
  const { bucketName: Bucket, objectKey: Key, objectVersion: VersionId } = location;
  return VersionId === undefined ? { Bucket, Key } : { Bucket, Key, VersionId };
}

function referencesOf(secrets: PropertySources["secrets"]): Readonly<Record<string, SecretReference>> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, { secretArn, jsonField }]) => [
      name,
      jsonField === undefined ? { SecretId: secretArn } : { SecretId: secretArn, JsonField: jsonField },
    ]),
  );
}
