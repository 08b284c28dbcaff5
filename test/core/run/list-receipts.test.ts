/** What is asked of a VM before a run by whoever keeps no count of its runs. The lane answers from a list; no shell. */
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import type { Receipt } from "../../../core/guest/protocol";
import { type ListedReceipt, type ListIntent, listReceipts } from "../../../core/run/list-receipts";
import type { Session } from "../../../core/run/session";
import { openSession } from "../../../core/run/session";
import { readSettings } from "../../../core/sign-in/settings";
import { reportExample, TARGET } from "../../support/examples";
import { type Answers, scriptedVm, VM_GUID, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter, virtualOutside } from "../../support/virtual-outside";

const INTENT: ListIntent = { target: TARGET, key: "key", label: "prepare", readyTimeoutInSeconds: 12 };

function receipt(runId: string, other: Partial<Receipt> = {}): Receipt {
  return {
    key: "key",
    runId,
    state: "Exited",
    exitCode: 0,
    last: undefined,
    vmId: VM_GUID,
    startedAtSeconds: 1,
    ...other,
  };
}

function listed(runId: string, other: Partial<ListedReceipt> = {}): ListedReceipt {
  return { ...receipt(runId), endedAs: runId, ...other };
}

function listing(receipts: readonly Receipt[], answers: Answers = {}) {
  const world = scriptedVm({ submit: () => ({ kind: "list", key: "key", receipts, hasMore: false }), ...answers });
  const reporter = recordedReporter();
  return { ...world, reporter, found: listReceipts(INTENT, world.session, reporter) };
}

/** The message with which it fails, and whether anything can have run. */
async function failure(answers: Answers): Promise<readonly [message: string, mayHaveRun: boolean]> {
  const error: unknown = await listing([], answers).found.catch((reason: unknown) => reason);
  if (!(error instanceof RunFailedError)) {
    throw error;
  }
  return [error.message, error.mayHaveRun];
}

describe("the receipts of a VM", () => {
  test("are asked for once, and come as they are", async () => {
    const receipts = [receipt("1-create-a"), receipt("2-update-b", { exitCode: 3, last: "1-create-a" })];
    const { found, requests, reporter } = listing(receipts);
    expect(await found).toEqual(receipts.map((one) => ({ ...one, endedAs: one.runId })));
    expect(requests).toEqual([{ verb: "list", key: "key" }]);
    expect(reporter.messages).toEqual([]);
  });

  test("that came along with a copied disk are left out, in whatever case the GUID is written", async () => {
    const { found } = listing([
      receipt("1-create-a", { vmId: "another" }),
      receipt("1-create-b", { vmId: VM_GUID.toUpperCase() }),
      receipt("1-create-c", { vmId: "unknown" }),
    ]);
    expect((await found).map(({ runId }) => runId)).toEqual(["1-create-b", "1-create-c"]);
  });

  test("all count where Azure tells no GUID of the VM", async () => {
    const vm = () => {
      const { body } = vmAnswer() as { body: { properties: object } };
      return { status: 200, body: { properties: { ...body.properties, vmId: undefined } } };
    };
    const { found } = listing([receipt("1-create-a", { vmId: "another" })], { vm });
    expect(await found).toHaveLength(1);
  });

  test("are one for each run, which stands as its last boot does", async () => {
    const { found } = listing([
      receipt("1-create-a", { state: "Interrupted", exitCode: undefined }),
      receipt("1-create-a-b10", { exitCode: 4 }),
      receipt("1-create-a-b2", { state: "Interrupted", exitCode: undefined }),
      receipt("2-update-b12345678901", { last: "1-create-a" }),
      receipt("3-update-c-b2", { state: "Running", exitCode: undefined }),
      receipt("3-update-c", { state: "Interrupted", exitCode: undefined }),
    ]);
    expect(await found).toEqual([
      listed("1-create-a", { exitCode: 4, endedAs: "1-create-a-b10" }),
      listed("2-update-b12345678901", { last: "1-create-a" }),
      listed("3-update-c", { state: "Running", exitCode: undefined, endedAs: "3-update-c-b2" }),
    ]);
  });

  test("are asked for again behind the last one until the VM has told of all of them", async () => {
    const [first, second, third] = ["1-create-a", "2-update-b", "2-update-c"].map((runId) => receipt(runId));
    const pages = [[first, second], [third]].map((some) => some.flatMap((one) => one ?? []));
    const submit = (count: number) =>
      ({ kind: "list", key: "key", receipts: pages[count - 1] ?? [], hasMore: count === 1 }) as const;
    const { found, requests } = listing([], { submit });
    expect((await found).map(({ runId }) => runId)).toEqual(["1-create-a", "2-update-b", "2-update-c"]);
    expect(requests).toEqual([
      { verb: "list", key: "key" },
      { verb: "list", key: "key", after: second },
    ]);
  });

  test("are none of those that a script put there under the name of no run", async () => {
    const { found } = listing([receipt("backup"), receipt("1-create-a"), receipt("copy-of-1-create-a")]);
    expect(await found).toEqual([listed("1-create-a")]);
  });
});

