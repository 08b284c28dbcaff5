/** AWS Lambda over HTTP: Invoke, and GetFunction for the SDK's waiter. */
import { randomUUID } from "node:crypto";
import type { LambdaFunction } from "../lambda/function";
import type { Functions } from "../lambda/functions";
import { restJsonError } from "./protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "./service";

/** Source: AWS Lambda API Reference, Invoke and GetFunction. */
const ROUTE = /^\/2015-03-31\/functions\/([^/]+)(\/invocations|\/configuration)?$/;

export function lambdaService(functions: Functions): Service {
  return {
    refuse: restJsonError,
    handle(request) {
      const [, name = "", part] = ROUTE.exec(request.path) ?? [];
      const lambda = findFunction(functions, decodeURIComponent(name));
      if (request.method === "POST" && part === "/invocations") {
        return invoke(functions, lambda, request);
      }
      if (request.method === "GET" && part !== "/invocations") {
        return describe(lambda, part === "/configuration", request);
      }
      throw unknownOperation("lambda", `${request.method} ${request.path}`);
    },
  };
}

function findFunction(functions: Functions, name: string): LambdaFunction {
  const lambda = functions.find(name);
  if (lambda === undefined) {
    throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`, 404);
  }
  return lambda;
}

async function invoke(
  functions: Functions,
  lambda: LambdaFunction,
  { headers, body, authorize }: ServiceRequest,
): Promise<ServiceReply> {
  authorize("lambda:InvokeFunction", lambda.arn);
  const requestId = randomUUID();
  const payload = body.length === 0 ? "{}" : body.toString("utf8");
  const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
  const common = { "x-amzn-requestid": requestId, "x-amz-executed-version": "$LATEST" };
  if (type === "Event") {
    functions.invokeLater(lambda, payload, requestId);
    return { status: 202, headers: common, body: "" };
  }
  if (type === "DryRun") {
    return { status: 204, headers: common, body: "" };
  }
  const outcome = await functions.invoke(lambda, payload, requestId);
  // Source: `FunctionError` is always `Unhandled` today; recorded answers in https://github.com/floci-io/floci/pull/3505.
  return outcome.kind === "returned"
    ? { status: 200, headers: common, body: outcome.payload }
    : { status: 200, headers: { ...common, "x-amz-function-error": "Unhandled" }, body: JSON.stringify(outcome.error) };
}

function describe(lambda: LambdaFunction, onlyConfiguration: boolean, { authorize }: ServiceRequest): ServiceReply {
  authorize(onlyConfiguration ? "lambda:GetFunctionConfiguration" : "lambda:GetFunction", lambda.arn);
  const configuration = {
    FunctionName: lambda.name,
    FunctionArn: lambda.arn,
    Role: lambda.roleArn,
    Runtime: lambda.runtime,
    Handler: lambda.handler,
    State: "Active",
    LastUpdateStatus: "Successful",
  };
  const body = onlyConfiguration ? configuration : { Configuration: configuration };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
