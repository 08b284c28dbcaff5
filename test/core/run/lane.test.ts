/** Who goes out with whom on one VM, and what becomes of them. ARM and the runner are virtual; see guest-answers.ts. */
import { createArmClient } from "../../../core/arm/arm-client";
import { RunFailedError } from "../../../core/failures/errors";
import type { Report, RunName, RunRequest, RunState } from "../../../core/guest/protocol";
import { type CommandOptions, Lane, type LaneOptions } from "../../../core/run/lane";
import { cloudByName } from "../../../core/sign-in/clouds";
import { runRequestExample } from "../../support/examples";
import { type SentCall, sentCall, stateMessage } from "../../support/guest-answers";
import { type Answer, type Exchange, recordedWatcher, virtualOutside } from "../../support/virtual-outside";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const REMOVE = { commandId: "RemoveRunCommandLinuxExtension" } as const;

/** A command that starts nothing, and need not be sent again. */
const ENDING: CommandOptions = { starts: false, afterLoss: async () => "done" };
const BUSY: Answer = {
  status: 409,
  body: { error: { code: "Conflict", message: "Run command extension execution is in progress." } },
};

interface Post {
  readonly commandId: string;
  /** Undefined for a command without a script. */
  readonly call: SentCall | undefined;
  readonly base64Length: number;
  readonly atMs: number;
}

interface Answers {
  /** The answer to a POST; without one Azure takes it. `count` begins with 1. */
  readonly post?: (count: number) => Answer | undefined | Promise<Answer | undefined>;
  /** The message of the operation of a POST; without it every run has exited with 0. */
  readonly message?: (call: SentCall, count: number) => string;
  /** The answer to each poll; without it the operation has succeeded. */
  readonly poll?: (count: number) => Answer | undefined;
}

function laneWith(answers: Answers = {}, options: Partial<LaneOptions> = {}) {
  const posts: Post[] = [];
  const outside = virtualOutside(async (exchange) => {
    if (exchange.method === "POST") {
      posts.push(postOf(exchange));
      const operation = `https://management.azure.com/operations/${posts.length}`;
      return (await answers.post?.(posts.length)) ?? { status: 202, headers: { "azure-asyncoperation": operation } };
    }
    const count = Number(/operations\/(\d+)$/.exec(exchange.url)?.[1]);
    const call = posts[count - 1]?.call;
    const message =
      call === undefined ? "" : (answers.message ?? ((sent) => stateMessage(sent, "Exited")))(call, count);
    const succeeded = { status: "Succeeded", properties: { output: { value: [{ message }] } } };
    return answers.poll?.(count) ?? { status: 200, body: succeeded };
  });
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  return { lane: new Lane({ client, outside, target: TARGET, waitSliceSeconds: 60, ...options }), posts, outside };
}

function postOf({ body, atMs }: Exchange): Post {
  const { commandId, script } = body as { commandId: string; script?: readonly string[] };
  const text = script?.join("\n");
  const base64Length = Buffer.from(text ?? "").toString("base64").length;
  return { commandId, call: text === undefined ? undefined : sentCall(text), base64Length, atMs };
}

function request(key: string, script = "true"): RunRequest {
  return runRequestExample({ key, script });
}

const WAIT = { verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 10 } as const;

const quiet = recordedWatcher();
const verbsOf = (posts: readonly Post[]) =>
  posts.map(({ call }) => call?.requests.map(({ verb, key }) => `${verb} ${key}`));
const keysOf = (posts: readonly Post[]) => posts.map(({ call }) => call?.requests.map(({ key }) => key));
const nameOf = ({ key, runId }: RunName) => `${key} ${runId}`;

function stateOf(report: Report): RunState | undefined {
  return report.kind === "run" ? report.state : undefined;
}

const bulk = (bytes: number) => `: ${"x".repeat(bytes)}`;

