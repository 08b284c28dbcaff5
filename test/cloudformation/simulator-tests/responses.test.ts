import { type Cloud, startCloud } from "../simulator/cloud";
import { assembly, custom, stack } from "./apps";
import { eventsOf, plain } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ scale: 60 });
});
afterAll(() => cloud.stop());
afterEach(() => {
  expect(cloud.faults.left()).toEqual([]);
});

/** @returns why `Thing` could not be created with such an answer to its Create. */
async function reasonOf(name: string, answer: string, more: object = {}): Promise<string> {
  const handler = `if (event.RequestType === "Delete") return {}; ${answer}`;
  const { events } = await cloud.deploy(assembly(stack(handler, { Thing: custom() }, more), name));
  const failed = events.find(({ status }) => status === "CREATE_FAILED" || status === "ROLLBACK_IN_PROGRESS");
  return plain(failed?.reason ?? "it succeeded");
}

/** The whole body, filled up to so many bytes by its last attribute. */
function ofBytes(bytes: number): string {
  return `
    const { StackId, RequestId, LogicalResourceId } = event;
    const body = (Fill) => JSON.stringify({ Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId: "thing", Data: { Fill } });
    const room = ${bytes} - Buffer.byteLength(body(""));
    return body("\u00e4".repeat(Math.floor(room / 2)) + "x".repeat(room % 2));`;
}

test.each<[what: string, answer: string, reason: string]>([
  ["an answer of 4,096 bytes is accepted", ofBytes(4096), "it succeeded"],
  ["an answer of 4,097 bytes is too long", ofBytes(4097), "Response object is too long."],
  ["an empty physical id is invalid", `return { PhysicalResourceId: "" };`, "Invalid PhysicalResourceId"],
  [
    "a physical id of more than 1 KB is invalid",
    `return { PhysicalResourceId: "x".repeat(1025) };`,
    "Invalid PhysicalResourceId",
  ],
  [
    "a status that is neither SUCCESS nor FAILED is invalid",
    `return { Status: "FAILURE" };`,
    "Invalid response object: Value of property Status must be SUCCESS or FAILED",
  ],
  [
    "data that is no object is invalid",
    `return { Data: "text" };`,
    "Invalid response object: Value of property Data must be an object",
  ],
  ["an answer that is no JSON is invalid", `return "oops";`, "Invalid response object: it is no JSON object"],
])("%s", async (what, answer, reason) => {
  expect(await reasonOf(what.replace(/\W+/g, "-"), answer)).toBe(reason);
});

test("a failed answer that is too long loses its reason and its physical id", async () => {
  const answer = `return { Status: "FAILED", Reason: "x".repeat(4096), PhysicalResourceId: "mine" };`;
  expect(await reasonOf("LongFailure", answer)).toBe("Response object is too long.");
  expect(plain(cloud.requests.at(-1)?.event.PhysicalResourceId ?? "")).toBe("LongFailure-Thing-<suffix>");
});

const MISSING = { "Fn::GetAtt": ["Thing", "Missing"] };

test("an output of an attribute that the answer does not have rolls the stack back", async () => {
  const reason = await reasonOf("NoOutput", "return { Data: { Other: 1 } };", { Outputs: { Out: { Value: MISSING } } });
  expect(reason).toBe(
    "CustomResource attribute error: Vendor response doesn't contain Missing attribute in object arn:aws:cloudformation:eu-west-1:123456789012:stack/NoOutput/<uuid>|Thing|<uuid>. Rollback requested by user.",
  );
});

test("a resource that needs an attribute that the answer does not have fails", async () => {
  const resources = { Thing: custom(), Needy: custom({ Value: MISSING }) };
  const result = await cloud.deploy(assembly(stack("return {};", resources), "NoAttribute"));
  expect(result.status).toBe("ROLLBACK_COMPLETE");
  expect(eventsOf(result)).toContain(
    "Needy CREATE_FAILED: CustomResource attribute error: Vendor response doesn't contain Missing attribute in object arn:aws:cloudformation:eu-west-1:123456789012:stack/NoAttribute/<uuid>|Thing|<uuid>",
  );
});

