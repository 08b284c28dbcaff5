/** What a deletion does and what it says, for each state of the VM and each setting. The VM answers from a list. */
import { RunFailedError } from "../../../core/failures/errors";
import type { GuestRequest, PurgeReport, Report, RunReport } from "../../../core/guest/protocol";
import { besideRun } from "../../../core/plan";
import { type DeleteIntent, executeDelete } from "../../../core/run/execute-delete";
import type { RunResult } from "../../../core/run/outcome";
import { deleteIntentExample, knownExample, NAME, reportExample, scriptIntentExample } from "../../support/examples";
import { type Answers, PURGED, scriptedVm, VM_GONE, type VmState, vmAnswer } from "../../support/scripted-vm";
import { type Answer, recordedReporter } from "../../support/virtual-outside";

const KNOWN = knownExample({ delete: "undo" });
const LAST = {
  key: "key",
  generation: 2,
  runId: "2-update-0",
  scriptRunId: "1-create-0",
  prior: { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false },
} as const;
const SCRIPT = scriptIntentExample(KNOWN, {
  run: besideRun(LAST, KNOWN, "delete", null),
  name: { ...NAME, runId: "2-delete-0" },
});
const REMOVED = "info: the extension RunCommandLinux was removed from 'web1'";
const REMOVE = { commandId: "RemoveRunCommandLinuxExtension" };
const FAILED: RunReport = reportExample({ state: "Exited", exitCode: 4 });
const SUCCEEDED: RunReport = reportExample({ state: "Exited", exitCode: 0 });

interface Given {
  readonly intent?: Partial<DeleteIntent>;
  /** How the `delete` script ends. */
  readonly script?: Report | RunFailedError;
  readonly purge?: Partial<PurgeReport> | RunFailedError;
  readonly answers?: Answers;
}

function deletion({ intent, script = SUCCEEDED, purge = {}, answers }: Given) {
  const purged = purge instanceof RunFailedError ? purge : { ...PURGED, ...purge };
  const vm = scriptedVm({
    submit: (_count, _outside, request) => (request.verb === "run" ? script : purged),
    command: { kind: "succeeded", message: undefined },
    ...answers,
  });
  const reporter = recordedReporter();
  const done = executeDelete(deleteIntentExample(intent), vm.session, reporter);
  const told = () => reporter.messages.filter((message) => !message.startsWith("progress"));
  return { ...vm, done, told };
}

const verbs = (requests: readonly GuestRequest[]) => requests.map(({ verb }) => verb);

describe("a 'delete' script", () => {
  test("runs before anything is removed, and ends whatever else runs of the resource", async () => {
    const results: RunResult[] = [];
    const { done, requests, told, commands } = deletion({
      intent: { script: SCRIPT, scriptEnded: (result) => results.push(result) },
    });
    await done;
    expect(verbs(requests)).toEqual(["run", "purge"]);
    expect(requests[0]).toMatchObject({
      runId: "2-delete-0",
      script: "undo",
      environment: { AZURE_RUN_COMMAND_REASON: "delete" },
      endsOthers: true,
      retryUnless: [0],
      beside: false,
      last: "1-create-0",
    });
    expect(results.map(({ executionState }) => executionState)).toEqual(["Succeeded"]);
    expect([told(), commands]).toEqual([[REMOVED], [REMOVE]]);
  });

  test("that fails keeps the resource, and nothing is removed", async () => {
    const { done, requests, commands } = deletion({ intent: { script: SCRIPT }, script: FAILED });
    await expect(done).rejects.toMatchObject({
      subject: "deletion",
      failure: { kind: "DeleteScriptFailed", vmName: "web1", failure: { kind: "ScriptFailed", exitCode: 4 } },
    });
    expect([verbs(requests), commands]).toEqual([["run"], []]);
  });

  test("that fails is told of and nothing more, where the resource says so", async () => {
    const { done, told, requests } = deletion({
      intent: { script: SCRIPT, deleteFailure: "ignore" },
      script: FAILED,
    });
    await done;
    expect(verbs(requests)).toEqual(["run", "purge"]);
    expect(told()).toEqual([
      "warn: the script on 'web1' exited with 4; it printed nothing; the resource is deleted all the same (deleteFailure 'ignore')",
      REMOVED,
    ]);
  });

  test("that needs something of the resource on the VM is not run where nothing is, and the rest is done", async () => {
    const { done, requests, told } = deletion({
      intent: { script: { ...SCRIPT, onlyAfterRuns: true } },
      script: reportExample({ state: "Absent" }),
    });
    await done;
    expect(requests.map((request) => ("onlyAfterRuns" in request ? request.onlyAfterRuns : undefined))).toEqual([
      true,
      undefined,
    ]);
    expect(told()).toEqual([
      "info: nothing of this resource is on 'web1' any more: its 'delete' script is not run",
      REMOVED,
    ]);
  });

  test("is not run on another VM than the one that the state knows", async () => {
    const { done, told, requests } = deletion({ intent: { script: SCRIPT, knownVmId: "another" } });
    await done;
    expect(verbs(requests)).toEqual(["purge"]);
    expect(told()).toEqual([
      "info: 'web1' is another VM than the one that the state knows: the 'delete' script is not run",
      REMOVED,
    ]);
  });
});

