import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { until } from "../e2e/support/until";
import { counting, held } from "./support/ledger";
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
  const deployed = await deploy();
  await scene.cloud.settled();
  return deployed;
}

function deploy(): Promise<Deployed> {
  return scene.deploy("Demo", ({ run }) => {
    for (const [name, props] of declared) run(name, props);
  });
}

/** The calls of a function with the newest request to this run command, in the order in which they ended. */
function callsOf(name: RegExp, id: string) {
  const requestId = scene.requestsOf("Demo", id).at(-1)?.event.RequestId;
  const isOfRequest = (event: unknown) => (event as { readonly RequestId: string }).RequestId === requestId;
  return scene.cloud.invocations.filter((call) => name.test(call.function) && isOfRequest(call.event));
}

/** Our own function. */
const ON_EVENT = /AzureRunCommandProviderOnEvent[0-9A-F]{8}$/;

/** When the handler was called: before the deployment was over, or after. */
function beginningsOf(id: string, { events }: Deployed): readonly ("before" | "after")[] {
  const endMs = events.at(-1)?.atMs ?? 0;
  const calls = callsOf(ON_EVENT, id);
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

describe("a request that is delivered at the same time", () => {
  /** The script goes on when the handler was called for both, and knows of the run. */
  async function putTwice(type: RequestType, mark: string, ...lines: string[]): Promise<Deployed> {
    scene.cloud.faults.add({ kind: "deliverTwice", function: "frameworkonEvent", where: ofType(type) });
    const sent = scene.requestsOf("Demo", "AtOnce").length;
    const deploying = put("AtOnce", mark, ...held(`at-once-${mark}`), ...lines);
    await until("both deliveries have begun", () => {
      const isSent = scene.requestsOf("Demo", "AtOnce").length > sent;
      return isSent && callsOf(ON_EVENT, "AtOnce").length === 2;
    });
    await scene.release(`at-once-${mark}`);
    return deploying;
  }

  test("runs the script once when it is a Create", async () => {
    const deployed = await putTwice("Create", "v1");
    expect(deployed.lines).toEqual(updated(...created("AtOnce")));
    expect(await scene.ledger("AtOnce")).toEqual(["create v1"]);
    expect(answersTo("AtOnce")).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("runs the script once when it is an Update", async () => {
    const deployed = await putTwice("Update", "v2", "echo two");
    expect(deployed.lines).toEqual(updated(...changed("AtOnce")));
    expect(await scene.ledger("AtOnce")).toEqual(["create v1", "update v2"]);
    expect(answersTo("AtOnce")).toEqual(["SUCCESS", "SUCCESS"]);
    expect(scene.attributes("Demo", "AtOnce")).toMatchObject({ RunId: "2-create-<h>", Stdout: "two\n" });
  });
});

/** Nobody reads the answer to the second one. */
describe("a request that is delivered again after all has ended", () => {
  const again = (type: RequestType) =>
    ({ kind: "deliverTwice", function: "frameworkonEvent", where: ofType(type), gapMs: AFTER_THE_END_MS }) as const;

  test("runs the script once when it is a Create", async () => {
    scene.cloud.faults.add(again("Create"));
    const deployed = await put("Later", "v1");
    expect(deployed.lines).toEqual(updated(...created("Later")));
    expect(await scene.ledger("Later")).toEqual(["create v1"]);
    expect(beginningsOf("Later", deployed)).toEqual(["before", "after"]);
    expect(answersTo("Later")).toEqual(["SUCCESS", "FAILED"]);
  });

  test("runs the script once when it is an Update", async () => {
    scene.cloud.faults.add(again("Update"));
    const deployed = await put("Later", "v2", "echo two");
    expect(deployed.lines).toEqual(updated(...changed("Later")));
    expect(await scene.ledger("Later")).toEqual(["create v1", "update v2"]);
    expect(beginningsOf("Later", deployed)).toEqual(["before", "after"]);
    expect(answersTo("Later")).toEqual(["SUCCESS", "FAILED"]);
    expect(scene.attributes("Demo", "Later")).toMatchObject({ RunId: "2-create-<h>", Stdout: "two\n" });
  });
});

test("requests that are delivered again when others have followed run nothing, and take nothing off that came after them", async () => {
  const twice = (type: RequestType, id: string, gapMs: number) => {
    const where = (event: unknown) => ofType(type)(event) && JSON.stringify(event).includes(id);
    return { kind: "deliverTwice", function: "frameworkonEvent", where, gapMs } as const;
  };
  const set = (id: string, mark: string, ...lines: string[]) =>
    declared.set(id, { script: counting(id, mark, ...lines), delete: counting(id, "gone") });
  const statusesOf = (id: string, type: RequestType) =>
    scene
      .requestsOf("Demo", id)
      .filter(({ event }) => event.RequestType === type)
      .map(({ responses }) => responses.map((text) => (JSON.parse(text) as { readonly Status: string }).Status));

  scene.cloud.faults.add(twice("Create", "Again", 480_000), twice("Update", "Again", 360_000));
  scene.cloud.faults.add(twice("Delete", "Returns", 360_000));
  set("Returns", "v1");
  set("Again", "v1");
  await deploy();
  declared.delete("Returns");
  set("Again", "v2");
  await deploy();
  set("Again", "v3");
  await deploy();
  declared.delete("Again");
  set("Returns", "v2");
  set("Again", "v4", ...held("again"));
  const last = deploy();
  await scene.untilLedger("Again", 4);
  await until("all was delivered twice", () =>
    [statusesOf("Again", "Create"), statusesOf("Again", "Update").slice(0, 1), statusesOf("Returns", "Delete")]
      .flat()
      .every((statuses) => statuses.length === 2),
  );
  await scene.release("again");
  expect((await last).status).toBe("UPDATE_COMPLETE");
  await scene.cloud.settled();
  expect(await scene.ledger("Again")).toEqual(["create v1", "update v2", "update v3", "update v4"]);
  expect(await scene.ledger("Returns")).toEqual(["create v1", "delete gone", "create v2"]);
  expect(statusesOf("Again", "Create")).toEqual([["SUCCESS", "FAILED"]]);
  expect(statusesOf("Again", "Update")[0]).toEqual(["SUCCESS", "FAILED"]);
  expect(statusesOf("Returns", "Delete")).toEqual([["SUCCESS", "SUCCESS"]]);
});

describe("a function of the framework that dies", () => {
  test("is called again, and the script runs once, when it died while the handler was beginning", async () => {
    const when = scene.untilLedger("Dies", 1);
    scene.cloud.faults.add({ kind: "kill", function: "frameworkonEvent", when, where: ofType("Create") });
    const deploying = put("Dies", "v1", ...held("dies"));
    await until("the framework has died", () => outcomesOfFramework("Dies").includes("failed"));
    await scene.release("dies");
    const deployed = await deploying;
    expect(deployed.lines).toEqual(updated(...created("Dies")));
    expect(await scene.ledger("Dies")).toEqual(["create v1"]);
    expect(beginningsOf("Dies", deployed)).toEqual(["before", "before"]);
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
    const deploying = put("Dies", "v2", ...held("dies-again"));
    await scene.untilLedger("Dies", 2);
    await until("the framework was called again", () => outcomesOfFramework("Dies").length === 2);
    await scene.release("dies-again");
    expect((await deploying).lines).toEqual(updated(...changed("Dies")));
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
