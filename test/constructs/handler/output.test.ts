/** What a script printed, on its way into an answer, a log and a bucket: without secrets, within the bytes, and whole where it can be. */
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import type { GuestRequest } from "../../../core/guest/protocol";
import { VERSION } from "../../../core/version";
import { eventOf, KEY } from "./support/events";
import { type World, type WorldParts, worldOf } from "./support/world";

const SECRETS = { "arn:code": [["v2", "correct-horse-2"] as const, ["v1", "correct-horse-1"] as const] };
const WITH_SECRET = { ProtectedParameters: { CODE: { SecretId: "arn:code" } } };
const RUN_ID = "1-create-121d4e4ce833";

/** Everything that leaves the handler. */
function said(world: World, ...answers: readonly unknown[]): string {
  return JSON.stringify([world.lines, ...answers, [...world.written]]);
}

describe("a secret", () => {
  test("reaches the script, and nothing else", async () => {
    const world = worldOf({
      secrets: SECRETS,
      ending: () => ({
        stdout: "code correct-horse-2",
        stderr: "Y29ycmVjdC1ob3JzZS0y",
        outputs: "code=correct-horse-2\n",
      }),
    });
    const properties = { ...WITH_SECRET, OutputNames: ["code"], Logging: "stdoutAndStderr", OutputBucket: "logs" };
    const event = eventOf({ properties });
    const answer = await world.onEvent(event);
    const complete = await world.isComplete(event, answer);
    expect(world.vm.started[0]?.environment.CODE).toBe("correct-horse-2");
    expect(complete).toMatchObject({
      Data: { Stdout: "code [secret]", Stderr: "[secret]", "Outputs.code": "[secret]" },
    });
    expect(said(world, answer, complete)).not.toMatch(/horse|Y29ycmVj/);
  });

  test("is not in the reason of a failure", async () => {
    const world = worldOf({ secrets: SECRETS, ending: () => ({ exitCode: 1, stderr: "wrong: correct-horse-2" }) });
    const { failure } = await world.carryOut(eventOf({ properties: WITH_SECRET }));
    expect(failure).toBe(`the script on 'web1' exited with 1; end of stderr: "wrong: [secret]"`);
    expect(said(world)).not.toMatch(/horse/);
  });

  test.each<readonly [string, WorldParts]>([
    [
      "Azure's words when it refuses the command",
      {
        trouble: ({ verb }) => {
          const refusal = { kind: "RequestRefused", vmName: "web1", status: 400, code: "BadRequest" } as const;
          return verb === "run" ? new RunFailedError({ ...refusal, message: "not 'correct-horse-2'" }) : undefined;
        },
      },
    ],
    [
      "the runner's words when it cannot start the script",
      { ending: () => ({ refused: "no folder correct-horse-2" }) },
    ],
  ])("is masked in %s", async (_what, parts) => {
    const world = worldOf({ secrets: SECRETS, ...parts });
    const { failure } = await world.carryOut(eventOf({ properties: WITH_SECRET }));
    expect(failure).toContain("[secret]");
    expect(failure).not.toContain("horse");
  });

  test("that is rotated while the script runs is masked as the script was given it", async () => {
    const secrets: Record<string, (readonly [string, string])[]> = { "arn:code": [["v1", "correct-horse-1"]] };
    const world = worldOf({ secrets, ending: () => ({ seconds: 200, stdout: "correct-horse-1" }) });
    const event = eventOf({ properties: WITH_SECRET });
    const answer = await world.onEvent(event);
    secrets["arn:code"]?.unshift(["v2", "correct-horse-2"]);
    await world.isComplete(event, answer);
    const complete = await world.isComplete(event, answer);
    expect(complete).toMatchObject({ Data: { Stdout: "[secret]" } });
    expect(world.secretQuestions.at(-1)).toEqual({ id: "arn:code", versionId: "v1" });
  });

  test("that was rotated since an earlier deployment is masked in what that one printed", async () => {
    const world = worldOf({ secrets: SECRETS, stackStatus: () => "UPDATE_IN_PROGRESS" });
    world.vm.leave(RUN_ID, { stdout: "correct-horse-1" });
    const event = eventOf({
      type: "Update",
      requestId: "request-2",
      properties: { ...WITH_SECRET, TimeoutInSeconds: "5" },
      oldProperties: WITH_SECRET,
    });
    expect((await world.carryOut(event)).attributes?.Stdout).toBe("[secret]");
  });

  test("that is not there fails before anything runs", async () => {
    const world = worldOf({ secrets: {} });
    await expect(world.onEvent(eventOf({ properties: WITH_SECRET }))).rejects.toThrow(
      "the secret 'arn:code' cannot be read: there is no such secret; nothing was run",
    );
    expect(world.requests).toEqual([]);
  });

  test("with too many others cannot be handed over, which is said before anything runs", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `SECRET_NUMBER_${index}`);
    const versions = [["0a0a0a0a-0000-4000-8000-000000000000", "correct-horse"]] as const;
    const world = worldOf({ secrets: Object.fromEntries(names.map((name) => [name, versions])) });
    const ProtectedParameters = Object.fromEntries(names.map((name) => [name, { SecretId: name }]));
    expect((await world.carryOut(eventOf({ properties: { ProtectedParameters } }))).failure).toBeUndefined();
    await expect(world.onEvent(eventOf({ properties: { ProtectedParameters, HandsOver: "true" } }))).rejects.toThrow(
      "protectedParameters has too many secrets for a run that is handed over to another resource: their names and versions have 3,713 bytes as JSON, at most 2,048 can be handed over; give fewer, such as a whole secret in place of its fields; nothing was run",
    );
  });
});

