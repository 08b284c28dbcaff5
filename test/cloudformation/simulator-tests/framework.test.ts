import { App, CfnOutput, type CfnResource, CustomResource, Duration, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  PhysicalResourceId,
  PhysicalResourceIdReference,
  Provider,
} from "aws-cdk-lib/custom-resources";
import { type Cloud, startCloud } from "../simulator/cloud";
import { temporaryFolder } from "./apps";
import { eventsOf, plain, requestsOf } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ scale: 20 });
});
afterAll(() => cloud.stop());

let seen = 0;
beforeEach(() => {
  seen = cloud.requests.length;
});
function newRequests(): readonly string[] {
  return requestsOf(cloud.requests.slice(seen));
}

interface AppOptions {
  readonly onEvent: string;
  readonly isComplete: string;
  readonly properties?: Record<string, unknown>;
  readonly serviceTimeout?: Duration;
}

/** A stack whose resource `Thing` is behind the CDK's provider framework, which asks every 5 s for 20 s. @returns the folder. */
function provided(name: string, { onEvent, isComplete, properties = {}, serviceTimeout }: AppOptions): string {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, name);
  const code = Code.fromInline(`
    exports.onEvent = async (event) => { ${onEvent} };
    exports.isComplete = async (event) => { ${isComplete} };`);
  const handler = (id: string, entry: string) =>
    new LambdaFunction(stack, id, {
      code,
      handler: `index.${entry}`,
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.minutes(2),
    });
  const provider = new Provider(stack, "Provider", {
    onEventHandler: handler("OnEvent", "onEvent"),
    isCompleteHandler: handler("IsComplete", "isComplete"),
    queryInterval: Duration.seconds(5),
    totalTimeout: Duration.seconds(20),
  });
  const thing = new CustomResource(stack, "Thing", {
    serviceToken: provider.serviceToken,
    properties,
    ...(serviceTimeout === undefined ? {} : { serviceTimeout }),
  });
  (thing.node.defaultChild as CfnResource).overrideLogicalId("Thing");
  // The CDK writes the number as a text, of which its own validation warns.
  Validations.of(stack).acknowledge({ id: "CloudFormation-Validate::W9003", reason: "CloudFormation takes both" });
  new CfnOutput(stack, "Polls", { value: thing.getAttString("Polls") });
  return app.synth().directory;
}

/** The framework refuses a Delete whose physical id is not the one that CloudFormation gave. */
const STARTS = `
  if (event.RequestType === "Delete") return {};
  return { PhysicalResourceId: "job-" + event.ResourceProperties.Vm };`;
/** Says so at the third question. */
const POLLS = `
  if (event.RequestType === "Delete") return { IsComplete: true };
  globalThis.polls = (globalThis.polls ?? 0) + 1;
  return globalThis.polls < 3 ? { IsComplete: false } : { IsComplete: true, Data: { Polls: globalThis.polls } };`;