describe("requests", () => {
  test("that are ready at the same time go in one call, and each gets its own report", async () => {
    const { lane, posts } = laneWith();
    const reports = await Promise.all(["a", "b", "c"].map((key) => lane.submit(request(key), quiet)));
    expect(keysOf(posts)).toEqual([["a", "b", "c"]]);
    expect(reports.map((report) => (report.kind === "run" ? nameOf(report) : ""))).toEqual([
      "a 1-create-0",
      "b 1-create-0",
      "c 1-create-0",
    ]);
  });

  test("that arrive while a call is out go together in the next one, and are told why they wait", async () => {
    let arrive: () => void = () => undefined;
    const { lane, posts } = laneWith({
      post: async (count) => {
        if (count === 1) {
          arrive();
        }
        return undefined;
      },
    });
    const [reporter, first] = [recordedWatcher("later"), recordedWatcher("first")];
    const later: Promise<Report>[] = [];
    arrive = () => {
      for (const key of ["b", "c"]) later.push(lane.submit(request(key), reporter));
    };
    await lane.submit(request("a"), first);
    await Promise.all(later);
    expect(keysOf(posts)).toEqual([["a"], ["b", "c"]]);
    expect(reporter.messages).toEqual(["queued behind first", "queued behind first"]);
    expect(first.messages).toEqual([]);
  });

  test("after a pause begin a call of their own, and wait for nothing", async () => {
    const { lane, posts } = laneWith();
    const reporter = recordedWatcher();
    await lane.submit(request("a"), reporter);
    await Promise.resolve();
    await lane.submit(request("b"), reporter);
    expect(keysOf(posts)).toEqual([["a"], ["b"]]);
    expect(reporter.messages).toEqual([]);
  });

  test("over Azure's limit for one script go in several calls, as full as may be, in their order", async () => {
    const { lane, posts } = laneWith();
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const reports = await Promise.all(keys.map((key) => lane.submit(request(key, bulk(6_000)), quiet)));
    expect(keysOf(posts).flat()).toEqual(keys);
    expect(posts).toHaveLength(3);
    // One of these requests takes 11,000 characters; 1,368 are kept free for lines that Azure might add.
    for (const { base64Length } of posts) expect(base64Length).toBeLessThanOrEqual(262_144 - 1_364);
    for (const { base64Length } of posts.slice(0, -1)) expect(base64Length).toBeGreaterThan(262_144 - 1_368 - 11_000);
    expect(new Set(reports.map(stateOf))).toEqual(new Set(["Exited"]));
  });

  test("that no call can carry go alone all the same, since Azure's answer tells", async () => {
    const { lane, posts } = laneWith();
    await Promise.all([lane.submit(request("a", bulk(200_000)), quiet), lane.submit(request("b"), quiet)]);
    expect(keysOf(posts)).toEqual([["a"], ["b"]]);
  });

  test("go without a list, whose receipts can fill an answer, and it goes alone in its turn", async () => {
    const { lane, posts } = laneWith();
    const runs = ["a", "c"].map((key) => lane.submit(request(key), quiet));
    const list = lane.submit({ verb: "list", key: "b" }, quiet);
    const later = ["d", "e"].map((key) => lane.submit(request(key), quiet));
    expect(await list).toEqual({ kind: "list", key: "b", receipts: [], hasMore: false });
    expect((await Promise.all([...runs, ...later])).map(stateOf)).toEqual(Array(4).fill("Exited"));
    expect(posts.map(({ call }) => call?.requests.map(({ verb, key }) => `${verb} ${key}`))).toEqual([
      ["run a", "run c"],
      ["list b"],
      ["run d", "run e"],
    ]);
  });

  test("more than 60 go in several calls, in their order", async () => {
    const { lane, posts } = laneWith();
    const keys = Array.from({ length: 125 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => lane.submit(request(key), quiet)));
    expect(keysOf(posts)).toEqual([keys.slice(0, 60), keys.slice(60, 120), keys.slice(120)]);
  });

  test("of a call that fails all fail, and the lane goes on", async () => {
    const { lane, posts } = laneWith({
      post: (count) =>
        count === 1 ? { status: 403, body: { error: { code: "RequestDisallowedByPolicy", message: "m" } } } : undefined,
      message: (call) => stateMessage(call, "Running"),
    });
    const big = bulk(80_000);
    const settled = await Promise.allSettled([
      lane.submit(request("a"), quiet),
      lane.submit(request("b"), quiet),
      lane.submit(request("c", big), quiet),
      lane.submit(request("d", big), quiet),
    ]);
    expect(keysOf(posts)).toEqual([["a", "b", "c"], ["d"]]);
    expect(settled.map((end) => (end.status === "rejected" ? end.reason : stateOf(end.value)))).toMatchObject([
      ...Array(3).fill({ failure: { kind: "RequestRefused", code: "RequestDisallowedByPolicy" }, mayHaveRun: false }),
      "Running",
    ]);
    expect(stateOf(await lane.submit(request("e"), quiet))).toBe("Running");
  });
});

