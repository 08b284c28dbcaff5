import { createLocalJWKSet, jwtVerify } from "jose";
import { type Cloud, startCloud } from "../simulator/cloud";
import { assembly, custom, lambda, role, stack } from "./apps";
import { plain } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());
afterEach(() => {
  expect(cloud.faults.left()).toEqual([]);
});

interface SdkCall {
  /** As in `@aws-sdk/client-…`. */
  readonly client: string;
  readonly command: string;
  readonly input: object;
  /** What of the answer is wanted. */
  readonly take?: string;
}

/** Makes the calls that are in its properties, one after the other, and gives what came of each. */
const CALLING = `
  const results = [];
  for (const { client, command, input, take } of event.ResourceProperties.Calls ?? []) {
    const sdk = require("@aws-sdk/client-" + client);
    const name = Object.keys(sdk).find((key) => key.endsWith("Client") && !key.startsWith("__"));
    const numbers = (key, value) => (/Seconds|Limit/.test(key) ? Number(value) : value);
    try {
      const answer = await new sdk[name]().send(new sdk[command + "Command"](JSON.parse(JSON.stringify(input), numbers)));
      if (take === "Body") results.push(await answer.Body.transformToString());
      else results.push(take ? JSON.stringify(answer[take]) : "done");
    } catch (error) {
      results.push(error.name + " " + error.$metadata?.httpStatusCode + ": " + error.message);
    }
  }
  return { Data: { Results: results } };`;

let stacks = 0;

/** @returns what the calls of a function gave whose role has these statements. */
async function call(statements: readonly object[], calls: readonly SdkCall[]): Promise<readonly string[]> {
  stacks += 1;
  return results(stack(CALLING, { Role: role(...statements), Thing: custom({ Calls: calls }) }));
}

async function results(template: object): Promise<readonly string[]> {
  const result = await cloud.deploy(assembly(template, `Calls${stacks}`));
  expect(result.status).toBe("CREATE_COMPLETE");
  const { Data } = JSON.parse(cloud.requests.at(-1)?.responses[0] ?? "") as { Data: { Results: readonly string[] } };
  return Data.Results.map(plain);
}

function allow(action: string, resource: unknown, condition?: object): object {
  return { Effect: "Allow", Action: action, Resource: resource, ...(condition && { Condition: condition }) };
}

