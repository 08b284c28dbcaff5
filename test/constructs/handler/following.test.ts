/** What isComplete makes of a run that goes on: looks, the end of the hour, troubles that pass, runs that another resource began. */
import { AwsFailure } from "../../../constructs/handler/aws-errors";
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import { vmAnswer } from "../../support/scripted-vm";
import { eventOf, KEY } from "./support/events";
import { LAMBDA_SECONDS, type World, type WorldParts, worldOf } from "./support/world";

const SCRIPT = { Script: { Text: "echo first" }, OutputNames: ["version"] };
const HOURS = { seconds: 3 * 3_600, stdout: "at last" };

async function minutesOf(world: World, work: () => Promise<unknown>): Promise<number> {
  const beganAtMs = world.sinceMs();
  await work();
  return Math.round((world.sinceMs() - beganAtMs) / 60_000);
}

describe("a run that is not over when its resource's time is", () => {
  test("is handed over after 55 minutes, with what the next resource needs", async () => {
    const world = worldOf({ ending: () => HOURS, secrets: { "arn:code": [["v7", "topsecret-7"]] } });
    const properties = { ...SCRIPT, HandsOver: "true", ProtectedParameters: { CODE: { SecretId: "arn:code" } } };
    let attributes: object | undefined;
    const minutes = await minutesOf(world, async () => {
      ({ attributes } = await world.carryOut(eventOf({ properties })));
    });
    expect(minutes).toBe(55);
    expect(attributes).toEqual({
      ExecutionState: "Running",
      ExitCode: "",
      Stdout: "",
      Stderr: "",
      StdoutTruncated: "",
      StderrTruncated: "",
      StdoutTotalBytes: "",
      StderrTotalBytes: "",
      StdoutLocation: "",
      StderrLocation: "",
      StartTime: "",
      EndTime: "",
      Key: KEY,
      RunId: "1-create-121d4e4ce833",
      SecretVersions: '{"CODE":"v7"}',
      LastRunId: "",
      "Outputs.version": "",
    });
    expect(world.lines.at(-1)?.message).toMatch(
      /^after 33\d\d s another resource follows the run '1-create-121d4e4ce833' on 'web1'$/,
    );
  });

  test("is a failure where nobody goes on with it", async () => {
    const world = worldOf({ ending: () => HOURS });
    const { failure } = await world.carryOut(eventOf({ properties: SCRIPT }));
    expect(failure).toMatch(
      /^the script on 'web1' still runs after 33\d\d s, which is as long as CloudFormation lets this resource follow it: raise 'timeout', so that more resources follow it, or let it wait and do less; it may go on there$/,
    );
  });

  test("is handed over sooner when the event came late: CloudFormation counts from when it sent it", async () => {
    const world = worldOf({ ending: () => HOURS });
    await world.sleep(20 * 60);
    const sentAt = "20231114T221320Z";
    const minutes = await minutesOf(world, () =>
      world.carryOut(eventOf({ sentAt, properties: { ...SCRIPT, HandsOver: "true" } })),
    );
    // A look of a minute and some seconds ends it.
    expect(minutes).toBe(55 - 20 + 1);
  });

  test("is a failure 5 minutes before CloudFormation stops waiting, where that is sooner", async () => {
    const world = worldOf({ ending: () => HOURS });
    const properties = { ...SCRIPT, ServiceTimeout: "1800" };
    const minutes = await minutesOf(world, () => world.carryOut(eventOf({ properties })));
    expect(minutes).toBe(26);
  });

  test("is followed by the next resources to its end, 90 minutes later", async () => {
    const world = worldOf({ ending: () => ({ seconds: 90 * 60, stdout: "at last", outputs: "version=7\n" }) });
    const first = await world.carryOut(eventOf({ properties: { ...SCRIPT, HandsOver: "true" } }));
    const { Key, RunId, SecretVersions, LastRunId } = first.attributes ?? {};
    const Continues = { Key, RunId, SecretVersions, LastRunId };
    const wait = await world.carryOut(
      eventOf({ isWait: true, requestId: "request-2", properties: { ...SCRIPT, Continues } }),
    );
    expect(wait.physicalId).toBe(`azrc-wait-${KEY}`);
    expect(wait.attributes).toMatchObject({ ExecutionState: "Succeeded", Stdout: "at last", "Outputs.version": "7" });
    expect(world.vm.started).toHaveLength(1);
    expect(Math.round(world.sinceMs() / 60_000)).toBe(90);
  });
});

