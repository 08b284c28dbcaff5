import { CfnResource, Duration, aws_secretsmanager as secretsmanager, aws_ssm as ssm } from "aws-cdk-lib";
import type { AzureRunCommand } from "../../constructs/run-command";
import { RunCommandScript } from "../../constructs/script";
import { RunCommandSecret } from "../../constructs/secret";
import { until } from "../e2e/support/until";
import type { Program } from "./support/assemblies";
import { sentenceOf } from "./support/failing";
import { counting, held, note } from "./support/ledger";
import type { Lines } from "./support/readable";
import { type Deployed, Scene } from "./support/scene";

/**
 * So slow that a busy machine keeps the times that the work itself has: 13 minutes for a start, 5 from the hand-over to the end of
 * CloudFormation's hour. The long waiting between is skipped.
 */
const SCALE = 5;

/** Longer than a script that is not held takes to be ended. Unit: seconds of the guest. */
const ENDLESS = "sleep 3000";

/** How long the guest lets a script run that has 65 minutes in the template. Unit: seconds of the guest, in which nothing is skipped. */
const LIMIT_SECONDS = 45;

interface Story {
  readonly vms: readonly string[];
  /** What is there when the functions are warm: a cold start takes minutes of AWS's time here. */
  readonly before: Program;
  /** What the stack has besides, or in its place, when it is changed. */
  readonly change: Program;
}

const SECRET = "c-81d0c6b2a7";
const BASE = { script: RunCommandScript.fromInline(":") };
const LONG = { timeout: Duration.minutes(90) };

/** Each is a stack. Their scripts are held until it is the time of AWS at which they are to end. */
const STORIES = {
  Ends: {
    vms: ["vm1", "vm2", "vm3", "vm4"],
    before: ({ run }) => {
      run("Changed", { script: counting("Changed", "v1", "echo first"), ...LONG }, "vm4");
    },
    change: ({ run, stack }) => {
      const arn = scene.cloud.secrets.arnOf("code") ?? "";
      const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, "Code", arn);
      const protectedParameters = { CODE: RunCommandSecret.fromSecretsManager(secret) };
      run("Twenty", { script: counting("Twenty", "v1", ...held("Twenty"), "echo twenty") }, "vm1");
      const answering = ["echo name=done >> $AZURE_RUN_COMMAND_OUTPUT", 'echo "the code is $CODE"'];
      const seventy = {
        script: counting("Seventy", "v1", ...held("Seventy"), ...answering),
        protectedParameters,
        ...LONG,
      };
      const ninety = { ...seventy, script: counting("Ninety", "v1", ...held("Ninety"), ...answering) };
      const name = run("Seventy", seventy, "vm2").output("name");
      const { exitCode } = run("Ninety", { ...ninety, timeout: Duration.hours(2) }, "vm3");
      new ssm.StringParameter(stack, "Parameter", { stringValue: `${name} ${exitCode}` });
      const update = counting("Changed", "v2", ...held("Changed"), 'echo "after $(cat "$AZURE_RUN_COMMAND_STDOUT")"');
      run("Changed", { script: counting("Changed", "v1", "echo first"), update, triggers: ["2"], ...LONG }, "vm4");
    },
  },
  Fails: {
    vms: ["vm5"],
    before: ({ run }) => {
      run("Base", BASE, "vm5");
    },
    change: ({ run }) => {
      run("Base", BASE, "vm5");
      const script = counting("Fails", "v1", ...held("Fails"), "echo no such disk >&2", "exit 7");
      run("Run", { script, delete: counting("Fails", "bye"), ...LONG }, "vm5");
    },
  },
  Limited: {
    vms: ["vm6"],
    before: ({ run }) => {
      run("Base", BASE, "vm6");
    },
    change: ({ run }) => {
      run("Base", BASE, "vm6");
      const script = counting("Limited", "v1", "echo begun", ENDLESS, note("Limited", "ended"));
      endedAfter(LIMIT_SECONDS, run("Run", { script, timeout: Duration.minutes(65) }, "vm6"));
    },
  },
  Late: {
    vms: ["vm7"],
    before: ({ run }) => {
      run("Base", BASE, "vm7");
    },
    change: ({ run }) => {
      run("Base", BASE, "vm7");
      // The guest does not skip: the default of 40 minutes never comes there.
      run("Run", { script: counting("Late", "v1", ENDLESS, note("Late", "ended")) }, "vm7");
    },
  },
  Silent: {
    vms: ["vm8"],
    before: ({ run }) => {
      run("Base", BASE, "vm8");
    },
    change: ({ run, stack }) => {
      run("Base", BASE, "vm8");
      const silent = run("Run", { script: counting("Silent", "v1"), timeout: Duration.minutes(5) }, "vm8");
      const [resource] = resourcesOf(silent);
      const logicalId = resource === undefined ? "" : String(stack.resolve(resource.logicalId));
      scene.cloud.faults.add({ kind: "dropResponse", logicalId, requestType: "Create" });
    },
  },
  Canceled: {
    vms: ["vm9"],
    before: ({ run }) => {
      run("Run", { script: counting("Canceled", "v1", "echo one"), ...LONG }, "vm9");
    },
    change: ({ run }) => {
      run(
        "Run",
        { script: counting("Canceled", "v2", ...held("Canceled"), note("Canceled", "ended")), ...LONG },
        "vm9",
      );
    },
  },
  Reversed: {
    vms: ["vm10"],
    before: ({ run }) => {
      run("Run", { script: counting("Reversed", "v1", "echo one"), ...LONG }, "vm10");
    },
    change: ({ run }) => {
      const script = counting("Reversed", "v2", ...held("Reversed"), "echo no such disk >&2", "exit 7");
      run("Run", { script, ...LONG }, "vm10");
    },
  },
} satisfies Readonly<Record<string, Story>>;

