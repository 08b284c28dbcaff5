import { type Cloud, startCloud } from "../simulator/cloud";
import { assembly, custom, stack } from "./apps";
import { eventsOf, plain, requestsOf } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());

let seen = 0;
function newRequests(of: Cloud = cloud): readonly string[] {
  const requests = requestsOf(of.requests.slice(seen));
  seen = of.requests.length;
  return requests;
}
beforeEach(() => {
  newRequests();
});

/** Fails when its property `Fails` says so; else echoes its `Value`. */
const FAILING = `
  const { Fails, Value } = event.ResourceProperties;
  if (Fails === event.RequestType) return { Status: "FAILED", Reason: "as asked" };
  return { Data: { Value: String(Value) } };`;

/** Never answers a Create or an Update whose property \`Hangs\` is set. */
const HANGING = `
  const { Hangs, Value } = event.ResourceProperties;
  if (Hangs !== undefined && event.RequestType !== "Delete") return undefined;
  return { Data: { Value: String(Value) } };`;

const FAILED = "Received response status [FAILED] from custom resource. Message returned: as asked (RequestId: <uuid>)";

function sibling(properties: object, dependsOn: readonly string[] = []): object {
  return { Type: "Simulator::Fails", DependsOn: dependsOn, Properties: properties };
}

describe("while a stack is created", () => {
  test("a failure deletes what was created, the failed resource too", async () => {
    const resources = { First: custom({ Value: 1 }), Second: custom({ Fails: "Create" }, ["First"]) };
    const result = await cloud.deploy(assembly(stack(FAILING, resources), "Fails"));
    expect(eventsOf(result)).toEqual([
      "Fails CREATE_IN_PROGRESS: User Initiated",
      "First CREATE_IN_PROGRESS",
      "First CREATE_IN_PROGRESS: Resource creation Initiated",
      "First CREATE_COMPLETE",
      "Second CREATE_IN_PROGRESS",
      `Second CREATE_FAILED: ${FAILED}`,
      "Fails ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Second]. Rollback requested by user.",
      "Second DELETE_IN_PROGRESS",
      "Second DELETE_COMPLETE",
      "First DELETE_IN_PROGRESS",
      "First DELETE_COMPLETE",
      "Fails ROLLBACK_COMPLETE",
    ]);
    expect(newRequests()).toEqual([
      'First Create {"Value":"1"}',
      'Second Create {"Fails":"Create"}',
      'Second Delete thing {"Fails":"Create"}',
      'First Delete thing {"Value":"1"}',
    ]);
  });

  test("a sibling's failure calls off a Create that is running, whose Delete comes with a physical id that nobody gave", async () => {
    const resources = { Slow: custom({ Hangs: 1 }), Sibling: sibling({ AfterMs: 200 }) };
    const result = await cloud.deploy(assembly(stack(HANGING, resources), "Cancel"));
    expect(eventsOf(result)).toEqual([
      "Cancel CREATE_IN_PROGRESS: User Initiated",
      "Sibling CREATE_IN_PROGRESS",
      "Slow CREATE_IN_PROGRESS",
      "Sibling CREATE_FAILED: asked for by a test",
      "Slow CREATE_FAILED: Resource creation cancelled",
      "Cancel ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Sibling, Slow]. Rollback requested by user.",
      "Slow DELETE_IN_PROGRESS",
      "Sibling DELETE_IN_PROGRESS",
      "Sibling DELETE_COMPLETE",
      "Slow DELETE_COMPLETE",
      "Cancel ROLLBACK_COMPLETE",
    ]);
    expect(newRequests()).toEqual(['Slow Create {"Hangs":"1"}', 'Slow Delete Cancel-Slow-<suffix> {"Hangs":"1"}']);
  });

  test("a resource that had not begun when another failed is neither created nor deleted", async () => {
    const resources = { Sibling: sibling({}), After: custom({ Value: 1 }, ["Sibling"]) };
    await cloud.deploy(assembly(stack(FAILING, resources), "Unbegun"));
    expect(newRequests()).toEqual([]);
  });

  test("DeleteStack calls off what is running and rolls nothing back, but deletes", async () => {
    const creating = cloud.deploy(assembly(stack(HANGING, { Slow: custom({ Hangs: 1 }) }), "Impatient"));
    await cloud.until("Impatient", ({ logicalId }) => logicalId === "Slow");
    const deleted = await cloud.destroy("Impatient");
    expect((await creating).status).toBe("DELETE_IN_PROGRESS");
    expect(eventsOf(deleted)).toEqual([
      "Impatient DELETE_IN_PROGRESS: User Initiated",
      "Slow CREATE_FAILED: Resource creation cancelled",
      "Slow DELETE_IN_PROGRESS",
      "Slow DELETE_COMPLETE",
      "Impatient DELETE_COMPLETE",
    ]);
    expect(newRequests()).toEqual(['Slow Create {"Hangs":"1"}', 'Slow Delete Impatient-Slow-<suffix> {"Hangs":"1"}']);
  });

  test("a Delete that fails during the rollback leaves the stack as ROLLBACK_FAILED", async () => {
    const handler = `return event.RequestType === "Delete" ? { Status: "FAILED", Reason: "no" } : {};`;
    const resources = { Thing: custom(), Sibling: sibling({}, ["Thing"]) };
    const { status, reason } = await cloud.deploy(assembly(stack(handler, resources), "Stuck"));
    expect({ status, reason }).toEqual({
      status: "ROLLBACK_FAILED",
      reason: "The following resource(s) failed to delete: [Thing]. ",
    });
  });
});

