/** What becomes of a run or a deletion when something goes wrong on the way. The lane answers from a list; no shell. */
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import type { PurgeReport, RunReport } from "../../../core/guest/protocol";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { UNKNOWN_RESULT } from "../../../core/run/outcome";
import { deleteIntentExample, NAME, reportExample, scriptIntentExample, TARGET } from "../../support/examples";
import { PURGED, VM_GUID, vmAnswer, scriptedVm as world } from "../../support/scripted-vm";
import { type Answer, recordedReporter } from "../../support/virtual-outside";

const INTENT = scriptIntentExample();

const REPORT = reportExample();
const OUTPUT = Buffer.from("abcdef");
/** An ended run with six bytes of output, of which the first two came along. */
const ENDED: RunReport = {
  ...REPORT,
  state: "Exited",
  exitCode: 0,
  stdout: { totalBytes: 6, sha256: undefined, archivedBytes: 6 },
  stderr: { totalBytes: 0, sha256: undefined, archivedBytes: 0 },
  chunk: piece(0, 2),
};

function piece(offset: number, bytes: number) {
  return { encoding: "plain" as const, offset, totalBytes: 6, bytes: OUTPUT.subarray(offset, offset + bytes) };
}

const DENIED: RunFailure = { kind: "NotAuthorized", vmName: "web1", action: "a", message: "m" };

function unknownOutcome(failure: RunFailure) {
  return { outcome: { result: UNKNOWN_RESULT, failure, takenUp: false }, target: TARGET, vmId: VM_GUID };
}

describe("a run", () => {
  test("that takes ten days is waited for, as long as it runs", async () => {
    const slices = 10 * 24 * 60;
    const { session, requests } = world({
      submit: async (count, outside) => {
        await outside.sleep(60_000);
        return count === slices
          ? { ...ENDED, chunk: piece(0, 6) }
          : { ...REPORT, state: count < 60 ? "Waiting" : "Running" };
      },
    });
    const { outcome } = await executeRun(INTENT, session, recordedReporter());
    expect(outcome).toMatchObject({ failure: undefined, result: { executionState: "Succeeded", stdout: "abcdef" } });
    expect(requests.map(({ verb }) => verb)).toEqual(["run", ...Array(slices - 1).fill("wait")]);
  });

  test.each([false, true])(
    "that was refused when nothing can have run is thrown; else it is an outcome (%s)",
    async (mayHaveRun) => {
      const { session } = world({ submit: () => new RunFailedError(DENIED, mayHaveRun) });
      const executed = executeRun(INTENT, session, recordedReporter());
      if (mayHaveRun) {
        expect(await executed).toMatchObject(unknownOutcome(DENIED));
      } else {
        await expect(executed).rejects.toMatchObject({ failure: DENIED, mayHaveRun: false });
      }
    },
  );

  test.each<{ while: string; first: RunReport; verbs: readonly string[] }>([
    { while: "waiting for it", first: REPORT, verbs: ["run", "wait"] },
    { while: "reading its output", first: ENDED, verbs: ["run", "read"] },
  ])("that has begun is an outcome, also when $while is refused", async ({ first, verbs }) => {
    const { session, requests } = world({ submit: (count) => (count === 1 ? first : new RunFailedError(DENIED)) });
    expect(await executeRun(INTENT, session, recordedReporter())).toMatchObject(unknownOutcome(DENIED));
    expect(requests.map(({ verb }) => verb)).toEqual(verbs);
  });

  test("on a VM of which Azure tells no power state goes on", async () => {
    const { session } = world({
      vm: () => vmAnswer({ powerState: undefined }),
      submit: () => ({ ...ENDED, chunk: piece(0, 6) }),
    });
    const { outcome } = await executeRun(INTENT, session, recordedReporter());
    expect(outcome.result.executionState).toBe("Succeeded");
  });
});