describe("what only asks how a run goes on", () => {
  test("goes with what somebody looks at the VM for, since a call of its own would keep the VM for a whole slice", async () => {
    let look: Promise<unknown> | undefined;
    const { lane, posts, outside } = laneWith({}, { onTheWay: () => look });
    const looked = outside.sleep(200).then(() => {
      look = undefined;
      return lane.submit(request("b"), quiet);
    });
    look = looked;
    await Promise.all([lane.submit(WAIT, quiet), looked]);
    expect(verbsOf(posts)).toEqual([["wait a", "run b"]]);
  });

  test("goes at once when nobody looks at the VM", async () => {
    const { lane, posts, outside } = laneWith({}, { onTheWay: () => undefined });
    const askedAtMs = outside.nowMs();
    await lane.submit(WAIT, quiet);
    expect(posts[0]?.atMs).toBe(askedAtMs);
  });

  test("waits for a look that does not end no longer than four fifths of the fastest operation", async () => {
    const { lane, posts, outside } = laneWith({}, { onTheWay: () => new Promise(() => undefined) });
    const askedAtMs = outside.nowMs();
    await lane.submit(WAIT, quiet);
    expect((posts[0]?.atMs ?? 0) - askedAtMs).toBe(10_192);
  });
});

describe("what Azure refuses for its content", () => {
  const REFUSED = { failure: { kind: "RequestRefused", status: 400, code: "InvalidParameter" }, mayHaveRun: false };
  const refusal = (status: number, code = "InvalidParameter"): Answer => ({
    status,
    body: { error: { code, message: "m" } },
  });

  /** Azure refuses each call that carries one of these. */
  async function refusing(bad: readonly string[], keys: readonly string[], answer = refusal(400)) {
    const { lane, posts } = laneWith({
      post: () => (posts.at(-1)?.call?.requests.some(({ key }) => bad.includes(key)) ? answer : undefined),
    });
    const watcher = recordedWatcher();
    const settled = await Promise.allSettled(keys.map((key) => lane.submit(request(key), watcher)));
    const ends = settled.map((end) => (end.status === "rejected" ? end.reason : stateOf(end.value)));
    return { ends, posts, watcher };
  }

  test("fails alone: its neighbours are sent again, each once and in their order", async () => {
    const { ends, posts, watcher } = await refusing(["c"], ["a", "b", "c", "d", "e", "f"]);
    expect(ends).toMatchObject(["Exited", "Exited", REFUSED, "Exited", "Exited", "Exited"]);
    expect(keysOf(posts)).toEqual([
      ["a", "b", "c", "d", "e", "f"],
      ["a", "b", "c"],
      ["a", "b"],
      ["c"],
      ["d", "e", "f"],
    ]);
    expect([...new Set(watcher.messages)]).toEqual([
      "delayed: Azure refused what was sent together to 'web1': it is sent in parts",
    ]);
  });

  test("of 60, fails alone after 7 refusals", async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    const { ends, posts } = await refusing(["k41"], keys);
    expect(ends.map((end) => end === "Exited")).toEqual(keys.map((key) => key !== "k41"));
    expect(posts.length).toBeLessThanOrEqual(13);
  });

  test("for the size of it all, goes in parts that are small enough", async () => {
    const { lane, posts } = laneWith({
      post: () => ((posts.at(-1)?.call?.requests.length ?? 0) > 2 ? { status: 413, body: "" } : undefined),
    });
    const reports = await Promise.all(["a", "b", "c", "d", "e"].map((key) => lane.submit(request(key), quiet)));
    expect(reports.map(stateOf)).toEqual(Array(5).fill("Exited"));
    expect(keysOf(posts)).toEqual([["a", "b", "c", "d", "e"], ["a", "b", "c"], ["a", "b"], ["c"], ["d", "e"]]);
  });

  test("whatever is in it, is taken apart no further after 16 refusals in a row", async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    const { ends, posts } = await refusing(keys, keys);
    expect(ends).toMatchObject(Array(60).fill(REFUSED));
    expect(posts.length).toBeLessThan(25);
    expect(new Set(keysOf(posts).flat())).toEqual(new Set(keys));
  });

  test.each([
    [401, "ExpiredAuthenticationToken"],
    [403, "RequestDisallowedByPolicy"],
    [404, "ResourceNotFound"],
    [409, "ScopeLocked"],
  ])("is not what a %i with %s is about: that is not sent again", async (status, code) => {
    const { ends, posts } = await refusing(["b"], ["a", "b", "c"], refusal(status, code));
    expect(ends).toMatchObject(Array(3).fill({ mayHaveRun: false }));
    expect(keysOf(posts).every((keys) => keys?.length === 3)).toBe(true);
  });

  test("after an answer was lost is not taken apart: the one that was lost may have begun", async () => {
    const { lane, posts } = laneWith({
      post: (count) => (count === 1 ? { lost: "ECONNRESET" } : refusal(400)),
    });
    const settled = await Promise.allSettled(["a", "b"].map((key) => lane.submit(request(key), quiet)));
    expect(settled).toMatchObject(Array(2).fill({ reason: { failure: REFUSED.failure, mayHaveRun: true } }));
    expect(posts).toHaveLength(2);
  });

  test("is not sent in parts once the deployment was interrupted", async () => {
    const { lane, posts } = laneWith({
      post: () => {
        lane.startNothing();
        return refusal(400);
      },
    });
    const settled = await Promise.allSettled(["a", "b"].map((key) => lane.submit(request(key), quiet)));
    const interrupted = { reason: { failure: { kind: "InterruptedBefore" }, mayHaveRun: false } };
    expect(settled).toMatchObject([interrupted, interrupted]);
    expect(posts).toHaveLength(1);
  });
});