describe("a look that fails", () => {
  const passing: readonly RunFailure[] = [
    { kind: "Unreachable", host: "management.azure.com", detail: "ECONNRESET", afterTries: 6 },
    {
      kind: "Throttled",
      vmName: "web1",
      waitedSeconds: 5,
      retryAfterSeconds: 5,
      limit: undefined,
      message: "too many",
    },
    { kind: "RequestRefused", vmName: "web1", status: 503, code: "ServerBusy", message: "busy" },
    { kind: "AnswerLost", vmName: "web1", commandId: "RunShellScript", detail: "ECONNRESET", afterTries: 5 },
    { kind: "CredentialsUnusable", source: "AzureCredentials.webIdentity", detail: "AWS STS gives no token for Azure" },
    { kind: "OperationFailed", vmName: "web1", code: "VMExtensionManagementInternalError", message: "oops" },
  ];

  test.each(passing.map((failure) => [failure.kind, failure] as const))(
    "for a trouble that passes (%s) is made again",
    async (_kind, failure) => {
      const world = worldOf({
        ending: () => ({ seconds: 300, stdout: "out" }),
        trouble: ({ verb }, count) => (verb === "wait" && count < 5 ? new RunFailedError(failure) : undefined),
      });
      const { attributes, looks } = await world.carryOut(eventOf({ properties: { Script: SCRIPT.Script } }));
      expect(attributes?.Stdout).toBe("out");
      expect(looks).toBeGreaterThan(4);
      expect(world.vm.started).toHaveLength(1);
    },
  );

  test("for a trouble that does not pass by the end of the hour fails with it", async () => {
    const failure: RunFailure = {
      kind: "Unreachable",
      host: "login.microsoftonline.com",
      detail: "status 503",
      afterTries: 3,
      came: "serverError",
    };
    const world = worldOf({
      ending: () => HOURS,
      trouble: ({ verb }) => (verb === "wait" ? new RunFailedError(failure) : undefined),
    });
    let reason: string | undefined;
    const minutes = await minutesOf(world, async () => {
      ({ failure: reason } = await world.carryOut(eventOf({ properties: SCRIPT })));
    });
    expect(minutes).toBe(55);
    expect(reason).toMatch(
      /^no token from login.microsoftonline.com after 3 tries: it answers with status 503, a trouble of its own/,
    );
  });

  test.each<readonly [string, RunFailure, RegExp]>([
    [
      "refused credentials",
      { kind: "CredentialsRefused", code: "AADSTS7000222", source: "AzureCredentials.clientSecret" },
      /^Entra refused the credentials from AzureCredentials.clientSecret: the client secret has expired/,
    ],
    [
      "a missing right",
      { kind: "NotAuthorized", vmName: "web1", action: "Microsoft.Compute/x", message: "no" },
      /^not allowed to use Run Command on 'web1'/,
    ],
  ])("for %s fails at once", async (_what, failure, expected) => {
    const world = worldOf({
      ending: () => HOURS,
      trouble: ({ verb }) => (verb === "wait" ? new RunFailedError(failure) : undefined),
    });
    const carried = await world.carryOut(eventOf({ properties: SCRIPT }));
    expect(carried.failure).toMatch(expected);
    expect(carried.looks).toBe(1);
  });

  test("since the VM was stopped fails at once, and says so", async () => {
    let looks = 0;
    const world = worldOf({
      ending: () => HOURS,
      vm: () => vmAnswer({ powerState: ++looks > 1 ? "stopped" : "running" }),
    });
    const { failure } = await world.carryOut(eventOf({ properties: SCRIPT }));
    expect(failure).toMatch(/^cannot run a command on 'web1': its power state is 'stopped', expected 'running'/);
  });

  test("since somebody removed the receipt fails where the run is this request's own", async () => {
    const world = worldOf({ ending: () => HOURS });
    const event = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(event);
    world.vm.forget("1-create-121d4e4ce833");
    await expect(world.isComplete(event, answer)).rejects.toThrow(
      "how the script on 'web1' ended is not known: the receipt of its run '1-create-121d4e4ce833' is not there any more, by a deletion or because somebody removed it",
    );
  });
});

