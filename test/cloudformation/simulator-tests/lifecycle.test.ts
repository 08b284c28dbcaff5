import { type Cloud, startCloud } from "../simulator/cloud";
import type { StackResult } from "../simulator/engine/cloudformation";
import type { CustomResourceRequest } from "../simulator/engine/custom-resource-request";
import { answering, assembly, custom, lambda, role, stack, temporaryFolder } from "./apps";
import { eventsOf, plain, requestsOf } from "./readable";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());

/** Requests since the last call. */
let seen = 0;
function newRequests(): readonly string[] {
  const requests = requestsOf(cloud.requests.slice(seen));
  seen = cloud.requests.length;
  return requests;
}
beforeEach(() => {
  newRequests();
});

const ECHO = `return { Data: { Value: event.ResourceProperties.Value + "!", Type: event.RequestType } };`;

test("a custom resource is created, updated and deleted, with the events of CloudFormation", async () => {
  const outputs = { Outputs: { Seen: { Value: { "Fn::GetAtt": ["Thing", "Type"] } } } };
  const deploy = (value: string) =>
    cloud.deploy(assembly(stack(ECHO, { Thing: custom({ Value: value }) }, outputs), "Simple"));
  const created = await deploy("a");
  expect(eventsOf(created)).toEqual([
    "Simple CREATE_IN_PROGRESS: User Initiated",
    "Thing CREATE_IN_PROGRESS",
    "Thing CREATE_IN_PROGRESS: Resource creation Initiated",
    "Thing CREATE_COMPLETE",
    "Simple CREATE_COMPLETE",
  ]);
  expect(created.outputs).toEqual({ Seen: "Create" });
  const updated = await deploy("b");
  expect(eventsOf(updated)).toEqual([
    "Simple UPDATE_IN_PROGRESS: User Initiated",
    "Thing UPDATE_IN_PROGRESS",
    "Thing UPDATE_COMPLETE",
    "Simple UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "Simple UPDATE_COMPLETE",
  ]);
  expect(updated.outputs).toEqual({ Seen: "Update" });
  const deleted = await cloud.destroy("Simple");
  expect(eventsOf(deleted)).toEqual([
    "Simple DELETE_IN_PROGRESS: User Initiated",
    "Thing DELETE_IN_PROGRESS",
    "Thing DELETE_COMPLETE",
    "Simple DELETE_COMPLETE",
  ]);
  expect(newRequests()).toEqual([
    'Thing Create {"Value":"a"}',
    'Thing Update thing {"Value":"b"} was {"Value":"a"}',
    'Thing Delete thing {"Value":"b"}',
  ]);
  expect([created, updated, deleted].map(valuesOf)).toEqual([
    ["a", "a", "a"],
    ["b", "b"],
    ["b", "b"],
  ]);
});

/** Of the properties that the events of the resource show. */
function valuesOf({ events }: StackResult): readonly unknown[] {
  return events.filter(({ logicalId }) => logicalId === "Thing").map(({ properties }) => properties?.Value);
}

test("a request has the fields that the user guide lists, and every number and boolean in it is a string", async () => {
  const value = { Number: 4, Flag: true, List: [1, { Deep: false }], Left: { Ref: "AWS::NoValue" } };
  const { stackId } = await cloud.deploy(assembly(stack(ECHO, { Thing: custom(value) }), "Fields"));
  const { ResponseURL, RequestId, ServiceToken, ...event } = lastEvent();
  expect(event).toEqual({
    RequestType: "Create",
    StackId: stackId,
    LogicalResourceId: "Thing",
    ResourceType: "Custom::Thing",
    ResourceProperties: {
      ServiceToken,
      Number: "4",
      Flag: "true",
      List: ["1", { Deep: "false" }],
    },
  });
  expect(plain(stackId)).toBe("arn:aws:cloudformation:eu-west-1:123456789012:stack/Fields/<uuid>");
  expect(plain(ServiceToken)).toBe("arn:aws:lambda:eu-west-1:123456789012:function:Fields-Handler-<suffix>");
  const url = new URL(ResponseURL);
  expect(url.hostname).toBe("cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.localhost");
  expect(decodeURIComponent(url.pathname)).toBe(`/${stackId}|Thing|${RequestId}`);
});