test("the framework's own code starts, waits with the template's state machine, and answers", async () => {
  const calls = cloud.calls.length;
  const created = await cloud.deploy(provided("Waits", { onEvent: STARTS, isComplete: POLLS, properties: { Vm: 1 } }));
  expect(eventsOf(created).filter((line) => line.startsWith("Thing"))).toEqual([
    "Thing CREATE_IN_PROGRESS",
    "Thing CREATE_IN_PROGRESS: Resource creation Initiated",
    "Thing CREATE_COMPLETE",
  ]);
  expect(created.outputs).toEqual({ Polls: "3" });
  await cloud.settled();
  const [execution] = cloud.executions;
  expect(execution?.history.map(({ type }) => type)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduled",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduled",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  expect(execution?.status).toBe("SUCCEEDED");
  const [first, second] = execution?.history.filter(({ type }) => type === "LambdaFunctionFailed") ?? [];
  expect(first?.details.error).toBe("Error");
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(5_000);
  expect(JSON.parse(execution?.input ?? "")).toMatchObject({ RequestType: "Create", PhysicalResourceId: "job-1" });

  await cloud.deploy(provided("Waits", { onEvent: STARTS, isComplete: POLLS, properties: { Vm: 2 } }));
  await cloud.destroy("Waits");
  await cloud.settled();
  expect(newRequests()).toEqual([
    'Thing Create {"Vm":"1"}',
    'Thing Update job-1 {"Vm":"2"} was {"Vm":"1"}',
    'Thing Delete job-1 {"Vm":"1"}',
    'Thing Delete job-2 {"Vm":"2"}',
  ]);
  expect(new Set(cloud.calls.slice(calls).map(({ action, verdict }) => `${action} ${verdict}`))).toEqual(
    new Set(["lambda:InvokeFunction allowed", "states:StartExecution allowed"]),
  );
});

test("a Create that fails in onEvent has the framework's mark, and its Delete does not reach the handler", async () => {
  const app = provided("Refused", { onEvent: `throw new Error("refused " + event.RequestType);`, isComplete: POLLS });
  const result = await cloud.deploy(app);
  const reason = result.events.find(({ status }) => status === "CREATE_FAILED")?.reason ?? "";
  expect(plain(reason).split("\n").slice(0, 3)).toEqual([
    "Received response status [FAILED] from custom resource. Message returned: refused Create",
    "",
    "Logs: /aws/lambda/Refused-OnEvent74718524-<suffix>",
  ]);
  expect(newRequests()).toEqual([
    "Thing Create {}",
    "Thing Delete AWSCDK::CustomResourceProviderFramework::CREATE_FAILED {}",
  ]);
  expect(cloud.log.some(({ text }) => text.includes("refused Delete"))).toBe(false);
});

test("a Create that fails in isComplete gets its Delete", async () => {
  const isComplete = `if (event.RequestType === "Create") throw new Error("no use"); return { IsComplete: true };`;
  const result = await cloud.deploy(provided("Failing", { onEvent: STARTS, isComplete, properties: { Vm: 1 } }));
  expect(result.status).toBe("ROLLBACK_COMPLETE");
  expect(newRequests()).toEqual(['Thing Create {"Vm":"1"}', 'Thing Delete job-1 {"Vm":"1"}']);
});

describe("a waiter whose attempts are over", () => {
  const never = `return { IsComplete: event.RequestType === "Delete" };`;

  test("has the framework say so", async () => {
    const result = await cloud.deploy(provided("Slow", { onEvent: STARTS, isComplete: never }));
    expect(eventsOf(result)).toContain(
      "Thing CREATE_FAILED: Received response status [FAILED] from custom resource. Message returned: Operation timed out (RequestId: <uuid>)",
    );
  });

  test("says nothing when the properties are so large that the error's cause is cut", async () => {
    const properties = { Text: "x".repeat(20_000) };
    const options = { onEvent: STARTS, isComplete: never, properties, serviceTimeout: Duration.seconds(90) };
    const result = await cloud.deploy(provided("Large", options));
    expect(result.events.find(({ status }) => status === "CREATE_FAILED")?.reason).toMatch(
      /^CloudFormation did not receive a response from your Custom Resource/,
    );
    await cloud.settled();
    expect(cloud.executions.slice(-2).map(({ status }) => status)).toEqual(["FAILED", "SUCCEEDED"]);
    expect(
      cloud.log.some(({ text }) => text.includes("cannot read the isComplete request from the timeout event")),
    ).toBe(true);
  });
});

test("the CDK's own function for SDK calls makes a hybrid activation, and deletes it", async () => {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, "Activation");
  const service = "@aws-sdk/client-ssm";
  const activation = new AwsCustomResource(stack, "Activation", {
    installLatestAwsSdk: false,
    onCreate: {
      service,
      action: "CreateActivation",
      parameters: { IamRole: "fleet" },
      physicalResourceId: PhysicalResourceId.fromResponse("ActivationId"),
    },
    onDelete: {
      service,
      action: "DeleteActivation",
      parameters: { ActivationId: new PhysicalResourceIdReference() },
    },
    policy: AwsCustomResourcePolicy.fromStatements([
      new PolicyStatement({ actions: ["ssm:CreateActivation", "ssm:DeleteActivation"], resources: ["*"] }),
      new PolicyStatement({ actions: ["iam:PassRole"], resources: ["arn:aws:iam::123456789012:role/fleet"] }),
    ]),
  });
  new CfnOutput(stack, "Code", { value: activation.getResponseField("ActivationCode") });
  const result = await cloud.deploy(app.synth().directory);
  const [made] = cloud.systemsManager.activations.values();
  expect(result.outputs).toEqual({ Code: made?.code });
  expect((await cloud.destroy("Activation")).status).toBe("DELETE_COMPLETE");
  expect(cloud.systemsManager.activations.size).toBe(0);
});

test("the oldest framework that is supported runs as the newest does", async () => {
  const { App, CustomResource, Stack } = require("aws-cdk-lib-lowest") as typeof import("aws-cdk-lib");
  const lambdas = require("aws-cdk-lib-lowest/aws-lambda") as typeof import("aws-cdk-lib/aws-lambda");
  const custom = require("aws-cdk-lib-lowest/custom-resources") as typeof import("aws-cdk-lib/custom-resources");
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, "Oldest");
  const code = lambdas.Code.fromInline(`
    exports.onEvent = async () => ({});
    exports.isComplete = async () => ({ IsComplete: true });`);
  const runtime = lambdas.Runtime.NODEJS_22_X;
  const handler = (id: string, entry: string) => new lambdas.Function(stack, id, { code, handler: entry, runtime });
  const { serviceToken } = new custom.Provider(stack, "Provider", {
    onEventHandler: handler("OnEvent", "index.onEvent"),
    isCompleteHandler: handler("IsComplete", "index.isComplete"),
  });
  new CustomResource(stack, "Thing", { serviceToken });
  expect((await cloud.deploy(app.synth().directory)).status).toBe("CREATE_COMPLETE");
  expect((await cloud.destroy("Oldest")).status).toBe("DELETE_COMPLETE");
});
