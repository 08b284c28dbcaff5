import { type Cloud, startCloud } from "../simulator/cloud";
import { assembly, custom, lambda, role, stack } from "./apps";
import { plain } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ scale: 240, environment: { EXTRA: "more" } });
});
afterAll(() => cloud.stop());
afterEach(() => {
  expect(cloud.faults.left()).toEqual([]);
});

/** What functions did since the last call of `mark`. */
let from = 0;
beforeEach(() => {
  from = cloud.invocations.length;
});
function newInvocations(): readonly (typeof cloud.invocations)[number][] {
  return cloud.invocations.slice(from);
}

/** Runs a handler for the Create of a custom resource that does not wait for its answer. @returns what it returned. */
async function run(name: string, source: string, properties: object = {}): Promise<string> {
  const resources = { Role: role(), Handler: lambda(source, properties), Thing: custom({ ServiceTimeout: 1 }) };
  await cloud.deploy(assembly({ Resources: resources }, name));
  await cloud.settled();
  const [first] = newInvocations();
  return first?.outcome.kind === "returned" ? first.outcome.payload : JSON.stringify(first?.outcome);
}

const ONCE = { MaximumRetryAttempts: 0, FunctionName: { Ref: "Handler" }, Qualifier: "$LATEST" };

test.each<[what: string, source: string, outcome: string]>([
  ["a returned value", "exports.handler = async () => ({ a: 1 });", `{"a":1}`],
  ["no value", "exports.handler = async () => {};", "null"],
  [
    "the callback's value",
    `exports.handler = (event, context, callback) => { callback(null, "called"); };`,
    `"called"`,
  ],
])("%s is the invocation's result", async (what, source, outcome) => {
  expect(await run(what.replace(/\W/g, ""), source)).toBe(outcome);
});