test("another physical id in the answer to an Update deletes the old one with its old properties when all else is done", async () => {
  const handler = `return { PhysicalResourceId: "thing-" + event.ResourceProperties.Value };`;
  const resources = (value: string) => ({
    Thing: custom({ Value: value }),
    After: custom({ Value: { Ref: "Thing" } }),
  });
  await cloud.deploy(assembly(stack(handler, resources("a")), "Replace"));
  newRequests();
  const updated = await cloud.deploy(assembly(stack(handler, resources("b")), "Replace"));
  expect(eventsOf(updated)).toEqual([
    "Replace UPDATE_IN_PROGRESS: User Initiated",
    "Thing UPDATE_IN_PROGRESS",
    "Thing UPDATE_IN_PROGRESS: Requested update required the provider to create a new physical resource",
    "Thing UPDATE_COMPLETE",
    "After UPDATE_IN_PROGRESS",
    "After UPDATE_IN_PROGRESS: Requested update required the provider to create a new physical resource",
    "After UPDATE_COMPLETE",
    "Replace UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "After DELETE_IN_PROGRESS",
    "After DELETE_COMPLETE",
    "Thing DELETE_IN_PROGRESS",
    "Thing DELETE_COMPLETE",
    "Replace UPDATE_COMPLETE",
  ]);
  expect(newRequests()).toEqual([
    'Thing Update thing-a {"Value":"b"} was {"Value":"a"}',
    'After Update thing-thing-a {"Value":"thing-b"} was {"Value":"thing-a"}',
    'After Delete thing-thing-a {"Value":"thing-a"}',
    'Thing Delete thing-a {"Value":"a"}',
  ]);
  expect(valuesOf(updated)).toEqual(["b", "b", "b", undefined, undefined]);
});

test("an unchanged resource gets no Update, a removed one a Delete, a new one a Create", async () => {
  await cloud.deploy(assembly(stack(ECHO, { Same: custom({ Value: 1 }), Gone: custom({ Value: 2 }) }), "Diff"));
  newRequests();
  const updated = await cloud.deploy(
    assembly(stack(ECHO, { New: custom({ Value: 3 }), Same: custom({ Value: 1 }) }), "Diff"),
  );
  expect(newRequests()).toEqual(['New Create {"Value":"3"}', 'Gone Delete thing {"Value":"2"}']);
  expect(updated.status).toBe("UPDATE_COMPLETE");
});

test("what leaves the template goes in the order of the old template, last what others wait for", async () => {
  const policy = {
    Type: "AWS::IAM::Policy",
    Properties: { PolicyName: "access", PolicyDocument: { Statement: [] }, Roles: [{ Ref: "Role" }] },
  };
  const both = { Access: policy, Thing: custom({ Value: 1 }, ["Access"]) };
  await cloud.deploy(assembly(stack(ECHO, both), "Leave"));
  const updated = await cloud.deploy(assembly(stack(ECHO, {}), "Leave"));
  expect(eventsOf(updated).slice(2)).toEqual([
    "Thing DELETE_IN_PROGRESS",
    "Thing DELETE_COMPLETE",
    "Access DELETE_IN_PROGRESS",
    "Access DELETE_COMPLETE",
    "Leave UPDATE_COMPLETE",
  ]);
});

test("a changed ServiceTimeout alone is an Update too", async () => {
  const app = (seconds: number) => assembly(stack(ECHO, { Thing: custom({ ServiceTimeout: seconds }) }), "Timeouts");
  await cloud.deploy(app(60));
  newRequests();
  await cloud.deploy(app(70));
  expect(newRequests()).toEqual(['Thing Update thing {"ServiceTimeout":"70"} was {"ServiceTimeout":"60"}']);
});

