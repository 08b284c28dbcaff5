/**
 * What the constructs write into a template and the handler reads out of an event: the contract between the two halves.
 * Knows neither the CDK nor the AWS clients.
 *
 * Stacks that were deployed with an older version send its properties for as long as they live: what is here may be added to,
 * never renamed or taken away.
 */

export const RUN_RESOURCE_TYPE = "Custom::AzureRunCommand";
/** Follows a run whose end CloudFormation does not wait for in one resource. */
export const WAIT_RESOURCE_TYPE = "Custom::AzureRunCommandWait";

/** Where the text of a script is. */
export type ScriptSource =
  | { readonly Text: string }
  | { readonly Bucket: string; readonly Key: string; readonly VersionId?: string };

/** One value in AWS Secrets Manager. */
export interface SecretReference {
  /** The secret's ARN. */
  readonly SecretId: string;
  /** The field of a secret that is a JSON object; absent: the whole text. */
  readonly JsonField?: string;
  /** Absent: the current version. */
  readonly VersionId?: string;
}

/** A run that another resource has begun. */
export interface BegunRun {
  readonly Key: string;
  readonly RunId: string;
  /** The versions of the secrets that the run was given, by the name of the parameter: `""` where there are none. JSON. */
  readonly SecretVersions: string;
  /** The run whose output this one can read; `""` where there is none. */
  readonly LastRunId: string;
  /** What the resource answered that began it: `Running` where it was handed over. Absent in properties of older versions. */
  readonly ExecutionState?: string;
}

/**
 * The properties of both resource types, as the construct writes them. CloudFormation makes a string of every number and
 * boolean in here, at any depth. Source: AWS::CloudFormation::CustomResource.
 *
 * A name that stands for an input of the Pulumi half is that name in PascalCase.
 */
export interface ResourceProperties {
  readonly VirtualMachineId: string;
  readonly Script: ScriptSource;
  readonly Update?: ScriptSource;
  readonly Delete?: ScriptSource;
  readonly Creates?: string;
  readonly Unless?: string;
  readonly OnlyIf?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly ProtectedParameters?: Readonly<Record<string, SecretReference>>;
  readonly Arguments?: readonly string[];
  /** Any values: compared, never looked into. */
  readonly Triggers?: unknown;
  readonly ReplaceTriggers?: unknown;
  readonly RunAsUser?: string;
  readonly WorkingDirectory?: string;
  readonly TimeoutInSeconds: number | string;
  readonly RebootPolicy?: string;
  readonly ParallelOnVm?: boolean | string;
  readonly SuccessExitCodes?: readonly (number | string)[];
  readonly TreatFailureAsDeploymentFailure?: boolean | string;
  readonly ReadyTimeoutInSeconds?: number | string;
  readonly Logging?: string;
  readonly DeleteFailure?: string;
  readonly RemoveExtension?: string;
  /** What the update does that CloudFormation sends to roll back a failed one. Absent: RERUN. */
  readonly Rollback?: "RERUN" | "SKIP";
  /** Whether CloudFormation hides the attributes (`NoEcho`). Absent: no. */
  readonly SensitiveOutput?: boolean | string;
  /** The name of a bucket for output that has no room in the attributes. */
  readonly OutputBucket?: string;
  /** The named outputs that the stack uses: their absence is a failure with a sentence. */
  readonly OutputNames?: readonly string[];
  /** Whether another resource follows the run when this one's hour is over. Absent: no. */
  readonly HandsOver?: boolean | string;
  /** Only in `WAIT_RESOURCE_TYPE`. */
  readonly Continues?: BegunRun;
}

/**
 * The attributes that every successful answer has; of a run that was handed over, all that is not known yet is `""`.
 * Values are strings, since CloudFormation makes strings of them anyway.
 */
export const ATTRIBUTE_NAMES = [
  /** `Succeeded`, `Failed`, …, as in the Pulumi half, and `Running` when it was handed over. */
  "ExecutionState",
  "ExitCode",
  /** The end of stdout that has room in an answer. */
  "Stdout",
  "Stderr",
  /** `true` when `Stdout` is not all that was printed. */
  "StdoutTruncated",
  "StderrTruncated",
  "StdoutTotalBytes",
  "StderrTotalBytes",
  /** `s3://…` of the end of the stream, 131,072 bytes of it at most; `""` without an `OutputBucket`, or when all of it is in the attribute. */
  "StdoutLocation",
  "StderrLocation",
  /** By the VM's clock, ISO 8601 in UTC. */
  "StartTime",
  "EndTime",
  "Key",
  "RunId",
  /** These two are for the resource that goes on with the run, and `""` where there is none. */
  "SecretVersions",
  "LastRunId",
] as const;

export type AttributeName = (typeof ATTRIBUTE_NAMES)[number];

/** The attribute of one named output. */
export function outputAttribute(name: string): string {
  return `Outputs.${name}`;
}

/**
 * Most bytes that `SecretVersions` may have in an answer, as JSON with its quotes: some 30 secrets. Source: our own choice, half of
 * what CloudFormation takes.
 */
export const SECRET_VERSIONS_MAX_BYTES = 2_048;

/** In the `OutputBucket`, all objects are below it. */
export const OUTPUT_PREFIX = "azure-run-command/";

/** The environment variables through which the construct tells the handler how to sign in to Azure. */
export const HANDLER_ENVIRONMENT = {
  /** `webIdentity` or `clientSecret`. */
  credentials: "AZURE_RUN_COMMAND_CREDENTIALS",
  tenantId: "AZURE_TENANT_ID",
  clientId: "AZURE_CLIENT_ID",
  /** Of `clientSecret`: the ARN of its secret in Secrets Manager. */
  clientSecretId: "AZURE_RUN_COMMAND_CLIENT_SECRET_ID",
  clientSecretJsonField: "AZURE_RUN_COMMAND_CLIENT_SECRET_JSON_FIELD",
  /** `public`, `usgovernment` or `china`. */
  cloud: "ARM_ENVIRONMENT",
} as const;

/**
 * How long one resource follows a run before the next one goes on, counted from the event, in seconds. CloudFormation
 * gives a resource one hour. Source: AWS::CloudFormation::CustomResource, ServiceTimeout (1 to 3600 s).
 */
export const HAND_OVER_AFTER_SECONDS = 55 * 60;

/** Longest that the start may take: a Lambda function has 15 minutes. Source: AWS Lambda quotas; our own choice below it. */
export const START_WITHIN_SECONDS = 13 * 60;