describe("a run on a VM that the state knows", () => {
  const ANEW = { run: { ...INTENT.run, generation: 7 }, name: { ...NAME, runId: "7-create-0" } };
  const RAN: RunReport = { ...ENDED, chunk: piece(0, 6) };

  test.each<{ what: string; knownVmId: string | undefined; runId: string }>([
    { what: "is the one that was asked for on the same VM", knownVmId: VM_GUID.toUpperCase(), runId: NAME.runId },
    { what: "is the one that was asked for where the state knows none", knownVmId: undefined, runId: NAME.runId },
    { what: "is the first one again on another VM under the name", knownVmId: "other", runId: "7-create-0" },
  ])("$what", async ({ knownVmId, runId }) => {
    const { session, requests } = world({ submit: () => RAN });
    const reporter = recordedReporter();
    const executed = await executeRun({ ...INTENT, knownVmId, onRebuiltVm: ANEW }, session, reporter);
    expect(requests).toMatchObject([{ runId }]);
    expect(executed).toMatchObject({ vmId: VM_GUID, ran: { name: { runId } } });
    expect(reporter.messages.filter((message) => message.startsWith("info"))).toEqual(
      runId === NAME.runId
        ? []
        : ["info: 'web1' is another VM than the one that the state knows: the script runs there as for the first time"],
    );
  });

  test("keeps the VM that the state knows when it cannot be looked at", async () => {
    const { session } = world({ vm: () => ({ status: 400, body: {} }) });
    const intent = { ...INTENT, run: { ...INTENT.run, knownRun: true }, knownVmId: "known" };
    expect(await executeRun(intent, session, recordedReporter())).toMatchObject({
      vmId: "known",
      outcome: { result: UNKNOWN_RESULT },
    });
  });
});

describe("the output of a run", () => {
  test("is read from where the last piece ended, and put together", async () => {
    const { session, requests } = world({
      submit: (count) =>
        [ENDED, { ...ENDED, chunk: piece(2, 3) }, { ...ENDED, chunk: piece(5, 1) }][count - 1] ?? REPORT,
    });
    const { outcome } = await executeRun(INTENT, session, recordedReporter());
    expect(outcome.result).toMatchObject({ executionState: "Succeeded", stdout: "abcdef", stderr: "" });
    expect(requests.slice(1)).toEqual([
      { verb: "read", ...NAME, offset: 2 },
      { verb: "read", ...NAME, offset: 5 },
    ]);
  });

  test.each<{ what: string; read: Partial<RunReport>; evidence: string }>([
    { what: "a piece that is missing", read: { chunk: undefined }, evidence: "the piece at byte 2 is missing" },
    { what: "a piece without bytes", read: { chunk: piece(2, 0) }, evidence: "the piece at byte 2 is missing" },
    { what: "a piece from before", read: { chunk: piece(0, 4) }, evidence: "the piece at byte 2 is missing" },
    { what: "a piece from behind", read: { chunk: piece(3, 3) }, evidence: "the piece at byte 2 is missing" },
    {
      what: "more bytes than there are",
      read: { chunk: { ...piece(2, 4), bytes: Buffer.from("cdefg") } },
      evidence: "the archive has 6 bytes on the VM and 7 here",
    },
    {
      what: "other bytes than on the VM",
      read: { chunk: piece(2, 4), stdout: { totalBytes: 6, sha256: "0".repeat(64), archivedBytes: 6 } },
      evidence: "stdout differs from what is on the VM",
    },
  ])("with $what is unreadable, never shown in part as a success", async ({ read, evidence }) => {
    const { session, requests } = world({ submit: (count) => (count === 1 ? ENDED : { ...ENDED, ...read }) });
    expect(await executeRun(INTENT, session, recordedReporter())).toMatchObject(
      unknownOutcome({
        kind: "ReportUnreadable",
        vmName: "web1",
        why: "its output could not be read back whole",
        evidence,
      }),
    );
    expect(requests).toHaveLength(2);
  });

  test("that had no room in the first report is read from its beginning", async () => {
    const { session, requests } = world({
      submit: (count) => ({ ...ENDED, chunk: count === 1 ? undefined : piece(0, 6) }),
    });
    const { outcome } = await executeRun(INTENT, session, recordedReporter());
    expect(outcome.result.stdout).toBe("abcdef");
    expect(requests.slice(1)).toEqual([{ verb: "read", ...NAME, offset: 0 }]);
  });
});