test("a 'delete' script whose VM is made anew while it is on its way is not run on the new one, and the rest is done", async () => {
  const replaced = new RunFailedError({ kind: "VmReplaced", vmName: "web1" }, true);
  const { done, told, requests } = deletion({ intent: { script: SCRIPT }, script: replaced });
  await done;
  expect(verbs(requests)).toEqual(["run", "purge"]);
  expect(told()).toEqual([
    "info: 'web1' was made anew after the 'delete' script had been sent to it: it is not run on the new VM",
    REMOVED,
  ]);
});

describe("a deletion that may not wait for its 'delete' script", () => {
  const RUNNING = reportExample({ lastLine: "undoing" });

  test.each([0, 1, 2])("comes back as running after %d waits, and removes nothing", async (waits) => {
    let left = waits;
    const mayWait = () => {
      left -= 1;
      return left >= 0;
    };
    const { done, requests, told, commands } = deletion({
      intent: { script: SCRIPT, mayWait },
      answers: { submit: () => RUNNING },
    });
    expect(await done).toBe("running");
    expect(verbs(requests)).toEqual(["run", ...Array(waits).fill("wait")]);
    expect([told(), commands]).toEqual([[], []]);
  });

  test("goes on with the same one when it is asked for again, and takes a failure since then for its answer", async () => {
    const outcomes = [RUNNING, { ...SUCCEEDED, takenUp: true }];
    const { session, requests, outside } = scriptedVm({
      submit: (_count, _outside, request) => (request.verb === "run" ? (outcomes.shift() ?? FAILED) : PURGED),
      command: { kind: "succeeded", message: undefined },
    });
    const reporter = recordedReporter();
    const beganAtMs = outside.nowMs();
    const intent = deleteIntentExample({ script: SCRIPT, mayWait: () => false, beganAtMs });
    expect(await executeDelete(intent, session, reporter)).toBe("running");
    await outside.sleep(61_500);
    expect(await executeDelete(intent, session, reporter)).toBe("done");
    expect(requests.map((request) => [request.verb, request.verb === "run" && request.retryWindowSeconds])).toEqual([
      ["run", 0],
      ["run", 62],
      ["purge", false],
    ]);
    expect(reporter.messages.filter((message) => !message.startsWith("progress"))).toEqual([
      "info: an earlier call had started this run on 'web1' already (state Exited): it is taken up, not started again",
      REMOVED,
    ]);
  });

  test("is done at once without a script", async () => {
    const { done, requests } = deletion({ intent: { mayWait: () => false } });
    expect(await done).toBe("done");
    expect(verbs(requests)).toEqual(["purge"]);
  });
});