test("a fault that nobody foresaw shows no secret that was read, whatever its words are", async () => {
  const secrets = {
    "arn:code": [["v1", JSON.stringify({ code: "correct-horse-2", pin: 471_147, other: null })]],
  } as const;
  const fault = () => {
    throw new TypeError("'correct-horse-2' is no battery, 471147");
  };
  const world = worldOf({ secrets, ending: fault });
  const { failure } = await world.carryOut(
    eventOf({ properties: { ProtectedParameters: { CODE: { SecretId: "arn:code", JsonField: "code" } } } }),
  );
  expect(failure).toBe(
    `a fault in azure-run-command ${VERSION}, of which the function's log tells more: TypeError: '[secret]' is no battery, [secret]`,
  );
  expect(world.lines).toMatchObject([{ level: "error", message: "TypeError: '[secret]' is no battery, [secret]" }]);
  expect(said(world)).not.toMatch(/horse|471147/);
});

describe("sensitive output", () => {
  const properties = { SensitiveOutput: "true", Logging: "stdoutAndStderr", OutputNames: ["token"] };

  const UNREADABLE: RunFailure = {
    kind: "ReportUnreadable",
    vmName: "web1",
    why: "the runner's report is missing",
    evidence: "very-private",
  };

  test("is not in what is told of a run whose report could not be read, when it was sent or later", async () => {
    const trouble = ({ verb }: GuestRequest) =>
      verb === "run" || verb === "wait" ? new RunFailedError(UNREADABLE, true) : undefined;
    const world = worldOf({ trouble });
    const event = eventOf({ properties });
    const answer = await world.onEvent(event);
    expect(answer.AzureRunCommand.next).toMatchObject({
      kind: "follow",
      run: { doubt: expect.stringContaining(`Azure's message was "(hidden: the output is sensitive)"`) },
    });
    const { failure } = await world.carryOut(event);
    expect(failure).toContain(`Azure's message was "(hidden: the output is sensitive)"`);
    expect(said(world, answer, failure)).not.toContain("very-private");
  });

  test("is told of where it is not sensitive", async () => {
    const world = worldOf({ trouble: () => new RunFailedError(UNREADABLE, true) });
    const answer = await world.onEvent(eventOf());
    expect(JSON.stringify(answer)).toContain("very-private");
  });

  test("does not travel through what onEvent answers, and is hidden by CloudFormation", async () => {
    const world = worldOf({ ending: () => ({ stdout: "very-private", outputs: "token=very-private\n" }) });
    const event = eventOf({ properties });
    const answer = await world.onEvent(event);
    expect(JSON.stringify(answer)).not.toContain("very-private");
    expect(await world.carryOut(event)).toMatchObject({
      noEcho: true,
      attributes: { Stdout: "very-private", "Outputs.token": "very-private" },
    });
    expect(world.vm.started).toHaveLength(1);
  });

  test("of a run that another resource goes on with is hidden in both, and in none of what they hand on", async () => {
    const ending = () => ({ seconds: 70 * 60, stdout: "very-private", outputs: "token=very-private\n" });
    const world = worldOf({ ending });
    const first = eventOf({ properties: { ...properties, HandsOver: "true" } });
    const begun = await world.onEvent(first);
    const handedOver = await world.carryOut(first);
    expect(handedOver).toMatchObject({ noEcho: true, attributes: { ExecutionState: "Running", Stdout: "" } });
    const { Key, RunId, SecretVersions, LastRunId, ExecutionState } = handedOver.attributes ?? {};
    const Continues = { Key, RunId, SecretVersions, LastRunId, ExecutionState };
    const wait = eventOf({ isWait: true, requestId: "request-2", properties: { ...properties, Continues } });
    const goneOn = await world.onEvent(wait);
    expect(await world.carryOut(wait)).toMatchObject({
      noEcho: true,
      attributes: { ExecutionState: "Succeeded", Stdout: "very-private", "Outputs.token": "very-private" },
    });
    expect(said(world, begun, handedOver, goneOn)).not.toContain("very-private");
  });

  test("of a run that fails after another resource goes on with it is in no reason either", async () => {
    const world = worldOf();
    world.vm.leave(RUN_ID, { exitCode: 2, stdout: "very-private", stderr: "very-private" });
    const Continues = { Key: KEY, RunId: RUN_ID, SecretVersions: "", LastRunId: "", ExecutionState: "Running" };
    const { failure } = await world.carryOut(eventOf({ isWait: true, properties: { ...properties, Continues } }));
    expect(failure).toBe(`the script on 'web1' exited with 2; end of stderr: "(hidden: the output is sensitive)"`);
    expect(said(world)).not.toContain("very-private");
  });

  test("is in no log and in no reason", async () => {
    const world = worldOf({ ending: () => ({ exitCode: 2, stdout: "very-private", stderr: "very-private" }) });
    const { failure } = await world.carryOut(eventOf({ properties }));
    expect(failure).toBe(`the script on 'web1' exited with 2; end of stderr: "(hidden: the output is sensitive)"`);
    expect(said(world)).not.toContain("very-private");
  });
});