describe("a command", () => {
  test("waits for its turn and goes alone; what is behind it waits for its end", async () => {
    const { lane, posts, outside } = laneWith();
    const ends: string[] = [];
    const note = (what: string) => () => ends.push(what);
    await Promise.all([
      lane.submit(request("a"), quiet).then(note("a")),
      lane.command(REMOVE, quiet, ENDING).then(note("removal")),
      lane.submit(request("b"), quiet).then(note("b")),
      lane.submit(request("c"), quiet).then(note("c")),
    ]);
    expect(posts.map(({ commandId }) => commandId)).toEqual([
      "RunShellScript",
      "RemoveRunCommandLinuxExtension",
      "RunShellScript",
    ]);
    expect(keysOf(posts)).toEqual([["a"], undefined, ["b", "c"]]);
    expect(ends).toEqual(["a", "removal", "b", "c"]);
    expect(outside.exchanges.map(({ method }) => method)).toEqual(["POST", "GET", "POST", "GET", "POST", "GET"]);
  });

  test("that fails does not stop the lane", async () => {
    const { lane } = laneWith({
      post: (count) =>
        count === 1 ? { status: 409, body: { error: { code: "ScopeLocked", message: "m" } } } : undefined,
    });
    const removal = lane.command(REMOVE, quiet, ENDING);
    const after = lane.submit(request("a"), quiet);
    await expect(removal).rejects.toMatchObject({ failure: { kind: "ScopeLocked", vmName: "web1" } });
    expect(stateOf(await after)).toBe("Exited");
  });

  test("whose operation was pushed aside comes back as that, and is not sent again", async () => {
    const error = { code: "OperationPreempted", message: "m" };
    const { lane, posts } = laneWith({ poll: () => ({ status: 200, body: { status: "Canceled", error } }) });
    expect(await lane.command(REMOVE, quiet, ENDING)).toEqual({ kind: "dropped", error });
    expect(posts).toHaveLength(1);
  });

  test("is followed for 25 minutes", async () => {
    const { lane, outside, posts } = laneWith({ poll: () => ({ status: 200, body: { status: "InProgress" } }) });
    await expect(lane.command(REMOVE, quiet, ENDING)).rejects.toMatchObject({
      failure: { kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 1_500, lastState: "InProgress" },
    });
    expect(Math.round(outside.nowMs() - (posts[0]?.atMs ?? 0))).toBe(1_500_000);
  });
});

describe("a command that starts something", () => {
  test("is refused once the deployment was interrupted; one that ends something still goes", async () => {
    const { lane, posts } = laneWith();
    const first = lane.submit(request("a"), quiet);
    const queued = lane.command(REMOVE, quiet, { ...ENDING, starts: true });
    const ending = lane.command(REMOVE, quiet, ENDING);
    lane.startNothing();
    const failure = { kind: "InterruptedBefore", vmName: "web1" };
    await expect(first).rejects.toMatchObject({ failure });
    await expect(queued).rejects.toMatchObject({ failure, mayHaveRun: false });
    await expect(lane.command(REMOVE, quiet, { ...ENDING, starts: true })).rejects.toMatchObject({ failure });
    expect((await ending).kind).toBe("succeeded");
    expect(posts).toHaveLength(1);
  });
});

describe("a command that may not be wanted any more", () => {
  test("is asked about when its turn has come, and not sent if it is not", async () => {
    const { lane, posts } = laneWith();
    const asked: number[] = [];
    const before = lane.submit(request("a"), quiet);
    const removal = lane.command(REMOVE, quiet, {
      ...ENDING,
      wanted: () => {
        asked.push(posts.length);
        return lane.runs === 1;
      },
    });
    const after = lane.submit(request("b"), quiet);
    await before;
    expect(await removal).toEqual({ kind: "done" });
    await after;
    expect(asked).toEqual([1]);
    expect(posts.map(({ commandId }) => commandId)).toEqual(["RunShellScript", "RunShellScript"]);
  });
});