type StackName = keyof typeof STORIES;

function resourcesOf(run: AzureRunCommand): readonly CfnResource[] {
  return run.node.findAll().filter((one): one is CfnResource => one instanceof CfnResource);
}

/** Tells the guest alone: the resources stay as many as the template's timeout needs. */
function endedAfter(limitSeconds: number, run: AzureRunCommand): void {
  for (const resource of resourcesOf(run)) {
    resource.addPropertyOverride("TimeoutInSeconds", limitSeconds);
  }
}

let scene: Scene;
const changes = new Map<string, Promise<Deployed>>();

beforeAll(async () => {
  const stories = Object.entries<Story>(STORIES);
  scene = await Scene.open({ scale: SCALE, vms: stories.flatMap(([, { vms }]) => vms) });
  scene.cloud.secrets.put("code", SECRET);
  await handOverLimited();
  const others = stories.filter(([stackName]) => stackName !== "Limited");
  for (const [stackName, { before }] of others) {
    await scene.deploy(stackName, before);
  }
  for (const [stackName, { change }] of others) {
    beginChange(stackName, change);
  }
  await Promise.all(BEGUN.map(([ledger, count, vm]) => scene.untilLedger(ledger, count, vm, PATIENCE)));
  await changed("Limited");
  await hourAndHalf(Math.max(...scene.cloud.requests.map(({ sentMs }) => sentMs)));
  await Promise.allSettled(changes.values());
}, 600_000);
afterAll(() => scene?.stop());

/** For a busy machine. */
const PATIENCE = { timeoutMs: 180_000 };

/** How many lines the ledgers have when all scripts have begun, but for the one of Limited. */
const BEGUN = [
  ["Twenty", 1, "vm1"],
  ["Seventy", 1, "vm2"],
  ["Ninety", 1, "vm3"],
  ["Changed", 2, "vm4"],
  ["Fails", 1, "vm5"],
  ["Late", 1, "vm7"],
  ["Silent", 1, "vm8"],
  ["Canceled", 2, "vm9"],
  ["Reversed", 2, "vm10"],
] as const;

function beginChange(stackName: string, change: Program): void {
  const changing = scene.deploy(stackName, change);
  // Whoever awaits it tells.
  changing.catch(() => undefined);
  changes.set(stackName, changing);
}

/** First and alone: the guest's limit is not to come before the second resource does. */
async function handOverLimited(): Promise<void> {
  await scene.deploy("Limited", STORIES.Limited.before);
  beginChange("Limited", STORIES.Limited.change);
  await scene.untilLedger("Limited", 1, "vm6", PATIENCE);
  const [sent] = scene.requestsOf("Limited");
  await scene.cloud.clock.skipTo((sent?.sentMs ?? 0) + HAND_OVER_MINUTES * 60_000);
  await untilAsked("Limited", "RunWait1");
}

/** When a resource gives the run to the next one. Source: `HAND_OVER_AFTER_SECONDS`, which tests of its own hold. */
const HAND_OVER_MINUTES = 55;