test("a deletion that nobody asks for twice runs a 'delete' script again that failed, whenever that was", async () => {
  const { done, requests } = deletion({ intent: { script: SCRIPT } });
  expect(await done).toBe("done");
  expect(requests[0]).toMatchObject({ retryUnless: [0], retryWindowSeconds: undefined });
});

describe("the extension", () => {
  test.each<{ what: string; intent: Partial<DeleteIntent>; remainingKeys: number; message: string; goes: boolean }>([
    { what: "goes with the last one", intent: {}, remainingKeys: 0, message: REMOVED, goes: true },
    {
      what: "stays while another resource is there",
      intent: {},
      remainingKeys: 1,
      message: "info: the extension stays on 'web1': another resource has runs there",
      goes: false,
    },
    {
      what: "goes although others are there, where 'always' is asked for",
      intent: { removeExtension: "always" },
      remainingKeys: 2,
      message: REMOVED,
      goes: true,
    },
    {
      what: "stays although nobody else is there, where 'never' is asked for",
      intent: { removeExtension: "never" },
      remainingKeys: 0,
      message: "info: the extension stays on 'web1': removeExtension is 'never'",
      goes: false,
    },
  ])("$what", async ({ intent, remainingKeys, message, goes }) => {
    const { done, told, commands, submits } = deletion({ intent, purge: { remainingKeys } });
    await done;
    expect([told(), commands]).toEqual([[message], goes ? [REMOVE] : []]);
    // Only "always" ends what another client runs.
    expect(submits.map((options) => options?.evict?.body)).toEqual([
      intent.removeExtension === "always" ? REMOVE : undefined,
    ]);
  });

  test.each([
    { removeExtension: "whenLast", wanted: false },
    { removeExtension: "always", wanted: true },
  ] as const)("is wanted away while a script waits, with '$removeExtension': $wanted", async (given) => {
    const asked: (boolean | undefined)[] = [];
    const { done, session, told } = deletion({
      intent: { removeExtension: given.removeExtension },
      answers: {
        command: async (_body, { wanted }) => {
          const lane = await session.lane(deleteIntentExample().target);
          jest.spyOn(lane, "runs", "get").mockReturnValue(1);
          asked.push(wanted?.());
          return given.wanted ? { kind: "succeeded", message: undefined } : { kind: "done" };
        },
      },
    });
    await done;
    expect(asked).toEqual([given.wanted]);
    expect(told()).toEqual([
      given.wanted ? REMOVED : "info: the extension stays on 'web1': another resource runs a script there",
    ]);
  });

  test("that cannot be removed after the 'delete' script is told of, since another try would run the script again", async () => {
    const failure = { kind: "OperationFailed", vmName: "web1", code: "c", message: "m" } as const;
    const answers: Answers = {
      command: async () => {
        throw new RunFailedError(failure);
      },
    };
    await expect(deletion({ answers }).done).rejects.toMatchObject({ failure, subject: "deletion" });
    const { done, told } = deletion({ intent: { script: SCRIPT }, answers });
    await done;
    expect(told()).toEqual([
      "warn: the resource is deleted, but the extension RunCommandLinux stays on 'web1': Azure could not carry out the run command on 'web1': c: \"m\"; 'az vm run-command invoke --command-id RemoveRunCommandLinuxExtension' removes it",
    ]);
  });

  test("whose removal lost its answer is looked at for half a minute before it is removed again", async () => {
    const ends: string[] = [];
    const { done, outside } = deletion({
      answers: {
        command: async (_body, { afterLoss }) => {
          ends.push(await afterLoss("ECONNRESET"), await afterLoss("ECONNRESET"));
          return { kind: "succeeded", message: undefined };
        },
        vm: (count) => vmAnswer({ agentStatus: "Ready", extensionInstalled: count < 9 }),
      },
    });
    await done;
    expect(ends).toEqual(["sendAgain", "done"]);
    expect(outside.sleptMs).toEqual(Array(6).fill(5_000));
  });

  test("is not taken for gone while Azure has no report of the VM's agent", async () => {
    const { done } = deletion({
      answers: {
        command: { kind: "dropped", error: { code: "OperationPreempted", message: "m" } },
        vm: () => vmAnswer({ extensionInstalled: false }),
      },
    });
    await expect(done).rejects.toMatchObject({ failure: { kind: "OperationFailed", code: "OperationPreempted" } });
  });

  test("whose receipts cannot be told of is spoken of as receipts, not as a script", async () => {
    const { done } = deletion({
      purge: new RunFailedError({ kind: "ReportUnreadable", vmName: "web1", why: "w", evidence: "e" }),
    });
    await expect(done).rejects.toMatchObject({
      failure: { kind: "ReceiptsStay", vmName: "web1", key: "key", detail: 'w ("e")' },
    });
  });

  test("whose removal was pushed aside is looked at until it is gone", async () => {
    const { done, told, outside } = deletion({
      answers: {
        command: { kind: "dropped", error: { code: "OperationPreempted", message: "m" } },
        vm: (count) => vmAnswer({ agentStatus: "Ready", extensionInstalled: count < 4 }),
      },
    });
    await done;
    expect([told(), outside.sleptMs]).toEqual([[REMOVED], [5_000, 5_000]]);
  });
});