test("a run of which onEvent cannot tell whether it began is looked for, and its absence is told with the cause", async () => {
  const lost: RunFailure = {
    kind: "AnswerLost",
    vmName: "web1",
    commandId: "RunShellScript",
    detail: "ECONNRESET",
    afterTries: 5,
  };
  const world = worldOf({ trouble: ({ verb }) => (verb === "run" ? new RunFailedError(lost, true) : undefined) });
  const { failure, physicalId } = await world.carryOut(eventOf({ properties: SCRIPT }));
  expect(physicalId).toBeDefined();
  expect(failure).toMatch(
    /^the script did not begin on 'web1', as far as can be told: there is no receipt of its run '1-create-121d4e4ce833'; when it was sent: the answer to RunShellScript for 'web1' was lost 5 times \(ECONNRESET\)/,
  );
});

describe("the resource that goes on with a run", () => {
  const continues = (runId: string, state: object = {}) => ({
    ...SCRIPT,
    Continues: { Key: KEY, RunId: runId, SecretVersions: "", LastRunId: "", ...state },
  });

  test.each([
    ["was handed over", { ExecutionState: "Running" }],
    ["was begun by an older version of the construct", {}],
  ])("fails when it is made and the run is gone, which %s", async (_what, state) => {
    const world = worldOf();
    const properties = continues("1-create-121d4e4ce833", state);
    const { failure } = await world.carryOut(eventOf({ isWait: true, properties }));
    expect(failure).toMatch(/^how the script on 'web1' ended is not known: the receipt/);
  });

  test.each(["Succeeded", "Unknown"])(
    "fails nothing when it is made by an update that runs nothing, and the run is gone (%s)",
    async (ExecutionState) => {
      const world = worldOf({ stackStatus: () => "UPDATE_IN_PROGRESS" });
      const properties = continues("1-create-121d4e4ce833", { ExecutionState });
      const { failure, attributes } = await world.carryOut(eventOf({ isWait: true, properties }));
      expect(failure).toBeUndefined();
      expect(attributes).toMatchObject({ ExecutionState: "Unknown", RunId: "1-create-121d4e4ce833" });
    },
  );

  test("says that nothing is known when it is updated and the run is gone, as after a rollback", async () => {
    const world = worldOf();
    const event = eventOf({ type: "Update", isWait: true, properties: continues("1-create-121d4e4ce833") });
    const { attributes } = await world.carryOut(event);
    expect(attributes).toMatchObject({ ExecutionState: "Unknown", Key: KEY, RunId: "1-create-121d4e4ce833" });
    expect(world.lines.at(-1)?.message).toMatch(
      /^how the script on 'web1' ended is not known: .*; that is no failure here$/,
    );
  });

  test("passes on that nothing is known", async () => {
    const world = worldOf();
    const { attributes } = await world.carryOut(eventOf({ isWait: true, properties: continues("") }));
    expect(attributes).toMatchObject({ ExecutionState: "Unknown", Key: KEY, RunId: "", "Outputs.version": "" });
    expect(world.requests).toEqual([]);
  });

  test("answers with the data of a run that has ended before", async () => {
    const world = worldOf();
    world.vm.leave("1-create-121d4e4ce833", { stdout: "done", outputs: "version=7\n" });
    const { attributes } = await world.carryOut(
      eventOf({ isWait: true, properties: continues("1-create-121d4e4ce833") }),
    );
    expect(attributes).toMatchObject({ ExecutionState: "Succeeded", Stdout: "done", "Outputs.version": "7" });
  });

  test("fails when the run has failed", async () => {
    const world = worldOf();
    world.vm.leave("1-create-121d4e4ce833", { exitCode: 4 });
    const { failure } = await world.carryOut(eventOf({ isWait: true, properties: continues("1-create-121d4e4ce833") }));
    expect(failure).toBe("the script on 'web1' exited with 4; it printed nothing");
  });

  test("does not fail a rollback in which nothing is to run because the VM is off", async () => {
    const world = worldOf({
      vm: () => vmAnswer({ powerState: "deallocated" }),
      stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS",
    });
    const properties = { ...continues("1-create-121d4e4ce833"), Rollback: "SKIP" };
    const { attributes } = await world.carryOut(eventOf({ type: "Update", isWait: true, properties }));
    expect(attributes).toMatchObject({ ExecutionState: "Unknown" });
  });

  test("leaves the VM alone when it is deleted", async () => {
    const world = worldOf();
    const event = eventOf({ type: "Delete", isWait: true, physicalId: `azrc-wait-${KEY}`, properties: continues("x") });
    expect(await world.carryOut(event)).toMatchObject({ failure: undefined, looks: 1 });
    expect(world.requests).toEqual([]);
  });

  test("fails with a sentence when its properties name no run", async () => {
    const { failure } = await worldOf().carryOut(eventOf({ isWait: true, properties: SCRIPT }));
    expect(failure).toBe("this resource follows a run, and its properties name none (Continues); nothing was run");
  });
});