describe("a wait that is given up", () => {
  const REASON = new RunFailedError({ kind: "CustomTimeoutPassed", vmName: "web1", operation: "create", seconds: 1 });

  test("takes what has not been sent out of the queue: nothing was run", async () => {
    const given = new AbortController();
    let second: Promise<unknown> | undefined;
    const { lane, posts } = laneWith({
      post: () => {
        second = lane.submit(request("b"), quiet, { signal: given.signal }).catch((error: unknown) => error);
        given.abort(REASON);
        return undefined;
      },
    });
    await lane.submit(request("a"), quiet);
    expect(await second).toMatchObject({ failure: REASON.failure, mayHaveRun: false });
    expect([keysOf(posts), lane.runs]).toEqual([[["a"]], 1]);
  });

  test("leaves what has been sent to itself: it may have run", async () => {
    const given = new AbortController();
    const { lane, posts } = laneWith({
      poll: () => {
        given.abort(REASON);
        return undefined;
      },
    });
    const sent = lane.submit(request("a"), quiet, { signal: given.signal });
    await expect(sent).rejects.toMatchObject({ failure: REASON.failure, mayHaveRun: true });
    expect(keysOf(posts)).toEqual([["a"]]);
    expect(stateOf(await lane.submit(request("b"), quiet))).toBe("Exited");
  });

  test("that was given up before it began sends nothing", async () => {
    const { lane, posts } = laneWith();
    await expect(lane.submit(request("a"), quiet, { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
    expect(posts).toEqual([]);
  });
});

describe("a run that Azure has refused so far", () => {
  test("is not begun after an interruption because it goes with a wait, which still goes", async () => {
    const { lane, posts } = laneWith({
      post: (count) => {
        if (count > 1) return undefined;
        lane.startNothing();
        return BUSY;
      },
    });
    const wait = lane.submit({ verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 10 }, quiet);
    const run = lane.submit(request("b"), quiet);
    const interrupted = { failure: { kind: "InterruptedBefore" }, mayHaveRun: false };
    await expect(run).rejects.toMatchObject(interrupted);
    expect([stateOf(await wait), keysOf(posts), lane.runs]).toEqual(["Exited", [["a", "b"], ["a"]], 0]);
  });
});

describe("a request that ends what is in its way", () => {
  test("fails alone when that cannot be ended; the others wait for their turn", async () => {
    const refused: Answer = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
    const { lane, posts } = laneWith({
      post: (count) => (count === 1 ? BUSY : posts.at(-1)?.commandId === REMOVE.commandId ? refused : undefined),
    });
    const evict = { body: REMOVE, done: () => undefined };
    const wait = lane.submit({ verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 10 }, quiet, { evict });
    const run = lane.submit(request("b"), quiet);
    await expect(wait).rejects.toMatchObject({ failure: { kind: "NotAuthorized" } });
    expect([stateOf(await run), keysOf(posts)]).toEqual(["Exited", [["a", "b"], undefined, ["b"]]]);
  });

  test("is not told that nothing was run when that cannot be ended after its own call may have begun, nor are the others", async () => {
    const refused: Answer = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
    const { lane } = laneWith({
      // The call is taken and its report is lost; asked again, the VM is busy.
      post: (count) => (count === 1 ? undefined : count === 2 ? BUSY : refused),
      message: () => "Enable succeeded: Last script execution didn't finish.",
    });
    const evict = { body: REMOVE, done: () => undefined };
    const ends = await Promise.allSettled([
      lane.submit(request("a"), quiet, { evict }),
      lane.submit(request("b"), quiet),
    ]);
    const reason = { failure: { kind: "NotAuthorized" }, mayHaveRun: true };
    expect(ends).toMatchObject([{ reason }, { reason }]);
  });

  test("is not refused, after an interruption, what goes with it and may have begun", async () => {
    const refused: Answer = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
    const { lane, posts } = laneWith({
      post: (count) => {
        if (count === 3) lane.startNothing();
        return [undefined, BUSY, refused, undefined][count - 1];
      },
      message: (call, count) =>
        count === 1 ? "Enable succeeded: Last script execution didn't finish." : stateMessage(call, "Exited"),
    });
    const evict = { body: REMOVE, done: () => undefined };
    const ended = lane.submit(request("a"), quiet, { evict });
    const other = lane.submit(request("b"), quiet);
    await expect(ended).rejects.toMatchObject({ failure: { kind: "NotAuthorized" }, mayHaveRun: true });
    expect([stateOf(await other), keysOf(posts)]).toEqual(["Exited", [["a", "b"], ["a", "b"], undefined, ["b"]]]);
  });

  test("is not begun on another VM that has the name by then, nor are the others of a call that may have begun", async () => {
    const refused: Answer = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
    const seen = ["guid-1", "guid-2"];
    const { lane, posts } = laneWith({
      post: (count) => [undefined, BUSY, refused][count - 1],
      message: () => "Enable succeeded: Last script execution didn't finish.",
    });
    const seeVmId = async () => seen.shift();
    const evict = { body: REMOVE, done: () => undefined };
    const meant = (key: string): RunRequest => ({ ...request(key), vmId: "guid-1" });
    const ends = await Promise.allSettled([
      lane.submit(meant("a"), quiet, { evict, seeVmId }),
      lane.submit(meant("b"), quiet, { seeVmId }),
    ]);
    expect(ends).toMatchObject([
      { reason: { failure: { kind: "NotAuthorized" }, mayHaveRun: true } },
      { reason: { failure: { kind: "VmReplaced" }, mayHaveRun: true } },
    ]);
    expect(keysOf(posts)).toEqual([["a", "b"], ["a", "b"], undefined]);
  });

  test("says that nothing was run where only the removal of what is in the way came to Azure", async () => {
    const { lane } = laneWith({
      post: (count) => (count === 1 ? BUSY : undefined),
      poll: () => ({
        status: 200,
        body: { status: "Failed", error: { code: "VMExtensionProvisioningError", message: "m" } },
      }),
    });
    const evict = { body: REMOVE, done: () => undefined };
    await expect(lane.submit(request("a"), quiet, { evict })).rejects.toMatchObject({
      failure: { kind: "OperationFailed" },
      mayHaveRun: false,
    });
  });

  test("sends no removal where its own lost command may be what is out", async () => {
    const { lane, posts } = laneWith({ post: (count) => [{ lost: "ECONNRESET" }, BUSY][count - 1] });
    await lane.submit(request("a"), quiet, { evict: { body: REMOVE, done: () => undefined } });
    expect(posts.map(({ commandId }) => commandId)).toEqual(Array(3).fill("RunShellScript"));
  });

  test("sends the removal also when Azure asked for patience before it said what is in the way", async () => {
    const patience: Answer = { status: 429, headers: { "retry-after": "3" }, body: "" };
    const { lane, posts } = laneWith({ post: (count) => [patience, BUSY][count - 1] });
    await lane.submit(request("a"), quiet, { evict: { body: REMOVE, done: () => undefined } });
    const [SCRIPT, REMOVAL] = ["RunShellScript", REMOVE.commandId];
    expect(posts.map(({ commandId }) => commandId)).toEqual([SCRIPT, SCRIPT, REMOVAL, SCRIPT]);
  });

  test("sends the removal once, when another client's command is out, and then itself", async () => {
    const { lane, posts } = laneWith({ post: (count) => (count === 1 || count === 3 ? BUSY : undefined) });
    const watcher = recordedWatcher();
    const ended: string[] = [];
    await lane.submit(request("a"), watcher, { evict: { body: REMOVE, done: () => ended.push("ended") } });
    expect(ended).toEqual(["ended"]);
    expect(posts.map(({ commandId }) => commandId)).toEqual([
      "RunShellScript",
      "RemoveRunCommandLinuxExtension",
      "RunShellScript",
      "RunShellScript",
    ]);
    expect(watcher.messages).toContain("delayed: another client's command is out on 'web1': it is ended");
  });

  test("waits like any other when it does not ask for that", async () => {
    const { lane, posts } = laneWith({ post: (count) => (count === 1 ? BUSY : undefined) });
    await lane.submit(request("a"), quiet);
    expect(posts.map(({ commandId }) => commandId)).toEqual(["RunShellScript", "RunShellScript"]);
  });
});

describe("the message of a call", () => {
  const OTHER = "f".repeat(32);
  const DID_NOT_FINISH = "Enable succeeded: Last script execution didn't finish.";

  test("that is of another call is never taken for this one's, and is asked for again", async () => {
    const { lane, posts } = laneWith({
      message: (call, count) => (count === 1 ? stateMessage(call, "Exited", OTHER) : stateMessage(call, "Lost")),
    });
    expect(stateOf(await lane.submit(request("a"), quiet))).toBe("Lost");
    expect(posts.map(({ call }) => call?.nonce)).not.toContain(OTHER);
    expect(posts).toHaveLength(2);
  });

  test.each<{ what: string; broken: (call: SentCall) => string; why: string }>([
    {
      what: "is of another call",
      broken: (call) => stateMessage(call, "Exited", OTHER),
      why: "Azure returned the result of another run",
    },
    {
      what: "is damaged",
      broken: (call) => stateMessage(call, "Exited").replace("]\nM", "]\nN"),
      why: "the runner's report arrived damaged",
    },
    {
      what: "says that the script did not finish",
      broken: () => DID_NOT_FINISH,
      why: "the guest agent or the VM restarted before the runner had reported",
    },
  ])("that $what is asked for again, at most three times in all", async ({ broken, why }) => {
    const mended = laneWith({ message: (call, count) => (count < 3 ? broken(call) : stateMessage(call, "Running")) });
    const reporter = recordedWatcher();
    expect(stateOf(await mended.lane.submit(request("a"), reporter))).toBe("Running");
    expect(keysOf(mended.posts)).toEqual([["a"], ["a"], ["a"]]);
    expect(reporter.messages).toEqual(Array(2).fill(`delayed: asking 'web1' again: ${why}`));

    const never = laneWith({ message: broken });
    await expect(never.lane.submit(request("a"), quiet)).rejects.toMatchObject({
      failure: { kind: "ReportUnreadable", vmName: "web1", why },
      mayHaveRun: true,
    });
    expect(never.posts).toHaveLength(3);
  });

  test.each([
    ["has no report", "Enable succeeded: \n[stdout]\n\n[stderr]\n", "the runner's report is missing"],
    [
      "is of Azure's sample script",
      "Enable succeeded: \n[stdout]\nThis is a sample script\n[stderr]\n",
      "Azure ran its own sample script instead of this one",
    ],
  ])("that %s is not asked for again", async (_what, message, why) => {
    const { lane, posts } = laneWith({ message: () => message });
    await expect(lane.submit(request("a"), quiet)).rejects.toMatchObject({
      failure: { kind: "ReportUnreadable", vmName: "web1", why },
      mayHaveRun: true,
    });
    expect(posts).toHaveLength(1);
  });

  test("that was never asked for, since the operation was pushed aside, is asked for again", async () => {
    const { lane, posts } = laneWith({
      poll: (count) =>
        count === 1
          ? { status: 200, body: { status: "Canceled", error: { code: "OperationPreempted", message: "m" } } }
          : undefined,
    });
    expect(stateOf(await lane.submit(request("a"), quiet))).toBe("Exited");
    expect(posts).toHaveLength(2);
  });

  test("that no longer can be asked for leaves open whether it ran", async () => {
    const { lane } = laneWith({
      post: (count) =>
        count === 1 ? undefined : { status: 403, body: { error: { code: "AuthorizationFailed", message: "m" } } },
      message: () => DID_NOT_FINISH,
    });
    await expect(lane.submit(request("a"), quiet)).rejects.toMatchObject({
      failure: { kind: "NotAuthorized" },
      mayHaveRun: true,
    });
  });
});

test.each([429, 503])(
  "an operation whose polls are answered with %i for three minutes is followed on, and nothing is sent again",
  async (status) => {
    const refusal: Answer = { status, body: { error: { code: "TooManyRequests", message: "m" } } };
    const { lane, posts, outside } = laneWith({
      poll: () => (outside.nowMs() - (posts[0]?.atMs ?? 0) < 180_000 ? refusal : undefined),
    });
    expect(stateOf(await lane.submit(request("a"), quiet))).toBe("Exited");
    expect(posts).toHaveLength(1);
  },
);

test("an operation is followed for the time of its wait in the VM and 25 minutes", async () => {
  const { lane, outside, posts } = laneWith({ poll: () => ({ status: 200, body: { status: "InProgress" } }) });
  await expect(lane.submit(request("a"), quiet)).rejects.toMatchObject({
    failure: { kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 1_560, lastState: "InProgress" },
    mayHaveRun: true,
  });
  expect(Math.round(outside.nowMs() - (posts[0]?.atMs ?? 0))).toBe(1_560_000);
});

test("a call whose answer was lost is sent again by the lane itself", async () => {
  const { lane, posts } = laneWith({ post: (count) => (count === 1 ? { lost: "ECONNRESET" } : undefined) });
  expect(stateOf(await lane.submit(request("a"), quiet))).toBe("Exited");
  expect(keysOf(posts)).toEqual([["a"], ["a"]]);
});

test("what a call tells is told to every request in it", async () => {
  const { lane } = laneWith({ post: (count) => (count === 1 ? { lost: "ECONNRESET" } : undefined) });
  const reporters = [recordedWatcher(), recordedWatcher()];
  await Promise.all(reporters.map((reporter, index) => lane.submit(request(`k${index}`), reporter)));
  const again = "delayed: no answer from management.azure.com (ECONNRESET): trying again";
  expect(reporters.map(({ messages }) => messages)).toEqual([[again], [again]]);
});

test("after an interruption nothing begins any more, but what was sent is waited for, and what is to go goes", async () => {
  let interrupt: () => void = () => undefined;
  const { lane, posts } = laneWith({
    post: async (count) => {
      if (count === 1) interrupt();
      return undefined;
    },
    message: (call) => stateMessage(call, "Running"),
  });
  const later: Promise<Report>[] = [];
  const wait = { verb: "wait", key: "a", runId: "1-create-0", outputMaxBytes: 1 } as const;
  interrupt = () => {
    later.push(lane.submit(request("b"), quiet), lane.submit(wait, quiet));
    lane.startNothing();
    later.push(lane.submit(request("c"), quiet));
  };
  expect(stateOf(await lane.submit(request("a"), quiet))).toBe("Running");
  const sentence = "the deployment was interrupted before the script was sent to 'web1'; nothing was run";
  await expect(later[0]).rejects.toThrow(sentence);
  await expect(later[2]).rejects.toThrow(sentence);
  expect(stateOf((await later[1]) as Report)).toBe("Running");
  expect(posts.map(({ call }) => call?.requests.map(({ verb, key }) => `${verb} ${key}`))).toEqual([
    ["run a"],
    ["wait a"],
  ]);
});

test("after an interruption no look for earlier runs is made any more, since no run comes after it", async () => {
  let interrupt: () => void = () => undefined;
  const { lane, posts } = laneWith({
    post: async (count) => {
      if (count === 1) interrupt();
      return count === 1 ? BUSY : undefined;
    },
  });
  const looks: Promise<unknown>[] = [];
  const look = () => looks.push(lane.submit({ verb: "list", key: "a" }, quiet).catch((error: unknown) => error));
  interrupt = () => {
    look();
    lane.startNothing();
    look();
  };
  look();
  await looks[0];
  const refused = { failure: { kind: "InterruptedBefore", vmName: "web1" }, mayHaveRun: false };
  expect(await Promise.all(looks)).toMatchObject([refused, refused, refused]);
  expect(posts).toHaveLength(1);
});

test("an interruption ends the waiting of a script for its turn at once", async () => {
  const { lane, posts, outside } = laneWith({ post: () => BUSY });
  const watcher = { ...recordedWatcher(), delayed: () => queueMicrotask(() => lane.startNothing()) };
  await expect(lane.submit(request("a"), watcher)).rejects.toMatchObject({
    failure: { kind: "InterruptedBefore", vmName: "web1" },
    mayHaveRun: false,
  });
  expect([posts.length, lane.runs]).toEqual([1, 0]);
  expect(outside.sleptMs).not.toContain(2_000);
});

test("a request that cannot be written is refused alone, and the lane goes on", async () => {
  const { lane, posts } = laneWith();
  const good = lane.submit(request("good"), quiet);
  const bad = lane.submit(request("../x"), quiet);
  await expect(bad).rejects.toThrow("the key of a request must match [A-Za-z0-9-]{1,64}");
  expect(stateOf(await good)).toBe("Exited");
  expect(keysOf(posts)).toEqual([["good"]]);
});

test("what is in the way is ended, whichever of those that go together asks for it", async () => {
  const { lane, posts } = laneWith({ post: (count) => (count === 1 ? BUSY : undefined) });
  const evict = { body: REMOVE, done: () => undefined };
  await Promise.all([lane.submit(request("a"), quiet), lane.submit(request("b"), quiet, { evict })]);
  expect(posts.map(({ commandId }) => commandId)).toEqual(["RunShellScript", REMOVE.commandId, "RunShellScript"]);
});

test("a request that is done with leaves nothing with its signal", async () => {
  const { lane } = laneWith();
  const { signal } = new AbortController();
  const [added, removed] = [jest.spyOn(signal, "addEventListener"), jest.spyOn(signal, "removeEventListener")];
  await lane.submit(request("a"), quiet, { signal });
  expect(added).toHaveBeenCalled();
  expect(removed.mock.calls.length).toBe(added.mock.calls.length);
});

test.each([
  ["nothing", undefined],
  ["a look at the VM", new Promise(() => undefined)],
])(
  "what is before a command does not wait for company that could not go along, while %s is under way",
  async (_what, look) => {
    const { lane, posts, outside } = laneWith({}, { onTheWay: () => look });
    const beganAtMs = outside.nowMs();
    await Promise.all([lane.submit(request("a"), quiet), lane.command(REMOVE, quiet, ENDING)]);
    expect(posts[0]?.atMs).toBe(beganAtMs);
  },
);

test.each([
  ["a command", async (lane: Lane) => lane.command(REMOVE, quiet, ENDING)],
  ["a list", async (lane: Lane) => lane.submit({ verb: "list", key: "a" }, quiet)],
])("%s, which goes alone, does not wait for a look that is under way", async (_what, begin) => {
  const { lane, posts, outside } = laneWith({}, { onTheWay: () => new Promise(() => undefined) });
  const beganAtMs = outside.nowMs();
  await begin(lane);
  expect(posts[0]?.atMs).toBe(beganAtMs);
});
