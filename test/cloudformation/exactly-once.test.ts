import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { counting } from "./support/ledger";
import type { Lines } from "./support/readable";
import { type Deployed, Scene } from "./support/scene";

let scene: Scene;
let first: Deployed;
beforeAll(async () => {
  scene = await Scene.open();
  first = await put("First", "v1", "echo to stdout", "echo to stderr >&2");
});
afterAll(() => scene?.stop());
afterEach(() => {
  expect(scene.cloud.faults.left()).toEqual([]);
});

type RequestType = "Create" | "Update" | "Delete";

function ofType(type: RequestType) {
  return (event: unknown) => (event as { readonly RequestType: string }).RequestType === type;
}

/** All are in one stack, whose functions are warm then. */
const declared = new Map<string, AzureRunCommandOptions>();

/** Creates this run command in the stack, or changes it. @returns when nothing is under way any more, late deliveries included. */
async function put(id: string, mark: string, ...lines: string[]): Promise<Deployed> {
  declared.set(id, { script: counting(id, mark, ...lines) });
  const deployed = await scene.deploy("Demo", ({ run }) => {
    for (const [name, props] of declared) run(name, props);
  });
  await scene.cloud.settled();
  return deployed;
}

/** The calls of a function with the newest request to this run command, in the order in which they ended. */
function callsOf(name: RegExp, id: string) {
  const requestId = scene.requestsOf("Demo", id).at(-1)?.event.RequestId;
  const isOfRequest = (event: unknown) => (event as { readonly RequestId: string }).RequestId === requestId;
  return scene.cloud.invocations.filter((call) => name.test(call.function) && isOfRequest(call.event));
}

/** When the handler was called: before the deployment was over, or after. */
function beginningsOf(id: string, { events }: Deployed): readonly ("before" | "after")[] {
  const endMs = events.at(-1)?.atMs ?? 0;
  const calls = callsOf(/AzureRunCommandProviderOnEvent[0-9A-F]{8}$/, id);
  return calls.map(({ startMs }) => (startMs < endMs ? "before" : "after"));
}

function outcomesOfFramework(id: string): readonly string[] {
  return callsOf(/frameworkonEvent/, id).map(({ outcome }) => outcome.kind);
}

/** The newest answers to this run command that CloudFormation was sent for one request. */
function answersTo(id: string): readonly string[] {
  const responses = scene.requestsOf("Demo", id).at(-1)?.responses ?? [];
  return responses.map((text) => (JSON.parse(text) as { readonly Status: string }).Status);
}

function updated(...lines: string[]): Lines {
  return [
    "Demo UPDATE_IN_PROGRESS: User Initiated",
    ...lines,
    "Demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "Demo UPDATE_COMPLETE",
  ];
}

const created = (id: string) => [
  `${id} CREATE_IN_PROGRESS`,
  `${id} CREATE_IN_PROGRESS: Resource creation Initiated`,
  `${id} CREATE_COMPLETE`,
];
const changed = (id: string) => [`${id} UPDATE_IN_PROGRESS`, `${id} UPDATE_COMPLETE`];

test("a stack that is created runs the script once, and the attributes tell what it did", async () => {
  expect(first.lines).toEqual(["Demo CREATE_IN_PROGRESS: User Initiated", ...created("First"), "Demo CREATE_COMPLETE"]);
  expect(await scene.ledger("First")).toEqual(["create v1"]);
  expect(scene.attributes("Demo", "First")).toEqual({
    ExecutionState: "Succeeded",
    ExitCode: "0",
    Stdout: "to stdout\n",
    Stderr: "to stderr\n",
    StdoutTruncated: "false",
    StderrTruncated: "false",
    StdoutTotalBytes: "10",
    StderrTotalBytes: "10",
    StdoutLocation: "",
    StderrLocation: "",
    StartTime: "<time>",
    EndTime: "<time>",
    Key: "<key>",
    RunId: "1-create-<h>",
    SecretVersions: "",
    LastRunId: "",
  });
  expect(await scene.receipts()).toEqual(["<key>/1-create-<h>"]);
});

/** By the cloud's time: later than any deployment here ends. */
const AFTER_THE_END_MS = 360_000;