function denied(action: string, resource: string, prefix: string): string {
  return `${prefix}: User: arn:aws:sts::123456789012:assumed-role/Calls${stacks}-Role-<suffix>/Calls${stacks}-Handler-<suffix> is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
}

describe("Secrets Manager", () => {
  const get = (input: object, take = "SecretString"): SdkCall => ({
    client: "secrets-manager",
    command: "GetSecretValue",
    input,
    take,
  });

  test("gives the current version of a secret, by ARN or name, and any other by its id", async () => {
    const arn = cloud.secrets.put("versions", "first", "v1");
    expect(cloud.secrets.put("versions", "second", "v2")).toBe(arn);
    expect(arn).toMatch(/^arn:aws:secretsmanager:eu-west-1:123456789012:secret:versions-[A-Za-z]{6}$/);
    const results = await call(
      [allow("secretsmanager:GetSecretValue", `${arn.slice(0, -6)}??????`)],
      [
        get({ SecretId: arn }),
        get({ SecretId: "versions" }, "VersionId"),
        get({ SecretId: arn, VersionId: "v1" }),
        get({ SecretId: arn, VersionStage: "AWSPREVIOUS" }, "VersionStages"),
        get({ SecretId: arn, VersionId: "v0" }),
      ],
    );
    expect(results).toEqual([
      `"second"`,
      `"v2"`,
      `"first"`,
      `["AWSPREVIOUS"]`,
      "ResourceNotFoundException 400: Secrets Manager can't find the specified secret value for VersionId: v0",
    ]);
  });

  test("says that a secret is not there, or marked for deletion, to who may read it; else that it may not", async () => {
    const arn = cloud.secrets.put("gone", "text");
    const marked = cloud.secrets.put("marked", "text");
    const hidden = cloud.secrets.put("hidden", "text");
    cloud.secrets.delete(arn);
    cloud.secrets.scheduleDeletion("marked");
    const results = await call(
      [allow("secretsmanager:GetSecretValue", [arn, marked])],
      [get({ SecretId: arn }), get({ SecretId: marked }), get({ SecretId: hidden })],
    );
    expect(results).toEqual([
      "ResourceNotFoundException 400: Secrets Manager can't find the specified secret.",
      "InvalidRequestException 400: You can't perform this operation on the secret because it was marked for deletion.",
      denied("secretsmanager:GetSecretValue", hidden, "AccessDeniedException 400"),
    ]);
  });
});

describe("S3", () => {
  const get = (input: object): SdkCall => ({ client: "s3", command: "GetObject", input, take: "Body" });

  test("stores and gives objects, with versions if the bucket has them", async () => {
    cloud.buckets.put("versioned", true);
    const first = cloud.buckets.putObject("versioned", "folder/a b", Buffer.from("old"));
    const results = await call(
      [allow("s3:*Object", "arn:aws:s3:::versioned/*"), allow("s3:GetObjectVersion", "arn:aws:s3:::versioned/*")],
      [
        { client: "s3", command: "PutObject", input: { Bucket: "versioned", Key: "folder/a b", Body: "new" } },
        get({ Bucket: "versioned", Key: "folder/a b" }),
        get({ Bucket: "versioned", Key: "folder/a b", VersionId: first }),
      ],
    );
    expect(results).toEqual(["done", "new", "old"]);
    expect(cloud.buckets.getObject("versioned", "folder/a b")?.toString()).toBe("new");
    expect(cloud.buckets.keys("versioned")).toEqual(["folder/a b"]);
  });

  test("tells only who may list the bucket that an object is not there", async () => {
    cloud.buckets.put("empty");
    const object = { Bucket: "empty", Key: "none" };
    const read = allow("s3:GetObject", "arn:aws:s3:::empty/*");
    expect(await call([read, allow("s3:ListBucket", "arn:aws:s3:::empty")], [get(object)])).toEqual([
      "NoSuchKey 404: The specified key does not exist.",
    ]);
    expect(await call([read], [get(object)])).toEqual([
      denied("s3:ListBucket", `"arn:aws:s3:::empty"`, "AccessDenied 403"),
    ]);
    expect(await call([], [get(object)])).toEqual([
      denied("s3:GetObject", "arn:aws:s3:::empty/none", "AccessDenied 403"),
    ]);
  });
});

describe("STS", () => {
  const AUDIENCE = "api://AzureADTokenExchange";
  const get = (input: object): SdkCall => ({
    client: "sts",
    command: "GetWebIdentityToken",
    input: { Audience: [AUDIENCE], SigningAlgorithm: "RS256", DurationSeconds: 300, ...input },
    take: "WebIdentityToken",
  });
  /** As AWS recommends it. Source: IAM User Guide, "Controlling access with IAM policies" (outbound identity federation). */
  const LEAST = allow("sts:GetWebIdentityToken", "arn:aws:sts::123456789012:self", {
    "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": AUDIENCE },
    Null: { "sts:IdentityTokenAudience": "false" },
    StringEquals: { "sts:SigningAlgorithm": "RS256" },
    NumericLessThanEquals: { "sts:DurationSeconds": 300 },
  });

  test("signs a token for the role, which the published keys verify", async () => {
    const [token = ""] = await call([LEAST], [get({})]);
    const { issuer, jwks } = cloud.federation;
    expect(issuer).toMatch(/^https:\/\/[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws$/);
    const { payload, protectedHeader } = await jwtVerify(JSON.parse(token), createLocalJWKSet(jwks), {
      issuer,
      audience: AUDIENCE,
    });
    expect(protectedHeader).toEqual({ alg: "RS256", kid: jwks.keys[0]?.kid, typ: "JWT" });
    expect(plain(payload.sub ?? "")).toBe(`arn:aws:iam::123456789012:role/Calls${stacks}-Role-<suffix>`);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(payload["https://sts.amazonaws.com/"]).toEqual({
      aws_account: "123456789012",
      source_region: "eu-west-1",
      principal_id: payload.sub,
    });
  });

  test("refuses what the conditions of the role's policy do not allow, and what nobody may ask", async () => {
    const results = await call(
      [LEAST],
      [
        get({ Audience: [AUDIENCE, "other"] }),
        get({ DurationSeconds: 301 }),
        get({ DurationSeconds: 59 }),
        get({ Audience: [] }),
      ],
    );
    const self = "arn:aws:sts::123456789012:self";
    expect(results).toEqual([
      denied("sts:GetWebIdentityToken", self, "AccessDenied 403"),
      denied("sts:GetWebIdentityToken", self, "AccessDenied 403"),
      "ValidationError 400: DurationSeconds must be 60 to 3600",
      "ValidationError 400: Audience must have 1 to 10 values",
    ]);
  });

  test("says when the account has outbound identity federation switched off", async () => {
    cloud.federation.enabled = false;
    expect(await call([LEAST], [get({})])).toEqual([
      "OutboundWebIdentityFederationDisabledException 403: Outbound web identity federation is not enabled for this account. To use this feature, an administrator must first enable it.",
    ]);
    cloud.federation.enabled = true;
  });
});

test("CloudFormation describes a stack to who may look at it: while it is made, it is being made", async () => {
  const describe = (StackName: unknown): SdkCall => ({
    client: "cloudformation",
    command: "DescribeStacks",
    input: { StackName } as object,
    take: "Stacks",
  });
  const own = [allow("cloudformation:DescribeStacks", { Ref: "AWS::StackId" })];
  const [seen = "", none, refused] = await call(own, [
    describe({ Ref: "AWS::StackId" }),
    describe("Nowhere"),
    describe("Calls1"),
  ]);
  const [{ StackStatus, StackName, Outputs }] = JSON.parse(seen) as [Record<string, unknown>];
  expect({ StackStatus, StackName, Outputs }).toEqual({
    StackStatus: "CREATE_IN_PROGRESS",
    StackName: `Calls${stacks}`,
    Outputs: [],
  });
  expect(none).toBe(
    denied(
      "cloudformation:DescribeStacks",
      "arn:aws:cloudformation:eu-west-1:123456789012:stack/Nowhere/*",
      "AccessDenied 403",
    ),
  );
  expect(refused).toBe(
    denied(
      "cloudformation:DescribeStacks",
      "arn:aws:cloudformation:eu-west-1:123456789012:stack/Calls1/<uuid>",
      "AccessDenied 403",
    ),
  );
});

describe("Systems Manager", () => {
  const ssm = (command: string, input: object, take?: string): SdkCall => ({
    client: "ssm",
    command,
    input,
    ...(take && { take }),
  });
  const create = ssm("CreateActivation", { IamRole: "fleet", RegistrationLimit: 2 }, "ActivationId");
  const may = allow("ssm:*", "*");
  const mayPass = allow("iam:PassRole", "arn:aws:iam::123456789012:role/fleet");

  test("makes a hybrid activation for who may pass the role, and keeps the call without the code", async () => {
    expect(await call([may], [create])).toEqual([
      denied("iam:PassRole", "arn:aws:iam::123456789012:role/fleet", "AccessDeniedException 400"),
    ]);
    expect(await call([may, mayPass], [create])).toEqual([`"<uuid>"`]);
    const [activation] = cloud.systemsManager.activations.values();
    expect(activation).toMatchObject({ iamRole: "fleet", registrationLimit: 2 });
    expect(activation?.code).toMatch(/^.{20}$/);
    expect(cloud.systemsManager.calls).toEqual([
      { operation: "CreateActivation", parameters: { IamRole: "fleet", RegistrationLimit: 2 } },
    ]);
  });

  test("deletes an activation that is there", async () => {
    const [id = ""] = [...cloud.systemsManager.activations.keys()];
    const remove = (ActivationId: string) => ssm("DeleteActivation", { ActivationId });
    expect(await call([may], [remove("none"), remove(id), remove(id)])).toEqual([
      "ValidationException 400: 1 validation error detected: Value 'none' at 'activationId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
      "done",
      "InvalidActivation 400: The activation isn't valid. The activation might have been deleted.",
    ]);
  });

  test("tags and deregisters a managed instance until it is deregistered", async () => {
    const id = "mi-0123456789abcdef0";
    const tag = (ResourceId: string) =>
      ssm("AddTagsToResource", { ResourceType: "ManagedInstance", ResourceId, Tags: [{ Key: "a", Value: "b" }] });
    const deregister = ssm("DeregisterManagedInstance", { InstanceId: id });
    expect(await call([may], [tag(id), tag("i-1"), deregister, deregister])).toEqual([
      "done",
      "InvalidResourceId 400: The resource ID isn't valid: i-1",
      "done",
      `InvalidInstanceId 400: The managed node ID isn't valid: ${id}`,
    ]);
  });
});