describe("a failed invocation", () => {
  const FAILURES: readonly { readonly what: string; readonly does: string; readonly error: object }[] = [
    {
      what: "an error that is thrown",
      does: `throw new TypeError("bad")`,
      error: { errorType: "TypeError", errorMessage: "bad" },
    },
    { what: "a text that is thrown", does: `throw "bad"`, error: { errorType: "string", errorMessage: "bad" } },
    {
      what: "an exit in the middle",
      does: "process.exit(3)",
      error: {
        errorType: "Runtime.ExitError",
        errorMessage: "RequestId: <uuid> Error: Runtime exited with error: exit status 3",
      },
    },
    {
      what: "an exit that says nothing",
      does: "process.exit(0)",
      error: {
        errorType: "Runtime.ExitError",
        errorMessage: "RequestId: <uuid> Error: Runtime exited without providing a reason",
      },
    },
    {
      what: "a timeout",
      does: "await new Promise((done) => setTimeout(done, 600000))",
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: "RequestId: <uuid> Error: Task timed out after 240.00 seconds",
      },
    },
    {
      what: "a promise that nobody catches",
      does: `Promise.reject(new Error("lost")); await new Promise(() => {})`,
      error: { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
    },
    {
      what: "an error that nobody catches",
      does: `setImmediate(() => { throw new RangeError("late"); }); await new Promise(() => {})`,
      error: { errorType: "RangeError", errorMessage: "late" },
    },
  ];
  const idOf = (what: string) => what.replace(/\W/g, "");

  /** All of them at once, since Lambda waits for minutes before it delivers an event again. */
  beforeAll(async () => {
    const functions = FAILURES.map(({ what, does }) => [
      `H${idOf(what)}`,
      lambda(`exports.handler = async (event) => { if (event.RequestType === "Create") { ${does}; } };`, {
        Timeout: 240,
      }),
    ]);
    const things = FAILURES.map(({ what }) => [
      idOf(what),
      custom({ ServiceTimeout: 240, ServiceToken: { "Fn::GetAtt": [`H${idOf(what)}`, "Arn"] } }),
    ]);
    const resources = { Role: role(), ...Object.fromEntries(functions), ...Object.fromEntries(things) };
    await cloud.deploy(assembly({ Resources: resources }, "Failures"));
    await cloud.settled();
  });

  test.each(FAILURES)(
    "by $what is described as Lambda does, and tried again after one minute and after two more",
    ({ what, error }) => {
      const tries = cloud.invocations.filter(
        (invocation) => invocation.function === `H${idOf(what)}` && isCreate(invocation.event),
      );
      const errors = tries.map(({ outcome }) => outcome.kind === "failed" && { ...outcome.error, trace: undefined });
      expect(errors.map((document) => plain(JSON.stringify(document)))).toEqual(Array(3).fill(JSON.stringify(error)));
      const [first, second, third] = tries;
      expect(new Set(tries.map(({ requestId }) => requestId)).size).toBe(1);
      expect((second?.startMs ?? 0) - (first?.endMs ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect((third?.startMs ?? 0) - (second?.endMs ?? 0)).toBeGreaterThanOrEqual(120_000);
    },
  );
});

function isCreate(event: unknown): boolean {
  return (event as { RequestType?: string }).RequestType === "Create";
}

test.each<[what: string, source: string, properties: object, error: object]>([
  [
    "a handler that is not there",
    "exports.other = 1;",
    {},
    { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" },
  ],
  [
    "a file that is not there",
    "",
    { Handler: "other.handler" },
    {
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Error: Cannot find module 'other'\nRequire stack:\n- /var/runtime/index.mjs",
    },
  ],
])("%s is said by each invocation", async (what, source, properties, error) => {
  const resources = {
    Role: role(),
    Handler: lambda(source, properties),
    Once: { Type: "AWS::Lambda::EventInvokeConfig", Properties: ONCE },
    Thing: custom({ ServiceTimeout: 1 }, ["Once"]),
  };
  await cloud.deploy(assembly({ Resources: resources }, what.replace(/\W/g, "")));
  await cloud.settled();
  const [first] = newInvocations();
  const { trace, ...document } = first?.outcome.kind === "failed" ? first.outcome.error : { trace: [] };
  expect(document).toEqual(error);
  expect(trace?.length).toBeGreaterThan(1);
});

test("a function without retries gets a failed event once", async () => {
  const resources = {
    Role: role(),
    Handler: lambda(`exports.handler = async () => { throw new Error("bad"); };`),
    Once: { Type: "AWS::Lambda::EventInvokeConfig", Properties: ONCE },
    Thing: custom({ ServiceTimeout: 1 }, ["Once"]),
  };
  await cloud.deploy(assembly({ Resources: resources }, "Once"));
  await cloud.settled();
  expect(newInvocations().filter(({ event }) => isCreate(event))).toHaveLength(1);
});

test("a process finds what Lambda gives it", async () => {
  const source = `
    const { AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, AWS_EXECUTION_ENV, EXTRA, OWN, HOME, TZ } = process.env;
    exports.handler = async (event, context) => ({
      AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, AWS_EXECUTION_ENV, EXTRA, OWN, TZ,
      home: HOME !== require("node:os").userInfo().homedir,
      arguments: process.argv.length,
      remaining: context.getRemainingTimeInMillis() > 20000,
      arn: context.invokedFunctionArn, memory: context.memoryLimitInMB,
      folder: process.cwd() === process.env.LAMBDA_TASK_ROOT,
      heap: Math.round(require("node:v8").getHeapStatistics().heap_size_limit / 2 ** 20) < 400,
    });`;
  const result = await run("Environment", source, {
    MemorySize: 256,
    Environment: { Variables: { OWN: "mine" } },
  });
  const { AWS_LAMBDA_FUNCTION_NAME: name, arn, ...others } = JSON.parse(result);
  expect(others).toEqual({
    AWS_REGION: "eu-west-1",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    EXTRA: "more",
    OWN: "mine",
    TZ: ":UTC",
    home: true,
    arguments: 2,
    remaining: true,
    memory: "256",
    folder: true,
    heap: true,
  });
  expect(plain(name)).toBe("Environment-Handler-<suffix>");
  expect(arn).toBe(`arn:aws:lambda:eu-west-1:123456789012:function:${name}`);
});

test("a process finds the AWS SDK, and no other package of this project", async () => {
  const source = `
    const there = (name) => { try { require(name); return true; } catch (error) { return error.code; } };
    exports.handler = async () => ["@aws-sdk/client-lambda", "@aws-sdk/client-ssm", "@aws-sdk/client-sts", "fastify", "aws-cdk-lib"].map(there);`;
  expect(await run("Packages", source)).toBe(`[true,true,true,"MODULE_NOT_FOUND","MODULE_NOT_FOUND"]`);
});

test("clocks and timers of a process run as fast as the cloud", async () => {
  const source = `
    const { setTimeout: wait } = require("node:timers/promises");
    const { promisify } = require("node:util");
    exports.handler = async () => {
      const from = { date: Date.now(), performance: performance.now(), hrtime: process.hrtime.bigint() };
      await new Promise((done) => setTimeout(done, 6000));
      await wait(6000);
      await promisify(setTimeout)(6000);
      await new Promise((done) => { AbortSignal.timeout(6000).addEventListener("abort", done); });
      await new Promise((done) => { const timer = setInterval(() => { clearInterval(timer); done(); }, 6000); });
      const passed = [Date.now() - from.date, performance.now() - from.performance, Number(process.hrtime.bigint() - from.hrtime) / 1e6];
      return { passed, now: new Date().getTime() - Date.now(), isDate: new Date() instanceof Date, at: Date.now() };
    };`;
  const startMs = Date.now();
  const result = await run("Time", source);
  expect(Date.now() - startMs).toBeLessThan(10_000);
  const { passed, now, isDate, at } = JSON.parse(result) as {
    passed: number[];
    now: number;
    isDate: boolean;
    at: number;
  };
  for (const ms of passed) {
    expect(ms).toBeGreaterThanOrEqual(29_000);
    expect(ms).toBeLessThan(3_000_000);
  }
  expect(Math.abs(now)).toBeLessThan(10_000);
  expect(isDate).toBe(true);
  const [invocation] = newInvocations();
  expect(at).toBeGreaterThanOrEqual(Math.floor(invocation?.startMs ?? 0) - 1_000);
  expect(at).toBeLessThanOrEqual((invocation?.endMs ?? 0) + 1_000);
});

test("each call of console.log is one line of the log, with time, request and level", async () => {
  await run(
    "Logs",
    `exports.handler = async () => { console.log("one\\ntwo %s", { a: 1 }); console.error("three"); };`,
  );
  const [{ requestId } = { requestId: "" }] = newInvocations();
  const lines = cloud.log.filter((line) => line.requestId === requestId).map(({ text }) => text);
  expect(lines.map((text) => text.replace(/^\d{4}-[^\t]+\t/, ""))).toEqual([
    `START RequestId: ${requestId} Version: $LATEST`,
    `${requestId}\tINFO\tone\ntwo { a: 1 }`,
    `${requestId}\tERROR\tthree`,
    `END RequestId: ${requestId}`,
  ]);
});

/** Answers, and says which process it was. */
const COUNTING = `globalThis.count = (globalThis.count ?? 0) + 1; return { Data: { Count: globalThis.count } };`;

function counts(of: Cloud): readonly number[] {
  return of.requests.map(({ responses: [body = ""] }) => (JSON.parse(body) as { Data: { Count: number } }).Data.Count);
}

test("a process that has answered gets the next event, unless each event shall have its own", async () => {
  for (const [reuseProcesses, expected] of [
    [true, [1, 2]],
    [false, [1, 1]],
  ] as const) {
    const other = await startCloud({ reuseProcesses });
    await other.deploy(assembly(stack(COUNTING, { Thing: custom({ Value: 1 }) }), "Reuse"));
    await other.settled();
    await other.destroy("Reuse");
    expect(counts(other)).toEqual(expected);
    await other.stop();
  }
});

describe("faults", () => {
  const SLOW = `console.log("begun " + event.RequestType); await new Promise((done) => setTimeout(done, 60000)); return {};`;

  async function deploySlow(name: string): Promise<string> {
    const { status } = await cloud.deploy(assembly(stack(SLOW, { Thing: custom() }), name));
    await cloud.settled();
    return status;
  }

  test("an event can be delivered twice at the same time, with the same ids", async () => {
    cloud.faults.add({ kind: "deliverTwice", function: "Handler", where: isCreate });
    expect(await deploySlow("Twice")).toBe("CREATE_COMPLETE");
    const [first, second, ...others] = newInvocations();
    expect(others).toEqual([]);
    expect(second?.event).toEqual(first?.event);
    expect(second?.requestId).toBe(first?.requestId);
    expect(second?.startMs).toBeLessThan(first?.endMs ?? 0);
  });

  test("an event can be delivered again later", async () => {
    cloud.faults.add({ kind: "deliverTwice", function: "Handler", gapMs: 90_000 });
    expect(await deploySlow("Later")).toBe("CREATE_COMPLETE");
    const [first, second] = newInvocations();
    expect(second?.event).toEqual(first?.event);
    expect((second?.startMs ?? 0) - (first?.startMs ?? 0)).toBeGreaterThanOrEqual(90_000);
  });

  test("an event can be late", async () => {
    cloud.faults.add({ kind: "delayDelivery", function: "Handler", ms: 120_000 });
    expect(await deploySlow("Late")).toBe("CREATE_COMPLETE");
    const [first] = newInvocations();
    expect((first?.startMs ?? 0) - (cloud.requests.at(-1)?.sentMs ?? 0)).toBeGreaterThanOrEqual(120_000);
  });

  test.each([
    { fault: { kind: "kill", onLog: /begun Create/ }, begun: [2] },
    // On a machine that is busy it may not have begun by then.
    { fault: { kind: "kill", afterMs: 10_000 }, begun: [1, 2] },
    { fault: { kind: "crash", at: "beforeHandler" }, begun: [1] },
    { fault: { kind: "crash", at: "afterHandler" }, begun: [2] },
  ] as const)("a process can end by $fault, and Lambda delivers the event again", async ({ fault, begun }) => {
    cloud.faults.add({ ...fault, function: "Handler", where: isCreate });
    const name = `Ends${Object.values(fault).join("").replace(/\W/g, "")}`;
    const logFrom = cloud.log.length;
    expect(await deploySlow(name)).toBe("CREATE_COMPLETE");
    const [first, second, ...others] = newInvocations();
    expect(plain(JSON.stringify(first?.outcome))).toBe(
      JSON.stringify({
        kind: "failed",
        error: {
          errorType: "Runtime.ExitError",
          errorMessage: "RequestId: <uuid> Error: Runtime exited with error: signal: killed",
        },
      }),
    );
    expect(second?.outcome).toEqual({ kind: "returned", payload: "null" });
    expect(others).toEqual([]);
    const begins = cloud.log.slice(logFrom).filter(({ text }) => text.endsWith("begun Create"));
    expect(begun).toContain(begins.length);
  });

  test("a fault strikes as often as it is asked to, after those that it lets pass", async () => {
    cloud.faults.add({ kind: "crash", function: "Handler", at: "beforeHandler", skip: 1, count: 2 });
    await cloud.deploy(assembly(stack("return {};", { Thing: custom({ Value: 1 }) }), "Skip"));
    await cloud.deploy(assembly(stack("return {};", { Thing: custom({ Value: 2 }) }), "Skip"));
    await cloud.settled();
    expect(newInvocations().map(({ outcome }) => outcome.kind)).toEqual(["returned", "failed", "failed", "returned"]);
  });
});

test("a client of AWS's whose clock is that of the cloud is answered by the same clock: what is refused is asked once", async () => {
  // More than the 5 minutes from which on a client corrects its clock, and tries again.
  await cloud.clock.sleep(600_000);
  const source = `
    const { S3Client, GetObjectCommand } = require("@aws-sdk/client-s3");
    exports.handler = () =>
      new S3Client().send(new GetObjectCommand({ Bucket: "none", Key: "a" })).catch((error) => error.name);`;
  const asked = cloud.calls.length;
  expect(await run("Dated", source)).toBe(`"AccessDenied"`);
  const calls = cloud.calls.slice(asked).filter(({ action }) => action === "s3:GetObject");
  expect(calls).toHaveLength(newInvocations().length);
});

test("stopping the cloud ends what is under way", async () => {
  const other = await startCloud();
  const hanging = stack("return new Promise(() => {});", { Thing: custom() });
  const deploying = other.deploy(assembly(hanging, "Hanging"));
  await other.until("Hanging", ({ logicalId }) => logicalId === "Thing");
  await other.stop();
  expect((await deploying).status).toBe("ROLLBACK_FAILED");
});
