import { createArmClient } from "../../../core/arm/arm-client";
import type { VmTarget } from "../../../core/arm/invocation";
import { type InvokeEnd, type InvokeOptions, invoke } from "../../../core/arm/invoke";
import { Pace } from "../../../core/arm/pace";
import { RunFailedError } from "../../../core/failures/errors";
import { cloudByName } from "../../../core/sign-in/clouds";
import { type Answer, type Exchange, virtualOutside } from "../../support/virtual-outside";

const TARGET: VmTarget = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const POST_URL =
  "https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1/runCommand?api-version=2024-11-01";
const POLL_URL =
  "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o?p=1&t=2&c=%7E&s=x";
const ACCEPTED: Answer = { status: 202, headers: { "azure-asyncoperation": POLL_URL } };
const RUNNING: Answer = { status: 200, body: { status: "InProgress" } };
const SUCCEEDED: Answer = {
  status: 200,
  body: { status: "Succeeded", properties: { output: { value: [{ message: "Enable succeeded: " }] } } },
};
const BUSY: Answer = {
  status: 409,
  body: {
    error: {
      code: "Conflict",
      message:
        "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
    },
  },
};

async function run(
  answers: readonly Answer[] | ((exchange: Exchange, count: number) => Answer),
  overrides: Partial<InvokeOptions> = {},
) {
  const outside = virtualOutside((exchange, count) => {
    const answer = typeof answers === "function" ? answers(exchange, count) : answers[count - 1];
    if (answer === undefined) {
      throw new Error(`nobody answers ${exchange.method} ${exchange.url}`);
    }
    return answer;
  });
  const delays: string[] = [];
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const client = createArmClient({
    cloud,
    credential: { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) },
    outside,
    userAgent: "test",
  });
  const end = invoke({
    client,
    outside,
    target: TARGET,
    body: { commandId: "RemoveRunCommandLinuxExtension" },
    work: { kind: "test", waitsMs: 0 },
    pace: new Pace(),
    onDelay: (why) => delays.push(why),
    operationMaxMs: 1_800_000,
    afterLoss: async () => "sendAgain",
    ...overrides,
  });
  const settled: { end?: InvokeEnd; error?: unknown } = await end.then(
    (value) => ({ end: value }),
    (error: unknown) => ({ error }),
  );
  return { ...settled, outside, delays };
}

function sentenceOf(error: unknown): string {
  return error instanceof RunFailedError ? error.message : `no RunFailedError: ${String(error)}`;
}

test("a command goes out once, and its operation is asked for at the URL of the header, letter by letter", async () => {
  const { end, outside } = await run([ACCEPTED, RUNNING, SUCCEEDED]);
  expect(end).toEqual({ kind: "succeeded", message: "Enable succeeded: " });
  expect(outside.exchanges.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `POST ${POST_URL}`,
    `GET ${POLL_URL}`,
    `GET ${POLL_URL}`,
  ]);
});

test("a VM that is busy with another run is waited for, and the script is not failed", async () => {
  const { end, outside, delays } = await run([BUSY, BUSY, ACCEPTED, SUCCEEDED]);
  expect(end).toEqual({ kind: "succeeded", message: "Enable succeeded: " });
  expect(outside.sleptMs.slice(0, 2)).toEqual([2_000, 4_000]);
  expect(delays).toContain("'web1' is busy with another run command: waiting for its turn");
});

test("a VM that stays busy is given up after 95 minutes, with what Azure said", async () => {
  const { error, outside } = await run(() => BUSY);
  expect(sentenceOf(error)).toBe(
    "'web1' was busy with another run command for 5700 s: Azure runs one at a time on a VM and cannot cancel one; wait for it or look who started it in the activity log, then deploy again; Azure says \"Run command extension execution is in progress. Please wait for completion before invoking a run command.\"; nothing was run",
  );
  expect(error).toMatchObject({ mayHaveRun: false });
  expect(outside.exchanges.every(({ method }) => method === "POST")).toBe(true);
});