describe("output that has no room in an answer", () => {
  const long = (name: string) => `${name} ${"0123456789".repeat(1_000)} end of ${name}`;

  test("is kept in the bucket whole, and its end in the answer", async () => {
    const world = worldOf({ ending: () => ({ stdout: long("stdout"), stderr: "short" }) });
    const { attributes = {} } = await world.carryOut(eventOf({ properties: { OutputBucket: "logs" } }));
    const place = `azure-run-command/${KEY}/${RUN_ID}/stdout.txt`;
    expect(attributes).toMatchObject({
      Stdout: expect.stringMatching(/^[0-9]+ end of stdout$/),
      Stderr: "short",
      StdoutTruncated: "true",
      StderrTruncated: "false",
      StdoutTotalBytes: String(long("stdout").length),
      StdoutLocation: `s3://logs/${place}`,
      StderrLocation: "",
    });
    expect([...world.written]).toEqual([[`logs/${place}`, long("stdout")]]);
  });

  test("is asked of the VM only where there is a bucket for it", async () => {
    const world = worldOf();
    await world.carryOut(eventOf());
    await world.carryOut(eventOf({ requestId: "request-2", properties: { OutputBucket: "logs" } }));
    expect(world.vm.started.map(({ outputMaxBytes }) => outputMaxBytes)).toEqual([4_096, 131_072]);
  });

  test("of a script that failed is kept too, and the reason says where", async () => {
    const world = worldOf({ ending: () => ({ exitCode: 1, stdout: "much", stderr: "no space" }) });
    const { failure } = await world.carryOut(eventOf({ properties: { OutputBucket: "logs" } }));
    const folder = `s3://logs/azure-run-command/${KEY}/${RUN_ID}`;
    expect(failure).toBe(
      `the script on 'web1' exited with 1; end of stderr: "no space"; what it printed is in ${folder}/stdout.txt and ${folder}/stderr.txt`,
    );
    expect([...world.written.values()]).toEqual(["much", "no space"]);
  });

  test("fails nothing when the bucket cannot be written to: that is told in the log", async () => {
    const world = worldOf({ ending: () => ({ stdout: long("stdout") }), denied: (what) => what.startsWith("logs/") });
    const { attributes } = await world.carryOut(eventOf({ properties: { OutputBucket: "logs" } }));
    expect(attributes).toMatchObject({ ExecutionState: "Succeeded", StdoutTruncated: "true", StdoutLocation: "" });
    expect(world.lines).toMatchObject([
      {
        level: "warn",
        message: `'logs/azure-run-command/${KEY}/${RUN_ID}/stdout.txt' cannot be had: not allowed; the attributes name no place of it`,
      },
    ]);
  });
});

