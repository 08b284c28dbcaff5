/** The runtime of the Lambda functions. */
import { aws_lambda as lambda } from "aws-cdk-lib";

/** By its name, since the older ones of the supported aws-cdk-lib have no constant for it. */
const RUNTIME_DEFAULT = new lambda.Runtime("nodejs24.x", lambda.RuntimeFamily.NODEJS);

/** For which the package's code is built. Source: tools/set-up/handler.mjs. */
const NODEJS_LEAST = 22;

/** @throws when it is known to be none that can run the package's code. */
export function readRuntime(runtime: lambda.Runtime = RUNTIME_DEFAULT): lambda.Runtime {
  const { name, family } = runtime;
  const version = /^nodejs([0-9]*)/.exec(name)?.[1];
  const isOther = family !== undefined && family !== lambda.RuntimeFamily.NODEJS;
  if (isOther || (version !== undefined && Number(version) < NODEJS_LEAST)) {
    throw new Error(
      `AzureRunCommandProvider.getOrCreate: runtime is ${name}, expected nodejs${NODEJS_LEAST}.x or newer; leave it out for ${RUNTIME_DEFAULT.name}`,
    );
  }
  return runtime;
}
