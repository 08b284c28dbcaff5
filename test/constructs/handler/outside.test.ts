/** The real AWS clients against a server on this machine: what they send, and what becomes of its answers. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type HandlerOutside, realHandlerOutside } from "../../../constructs/handler/outside";

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly target: string;
  readonly body: string;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const sent: Sent[] = [];
let answer: (request: Sent) => Answer = () => ({ body: "" });
let server: Server;
let outside: HandlerOutside;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await textOf(request);
    const target = String(request.headers["x-amz-target"] ?? "");
    const here = { method: request.method ?? "", url: request.url ?? "", target, body };
    sent.push(here);
    const { status = 200, headers = {}, body: text } = answer(here);
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
  });
  outside = realHandlerOutside();
});

afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  sent.length = 0;
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify(value),
});
const xml = (body: string, status = 200): Answer => ({ status, headers: { "content-type": "text/xml" }, body });

describe("AWS Secrets Manager", () => {
  test("is asked for the version that is wanted", async () => {
    answer = () => json({ SecretString: "hunter2", VersionId: "v1" });
    expect(await outside.readSecret({ id: "arn:code", versionId: "v1" })).toEqual({ text: "hunter2", versionId: "v1" });
    await outside.readSecret({ id: "arn:code", versionId: undefined });
    await outside.readSecret({ id: "arn:code", versionId: undefined, stage: "AWSPREVIOUS" });
    expect(sent.map(({ target, body }) => [target, JSON.parse(body)])).toEqual([
      ["secretsmanager.GetSecretValue", { SecretId: "arn:code", VersionId: "v1" }],
      ["secretsmanager.GetSecretValue", { SecretId: "arn:code" }],
      ["secretsmanager.GetSecretValue", { SecretId: "arn:code", VersionStage: "AWSPREVIOUS" }],
    ]);
  });

  test("has no text where a secret is binary", async () => {
    answer = () => json({ SecretBinary: "AAEC", VersionId: "v1" });
    expect(await outside.readSecret({ id: "a", versionId: undefined })).toEqual({ text: undefined, versionId: "v1" });
  });

  test("that knows no such secret is told of", async () => {
    answer = () => json({ __type: "ResourceNotFoundException", message: "can't find the specified secret" }, 400);
    await expect(outside.readSecret({ id: "arn:code", versionId: undefined })).rejects.toMatchObject({
      message: "the secret 'arn:code' cannot be read: there is no such secret, or it has no value yet",
      refusal: "missing",
      isPassing: false,
    });
  });
});

describe("Amazon S3", () => {
  test("gives a script byte for byte", async () => {
    answer = () => ({ body: "echo ä\n" });
    const bytes = await outside.readObject({ bucket: "assets", key: "a b/install.sh", versionId: "v1" });
    expect(Buffer.from(bytes).toString()).toBe("echo ä\n");
    expect(sent[0]).toMatchObject({ method: "GET", url: "/assets/a%20b/install.sh?versionId=v1&x-id=GetObject" });
  });

  test("takes output as text", async () => {
    answer = () => ({ body: "" });
    await outside.writeObject({ bucket: "logs", key: "azure-run-command/k/r/stdout.txt" }, "one\ntwo ä\n");
    expect(sent[0]).toMatchObject({ method: "PUT", url: "/logs/azure-run-command/k/r/stdout.txt?x-id=PutObject" });
    expect(sent[0]?.body).toContain("one\ntwo ä\n");
  });

  test.each([
    ["NoSuchKey", 404, "there is no such object in the bucket"],
    ["NoSuchBucket", 404, "there is no such bucket"],
    [
      "AccessDenied",
      403,
      "not allowed: the function's role needs 's3:GetObject'; S3 says the same of an object that is not there",
    ],
  ])("that answers %s is told of", async (code, status, expected) => {
    answer = () => xml(`<Error><Code>${code}</Code><Message>no</Message></Error>`, status);
    await expect(outside.readObject({ bucket: "assets", key: "install.sh", versionId: undefined })).rejects.toThrow(
      `the script 's3://assets/install.sh' cannot be read: ${expected}`,
    );
  });
});

describe("AWS STS", () => {
  test("signs a token as Entra takes it", async () => {
    answer = () =>
      xml(
        "<GetWebIdentityTokenResponse><GetWebIdentityTokenResult><WebIdentityToken>header.claims.signature</WebIdentityToken></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>",
      );
    expect(await outside.webIdentityToken("api://AzureADTokenExchange")).toBe("header.claims.signature");
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      Action: "GetWebIdentityToken",
      Version: "2011-06-15",
      "Audience.member.1": "api://AzureADTokenExchange",
      SigningAlgorithm: "RS256",
      DurationSeconds: "300",
    });
  });

  test("in an account without outbound federation is told of with the command that switches it on", async () => {
    answer = () =>
      xml(
        "<ErrorResponse><Error><Type>Sender</Type><Code>OutboundWebIdentityFederationDisabled</Code><Message>off</Message></Error></ErrorResponse>",
        400,
      );
    await expect(outside.webIdentityToken("a")).rejects.toThrow(
      "AWS STS gives no token for Azure: outbound identity federation is switched off in this AWS account; switch it on once with 'aws iam enable-outbound-web-identity-federation'",
    );
  });
});

describe("AWS CloudFormation", () => {
  test("says in which state a stack is", async () => {
    answer = () =>
      xml(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Fleet</StackName><StackStatus>UPDATE_ROLLBACK_IN_PROGRESS</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
      );
    expect(await outside.stackStatus("arn:stack")).toBe("UPDATE_ROLLBACK_IN_PROGRESS");
    expect(sent[0]?.body).toContain("StackName=arn%3Astack");
  });

  const event = (id: string, at: string, more: string) =>
    `<member><LogicalResourceId>${id}</LogicalResourceId><Timestamp>${at}</Timestamp>${more}</member>`;
  const events = (members: string, nextToken = "") =>
    xml(
      `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${members}</StackEvents>${nextToken}</DescribeStackEventsResult></DescribeStackEventsResponse>`,
    );

  test("says what has happened in a stack, newest first", async () => {
    answer = () =>
      events(
        [
          event(
            "Install",
            "2023-11-14T22:13:20.250Z",
            "<PhysicalResourceId>azrc-1</PhysicalResourceId><ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus><ResourceProperties>{&quot;A&quot;:&quot;1&quot;}</ResourceProperties>",
          ),
          event(
            "Fleet",
            "2023-11-14T22:13:20Z",
            "<PhysicalResourceId>arn:stack</PhysicalResourceId><ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus><DetailedStatus>CONFIGURATION_COMPLETE</DetailedStatus>",
          ),
        ].join(""),
      );
    const base = { status: "UPDATE_IN_PROGRESS", properties: undefined, isDetail: false };
    expect(await outside.stackEvents("arn:stack", 0)).toEqual([
      {
        ...base,
        atMs: 1_700_000_000_250,
        logicalResourceId: "Install",
        physicalResourceId: "azrc-1",
        properties: '{"A":"1"}',
      },
      { ...base, atMs: 1_700_000_000_000, logicalResourceId: "Fleet", physicalResourceId: "arn:stack", isDetail: true },
    ]);
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      Action: "DescribeStackEvents",
      Version: "2010-05-15",
      StackName: "arn:stack",
    });
  });

  test("is asked for further pages of events until they are old enough", async () => {
    const at = (page: number) => new Date(1_700_000_000_000 - page * 1_000).toISOString();
    answer = () => events(event("A", at(sent.length), ""), `<NextToken>page-${sent.length + 1}</NextToken>`);
    const sinceMs = 1_700_000_000_000 - 2_500;
    expect((await outside.stackEvents("arn:stack", sinceMs)).map(({ atMs }) => 1_700_000_000_000 - atMs)).toEqual([
      1_000, 2_000, 3_000,
    ]);
    expect(sent.map(({ body }) => new URLSearchParams(body).get("NextToken"))).toEqual([null, "page-2", "page-3"]);
  });

  test("is asked for ten pages of events at most", async () => {
    answer = () => events(event("A", "2023-11-14T22:13:20Z", ""), "<NextToken>more</NextToken>");
    expect(await outside.stackEvents("arn:stack", 0)).toHaveLength(10);
  });

  test("that does not allow the question about events is told of", async () => {
    answer = () =>
      xml("<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", 403);
    await expect(outside.stackEvents("arn:stack", 0)).rejects.toThrow(
      "the events of the stack 'arn:stack' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStackEvents'",
    );
  });

  test("that does not allow the question is told of", async () => {
    answer = () =>
      xml("<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", 403);
    await expect(outside.stackStatus("arn:stack")).rejects.toThrow(
      "the state of the stack 'arn:stack' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStacks'",
    );
  });
});

test("a fault of AWS is asked again, four times in all, and may pass", async () => {
  answer = () => json({ __type: "InternalServiceError", message: "oops" }, 500);
  await expect(outside.readSecret({ id: "arn:code", versionId: undefined })).rejects.toMatchObject({ isPassing: true });
  expect(sent).toHaveLength(4);
});