test("another function for a resource that is there is refused, and nothing is asked of either", async () => {
  const deploy = (handler: string) => {
    const thing = { ...custom(), Properties: { ServiceToken: { "Fn::GetAtt": [handler, "Arn"] } } };
    return cloud.deploy(assembly(stack(ECHO, { Other: lambda(answering(ECHO)), Thing: thing }), "Token"));
  };
  await deploy("Handler");
  newRequests();
  expect(eventsOf(await deploy("Other"))).toEqual([
    "Token UPDATE_IN_PROGRESS: User Initiated",
    "Thing UPDATE_IN_PROGRESS",
    "Thing UPDATE_FAILED: Modifying service token is not allowed.",
    "Token UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Thing].",
    "Thing UPDATE_COMPLETE",
    "Token UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "Token UPDATE_ROLLBACK_COMPLETE",
  ]);
  expect(newRequests()).toEqual([]);
});

test("resources that do not wait for each other are created at the same time", async () => {
  const handler = `
    const { writeFileSync, existsSync } = require("node:fs");
    writeFileSync(event.ResourceProperties.Folder + "/" + event.LogicalResourceId, "");
    while (!existsSync(event.ResourceProperties.Folder + "/" + event.ResourceProperties.Other)) await new Promise((go) => setTimeout(go, 5));
    return {};`;
  const folder = temporaryFolder();
  const resources = { A: custom({ Folder: folder, Other: "B" }), B: custom({ Folder: folder, Other: "A" }) };
  const created = await cloud.deploy(assembly(stack(handler, resources), "Parallel"));
  expect(created.status).toBe("CREATE_COMPLETE");
});

test("DependsOn, Ref, Fn::GetAtt and Fn::Sub order creation, and deletion the other way round", async () => {
  const template = stack(ECHO, {
    D: custom({ Value: { "Fn::Sub": `\${C.Value}` } }),
    C: custom({ Value: { "Fn::GetAtt": ["B", "Value"] } }),
    B: custom({ Value: { Ref: "A" } }),
    A: custom({ Value: "a" }, ["Z"]),
    Z: custom({ Value: "z" }),
  });
  await cloud.deploy(assembly(template, "Order"));
  await cloud.destroy("Order");
  expect(newRequests()).toEqual([
    'Z Create {"Value":"z"}',
    'A Create {"Value":"a"}',
    'B Create {"Value":"thing"}',
    'C Create {"Value":"thing!"}',
    'D Create {"Value":"thing!!"}',
    'D Delete thing {"Value":"thing!!"}',
    'C Delete thing {"Value":"thing!"}',
    'B Delete thing {"Value":"thing"}',
    'A Delete thing {"Value":"a"}',
    'Z Delete thing {"Value":"z"}',
  ]);
});

test("until waits for an event of one stack", async () => {
  const bucket = { Resources: { Bucket: { Type: "AWS::S3::Bucket" } } };
  const waiting = cloud.until("Second", () => true);
  await cloud.deploy(assembly(bucket, "First"));
  await cloud.deploy(assembly(bucket, "Second"));
  expect((await waiting).logicalId).toBe("Second");
});

test("whoever asks is told of each event when it happens", async () => {
  const told: string[] = [];
  const other = await startCloud({ onEvent: ({ logicalId, status }) => told.push(`${logicalId} ${status}`) });
  await other.deploy(assembly({ Resources: { Bucket: { Type: "AWS::S3::Bucket" } } }, "Told"));
  await other.stop();
  expect(told).toEqual([
    "Told CREATE_IN_PROGRESS",
    "Bucket CREATE_IN_PROGRESS",
    "Bucket CREATE_IN_PROGRESS",
    "Bucket CREATE_COMPLETE",
    "Told CREATE_COMPLETE",
  ]);
});

test("a resource that is retained is not deleted with its stack", async () => {
  const retained = { ...custom({ Value: 1 }), DeletionPolicy: "Retain" };
  await cloud.deploy(assembly(stack(ECHO, { Thing: retained }), "Retained"));
  newRequests();
  expect(eventsOf(await cloud.destroy("Retained"))).toEqual([
    "Retained DELETE_IN_PROGRESS: User Initiated",
    "Thing DELETE_SKIPPED",
    "Retained DELETE_COMPLETE",
  ]);
  expect(newRequests()).toEqual([]);
});