test("NoEcho hides attributes from whoever looks at the stack, not from resources that use them", async () => {
  const handler = `return { NoEcho: event.LogicalResourceId === "Thing", Data: { Value: "s3cret" } };`;
  const value = { "Fn::GetAtt": ["Thing", "Value"] };
  const outputs = {
    Hidden: { Value: value },
    Inside: { Value: { "Fn::Join": ["-", ["a", value]] } },
    Id: { Value: { Ref: "Thing" } },
  };
  const resources = { Thing: custom(), User: custom({ Value: value }) };
  const result = await cloud.deploy(assembly(stack(handler, resources, { Outputs: outputs }), "NoEcho"));
  expect(result.outputs).toEqual({ Hidden: "*****", Inside: "a-*****", Id: "thing" });
  expect(cloud.requests.at(-1)?.event.ResourceProperties.Value).toBe("s3cret");
});

describe("ServiceTimeout", () => {
  const silent = (properties: object) =>
    stack(`if (event.RequestType !== "Delete") return undefined; return {};`, { Thing: custom(properties) });
  const NO_RESPONSE =
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [<uuid>]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.";

  test("is how long CloudFormation waits for an answer, and its Delete has a physical id that it invents", async () => {
    const result = await cloud.deploy(assembly(silent({ ServiceTimeout: 120 }), "Silent"));
    expect(eventsOf(result)).toContain(`Thing CREATE_FAILED: ${NO_RESPONSE}`);
    const [create, remove] = cloud.requests.slice(-2);
    expect((remove?.sentMs ?? 0) - (create?.sentMs ?? 0)).toBeGreaterThanOrEqual(120_000);
    expect((remove?.sentMs ?? 0) - (create?.sentMs ?? 0)).toBeLessThan(600_000);
    expect(plain(remove?.event.PhysicalResourceId ?? "")).toBe("Silent-Thing-<suffix>");
  });

  test("is an hour when the template does not say", async () => {
    const deploying = cloud.deploy(assembly(silent({}), "Hour"));
    await cloud.until("Hour", ({ logicalId }) => logicalId === "Thing");
    const startMs = cloud.clock.nowMs();
    await cloud.clock.sleep(120_000);
    expect(cloud.events("Hour").at(-1)?.status).toBe("CREATE_IN_PROGRESS");
    await cloud.destroy("Hour");
    await deploying;
    expect(cloud.clock.nowMs() - startMs).toBeLessThan(3_600_000);
  });

  test.each([0, 3601, "soon"])("may not be %s", async (seconds) => {
    const result = await cloud.deploy(assembly(silent({ ServiceTimeout: seconds }), `Bad${seconds}`));
    expect(result.status).toBe("ROLLBACK_COMPLETE");
    expect(eventsOf(result)).toContain(
      `Thing CREATE_FAILED: Invalid ServiceTimeout: ${seconds}. It must be 1 to 3600 seconds.`,
    );
  });
});

test("an answer that is lost is an answer that never came", async () => {
  cloud.faults.add({ kind: "dropResponse", logicalId: "Lost", requestType: "Create" });
  const { status } = await cloud.deploy(
    assembly(stack("return {};", { Lost: custom({ ServiceTimeout: 120 }) }), "Lost"),
  );
  expect(status).toBe("ROLLBACK_COMPLETE");
  expect(cloud.requests.slice(-2).map(({ event, responses }) => [event.RequestType, responses.length])).toEqual([
    ["Create", 0],
    ["Delete", 1],
  ]);
});

test("only the first answer to a request counts", async () => {
  const handler = `
    const { hostname, pathname, search } = new URL(event.ResponseURL);
    const put = (id) => new Promise((done) => {
      const { StackId, RequestId, LogicalResourceId } = event;
      const body = JSON.stringify({ Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId: id });
      https.request({ hostname, path: pathname + search, method: "PUT" }, (r) => { r.resume(); r.on("end", done); }).end(body);
    });
    await put("first");
    await put("second");
    return undefined;`;
  const outputs = { Outputs: { Id: { Value: { Ref: "Thing" } } } };
  const result = await cloud.deploy(assembly(stack(handler, { Thing: custom() }, outputs), "TwoAnswers"));
  await cloud.settled();
  expect(result.outputs).toEqual({ Id: "first" });
  expect(cloud.requests.at(-1)?.responses).toHaveLength(2);
});