describe("a stack that turns away while a run is followed", () => {
  test.each(["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"])(
    "(%s) ends the looks: one more would bring the extension back that the deletion has removed",
    async (status) => {
      const world = worldOf({
        ending: () => HOURS,
        stackStatus: (sinceMs) => (sinceMs > 200_000 ? status : "CREATE_IN_PROGRESS"),
      });
      const { failure } = await world.carryOut(eventOf({ properties: SCRIPT }));
      expect(failure).toBe(
        `the run '1-create-121d4e4ce833' is not followed any more: the stack is ${status} meanwhile`,
      );
      expect(world.sinceMs()).toBeLessThan(300_000);
    },
  );

  test("before a look keeps it from the VM", async () => {
    const world = worldOf({
      ending: () => HOURS,
      stackStatus: (sinceMs) => (sinceMs > 100_000 ? "DELETE_IN_PROGRESS" : "CREATE_IN_PROGRESS"),
    });
    const event = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(event);
    await world.sleep(60);
    const before = world.requests.length;
    await expect(world.isComplete(event, answer)).rejects.toThrow("the stack is DELETE_IN_PROGRESS meanwhile");
    expect(world.requests.length).toBe(before);
  });

  test("ends those of an Update that it rolls back", async () => {
    const world = worldOf({
      ending: () => HOURS,
      stackStatus: (sinceMs) => (sinceMs > 200_000 ? "UPDATE_ROLLBACK_IN_PROGRESS" : "UPDATE_IN_PROGRESS"),
    });
    const event = eventOf({ type: "Update", properties: SCRIPT, oldProperties: { Script: { Text: "echo second" } } });
    expect((await world.carryOut(event)).failure).toMatch(/the stack is UPDATE_ROLLBACK_IN_PROGRESS meanwhile$/);
  });

  test("and only rests ends none: the second delivery of a request has its answer after the first", async () => {
    const world = worldOf({
      ending: () => ({ seconds: 300 }),
      stackStatus: (sinceMs) => (sinceMs > 100_000 ? "CREATE_COMPLETE" : "CREATE_IN_PROGRESS"),
    });
    expect(await world.carryOut(eventOf())).toMatchObject({
      failure: undefined,
      attributes: { ExecutionState: "Succeeded" },
    });
  });

  test("ends the look that is under way, and nothing of that session goes on", async () => {
    const world = worldOf({
      ending: () => HOURS,
      stackStatus: (sinceMs) => (sinceMs > 100_000 ? "ROLLBACK_IN_PROGRESS" : "CREATE_IN_PROGRESS"),
    });
    const event = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(event);
    await world.sleep(20);
    const beganAtMs = world.sinceMs();
    await expect(world.isComplete(event, answer)).rejects.toThrow("the stack is ROLLBACK_IN_PROGRESS meanwhile");
    // An operation that waits for the script takes 73 s.
    expect(world.sinceMs() - beganAtMs).toBe(15_000);
    expect(world.discards()).toBe(1);
  });

  test("after the look that is under way has seen the end changes nothing", async () => {
    const world = worldOf({
      ending: () => ({ seconds: 90, stdout: "out" }),
      stackStatus: (sinceMs) => (sinceMs > 110_000 ? "ROLLBACK_IN_PROGRESS" : "CREATE_IN_PROGRESS"),
    });
    expect((await world.carryOut(eventOf())).attributes?.Stdout).toBe("out");
  });

  test("by a rollback does not end those of that rollback's own Update", async () => {
    const world = worldOf({ ending: () => ({ seconds: 300 }), stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS" });
    const properties = { Script: { Text: "echo first" } };
    const oldProperties = { Script: { Text: "echo second" } };
    const { attributes } = await world.carryOut(eventOf({ type: "Update", properties, oldProperties }));
    expect(attributes?.ExecutionState).toBe("Succeeded");
  });

  test("of which the state cannot be seen is followed all the same", async () => {
    const world = worldOf({ ending: () => ({ seconds: 300 }), stackStatus: () => new AwsFailure("not allowed") });
    expect((await world.carryOut(eventOf())).attributes?.ExecutionState).toBe("Succeeded");
  });
});

describe("a restart of the VM while a script runs", () => {
  const properties = {
    Script: { Bucket: "assets", Key: "install.sh" },
    Update: { Bucket: "assets", Key: "update.sh" },
    RebootPolicy: "continue",
    ProtectedParameters: { CODE: { SecretId: "arn:code" } },
  };
  const restarting = (): WorldParts => ({
    objects: { "assets/install.sh": "echo first", "assets/update.sh": "echo update" },
    secrets: {
      "arn:code": [
        ["v2", "correct-horse-2"],
        ["v1", "correct-horse-1"],
      ],
    },
    ending: ({ runId }) =>
      runId.endsWith("-b2") ? { stdout: "after" } : { seconds: 200, state: "Interrupted", stdout: "before" },
  });

  test("that goes on then runs it again, with what it was given before", async () => {
    const world = worldOf(restarting());
    const { attributes } = await world.carryOut(eventOf({ properties }));
    expect(attributes).toMatchObject({ ExecutionState: "Succeeded", Stdout: "after", RunId: "1-create-121d4e4ce833" });
    expect(world.vm.started).toMatchObject([
      { runId: "1-create-121d4e4ce833", environment: { AZURE_RUN_COMMAND_BOOT: "1" } },
      {
        runId: "1-create-121d4e4ce833-b2",
        script: "echo first",
        continues: "1-create-121d4e4ce833",
        environment: { AZURE_RUN_COMMAND_BOOT: "2", AZURE_RUN_COMMAND_REASON: "create", CODE: "correct-horse-2" },
      },
    ]);
  });

  test("is gone on with by the resource that follows the run, too", async () => {
    const world = worldOf(restarting());
    const runId = "4-update-0123456789ab";
    world.vm.leave(runId, { seconds: 0, state: "Interrupted" });
    const Continues = { Key: KEY, RunId: runId, SecretVersions: '{"CODE":"v1"}', LastRunId: "3-create-0123456789ab" };
    const { attributes } = await world.carryOut(eventOf({ isWait: true, properties: { ...properties, Continues } }));
    expect(attributes).toMatchObject({ ExecutionState: "Succeeded", Stdout: "after" });
    expect(world.vm.started).toMatchObject([
      {
        runId: `${runId}-b2`,
        script: "echo update",
        last: "3-create-0123456789ab",
        environment: { AZURE_RUN_COMMAND_REASON: "update", CODE: "correct-horse-1" },
      },
    ]);
  });
});

describe("one call of a function", () => {
  test("ends before AWS Lambda ends it, and the next one goes on", async () => {
    const world = worldOf({ ending: () => HOURS });
    const event = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(event);
    const beganAtMs = world.sinceMs();
    // 75 s are kept for what comes after the look.
    expect(await world.isComplete(event, answer, 100)).toEqual({ IsComplete: false });
    expect(world.sinceMs() - beganAtMs).toBe(25_000);
    expect(world.discards()).toBe(1);
  });

  test("looks once: what it learns cannot be kept for the next", async () => {
    const world = worldOf({ ending: () => HOURS });
    const event = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(event);
    const before = world.requests.length;
    await world.isComplete(event, answer, LAMBDA_SECONDS);
    expect(world.requests.length - before).toBe(1);
    expect(world.discards()).toBe(0);
  });

  test("of isComplete without what onEvent answered fails with a sentence", async () => {
    const world = worldOf();
    await expect(world.isComplete(eventOf(), {} as never)).rejects.toThrow(
      "nothing says what was begun: 'onEvent' of the same version has to answer before",
    );
  });
});