test("throttling is obeyed to the second", async () => {
  const { end, outside } = await run([
    { status: 429, headers: { "retry-after": "37" }, body: { error: { code: "TooManyRequests", message: "m" } } },
    ACCEPTED,
    SUCCEEDED,
  ]);
  expect(end?.kind).toBe("succeeded");
  expect(outside.sleptMs[0]).toBe(37_000);
});

describe("a command that is not to be sent any more", () => {
  const INTERRUPTED = new RunFailedError({ kind: "InterruptedBefore", vmName: "web1" });
  const left = { "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/UpdateVMResource;0" };

  /** Everything is stopped in the midst of the wait that is told by these words. */
  async function stoppedAt(words: string, answers: readonly Answer[]) {
    const stop = new AbortController();
    const delays: string[] = [];
    const onDelay = (why: string) => {
      delays.push(why);
      if (why.includes(words)) {
        queueMicrotask(() => stop.abort(INTERRUPTED));
      }
    };
    return { ...(await run(answers, { stopped: stop.signal, onDelay })), delays };
  }

  test.each<{ waits: string; words: string; answers: readonly Answer[]; sleptMs: readonly number[] }>([
    { waits: "for its turn", words: "waiting for its turn", answers: [BUSY], sleptMs: [] },
    {
      waits: "since there were too many requests",
      words: "Azure asks for patience",
      answers: [{ status: 429, headers: { "retry-after": "37" }, body: {} }],
      sleptMs: [],
    },
    { waits: "to be tried again", words: "trying again", answers: [{ lost: "ECONNREFUSED" }], sleptMs: [] },
    {
      waits: "for Azure's limits",
      words: "the one for 'web1' waits 58 s for its turn",
      answers: [{ ...BUSY, headers: left }],
      sleptMs: [2_000],
    },
  ])("and waits $waits ends at once, and nothing was run", async ({ words, answers, sleptMs }) => {
    const { error, outside, delays } = await stoppedAt(words, answers);
    expect(error).toBe(INTERRUPTED);
    expect(delays.at(-1)).toContain(words);
    expect(outside.exchanges).toHaveLength(1);
    expect(outside.sleptMs).toEqual(sleptMs);
  });

  test("is sent again all the same when it may have arrived: only that tells what became of it", async () => {
    const { end, outside } = await stoppedAt("trying again", [{ lost: "ECONNRESET" }, BUSY, ACCEPTED, SUCCEEDED]);
    expect(end?.kind).toBe("succeeded");
    expect(outside.exchanges.map(({ method }) => method)).toEqual(["POST", "POST", "POST", "GET"]);
  });
});

test("a command that is not waited for any longer while it is on its way may have run", async () => {
  const ended = new AbortController();
  const why = new RunFailedError({ kind: "CustomTimeoutPassed", vmName: "web1", operation: "create", seconds: 1 });
  const answers = (): Answer => {
    ended.abort(why);
    return { lost: "ABORT_ERR" };
  };
  const { error, delays } = await run(answers, { signal: ended.signal });
  expect(error).toMatchObject({ failure: why.failure, mayHaveRun: true });
  expect(delays).toEqual([]);
});