describe("while a stack is updated", () => {
  test("a failed Update is answered with an Update that has old and new properties swapped", async () => {
    const app = (properties: object) => assembly(stack(FAILING, { Thing: custom(properties) }), "Swap");
    await cloud.deploy(app({ Value: 1 }));
    newRequests();
    const result = await cloud.deploy(app({ Value: 2, Fails: "Update" }));
    expect(eventsOf(result)).toEqual([
      "Swap UPDATE_IN_PROGRESS: User Initiated",
      "Thing UPDATE_IN_PROGRESS",
      `Thing UPDATE_FAILED: ${FAILED}`,
      "Swap UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Thing].",
      "Thing UPDATE_IN_PROGRESS",
      "Thing UPDATE_COMPLETE",
      "Swap UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "Swap UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(newRequests()).toEqual([
      'Thing Update thing {"Value":"2","Fails":"Update"} was {"Value":"1"}',
      'Thing Update thing {"Value":"1"} was {"Value":"2","Fails":"Update"}',
    ]);
  });

  test("all that had been updated is updated back, what was not touched is left, what was new is deleted", async () => {
    const app = (value: number, more: object) =>
      assembly(
        stack(FAILING, { A: custom({ Value: value }), Same: custom({ Value: 0 }), ...more }, { Outputs: OUTPUT }),
        "Back",
      );
    await cloud.deploy(app(1, {}));
    newRequests();
    const more = { New: custom({ Value: 3 }, ["A"]), Sibling: sibling({}, ["New"]) };
    const result = await cloud.deploy(app(2, more));
    expect(result.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(result.outputs).toEqual({ Value: "1" });
    expect(eventsOf(result).filter((line) => line.startsWith("Same"))).toEqual([]);
    expect(newRequests()).toEqual([
      'A Update thing {"Value":"2"} was {"Value":"1"}',
      'New Create {"Value":"3"}',
      'A Update thing {"Value":"1"} was {"Value":"2"}',
      'New Delete thing {"Value":"3"}',
    ]);
    await cloud.deploy(app(5, {}));
    expect(newRequests()).toEqual(['A Update thing {"Value":"5"} was {"Value":"1"}']);
  });
  const OUTPUT = { Value: { Value: { "Fn::GetAtt": ["A", "Value"] } } };

  test("a sibling's failure calls off an Update that is running, and its swapped Update comes at once", async () => {
    const app = (properties: object, siblings: object) =>
      assembly(stack(HANGING, { Slow: custom(properties), ...siblings }), "CancelUpdate");
    await cloud.deploy(app({ Value: 1 }, {}));
    newRequests();
    const result = await cloud.deploy(app({ Value: 2, Hangs: 1 }, { Sibling: sibling({ AfterMs: 200 }) }));
    expect(eventsOf(result)).toContain("Slow UPDATE_FAILED: Resource update cancelled");
    expect(newRequests()).toEqual([
      'Slow Update thing {"Value":"2","Hangs":"1"} was {"Value":"1"}',
      'Slow Update thing {"Value":"1"} was {"Value":"2","Hangs":"1"}',
    ]);
  });

  test("CancelUpdateStack rolls back what is running", async () => {
    const app = (properties: object) => assembly(stack(HANGING, { Slow: custom(properties) }), "Called");
    await cloud.deploy(app({ Value: 1 }));
    newRequests();
    const updating = cloud.deploy(app({ Value: 2, Hangs: 1 }));
    await cloud.until("Called", ({ logicalId, status }) => logicalId === "Slow" && status === "UPDATE_IN_PROGRESS");
    cloud.cancelUpdate("Called");
    expect((await updating).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(newRequests()).toEqual([
      'Slow Update thing {"Value":"2","Hangs":"1"} was {"Value":"1"}',
      'Slow Update thing {"Value":"1"} was {"Value":"2","Hangs":"1"}',
    ]);
  });

  test("a rollback that fails can be gone on with, with or without the resource that failed", async () => {
    const handler = `
      const { Value } = event.ResourceProperties;
      const refused = event.RequestType === "Update" && Value === "1" && !require("node:fs").existsSync(event.ResourceProperties.Gate);
      return refused ? { Status: "FAILED", Reason: "as asked" } : {};`;
    const app = (value: number, more: object) =>
      assembly(stack(handler, { Thing: custom({ Value: value, Gate: "/nowhere" }), ...more }), "Halfway");
    await cloud.deploy(app(1, {}));
    const failed = await cloud.deploy(app(2, { Sibling: sibling({}, ["Thing"]) }));
    expect({ status: failed.status, reason: failed.reason }).toEqual({
      status: "UPDATE_ROLLBACK_FAILED",
      reason: "The following resource(s) failed to update: [Thing].",
    });
    newRequests();
    expect((await cloud.continueUpdateRollback("Halfway")).status).toBe("UPDATE_ROLLBACK_FAILED");
    expect(newRequests()).toEqual([
      'Thing Update thing {"Value":"1","Gate":"/nowhere"} was {"Value":"2","Gate":"/nowhere"}',
    ]);
    expect((await cloud.continueUpdateRollback("Halfway", ["Thing"])).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(newRequests()).toEqual([]);
  });

  test("a Delete in the clean-up is tried three times and then given up, and the update succeeds", async () => {
    const handler = `
      if (event.RequestType === "Delete") return { Status: "FAILED", Reason: "in use" };
      return { PhysicalResourceId: "thing-" + event.ResourceProperties.Value };`;
    const app = (value: number) => assembly(stack(handler, { Thing: custom({ Value: value }) }), "GivenUp");
    await cloud.deploy(app(1));
    newRequests();
    expect((await cloud.deploy(app(2))).status).toBe("UPDATE_COMPLETE");
    expect(newRequests().slice(1)).toEqual(Array(3).fill('Thing Delete thing-1 {"Value":"1"}'));
  });
});

describe("a replacement", () => {
  const HANDLER = `
    const { Value, Fails } = event.ResourceProperties;
    const PhysicalResourceId = event.RequestType === "Delete" ? event.PhysicalResourceId : "thing-" + Value;
    return { PhysicalResourceId, ...(Fails === event.RequestType ? { Status: "FAILED", Reason: "as asked" } : {}) };`;
  const app = (name: string, properties: object, more: object = {}) =>
    assembly(stack(HANDLER, { Thing: custom(properties), ...more }), name);

  test("is rolled back by deleting the new one alone: the old one is still there", async () => {
    await cloud.deploy(app("New", { Value: 1 }));
    newRequests();
    const result = await cloud.deploy(app("New", { Value: 2 }, { Sibling: sibling({}, ["Thing"]) }));
    expect(eventsOf(result).slice(-8)).toEqual([
      "New UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Sibling].",
      "Thing UPDATE_COMPLETE",
      "New UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "Sibling DELETE_IN_PROGRESS",
      "Sibling DELETE_COMPLETE",
      "Thing DELETE_IN_PROGRESS",
      "Thing DELETE_COMPLETE",
      "New UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(newRequests()).toEqual([
      'Thing Update thing-1 {"Value":"2"} was {"Value":"1"}',
      'Thing Delete thing-2 {"Value":"2"}',
    ]);
    await cloud.destroy("New");
    expect(newRequests()).toEqual(['Thing Delete thing-1 {"Value":"1"}']);
  });

  test("that fails with another physical id is rolled back by deleting that one", async () => {
    await cloud.deploy(app("HalfNew", { Value: 1 }));
    newRequests();
    const result = await cloud.deploy(app("HalfNew", { Value: 2, Fails: "Update" }));
    expect(result.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(newRequests()).toEqual([
      'Thing Update thing-1 {"Value":"2","Fails":"Update"} was {"Value":"1"}',
      'Thing Delete thing-2 {"Value":"2","Fails":"Update"}',
    ]);
  });
});

describe("what AWS does is not known", () => {
  let other: Cloud;
  beforeAll(async () => {
    other = await startCloud({ unknowns: { rollbackResolvesAgain: false, replacementIsUpdatedBack: true } });
  });
  afterAll(() => other.stop());
  beforeEach(() => {
    seen = other.requests.length;
  });

  test("a replacement that is updated back gives its old id again, and the new one is deleted", async () => {
    const handler = `return { PhysicalResourceId: event.RequestType === "Delete" ? event.PhysicalResourceId : "thing-" + event.ResourceProperties.Value };`;
    const app = (value: number, more: object = {}) =>
      assembly(stack(handler, { Thing: custom({ Value: value }), ...more }), "UpdatedBack");
    await other.deploy(app(1));
    await other.deploy(app(2, { Sibling: sibling({}, ["Thing"]) }));
    expect(newRequests(other)).toEqual([
      'Thing Create {"Value":"1"}',
      'Thing Update thing-1 {"Value":"2"} was {"Value":"1"}',
      'Thing Update thing-2 {"Value":"1"} was {"Value":"2"}',
      'Thing Delete thing-2 {"Value":"2"}',
    ]);
  });

  /** `B` has an attribute of `A` that differs with each request. */
  const COUNTING = `
    const { Value } = event.ResourceProperties;
    return { Data: { Value: Value + " by " + event.RequestType + (event.OldResourceProperties ? " from " + event.OldResourceProperties.Value : "") } };`;
  const chained = (value: number, more: object = {}) =>
    assembly(
      stack(COUNTING, {
        A: custom({ Value: value }),
        B: custom({ Value: { "Fn::GetAtt": ["A", "Value"] } }),
        ...more,
      }),
      "Chained",
    );
  const failing = { Sibling: sibling({}, ["B"]) };

  test("old properties may be sent as they were", async () => {
    await other.deploy(chained(1));
    await other.deploy(chained(2, failing));
    expect(newRequests(other).at(-1)).toBe('B Update thing {"Value":"1 by Create"} was {"Value":"2 by Update from 1"}');
  });

  test("what an update did not reach is not updated back, though what it uses has another value now", async () => {
    const app = (value: number) =>
      assembly(
        stack(COUNTING.replace("return", `if (Value === "2") return { Status: "FAILED", Reason: "no" }; return`), {
          A: custom({ Value: value }),
          B: custom({ Value: { "Fn::GetAtt": ["A", "Value"] } }),
        }),
        "Unreached",
      );
    await cloud.deploy(app(1));
    const from = cloud.requests.length;
    await cloud.deploy(app(2));
    expect(requestsOf(cloud.requests.slice(from))).toEqual([
      'A Update thing {"Value":"2"} was {"Value":"1"}',
      'A Update thing {"Value":"1"} was {"Value":"2"}',
    ]);
  });

  test("old properties may be resolved again", async () => {
    await cloud.deploy(chained(1));
    await cloud.deploy(chained(2, failing));
    expect(requestsOf(cloud.requests).at(-1)).toBe(
      'B Update thing {"Value":"1 by Update from 2"} was {"Value":"2 by Update from 1"}',
    );
  });
});

test("a physical id that CloudFormation invents is stack, logical id and suffix", () => {
  const invented = cloud.requests.map(({ event }) => event.PhysicalResourceId).find((id) => id?.startsWith("Cancel-"));
  expect(plain(invented ?? "")).toBe("Cancel-Slow-<suffix>");
});
