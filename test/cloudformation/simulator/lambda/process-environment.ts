/** The environment variables of a Lambda process. */
import type { Account } from "../account";
import type { LambdaFunction } from "./function";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface EnvironmentOptions {
  readonly account: Account;
  readonly credentials: Credentials;
  /** The services of the simulated cloud. */
  readonly endpoint: string;
  /** A folder with the AWS SDK, as Lambda's runtime has one. */
  readonly runtimeModules: string;
  /** The process's private folder for temporary files. */
  readonly temporaryFolder: string;
  readonly logStream: string;
  /** On top of what the template gives. */
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * Source: AWS Lambda Developer Guide, "Defined runtime environment variables". `AWS_ENDPOINT_URL` is the SDK's own setting
 * (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"), in place of which Lambda has real hosts.
 */
export function processEnvironment(
  lambda: LambdaFunction,
  options: EnvironmentOptions,
): Readonly<Record<string, string>> {
  const { account, credentials, endpoint, runtimeModules, temporaryFolder, logStream, extra } = options;
  return {
    ...lambda.environment,
    ...extra,
    _HANDLER: lambda.handler,
    LAMBDA_TASK_ROOT: lambda.taskRoot,
    LAMBDA_RUNTIME_DIR: runtimeModules,
    NODE_PATH: runtimeModules,
    AWS_REGION: account.region,
    AWS_DEFAULT_REGION: account.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${lambda.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: lambda.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${lambda.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    // Nothing of this machine's own AWS settings may be found.
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: temporaryFolder,
    TMPDIR: temporaryFolder,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
}