/** What happens in AWS's time, when all scripts have begun. @param sinceMs when the last of the requests was sent. */
async function hourAndHalf(sinceMs: number): Promise<void> {
  const passTo = (minutes: number) => scene.cloud.clock.skipTo(sinceMs + minutes * 60_000);
  scene.cloud.cancelUpdate("Canceled");
  await untilAsked("Canceled", "Run", 3);
  await passTo(20);
  await scene.release("Twenty", "vm1");
  await until("Twenty is answered", () => scene.attributes("Ends", "Twenty").ExecutionState !== undefined, PATIENCE);
  await passTo(25);
  await changed("Silent");
  await passTo(50);
  await scene.release("Canceled", "vm9");
  await changed("Canceled");
  await passTo(HAND_OVER_MINUTES);
  await Promise.all([
    untilAsked("Ends", "SeventyWait1"),
    untilAsked("Ends", "NinetyWait1"),
    untilAsked("Ends", "ChangedWait1", 2),
    untilAsked("Fails", "RunWait1"),
    untilAsked("Reversed", "RunWait1", 2),
    changed("Late"),
  ]);
  await passTo(60);
  await Promise.all([scene.release("Changed", "vm4"), scene.release("Reversed", "vm10")]);
  await passTo(70);
  await Promise.all([scene.release("Seventy", "vm2"), scene.release("Fails", "vm5")]);
  await passTo(90);
  await scene.release("Ninety", "vm3");
}

/** Waits until CloudFormation has sent so many requests to a resource. */
function untilAsked(stackName: StackName, id: string, count = 1): Promise<void> {
  const isAsked = () => scene.requestsOf(stackName, id).length >= count;
  return until(`${count} requests went to ${id} of ${stackName}`, isAsked, PATIENCE);
}

async function changed(stackName: StackName): Promise<Deployed> {
  const changing = changes.get(stackName);
  if (changing === undefined) {
    throw new Error(`nothing changes the stack '${stackName}'`);
  }
  return changing;
}

/** What became of run commands and of the stack: `Run CREATE_FAILED`, without the reasons. */
function endsIn({ lines }: Deployed): Lines {
  return lines.map((line) => line.replace(/:.*/s, "")).filter((line) => !line.endsWith("_IN_PROGRESS"));
}

function reasonsIn({ events }: Deployed): Lines {
  return events.filter(({ type, status }) => type.startsWith("Custom::") && status.endsWith("_FAILED")).map(sentenceOf);
}

