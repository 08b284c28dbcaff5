/** The file that AWS Lambda loads: its size, what is in it, that it is the same wherever it is built, and that it answers. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stripRunner } from "../../../core/guest/runner-text";
import { eventOf, PHYSICAL_ID, VM_ID } from "./support/events";

const ROOT = join(__dirname, "../../..");
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "handler-bundle-"));
let first: Built;

interface Built {
  readonly bytes: number;
  readonly sha256: string;
  readonly inputs: readonly string[];
}

/** In a process of its own, as `npm run build` does it. */
async function bundle(into: string, root: string): Promise<Built> {
  const script = `import(${JSON.stringify(join(ROOT, "tools/set-up/handler.mjs"))}).then((tool) => tool.bundleHandler(${JSON.stringify(into)}, ${JSON.stringify(root)})).then((built) => console.log(JSON.stringify(built)))`;
  const { stdout } = await run(process.execPath, ["-e", script], { maxBuffer: 10 ** 7 });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  first = await bundle(join(folder, "one"), ROOT);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function packagesIn({ inputs }: Built): readonly string[] {
  return inputs.flatMap((path) => /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
}

const BUNDLE = join(folder, "one/constructs/lambda/index.js");

test("it has less than 700,000 bytes", () => {
  expect(first.bytes).toBeLessThan(700_000);
});

test("another folder gives the same bytes", async () => {
  const elsewhere = join(folder, "another place with a longer name");
  for (const part of ["core", "constructs", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, part), join(elsewhere, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(elsewhere, "node_modules"));
  const second = await bundle(join(elsewhere, "dist"), elsewhere);
  expect(second.sha256).toBe(first.sha256);
});

test("the licences of all packages in it are beside it, and the same wherever it is built", () => {
  const textIn = (...path: string[]) => readFileSync(join(folder, ...path, "constructs/lambda/LICENSES.txt"), "utf8");
  const text = textIn("one");
  expect(textIn("another place with a longer name", "dist")).toBe(text);
  const packages = [...new Set(packagesIn(first))];
  expect(packages.length).toBeGreaterThan(20);
  expect(packages.filter((name) => !new RegExp(`^${name} [0-9.]+ \\((Apache-2[.]0|MIT)\\)$`, "m").test(text))).toEqual(
    [],
  );
  expect(text).toContain("Version 2.0, January 2004");
  expect(text).toContain("Copyright (c) Microsoft Corporation");
});

test("nothing is in it that belongs to another front end, to signing in otherwise, or to looking at scripts", () => {
  const packages = packagesIn(first);
  const unwanted =
    /^@azure\/(identity|msal)|^msal|^sh-syntax$|^@pulumi|^aws-cdk-lib|^constructs$|^@peculiar|^jose$|^fastify$|-sso$/;
  expect(packages.filter((name) => unwanted.test(name))).toEqual([]);
  expect(new Set(packages)).toContain("@aws-sdk/client-sts");
  expect(first.inputs.filter((path) => /^(provider|simulator|cli|test)\//.test(path))).toEqual([]);
  expect(first.inputs.filter((path) => /^constructs\/(?!handler\/)/.test(path))).toEqual([
    "constructs/resource-properties.ts",
    "constructs/vm-id.ts",
  ]);
});

test("the text of the runner is in it", () => {
  const source = readFileSync(join(ROOT, "core/guest/runner.sh"), "utf8");
  const text = readFileSync(BUNDLE, "utf8");
  const lines = stripRunner(source)
    .split("\n")
    .filter((line) => line.length > 20);
  const inTemplate = (line: string) => line.replace(/[\\`]|\$(?=\{)/g, "\\$&");
  expect(lines.length).toBeGreaterThan(300);
  expect(lines.filter((line) => !text.includes(inTemplate(line)))).toEqual([]);
});

describe("under plain Node.js", () => {
  let aws: Server;
  const asked: string[] = [];

  beforeAll(async () => {
    aws = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push(String(request.headers["x-amz-target"] ?? new URLSearchParams(body).get("Action")));
        response
          .writeHead(400, { "content-type": "text/xml" })
          .end("<ErrorResponse><Error><Code>Off</Code></Error></ErrorResponse>");
      });
    });
    await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => new Promise((resolve) => aws.close(resolve)));

  /** Far from any node_modules, with nothing of this process's environment. */
  async function answers(name: string, event: unknown): Promise<Record<string, unknown>> {
    const there = join(folder, "lambda");
    mkdirSync(there, { recursive: true });
    cpSync(BUNDLE, join(there, "index.js"));
    const script = `const context = { getRemainingTimeInMillis: () => 900000 };
      require(${JSON.stringify(join(there, "index.js"))})[${JSON.stringify(name)}](${JSON.stringify(event)}, context)
        .then((answer) => ({ answer }), ({ message, stack }) => ({ message, stack }))
        .then((result) => console.log("\\n" + JSON.stringify(result)));`;
    const env = {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "key",
      AZURE_RUN_COMMAND_CREDENTIALS: "webIdentity",
      AZURE_TENANT_ID: "tenant",
      AZURE_CLIENT_ID: "client",
    };
    const { stdout } = await run(process.execPath, ["-e", script], { cwd: there, env });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  }

  test("it answers a Delete", async () => {
    const event = eventOf({ type: "Delete", physicalId: PHYSICAL_ID });
    expect(await answers("onEvent", event)).toEqual({
      answer: {
        PhysicalResourceId: PHYSICAL_ID,
        AzureRunCommand: { receivedAtMs: expect.any(Number), next: { kind: "delete" } },
      },
    });
  });

  test("it reads a script's secret with the client that it brings along, and fails in one line", async () => {
    const properties = { VirtualMachineId: VM_ID, ProtectedParameters: { CODE: { SecretId: "arn:code" } } };
    const { message, stack } = await answers("onEvent", eventOf({ properties, sentAt: "20261126T000000Z" }));
    expect(message).toMatch(/^the secret 'arn:code' cannot be read: AWS says /);
    expect(stack).toBe(message);
    expect(asked).toEqual(["DescribeStacks", "DescribeStackEvents", "secretsmanager.GetSecretValue"]);
  });

  test("it completes what onEvent has handed on", async () => {
    const handedOn = { receivedAtMs: 0, next: { kind: "answer", attributes: { ExecutionState: "Succeeded" } } };
    expect(await answers("isComplete", { ...eventOf(), AzureRunCommand: handedOn })).toEqual({
      answer: { IsComplete: true, Data: { ExecutionState: "Succeeded" } },
    });
  });
});