describe("the removal of the extension", () => {
  const DELETE = deleteIntentExample();
  const OPERATION = "https://management.azure.com/operations/1";
  const REMOVED = "info: the extension RunCommandLinux was removed from 'web1'";

  /** A removal whose first answer is lost. @param vmAfter how the VM looks when it is looked at after that. */
  function lostRemoval(vmAfter: () => Answer) {
    let looks = 0;
    let posts = 0;
    const { session, outside } = world({
      submit: () => PURGED,
      vm: () => (++looks === 1 ? vmAnswer() : vmAfter()),
      arm: ({ method }) => {
        if (method !== "POST") {
          return { status: 200, body: { status: "Succeeded" } };
        }
        return ++posts === 1 ? { lost: "ECONNRESET" } : { status: 202, headers: { location: OPERATION } };
      },
    });
    return {
      session,
      bodies: () => outside.exchanges.filter(({ method }) => method === "POST").map(({ body }) => body),
    };
  }

  test("that was pushed aside is a failure, not a removal", async () => {
    const error = { code: "OperationPreempted", message: "m" };
    const { session } = world({ submit: () => PURGED, command: { kind: "dropped", error } });
    const reporter = recordedReporter();
    await expect(executeDelete(DELETE, session, reporter)).rejects.toMatchObject({
      failure: { kind: "OperationFailed", vmName: "web1", ...error },
    });
    expect(reporter.messages).not.toContain(REMOVED);
  });

  test("whose answer was lost is sent again while the extension is still there", async () => {
    const { session, bodies } = lostRemoval(() => vmAnswer());
    const reporter = recordedReporter();
    await executeDelete(DELETE, session, reporter);
    expect(bodies()).toEqual(Array(2).fill({ commandId: "RemoveRunCommandLinuxExtension" }));
    expect(reporter.messages.at(-1)).toBe(REMOVED);
  });

  test.each<{ what: string; vm: Answer }>([
    { what: "the extension is gone", vm: vmAnswer({ agentStatus: "Ready", extensionInstalled: false }) },
    { what: "the VM is gone", vm: { status: 404, body: { error: { code: "ResourceNotFound", message: "m" } } } },
  ])("whose answer was lost is not sent again when $what", async ({ vm }) => {
    const { session, bodies } = lostRemoval(() => vm);
    const reporter = recordedReporter();
    await executeDelete(DELETE, session, reporter);
    expect(bodies()).toHaveLength(1);
    expect(reporter.messages.at(-1)).toBe(REMOVED);
  });

  test("is not sent while a run of this resource goes on: that is a failure", async () => {
    const { session, outside } = world({ submit: () => ({ ...PURGED, runningReceipts: 1, remainingKeys: 1 }) });
    await expect(executeDelete(DELETE, session, recordedReporter())).rejects.toMatchObject({
      failure: { kind: "StillRunning", vmName: "web1" },
    });
    expect(outside.exchanges.every(({ method }) => method === "GET")).toBe(true);
  });

  test.each<{ what: string; purged: Partial<PurgeReport>; message: string }>([
    {
      what: "another resource has runs there",
      purged: { remainingKeys: 1 },
      message: "info: the extension stays on 'web1': another resource has runs there",
    },
    {
      what: "two other resources have runs there",
      purged: { remainingKeys: 2 },
      message: "info: the extension stays on 'web1': 2 other resources have runs there",
    },
    {
      what: "a newer run of this resource is there",
      purged: { newerReceipts: 1, remainingKeys: 1 },
      message:
        "warn: a newer run of this resource, which this state does not know, stays on 'web1' with the extension RunCommandLinux: remove /var/lib/azure-run-command/key there by hand (next time, deploy before you destroy)",
    },
  ])("is not sent while $what, and that is said", async ({ purged, message }) => {
    const { session, outside } = world({ submit: () => ({ ...PURGED, ...purged }) });
    const reporter = recordedReporter();
    await executeDelete(DELETE, session, reporter);
    expect(reporter.messages).toEqual([message]);
    expect(outside.exchanges.every(({ method }) => method === "GET")).toBe(true);
  });

  test("happens also on a VM of which Azure tells no power state", async () => {
    const { session, requests } = world({
      submit: () => PURGED,
      command: { kind: "succeeded", message: undefined },
      vm: () => vmAnswer({ powerState: undefined }),
    });
    const reporter = recordedReporter();
    await executeDelete(DELETE, session, reporter);
    expect(requests).toEqual([{ verb: "purge", key: "key", generation: 1 }]);
    expect(reporter.messages.at(-1)).toBe(REMOVED);
  });
});