test("Lambda calls a function for who may, and says what its error is", async () => {
  const invoke = (take: string, input: object = {}): SdkCall => ({
    client: "lambda",
    command: "Invoke",
    input: { FunctionName: { Ref: "Other" }, ...input },
    take,
  });
  const calls = [
    invoke("StatusCode", { Payload: "{}" }),
    invoke("FunctionError", { Payload: `{"fail":true}` }),
    invoke("StatusCode", { Payload: "{}", InvocationType: "Event" }),
    invoke("StatusCode", { FunctionName: "none" }),
  ];
  const other = lambda(`exports.handler = async ({ fail }) => { if (fail) throw new Error("as asked"); };`);
  const may = allow("lambda:InvokeFunction", { "Fn::GetAtt": ["Other", "Arn"] });
  const template = (statements: readonly object[]) =>
    stack(CALLING, {
      Other: { ...other, Properties: { ...properties(other), Role: "arn:aws:iam::123456789012:role/other" } },
      Role: role(...statements),
      Thing: custom({ Calls: calls }),
    });
  stacks += 1;
  expect(await results(template([may]))).toEqual([
    "200",
    `"Unhandled"`,
    "202",
    "ResourceNotFoundException 404: Function not found: none",
  ]);
  stacks += 1;
  const [refused] = await results(template([]));
  const resource = `arn:aws:lambda:eu-west-1:123456789012:function:Calls${stacks}-Other-<suffix>`;
  expect(refused).toBe(denied("lambda:InvokeFunction", resource, "AccessDeniedException 403"));
});