describe("a VM that cannot be asked", () => {
  const STAYS =
    "the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux stay on its disk; the 'delete' script was not run";

  test.each<{ what: string; vm: Answer; message: string }>([
    {
      what: "is gone",
      vm: VM_GONE,
      message: "info: the VM 'web1' is gone: nothing is left to remove; the 'delete' script was not run",
    },
    {
      what: "is deallocated",
      vm: vmAnswer({ powerState: "deallocated" }),
      message: `warn: the VM 'web1' is not running (power state 'deallocated'): ${STAYS}`,
    },
    {
      what: "has no agent after two minutes",
      vm: vmAnswer({ agentStatus: "Not Ready" }),
      message: `warn: the agent of the VM 'web1' does not answer (status 'Not Ready', power state 'running'): ${STAYS}`,
    },
    {
      what: "is a Windows now",
      vm: vmAnswer({ osType: "Windows" }),
      message: `warn: the VM 'web1' runs Windows, not Linux: ${STAYS}`,
    },
  ])("that $what is no failure: what stays is said", async ({ vm, message }) => {
    const { done, told, requests, commands } = deletion({ intent: { script: SCRIPT }, answers: { vm: () => vm } });
    await done;
    expect([told(), requests, commands]).toEqual([[message], [], []]);
  });

  test.each<{ what: string; failure: RunFailedError["failure"]; after: VmState | undefined; message: string }>([
    {
      what: "goes away on the way",
      failure: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "m" },
      after: undefined,
      message: "info: the VM 'web1' is gone: nothing is left to remove",
    },
    {
      what: "is stopped on the way",
      failure: { kind: "VmNotRunning", vmName: "web1", powerState: "not running" },
      after: { powerState: "stopped" },
      message:
        "warn: the VM 'web1' is not running (power state 'stopped'): the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux stay on its disk",
    },
    {
      what: "loses its agent on the way",
      failure: { kind: "AgentSilent", vmName: "web1", code: "c", message: "m" },
      after: { agentStatus: "Not Ready" },
      message:
        "warn: the agent of the VM 'web1' does not answer (status 'Not Ready', power state 'running'): the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux stay on its disk",
    },
  ])("because it $what is no failure either", async ({ failure, after, message }) => {
    const { done, told } = deletion({
      purge: new RunFailedError(failure),
      answers: { vm: (count) => (count === 1 ? vmAnswer() : after === undefined ? VM_GONE : vmAnswer(after)) },
    });
    await done;
    expect(told()).toEqual([message]);
  });

  test.each<RunFailedError["failure"]>([
    { kind: "AgentSilent", vmName: "web1", code: "c", message: "m" },
    { kind: "OperationFailed", vmName: "web1", code: "VMExtensionProvisioningTimeout", message: "m" },
  ])("because its agent is silent ($kind) is no failure, although Azure still shows it as ready", async (failure) => {
    const { done, told } = deletion({ intent: { script: SCRIPT }, purge: new RunFailedError(failure) });
    await done;
    expect(told()).toEqual([
      "warn: the agent of the VM 'web1' does not answer: the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux may stay on its disk; the 'delete' script was run",
    ]);
  });

  test.each<RunFailedError["failure"]>([
    { kind: "OperationFailed", vmName: "web1", code: "VMExtensionHandlerNonTransientError", message: "m" },
    { kind: "NotAuthorized", vmName: "web1", action: "a", message: "m" },
  ])("$kind is a failure when the VM is there all the same", async (failure) => {
    const { done } = deletion({ purge: new RunFailedError(failure) });
    await expect(done).rejects.toMatchObject({ failure, subject: "deletion" });
  });

  test("another client's command that was ended for it is told of", async () => {
    const { done, told, submits } = deletion({ intent: { removeExtension: "always" } });
    await done;
    submits[0]?.evict?.done();
    expect(told().at(-1)).toBe("info: another client's command on 'web1' was ended (removeExtension 'always')");
  });

  test("a failure of another kind is one when the VM is off, and none when it is gone", async () => {
    const failure = { kind: "NotAuthorized", vmName: "web1", action: "a", message: "m" } as const;
    const seenAfter = (vm: Answer) =>
      deletion({ purge: new RunFailedError(failure), answers: { vm: (count) => (count === 1 ? vmAnswer() : vm) } });
    await expect(seenAfter(vmAnswer({ powerState: "stopped" })).done).rejects.toMatchObject({ failure });
    const gone = seenAfter(VM_GONE);
    await gone.done;
    expect(gone.told()).toEqual(["info: the VM 'web1' is gone: nothing is left to remove"]);
  });

  test.each<{ what: string; given: Given; message: string }>([
    {
      what: "while the 'delete' script may have begun",
      given: { script: new RunFailedError({ kind: "VmNotRunning", vmName: "web1", powerState: "not running" }, true) },
      message: "stay on its disk; the 'delete' script may have run",
    },
    {
      what: "before the 'delete' script was sent",
      given: { script: new RunFailedError({ kind: "VmNotRunning", vmName: "web1", powerState: "not running" }) },
      message: "stay on its disk; the 'delete' script was not run",
    },
    {
      what: "after the 'delete' script",
      given: { purge: new RunFailedError({ kind: "VmNotRunning", vmName: "web1", powerState: "not running" }) },
      message: "stay on its disk; the 'delete' script was run",
    },
    {
      what: "after the receipts were removed",
      given: {
        answers: {
          command: async () => {
            throw new RunFailedError({ kind: "VmNotRunning", vmName: "web1", powerState: "not running" });
          },
        },
      },
      message:
        "warn: the VM 'web1' is not running (power state 'stopped'): the extension RunCommandLinux stays on its disk; the 'delete' script was run",
    },
  ])("that is stopped $what says just what stays", async ({ given, message }) => {
    const { done, told } = deletion({
      ...given,
      intent: { script: SCRIPT },
      answers: { ...given.answers, vm: (count) => (count === 1 ? vmAnswer() : vmAnswer({ powerState: "stopped" })) },
    });
    await done;
    expect(told()).toEqual([expect.stringContaining(message)]);
  });

  test("a VM that is being deleted is no failure, while it still stands", async () => {
    const { done, told } = deletion({
      purge: new RunFailedError({ kind: "VmBeingDeleted", vmName: "web1", message: "m" }),
    });
    await done;
    expect(told()).toEqual([
      "warn: the VM 'web1' is being deleted: the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux may stay on its disk",
    ]);
  });
});