describe("named outputs", () => {
  test("that the stack uses and the script did not write are a failure that names those that are there", async () => {
    const world = worldOf({ ending: () => ({ outputs: "version=7\nport=80\n" }) });
    const { failure } = await world.carryOut(eventOf({ properties: { OutputNames: ["token", "version"] } }));
    expect(failure).toBe(
      "the script on 'web1' ended without the named output 'token', which the stack uses; it wrote 'version', 'port'; write 'name=value' to the file $AZURE_RUN_COMMAND_OUTPUT",
    );
  });

  test("that have no room are a failure that says how much there is", async () => {
    const world = worldOf({ ending: () => ({ outputs: `key=${"x".repeat(5_000)}\nport=80\n` }) });
    const { failure } = await world.carryOut(eventOf({ properties: { OutputNames: ["key", "port"] } }));
    expect(failure).toBe(
      "the script on 'web1' wrote named outputs of 5,002 bytes as JSON that the stack uses ('key' 5,000, 'port' 2), and CloudFormation leaves room for 3,405; write less, or print it to stdout: with 'outputBucket' all of that is kept in Amazon S3",
    );
  });

  test("that no stack could use for want of room are told of before anything runs", async () => {
    const world = worldOf();
    const OutputNames = Array.from({ length: 200 }, (_, index) => `some_output_${index}`);
    await expect(world.onEvent(eventOf({ properties: { OutputNames } }))).rejects.toThrow(
      /^the names of the 200 outputs that the stack uses need an answer of 6,\d{3} bytes without any value, of which CloudFormation takes 4,096; use fewer or shorter ones; nothing was run$/,
    );
    expect(world.requests).toEqual([]);
  });

  test("that cannot be read are a failure", async () => {
    const world = worldOf({ ending: () => ({ outputs: "no equals sign\n" }) });
    const { failure } = await world.carryOut(eventOf());
    expect(failure).toMatch(/^the script on 'web1' exited with 0, but its named outputs cannot be read/);
  });
});

test("the log has the streams that the resource asks for, a line each", async () => {
  const world = worldOf({ ending: () => ({ stdout: "one\ntwo\n", stderr: "careful\n" }) });
  await world.carryOut(eventOf({ properties: { Logging: "stdoutAndStderr" } }));
  expect(world.lines).toMatchObject([
    { level: "info", message: "stdout:\none\ntwo\n" },
    { level: "info", message: "stderr:\ncareful\n" },
  ]);
});