test("a Delete that fails leaves the stack as DELETE_FAILED; it can be tried again, or the resource left", async () => {
  const failing = `return event.RequestType === "Delete" ? { Status: "FAILED", Reason: "still in use" } : {};`;
  await cloud.deploy(
    assembly(stack(failing, { Thing: custom(), Other: custom({ Value: { Ref: "Thing" } }) }), "Stuck"),
  );
  const failed = await cloud.destroy("Stuck");
  expect(eventsOf(failed)).toEqual([
    "Stuck DELETE_IN_PROGRESS: User Initiated",
    "Other DELETE_IN_PROGRESS",
    "Other DELETE_FAILED: Received response status [FAILED] from custom resource. Message returned: still in use (RequestId: <uuid>)",
    "Stuck DELETE_FAILED: The following resource(s) failed to delete: [Other]. ",
  ]);
  newRequests();
  expect((await cloud.destroy("Stuck")).status).toBe("DELETE_FAILED");
  expect(newRequests()).toEqual(['Other Delete thing {"Value":"thing"}']);
  expect((await cloud.destroy("Stuck", ["Other", "Thing"])).status).toBe("DELETE_COMPLETE");
  expect(newRequests()).toEqual([]);
});

test("what the simulator does not know is said before anything is deployed", async () => {
  const template = { Resources: { Queue: { Type: "AWS::SQS::Queue" } } };
  await expect(cloud.deploy(assembly(template, "Unknown"))).rejects.toThrow(
    "the simulator does not know the resource type AWS::SQS::Queue; add it to test/cloudformation/simulator/kinds",
  );
  expect(cloud.events("Unknown")).toEqual([]);
});

test("CloudFormation refuses an update that changes nothing, and one of a stack that rolled back its creation", async () => {
  const folder = assembly(stack(ECHO, { Thing: custom() }), "Twice");
  await cloud.deploy(folder);
  await expect(cloud.deploy(folder)).rejects.toThrow("No updates are to be performed.");
  const failing = { Resources: { Sibling: { Type: "Simulator::Fails" } } };
  const { status, stackId } = await cloud.deploy(assembly(failing, "Broken"));
  expect(status).toBe("ROLLBACK_COMPLETE");
  await expect(cloud.deploy(assembly({ Resources: { Role: role() } }, "Broken"))).rejects.toThrow(
    `Stack:${stackId} is in ROLLBACK_COMPLETE state and can not be updated.`,
  );
});

test("a handler whose code changed runs the new code, and one that failed to be updated the old one again", async () => {
  const handler = (version: number) => ({
    Role: role(),
    Handler: lambda(`${answeringVersion(version)}`),
  });
  const app = (version: number, more: object = {}) =>
    assembly({ Resources: { ...handler(version), Thing: custom({ Version: version }), ...more } }, "Code");
  await cloud.deploy(app(1));
  await cloud.deploy(app(2, { Sibling: { Type: "Simulator::Fails", DependsOn: "Thing" } }));
  const bodies = cloud.requests.slice(-3).map(({ event, responses: [body = ""] }) => {
    const { Data } = JSON.parse(body) as { Data: { Code: number } };
    return `${event.RequestType} ${String(event.ResourceProperties.Version)} by code ${Data.Code}`;
  });
  expect(bodies).toEqual(["Create 1 by code 1", "Update 2 by code 2", "Update 1 by code 1"]);
});

function lastEvent(): CustomResourceRequest {
  const record = cloud.requests.at(-1);
  if (record === undefined) {
    throw new Error("CloudFormation has sent nothing");
  }
  return record.event;
}

function answeringVersion(version: number): string {
  const { Resources } = stack(`return { Data: { Code: ${version} } };`, {}) as {
    Resources: { Handler: { Properties: { Code: { ZipFile: string } } } };
  };
  return Resources.Handler.Properties.Code.ZipFile;
}