describe.each([
  { when: "at the same time", gapMs: 0 },
  { when: "again after the script has ended", gapMs: AFTER_THE_END_MS },
])("a request that is delivered $when", ({ gapMs }) => {
  const id = gapMs === 0 ? "AtOnce" : "Later";
  const slowly = gapMs === 0 ? "sleep 1" : "true";

  test("runs the script once when it is a Create", async () => {
    scene.cloud.faults.add({ kind: "deliverTwice", function: "frameworkonEvent", where: ofType("Create"), gapMs });
    const deployed = await put(id, "v1", slowly);
    expect(deployed.lines).toEqual(updated(...created(id)));
    expect(await scene.ledger(id)).toEqual(["create v1"]);
    expect(beginningsOf(id, deployed)).toEqual(["before", gapMs === 0 ? "before" : "after"]);
    expect(answersTo(id)).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("runs the script once when it is an Update", async () => {
    scene.cloud.faults.add({ kind: "deliverTwice", function: "frameworkonEvent", where: ofType("Update"), gapMs });
    const deployed = await put(id, "v2", slowly, "echo two");
    expect(deployed.lines).toEqual(updated(...changed(id)));
    expect(await scene.ledger(id)).toEqual(["create v1", "update v2"]);
    expect(beginningsOf(id, deployed)).toEqual(["before", gapMs === 0 ? "before" : "after"]);
    expect(answersTo(id)).toEqual(["SUCCESS", "SUCCESS"]);
    expect(scene.attributes("Demo", id)).toMatchObject({ RunId: "2-create-<h>", Stdout: "two\n" });
  });
});

describe("a function of the framework that dies", () => {
  test("is called again, and the script runs once, when it died while the handler was beginning", async () => {
    const where = ofType("Create");
    scene.cloud.faults.add({ kind: "kill", function: "frameworkonEvent", onLog: /executing user function/, where });
    const deployed = await put("Dies", "v1");
    expect(deployed.lines).toEqual(updated(...created("Dies")));
    expect(await scene.ledger("Dies")).toEqual(["create v1"]);
    expect(outcomesOfFramework("Dies")).toEqual(["failed", "returned"]);
    expect(answersTo("Dies")).toEqual(["SUCCESS"]);
  });

  test("is called again, and the script runs once, when it died after all was begun", async () => {
    scene.cloud.faults.add({
      kind: "crash",
      function: "frameworkonEvent",
      at: "afterHandler",
      where: ofType("Update"),
    });
    const deployed = await put("Dies", "v2");
    expect(deployed.lines).toEqual(updated(...changed("Dies")));
    expect(await scene.ledger("Dies")).toEqual(["create v1", "update v2"]);
    expect(outcomesOfFramework("Dies")).toEqual(["failed", "returned"]);
    expect(answersTo("Dies")).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("is called again, and the script runs once, when it died while it looked", async () => {
    scene.cloud.faults.add(
      { kind: "crash", function: "frameworkisComplete", at: "beforeHandler" },
      { kind: "crash", function: "frameworkisComplete", at: "afterHandler" },
    );
    expect((await put("Dies", "v3", "sleep 3", "echo three")).lines).toEqual(updated(...changed("Dies")));
    expect(await scene.ledger("Dies")).toEqual(["create v1", "update v2", "update v3"]);
    expect(scene.attributes("Demo", "Dies")).toMatchObject({ RunId: "3-create-<h>", Stdout: "three\n" });
  });
});

/** What the framework makes of it: the text is AWS Lambda's and its own. */
const died = (id: string, name: string) =>
  `${id} CREATE_FAILED: Received response status [FAILED] from custom resource. Message returned: Error: RequestId: <uuid> Error: Runtime exited with error: signal: killed\n\nLogs: /aws/lambda/Demo-Provider<hash>${name}-<suffix>\n<stack>`;

const rolledBack = (id: string, failure: string) => [
  "Demo UPDATE_IN_PROGRESS: User Initiated",
  `${id} CREATE_IN_PROGRESS`,
  failure,
  `Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [${id}].`,
  "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
  `${id} DELETE_IN_PROGRESS`,
  `${id} DELETE_COMPLETE`,
  "Demo UPDATE_ROLLBACK_COMPLETE",
];

/** The framework does not call it again: it tells CloudFormation that the request failed. */
describe("a function with the handler that dies", () => {
  let receipts: readonly string[];
  beforeEach(async () => {
    receipts = await scene.receipts();
  });

  test("while it begins a Create, leaves its one run on the VM: the framework keeps the Delete to itself", async () => {
    scene.cloud.faults.add({ kind: "crash", function: "OnEvent", at: "afterHandler" });
    expect((await put("Begins", "v1")).lines).toEqual(rolledBack("Begins", died("Begins", "OnEvent")));
    declared.delete("Begins");
    expect(await scene.ledger("Begins")).toEqual(["create v1"]);
    expect(await scene.receipts()).toHaveLength(receipts.length + 1);
  });

  test("while it follows a Create, has its one run taken back by the Delete", async () => {
    scene.cloud.faults.add({ kind: "crash", function: "IsComplete", at: "afterHandler" });
    expect((await put("Follows", "v1")).lines).toEqual(rolledBack("Follows", died("Follows", "IsComplete")));
    declared.delete("Follows");
    expect(await scene.ledger("Follows")).toEqual(["create v1"]);
    expect(await scene.receipts()).toEqual(receipts);
  });

  test("while it begins an Update, has run the new script once; then the old one runs once", async () => {
    await put("Changes", "v1");
    scene.cloud.faults.add({ kind: "crash", function: "OnEvent", at: "afterHandler" });
    expect((await put("Changes", "v2")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await scene.ledger("Changes")).toEqual(["create v1", "update v2", "update v1"]);
  });
});