describe("a lost answer", () => {
  test("is sent again only after it was asked whether that is still needed", async () => {
    let asked = 0;
    const { end, outside } = await run([{ lost: "ECONNRESET" }], {
      afterLoss: async () => {
        asked += 1;
        return "done";
      },
    });
    expect(end).toEqual({ kind: "done" });
    expect(asked).toBe(1);
    expect(outside.exchanges).toHaveLength(1);
  });

  test("of status 503 is treated alike", async () => {
    const { end, outside } = await run([{ status: 503, body: "" }, ACCEPTED, SUCCEEDED]);
    expect(end?.kind).toBe("succeeded");
    expect(outside.exchanges.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("five times in a row is a failure that does not claim that nothing ran", async () => {
    const { error } = await run(() => ({ lost: "ECONNRESET" }));
    expect(sentenceOf(error)).toBe(
      "the answer to RemoveRunCommandLinuxExtension for 'web1' was lost 5 times (ECONNRESET); it may have been carried out; the next deployment takes up what is there",
    );
    expect(error).toMatchObject({ mayHaveRun: true });
  });

  test("of a connection that was refused is a network fault, and nothing can have run", async () => {
    const { error } = await run(() => ({ lost: "ECONNREFUSED" }), {
      afterLoss: async () => {
        throw new Error("nothing arrived, so nothing is to be looked up");
      },
    });
    expect(sentenceOf(error)).toBe(
      "no answer from management.azure.com after 5 tries: ECONNREFUSED; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
    );
    expect(error).toMatchObject({ mayHaveRun: false });
  });
});

test("a poll that gets no answer, or a fault, is asked again", async () => {
  const { end } = await run([ACCEPTED, { lost: "ETIMEDOUT" }, { status: 500, body: "" }, SUCCEEDED]);
  expect(end?.kind).toBe("succeeded");
});

test("an operation that never ends is given up at its deadline, and may still be running", async () => {
  const { error } = await run((exchange) => (exchange.method === "POST" ? ACCEPTED : RUNNING), {
    operationMaxMs: 60_000,
  });
  expect(sentenceOf(error)).toBe(
    "stopped waiting for 'web1' after 60 s: the run's last known state is 'InProgress'; it may still be running on the VM, and the next deployment takes it up",
  );
  expect(error).toMatchObject({ mayHaveRun: true });
});

test("the token does not follow an operation's URL to another host", async () => {
  const { error, outside } = await run([{ status: 202, headers: { location: "https://evil.example/operations/o" } }]);
  expect(sentenceOf(error)).toBe(
    "stopped following an operation: management.azure.com named a URL on 'evil.example' for it, and the token must not go there; the script may be running on the VM",
  );
  expect(outside.exchanges).toHaveLength(1);
});

test("an operation that was pushed aside or forgotten leaves open what it did", async () => {
  const preempted = { code: "OperationPreempted", message: "m" };
  const { end } = await run([ACCEPTED, { status: 200, body: { status: "Canceled", error: preempted } }]);
  expect(end).toEqual({ kind: "dropped", error: preempted });
  const forgotten = await run([ACCEPTED, { status: 404, body: { error: { code: "NotFound", message: "m" } } }]);
  expect(forgotten.end).toEqual({ kind: "dropped", error: { code: "NotFound", message: "m" } });
});

describe("a refusal", () => {
  test.each<{ when: string; status: number; code: string; message: string; sentence: string }>([
    {
      when: "the VM does not exist",
      status: 404,
      code: "ResourceNotFound",
      message: "The Resource 'Microsoft.Compute/virtualMachines/web1' under resource group 'rg' was not found.",
      sentence:
        "there is no VM 'web1' in resource group 'rg': Azure says \"The Resource 'Microsoft.Compute/virtualMachines/web1' under resource group 'rg' was not found.\"; check the name, the group and the subscription; nothing was run",
    },
    {
      when: "the VM does not run",
      status: 409,
      code: "OperationNotAllowed",
      message: "The operation requires the VM to be running (or set to run).",
      sentence:
        "cannot run a command on 'web1': its power state is 'not running', expected 'running'; start the VM, then deploy again; nothing was run",
    },
    {
      when: "a right is missing",
      status: 403,
      code: "AuthorizationFailed",
      message:
        "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/runCommand/action' over scope '/s'.",
      sentence:
        "not allowed to use Run Command on 'web1': the right 'Microsoft.Compute/virtualMachines/runCommand/action' is missing; give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group; Azure says \"The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/runCommand/action' over scope '/s'.\"; nothing was run",
    },
    {
      when: "a lock is in the way",
      status: 409,
      code: "ScopeLocked",
      message: "m",
      sentence:
        "a lock keeps Run Command from 'web1': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; Azure says \"m\"; nothing was run",
    },
    {
      when: "Azure has another reason",
      status: 400,
      code: "InvalidParameter",
      message: "m",
      sentence: "Azure refused the command for 'web1' with 400 InvalidParameter: \"m\"; nothing was run",
    },
  ])("because $when is said in one sentence, and not sent again", async ({ status, code, message, sentence }) => {
    const { error, outside } = await run([{ status, body: { error: { code, message } } }]);
    expect(sentenceOf(error)).toBe(sentence);
    expect(error).toMatchObject({ mayHaveRun: false });
    expect(outside.exchanges).toHaveLength(1);
  });
});
