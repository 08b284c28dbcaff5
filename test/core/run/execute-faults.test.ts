/** What becomes of a run or a deletion when something goes wrong on the way. The lane answers from a list; no shell. */
import { createArmClient } from "../../../core/arm/arm-client";
import type { InvokeEnd } from "../../../core/arm/invoke";
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import type { GuestRequest, PurgeReport, Report, RunReport } from "../../../core/guest/protocol";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { Lane } from "../../../core/run/lane";
import { UNKNOWN_RESULT } from "../../../core/run/outcome";
import type { Session } from "../../../core/run/session";
import { cloudByName } from "../../../core/sign-in/clouds";
import { readSettings } from "../../../core/sign-in/settings";
import { knownExample, NAME, reportExample, TARGET } from "../../support/examples";
import {
  type Answer,
  type Exchange,
  recordedReporter,
  type VirtualOutside,
  virtualOutside,
} from "../../support/virtual-outside";

const DESIRED = knownExample();
const INTENT = { desired: DESIRED, name: NAME, label: "prepare", knownRun: false, mask: (text: string) => text };

/** More than any of these tests needs: a loop without end is to fail, not to hang. */
const REQUESTS_MAX = 20_000;

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

interface World {
  readonly session: Session;
  readonly outside: VirtualOutside;
  readonly requests: readonly GuestRequest[];
}

interface Faults {
  /** The report of each request; `count` begins with 1. */
  readonly submit?: (count: number, outside: VirtualOutside) => Report | RunFailedError | Promise<Report>;
  /** How a command ends; without it the real lane sends it. */
  readonly command?: InvokeEnd;
  /** The answers to everything but a look at the VM. */
  readonly arm?: (exchange: Exchange) => Answer;
  /** The answer to a look at the VM. */
  readonly vm?: () => Answer;
}

function world(faults: Faults): World {
  const requests: GuestRequest[] = [];
  const outside = virtualOutside((exchange) => {
    if (exchange.url.includes("expand=instanceView")) {
      return (faults.vm ?? vmAnswer)();
    }
    if (faults.arm === undefined) {
      throw new Error(`nobody answers ${exchange.method} ${exchange.url}`);
    }
    return faults.arm(exchange);
  });
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const lane = new Lane({ client, outside, target: TARGET, waitSliceSeconds: 60 });
  lane.submit = async (request) => {
    requests.push(request);
    if (requests.length > REQUESTS_MAX) {
      throw new Error("requests without end");
    }
    const answer = await faults.submit?.(requests.length, outside);
    if (answer === undefined || answer instanceof RunFailedError) {
      throw answer ?? new Error(`nobody answers request ${requests.length}`);
    }
    return answer;
  };
  const { command } = faults;
  if (command !== undefined) {
    lane.command = async () => command;
  }
  const nothing = () => undefined;
  const session: Session = {
    settings: readSettings(nothing, nothing),
    outside,
    client: async () => client,
    lane: async () => lane,
    startNothing: () => lane.startNothing(),
    complete: (target) => target,
  };
  return { session, outside, requests };
}

function vmAnswer({ powerState, extensionInstalled = true }: VmState = { powerState: "running" }): Answer {
  const statuses = powerState === undefined ? [] : [{ code: `PowerState/${powerState}` }];
  const extensionHandlers = extensionInstalled ? [{ type: "Microsoft.CPlat.Core.RunCommandLinux" }] : [];
  return {
    status: 200,
    body: {
      properties: {
        vmId: "guid",
        storageProfile: { osDisk: { osType: "Linux" } },
        instanceView: { statuses, vmAgent: { extensionHandlers } },
      },
    },
  };
}

interface VmState {
  readonly powerState: string | undefined;
  readonly extensionInstalled?: boolean;
}

const DENIED: RunFailure = { kind: "NotAuthorized", vmName: "web1", action: "a", message: "m" };

function unknownOutcome(failure: RunFailure) {
  return { outcome: { result: UNKNOWN_RESULT, failure, takenUp: false }, target: TARGET, vmId: "guid" };
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
        expect(await executed).toStrictEqual(unknownOutcome(DENIED));
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
    expect(await executeRun(INTENT, session, recordedReporter())).toStrictEqual(unknownOutcome(DENIED));
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
    expect(await executeRun(INTENT, session, recordedReporter())).toStrictEqual(
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
  const DELETE = { target: TARGET, key: "key", label: "prepare", generation: 1 };
  const PURGED: PurgeReport = {
    kind: "purge",
    key: "key",
    canceledReceipts: 0,
    purgedReceipts: 1,
    remainingKeys: 0,
    runningReceipts: 0,
    newerReceipts: 0,
  };
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
    { what: "the extension is gone", vm: vmAnswer({ powerState: "running", extensionInstalled: false }) },
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