describe("the look for earlier runs", () => {
  const RUNNING = "the VM's power state is 'running', its provisioning state not known";

  test("waits for a VM that is about to be ready", async () => {
    const vm = (count: number) => vmAnswer({ agentStatus: count < 3 ? "Not Ready" : "Ready" });
    const { found, outside, reporter } = listing([], { vm });
    expect(await found).toEqual([]);
    expect(outside.sleptMs).toEqual([5_000, 5_000]);
    expect(reporter.messages).toEqual([
      "progress: waiting for 'web1' for 0 s: its agent's status is 'Not Ready'",
      "progress: waiting for 'web1' for 5 s: its agent's status is 'Not Ready'",
    ]);
  });

  test.each<{ what: string; answers: Answers; message: string; evidence: readonly string[] }>([
    {
      what: "a VM that is off",
      answers: { vm: () => vmAnswer({ powerState: "deallocated" }) },
      message:
        "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run",
      evidence: [
        "the VM's power state is 'deallocated', its provisioning state not known",
        "Azure has no report of the VM's agent",
      ],
    },
    {
      what: "a VM that is not ready in time",
      answers: { vm: () => vmAnswer({ agentStatus: "Not Ready" }) },
      message:
        "'web1' was not ready after 12 s: its power state is 'running', expected 'running', and its agent's status is 'Not Ready', expected 'Ready'; see that the VM boots and its agent (walinuxagent or waagent) runs, or raise readyTimeoutInSeconds, then deploy again; nothing was run",
      evidence: [
        RUNNING,
        "the agent's status is 'Not Ready'",
        "the status of the extension RunCommandLinux is not known",
      ],
    },
    {
      what: "an answer that cannot be read",
      answers: submitting({ kind: "ReportUnreadable", vmName: "web1", why: "the report is missing", evidence: "?" }),
      message:
        "the result of the look for earlier runs on 'web1' is unknown: the report is missing; Azure's message was \"?\"; it was only a look: nothing was run",
      evidence: [
        RUNNING,
        "Azure has no report of the VM's agent",
        "handler.log on the VM (/var/log/azure/run-command) could not be had",
      ],
    },
    {
      what: "an operation that takes too long",
      answers: submitting({ kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 9, lastState: "InProgress" }),
      message:
        "stopped waiting for 'web1' after 9 s: the operation's last known state is 'InProgress'; it was only a look: nothing was run",
      evidence: [RUNNING, "Azure has no report of the VM's agent"],
    },
    {
      what: "a lock",
      answers: submitting({ kind: "ScopeLocked", vmName: "web1", message: "m" }),
      message:
        "a lock keeps Run Command from 'web1': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; Azure says \"m\"; nothing was run",
      evidence: ["which lock it is cannot be seen: Azure answered with status 404"],
    },
  ])("fails with $what, is looked into, and has run nothing", async ({ answers, message, evidence }) => {
    expect(await failure(answers)).toEqual([[message, ...evidence].join("\n  - "), false]);
  });

  test("is refused a report of another kind", async () => {
    await expect(listing([], { submit: () => reportExample() }).found).rejects.toThrow(
      "the runner answered with a report of kind 'run' to a list",
    );
  });
});

describe("a deployment that is to start nothing any more", () => {
  const INTERRUPTED =
    "the deployment was interrupted before the look for earlier runs was sent to 'web1'; nothing was run";

  function open(outside: ReturnType<typeof virtualOutside>): Session {
    const nothing = () => undefined;
    return openSession({
      settings: readSettings(nothing, nothing),
      outside,
      loadCredential: async () => ({
        getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }),
      }),
      userAgent: "test",
      waitSliceSeconds: 60,
    });
  }

  test("does not wait for a VM that is not ready", async () => {
    const outside = virtualOutside((_exchange, count) => {
      if (count === 3) {
        session.startNothing();
      }
      return vmAnswer({ agentStatus: "Not Ready" });
    });
    const session = open(outside);
    const patient = { ...INTENT, readyTimeoutInSeconds: 900 };
    await expect(listReceipts(patient, session, recordedReporter())).rejects.toThrow(INTERRUPTED);
    expect(outside.exchanges).toHaveLength(3);
  });

  test("does not wait for the VM's turn either", async () => {
    const busy = {
      status: 409,
      body: { error: { code: "Conflict", message: "Run command extension execution is in progress." } },
    };
    let posts = 0;
    const outside = virtualOutside(({ method }) => {
      if (method !== "POST") {
        return vmAnswer();
      }
      posts += 1;
      if (posts === 2) {
        session.startNothing();
      }
      return busy;
    });
    const session = open(outside);
    await expect(listReceipts(INTENT, session, recordedReporter())).rejects.toThrow(INTERRUPTED);
    await outside.sleep(3_600_000);
    expect(posts).toBe(2);
  });
});

function submitting(answer: RunFailure): Answers {
  return { submit: () => new RunFailedError(answer, true), arm: () => ({ status: 404 }) };
}
