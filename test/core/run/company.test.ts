/** Who waits for whom before a call goes out, and how many operations that takes. Azure, its VM and time are virtual. */
import { RunFailedError } from "../../../core/failures/errors";
import { gather } from "../../../core/run/company";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { deleteIntentExample, knownExample, scriptIntentExample } from "../../support/examples";
import { inParallel } from "../../support/parallel";
import { type AzureOptions, targetOf, virtualAzure } from "../../support/virtual-azure";
import { outputOf } from "../../support/virtual-guest";
import { recordedReporter, virtualOutside } from "../../support/virtual-outside";

/** What a lane waits at first: 2 % of what the fastest operation on record takes, less 2 %. */
const MOMENT_MS = 255;
/** The same, where others have come along: 5 %. */
const LIKELY_MS = 637;

const RUN_ID = "1-create-0";
const REMOVE = "RemoveRunCommandLinuxExtension";

function world(options: Partial<AzureOptions> = {}) {
  const azure = virtualAzure({ vmNames: ["web1"], ...options });
  const session = azure.session();
  const beganAtMs = azure.outside.nowMs();
  return {
    azure,
    session,
    /** What each operation carried, and when it was sent. */
    sent: () =>
      azure.operations.map(({ call, commandId, atMs }) => [call?.lines.length ?? commandId, atMs - beganAtMs] as const),
    up: (key: string, script = "seconds=1") => {
      const known = knownExample({ target: targetOf("web1"), script });
      return executeRun(
        scriptIntentExample(known, { name: { key, runId: RUN_ID }, label: key }),
        session,
        recordedReporter(),
      );
    },
    destroy: (key: string) => executeDelete(deleteIntentExample({ key, label: key }), session, recordedReporter()),
    sleep: (ms: number) => azure.outside.sleep(ms),
  };
}

const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);

describe("what comes to an idle VM", () => {
  test("waits a moment, and goes alone when nothing else comes", async () => {
    const { up, sent } = world();
    await up("k0");
    expect(sent()).toEqual([[1, MOMENT_MS]]);
  });

  test("waits on as long as others come within a moment of each other", async () => {
    const { up, sent, sleep } = world();
    await Promise.all(keys(10).map((key, index) => sleep(index * 250).then(() => up(key))));
    expect(sent()).toEqual([[10, 9 * 250 + LIKELY_MS]]);
  });

  test("waits for no more than four fifths of an operation, and what comes later goes together in the next", async () => {
    const { up, sent, sleep } = world();
    await Promise.all(keys(64).map((key, index) => sleep(index * 200).then(() => up(key))));
    expect(sent().map(([length]) => length)).toEqual([51, 13]);
    expect(sent()[0]).toEqual([51, 10_192]);
  });

  test("waits for less where operations take less", async () => {
    const { azure, up, sent, sleep } = world({ wayMs: () => ({ there: 0, back: 0 }) });
    await up("k0", "seconds=1");
    await sleep(60_000);
    const [[, firstAtMs] = []] = sent();
    const againAtMs = azure.outside.nowMs();
    await up("k1");
    expect(firstAtMs).toBe(MOMENT_MS);
    expect((azure.operations[1]?.atMs ?? 0) - againAtMs).toBe(20);
  });

  test("is sent at once in a process that does one thing at a time", async () => {
    const { azure } = world();
    const session = azure.session({ isAlone: true });
    const known = knownExample({ target: targetOf("web1"), script: "seconds=1" });
    const beganAtMs = azure.outside.nowMs();
    await executeRun(scriptIntentExample(known), session, recordedReporter());
    expect(azure.operations[0]?.atMs).toBe(beganAtMs);
  });

  test("is sent at once when no more has room beside it", async () => {
    const { up, sent } = world();
    await Promise.all(keys(61).map((key) => up(key)));
    expect(sent()[0]).toEqual([60, 0]);
  });
});

describe("a moment for company", () => {
  const quiet = { operationMs: 10_000, lastArrivalAtMs: () => 0, isLikely: () => false, isFull: () => false };
  const clock = () => virtualOutside(() => ({ status: 500 }));

  test("goes on until what is known to come has come", async () => {
    const outside = clock();
    const beganAtMs = outside.nowMs();
    let coming: Promise<unknown> | undefined = outside.sleep(1_000).then(() => {
      coming = undefined;
    });
    await gather({ ...quiet, outside, onTheWay: () => coming });
    expect(outside.nowMs() - beganAtMs).toBe(1_200);
  });

  test("waits for what never comes no longer than for anything else, and not for what has failed", async () => {
    const outside = clock();
    const beganAtMs = outside.nowMs();
    const never = new Promise(() => undefined);
    await gather({ ...quiet, outside, onTheWay: () => never });
    expect(outside.nowMs() - beganAtMs).toBe(8_000);
    let failed: Promise<unknown> | undefined = Promise.reject(new Error("cannot be seen")).finally(() => {
      failed = undefined;
    });
    await gather({ ...quiet, outside, onTheWay: () => failed });
    expect(outside.nowMs() - beganAtMs).toBe(8_200);
  });

  test("ends with the session", async () => {
    const outside = clock();
    const session = new AbortController();
    const never = new Promise(() => undefined);
    const waits = gather({ ...quiet, outside, signal: session.signal, onTheWay: () => never });
    session.abort(new Error("the engine is gone"));
    await expect(waits).rejects.toThrow("the engine is gone");
  });
});