function properties(resource: object): object {
  return (resource as { readonly Properties: object }).Properties;
}

describe("a fault of a service", () => {
  const get: SdkCall = { client: "s3", command: "GetObject", input: { Bucket: "faulty", Key: "a" }, take: "Body" };
  const put: SdkCall = { client: "s3", command: "PutObject", input: { Bucket: "faulty", Key: "b", Body: "new" } };
  const may = [allow("s3:*", "*")];
  beforeAll(() => {
    cloud.buckets.putObject("faulty", "a", Buffer.from("text"));
  });

  test("that passes is not seen by who tries again, as the SDK does", async () => {
    cloud.faults.add({ kind: "refuse", action: "s3:GetObject", with: "internalError" });
    cloud.faults.add({ kind: "refuse", action: "s3:GetObject", with: "throttle" });
    expect(await call(may, [get])).toEqual(["text"]);
    expect(cloud.calls.slice(-3).map(({ action, verdict }) => `${action} ${verdict}`)).toEqual([
      "s3:GetObject internalError",
      "s3:GetObject throttle",
      "s3:GetObject allowed",
    ]);
  });

  test("that stays is reported by the SDK after three attempts", async () => {
    cloud.faults.add({ kind: "refuse", action: "s3:GetObject", with: "throttle", count: 3 });
    expect(await call(may, [get])).toEqual(["SlowDown 503: Please reduce your request rate."]);
  });

  test("may come after the call has been done", async () => {
    cloud.faults.add({ kind: "refuse", action: "s3:PutObject", with: "internalError", acts: true, count: 3 });
    expect(await call(may, [put])).toEqual(["InternalFailure 500: An internal error occurred (asked for by a test)."]);
    expect(cloud.buckets.getObject("faulty", "b")?.toString()).toBe("new");
  });

  test("may be that access is denied", async () => {
    cloud.faults.add({ kind: "refuse", action: "s3:GetObject", with: "accessDenied" });
    expect(await call(may, [get])).toEqual([denied("s3:GetObject", "arn:aws:s3:::faulty/a", "AccessDenied 403")]);
  });
});

test("an operation that the simulator does not have says so", async () => {
  const list: SdkCall = { client: "secrets-manager", command: "ListSecrets", input: {} };
  expect(await call([], [list])).toEqual([
    "UnknownOperationException 501: the simulator does not know secretsmanager:ListSecrets; add it to test/cloudformation/simulator/services",
  ]);
});