describe("a script of", () => {
  test("20 minutes is followed by the resource itself", async () => {
    await changed("Ends");
    expect(await scene.ledger("Twenty", "vm1")).toEqual(["create v1"]);
    expect(scene.attributes("Ends", "Twenty")).toMatchObject({ ExecutionState: "Succeeded", Stdout: "twenty\n" });
    expect(scene.requestsOf("Ends", "TwentyWait1")).toEqual([]);
  });

  test("70 minutes is followed by a second one, which has the attributes and named outputs", async () => {
    const deployed = await changed("Ends");
    expect([deployed.status, reasonsIn(deployed)]).toEqual(["UPDATE_COMPLETE", []]);
    expect(await scene.ledger("Seventy", "vm2")).toEqual(["create v1"]);
    expect(scene.attributes("Ends", "Seventy")).toMatchObject({
      ExecutionState: "Running",
      Stdout: "",
      "Outputs.name": "",
    });
    expect(scene.attributes("Ends", "SeventyWait1")).toMatchObject({
      ExecutionState: "Succeeded",
      ExitCode: "0",
      Stdout: "the code is [secret]\n",
      RunId: "1-create-<h>",
      "Outputs.name": "done",
    });
    expect([...scene.cloud.systemsManager.parameters.values()]).toContain("done 0");
  });

  test("90 minutes is followed by as many as its timeout needs, also when it ends in an earlier one", async () => {
    expect(await scene.ledger("Ninety", "vm3")).toEqual(["create v1"]);
    const states = ["Ninety", "NinetyWait1", "NinetyWait2"].map((id) => scene.attributes("Ends", id).ExecutionState);
    expect(states).toEqual(["Running", "Succeeded", "Succeeded"]);
    expect(scene.attributes("Ends", "NinetyWait2").Stdout).toBe("the code is [secret]\n");
  });

  test("60 minutes that an update runs is followed in the same way, and reads what was printed before", async () => {
    expect(await scene.ledger("Changed", "vm4")).toEqual(["create v1", "update v2"]);
    expect(scene.attributes("Ends", "Changed")).toMatchObject({ ExecutionState: "Running", RunId: "2-update-<h>" });
    expect(scene.attributes("Ends", "ChangedWait1")).toMatchObject({
      ExecutionState: "Succeeded",
      RunId: "2-update-<h>",
      Stdout: "after first\n",
    });
  });

  test("70 minutes that fails rolls the deployment back, with the reason in the resource that followed it", async () => {
    const deployed = await changed("Fails");
    expect(reasonsIn(deployed)).toEqual([`the script on 'vm5' exited with 7; end of stderr: "no such disk"`]);
    expect(endsIn(deployed)).toEqual([
      "Run CREATE_COMPLETE",
      "RunWait1 CREATE_FAILED",
      "RunWait1 DELETE_COMPLETE",
      "Run DELETE_COMPLETE",
      "Fails UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(await scene.ledger("Fails", "vm5")).toEqual(["create v1", "delete bye"]);
    expect(await scene.receipts("vm5")).toEqual(["<key>/1-create-<h>"]);
  });

  test("60 minutes that fails in an update is followed by the script of before, and by what that printed", async () => {
    const deployed = await changed("Reversed");
    expect(reasonsIn(deployed)).toEqual([`the script on 'vm10' exited with 7; end of stderr: "no such disk"`]);
    expect(endsIn(deployed)).toEqual([
      "Run UPDATE_COMPLETE",
      "RunWait1 UPDATE_FAILED",
      "Run UPDATE_COMPLETE",
      "RunWait1 UPDATE_COMPLETE",
      "Reversed UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(await scene.ledger("Reversed", "vm10")).toEqual(["create v1", "update v2", "update v1"]);
    expect(scene.attributes("Reversed", "RunWait1")).toMatchObject({ RunId: "3-create-<h>", Stdout: "one\n" });
  });

  test("more than its time limit is ended on the VM, and the resource that followed it says so", async () => {
    const deployed = await changed("Limited");
    expect(reasonsIn(deployed)).toEqual([
      `the script on 'vm6' was ended after ${LIMIT_SECONDS} s (timeoutInSeconds), with all its children; stderr is empty, end of stdout: "begun"`,
    ]);
    expect(endsIn(deployed).slice(0, 2)).toEqual(["Run CREATE_COMPLETE", "RunWait1 CREATE_FAILED"]);
    expect(await scene.ledger("Limited", "vm6")).toEqual(["create v1"]);
  });

  test("more than an hour that no other resource follows fails, and is ended by the rollback", async () => {
    const deployed = await changed("Late");
    const [reason = ""] = reasonsIn(deployed);
    expect(reason.replace(/after 3[3-5][0-9]{2} s/, "after <55 minutes and some> s")).toBe(
      "the script on 'vm7' still runs after <55 minutes and some> s, which is as long as CloudFormation lets this resource follow it: raise 'timeout', so that more resources follow it, or let it wait and do less; it may go on there",
    );
    expect(endsIn(deployed)).toEqual(["Run CREATE_FAILED", "Run DELETE_COMPLETE", "Late UPDATE_ROLLBACK_COMPLETE"]);
    expect(await scene.ledger("Late", "vm7")).toEqual(["create v1"]);
  });
});

test("an answer that does not come fails the resource after its ServiceTimeout, and nothing is left", async () => {
  const deployed = await changed("Silent");
  expect(reasonsIn(deployed)).toEqual([
    expect.stringMatching(/^CloudFormation did not receive a response from your Custom Resource\./),
  ]);
  const [sent, deleted] = scene.requestsOf("Silent", "Run").map(({ sentMs }) => sentMs);
  const waitedMinutes = ((deleted ?? 0) - (sent ?? 0)) / 60_000;
  // Of the script 5, and 20 for its start and its report.
  expect(waitedMinutes).toBeGreaterThanOrEqual(25);
  expect(waitedMinutes).toBeLessThan(40);
  expect(await scene.ledger("Silent", "vm8")).toEqual(["create v1"]);
  expect(await scene.receipts("vm8")).toEqual(["<key>/1-create-<h>"]);
});

test("an update that is called off while its script runs is rolled back when that has ended, with the script of before", async () => {
  const deployed = await changed("Canceled");
  expect(reasonsIn(deployed)).toEqual(["Resource update cancelled"]);
  expect(endsIn(deployed)).toEqual(["Run UPDATE_FAILED", "Run UPDATE_COMPLETE", "Canceled UPDATE_ROLLBACK_COMPLETE"]);
  expect(await scene.ledger("Canceled", "vm9")).toEqual(["create v1", "update v2", "ended", "update v1"]);
});

test("every script is over, and the secret is in no log, no execution history and no answer", async () => {
  await scene.cloud.settled();
  for (const [name, vm] of [
    ["Limited", "vm6"],
    ["Late", "vm7"],
  ] as const) {
    expect(await scene.ledger(name, vm)).toEqual(["create v1"]);
  }
  const { executions, log, requests } = scene.cloud;
  expect(JSON.stringify([executions, log, requests])).not.toContain(SECRET);
});