describe("a deployment with as many at once as the engine allows", () => {
  test.each([
    { count: 1, parallel: 8, gapMs: 40 },
    { count: 20, parallel: 8, gapMs: 40 },
    { count: 100, parallel: 8, gapMs: 120 },
    { count: 100, parallel: 64, gapMs: 60 },
  ])(
    "of $count on one VM, $parallel at once and $gapMs ms apart, takes one operation for each round, and one to remove the extension",
    async ({ count, parallel, gapMs }) => {
      const { azure, up, destroy, sent } = world();
      const { outside } = azure;
      const rounds = Math.ceil(count / parallel);
      const options = { parallel, gapMs, outside };
      await inParallel(keys(count), options, (key) => up(key));
      expect(sent().map(([length]) => length)).toHaveLength(rounds);
      await inParallel(keys(count), options, (key) => destroy(key));
      expect(azure.operations.slice(rounds).map(({ commandId }) => commandId)).toEqual([
        ...Array(rounds).fill("RunShellScript"),
        REMOVE,
      ]);
      expect(azure.vm("web1").hasExtension).toBe(false);
    },
  );

  test("keeps its rounds together where some of them come while an operation is out", async () => {
    const { azure, up, sent } = world();
    const lengths = (index: number) => `seconds=${index % 3}`;
    await inParallel(keys(48), { parallel: 8, gapMs: 100, outside: azure.outside }, (key) =>
      up(key, lengths(Number(key.slice(1)))),
    );
    expect(sent().map(([length]) => length)).toEqual(Array(6).fill(8));
  });
});

describe("fifty scripts of one VM that are ready together", () => {
  test("take one operation, each with its own result, also when some of them fail", async () => {
    const { azure, up } = world();
    const ends = await Promise.all(keys(50).map((key, index) => up(key, `seconds=0 exit=${index % 3}`)));
    expect(ends.map(({ outcome }) => [outcome.result.exitCode, outcome.result.stdout])).toEqual(
      keys(50).map((key, index) => [index % 3, outputOf({ key, runId: RUN_ID })]),
    );
    expect(azure.operations).toHaveLength(1);
  });

  test("take as many operations as Azure's limit for one script makes of them", async () => {
    const { azure, up } = world();
    await Promise.all(keys(50).map((key) => up(key, `seconds=0 # ${"x".repeat(10_000)}`)));
    expect(azure.operations).toHaveLength(5);
    expect(azure.vm("web1").guest.starts.map(({ key }) => key)).toEqual(keys(50));
  });
});

describe("in the moment before anything is sent", () => {
  const REFUSED = { failure: { kind: "InterruptedBefore", vmName: "web1" }, mayHaveRun: false };

  test("an interruption refuses what would begin something; what takes away still goes", async () => {
    const { session, up, destroy, sent, sleep } = world();
    const run = up("k0").catch((error: unknown) => error);
    const deletion = destroy("k1");
    await sleep(100);
    session.startNothing();
    expect(await run).toMatchObject(REFUSED);
    expect(await deletion).toBe("done");
    expect(sent()).toEqual([
      [1, MOMENT_MS],
      [REMOVE, expect.any(Number)],
    ]);
  });

  test("a deadline takes away what it is of; the others go", async () => {
    const { azure, session, up, sent, sleep } = world();
    const passed = new AbortController();
    const known = knownExample({ target: targetOf("web1"), script: "seconds=1" });
    const reason = new RunFailedError({ kind: "CustomTimeoutPassed", vmName: "web1", operation: "create", seconds: 1 });
    const late = executeRun(scriptIntentExample(known), session, recordedReporter(), { signal: passed.signal });
    const other = up("other");
    await sleep(100);
    passed.abort(reason);
    await expect(late).rejects.toMatchObject({ failure: reason.failure, mayHaveRun: false });
    await other;
    expect(sent()).toEqual([[1, LIKELY_MS]]);
    expect(azure.vm("web1").guest.keys()).toEqual(["other"]);
  });

  test("the end of the process leaves nothing behind, and the next one sends it", async () => {
    const { azure, sleep } = world();
    const killed = new AbortController();
    const known = knownExample({ target: targetOf("web1"), script: "seconds=1" });
    const session = azure.session({ signal: killed.signal });
    const cut = executeRun(scriptIntentExample(known), session, recordedReporter()).catch((error: unknown) => error);
    await sleep(100);
    killed.abort(new Error("killed"));
    expect(await cut).toMatchObject({ message: "killed" });
    expect(azure.operations).toEqual([]);
    await executeRun(scriptIntentExample(known), azure.session(), recordedReporter());
    expect(azure.vm("web1").guest.starts).toHaveLength(1);
  });
});

describe("of those that go together", () => {
  test("all are told that nothing was run when Azure refuses their call, and what comes next is not", async () => {
    const denied = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
    const { up, azure } = world({
      postFault: (count) => (count === 1 ? { isTaken: false, answer: denied } : undefined),
    });
    const ends = await Promise.allSettled(keys(3).map((key) => up(key)));
    expect(ends).toMatchObject(
      Array(3).fill({ status: "rejected", reason: { failure: { kind: "NotAuthorized" }, mayHaveRun: false } }),
    );
    expect((await up("k3")).outcome.failure).toBeUndefined();
    expect(azure.vm("web1").guest.starts).toHaveLength(1);
  });

  test("each runs once when the answer to their call is lost, whether Azure had taken it or not", async () => {
    const { up, azure } = world({
      postFault: (count) => (count <= 2 ? { isTaken: count === 2, answer: { lost: "ECONNRESET" } } : undefined),
    });
    const ends = await Promise.all(keys(5).map((key) => up(key, "seconds=30")));
    expect(ends.map(({ outcome }) => [outcome.failure, outcome.takenUp])).toEqual(Array(5).fill([undefined, false]));
    expect(azure.vm("web1").guest.starts.map(({ key }) => key)).toEqual(keys(5));
  });
});
