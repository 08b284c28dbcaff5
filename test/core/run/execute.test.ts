/** Runs and deletions from end to end without a network: a virtual ARM in front of the real runner in a real shell. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createArmClient } from "../../../core/arm/arm-client";
import { describeFailure } from "../../../core/failures/errors";
import type { RunName } from "../../../core/guest/protocol";
import type { Known, RebootPolicy } from "../../../core/inputs/desired-state";
import { besideRun } from "../../../core/plan";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { Lane } from "../../../core/run/lane";
import type { Session } from "../../../core/run/session";
import { type Mask, maskOf } from "../../../core/secrets/secret-texts";
import { cloudByName } from "../../../core/sign-in/clouds";
import { readSettings } from "../../../core/sign-in/settings";
import { deleteIntentExample, knownExample, NAME, scriptIntentExample, TARGET } from "../../support/examples";
import { type Answer, type Exchange, recordedReporter, virtualOutside } from "../../support/virtual-outside";
import { GuestVm } from "../guest/guest-vm";

const DESIRED = knownExample();

/** What the virtual ARM does instead of the usual; `undefined` for the usual. */
type Fault = (exchange: Exchange, usual: () => Promise<Answer>) => Promise<Answer | undefined>;

interface Azure {
  readonly session: Session;
  readonly posts: () => readonly unknown[];
  /** Replaces the next answers, one each. */
  faults: Fault[];
  powerState: string;
  there: boolean;
  extensionInstalled: boolean;
}

let vm: GuestVm;
let azure: Azure;

beforeEach(() => {
  vm = new GuestVm();
  azure = virtualAzure(vm);
});

afterEach(() => vm.remove());

function virtualAzure(guest: GuestVm): Azure {
  const messages: string[] = [];
  const usual = async ({ method, url, body }: Exchange): Promise<Answer> => {
    if (method === "POST") {
      const { commandId, script } = body as { commandId: string; script?: string[] };
      const dummy = {
        nonce: "0".repeat(32),
        waitSliceSeconds: 0,
        requests: [{ verb: "purge", key: "k", generation: 0 }],
      };
      state.extensionInstalled = commandId === "RunShellScript";
      messages.push(script === undefined ? "" : await guest.message(dummy as never, () => script.join("\n")));
      const operation = `https://management.azure.com/operations/${messages.length - 1}`;
      return { status: 202, headers: { "azure-asyncoperation": operation } };
    }
    const operation = /operations\/(\d+)$/.exec(url)?.[1];
    if (operation !== undefined) {
      const output = { value: [{ message: messages[Number(operation)] }] };
      return { status: 200, body: { status: "Succeeded", properties: { output } } };
    }
    return vmAnswer(state);
  };
  const outside = virtualOutside(async (exchange) => {
    const fault = exchange.url.includes("expand=instanceView") ? undefined : state.faults.shift();
    return (await fault?.(exchange, () => usual(exchange))) ?? usual(exchange);
  });
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const lane = new Lane({ client, outside, target: TARGET, waitSliceSeconds: 1 });
  const nothing = () => undefined;
  const state: Azure = {
    session: {
      settings: readSettings(nothing, nothing),
      outside,
      client: async () => client,
      lane: async () => lane,
      startNothing: () => lane.startNothing(),
      interruption: () => new AbortController().signal,
      complete: (target) => target,
    },
    posts: () => outside.exchanges.filter(({ method }) => method === "POST").map(({ body }) => body),
    faults: [],
    powerState: "running",
    there: true,
    extensionInstalled: true,
  };
  return state;
}

function vmAnswer({ there, powerState, extensionInstalled }: Azure): Answer {
  if (!there) {
    return { status: 404, body: { error: { code: "ResourceNotFound", message: "was not found." } } };
  }
  const extensionHandlers = extensionInstalled ? [{ type: "Microsoft.CPlat.Core.RunCommandLinux" }] : [];
  return {
    status: 200,
    body: {
      properties: {
        vmId: "11111111-2222-3333-4444-555555555555",
        storageProfile: { osDisk: { osType: "Linux" } },
        instanceView: {
          statuses: [{ code: `PowerState/${powerState}` }],
          vmAgent: { statuses: [{ displayStatus: "Ready" }], extensionHandlers },
        },
      },
    },
  };
}

interface Other {
  readonly name?: RunName;
  readonly known?: boolean;
  readonly mask?: Mask;
  readonly desired?: Partial<Known>;
}

async function execute(
  script: string,
  { name = NAME, known = false, mask = (text) => text, desired = {} }: Other = {},
) {
  const reporter = recordedReporter();
  const intent = scriptIntentExample(knownExample({ ...desired, script }), { name, knownRun: known, mask });
  const { outcome } = await executeRun(intent, azure.session, reporter);
  return {
    ...outcome,
    sentence: outcome.failure && describeFailure(outcome.failure, true),
    messages: reporter.messages,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until the script has begun so many times. */
async function untilRan(times = 1): Promise<void> {
  while (vm.ran().length < times) await pause(10);
}

const counted = (script: string) => `echo ran >> ${vm.log}; ${script}`;

describe("a run", () => {
  test("gives the script's own exit code and both of its streams, in one operation", async () => {
    const { result, sentence } = await execute("printf out; printf err >&2; exit 7");
    expect(result).toMatchObject({
      executionState: "Failed",
      exitCode: 7,
      stdout: "out",
      stderr: "err",
      stdoutTruncated: false,
      stderrTruncated: false,
    });
    expect(sentence).toBe("the script on 'web1' exited with 7; end of stderr: \"err\"");
    expect(azure.posts()).toHaveLength(1);
  });

  test("that prints nothing has empty output, which is known", async () => {
    expect((await execute("true")).result).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("of 40 KB that do not compress is read back in pieces, and is whole", async () => {
    const { result } = await execute("head -c 30000 /dev/urandom | base64 -w0 | tee copy; sha256sum copy >&2; rm copy");
    const digest = createHash("sha256").update(String(result.stdout)).digest("hex");
    expect(result).toMatchObject({ exitCode: 0, stderr: `${digest}  copy\n`, stdoutTruncated: false });
    expect(azure.posts().length).toBeGreaterThan(4);
  });

  test("of more than 64 KiB brings the end, without half a character, and says that it is the end", async () => {
    const { result } = await execute("i=0; while [ $i -lt 12000 ]; do echo ä$i; i=$((i+1)); done");
    expect(result.stdoutTruncated).toBe(true);
    expect(result.stdout?.endsWith("ä11998\nä11999\n")).toBe(true);
    expect(Buffer.byteLength(result.stdout ?? "")).toBeGreaterThan(65_530);
    expect(result.stdout).not.toContain("\uFFFD");
  });

  test("that is longer than a wait slice is attached to again, runs once, and shows its last line meanwhile", async () => {
    const { result, messages } = await execute(counted("echo half way; sleep 2.5; echo done"));
    expect(result).toMatchObject({ exitCode: 0, stdout: "half way\ndone\n" });
    expect(vm.ran()).toEqual(["ran"]);
    expect(azure.posts().length).toBeGreaterThan(1);
    expect(messages.filter((message) => message.startsWith("progress: running on"))[0]).toMatch(
      /^progress: running on 'web1' for \d+ s: half way$/,
    );
  });

  test("whose answer was lost after it had run is not run again, and its result comes", async () => {
    azure.faults = [
      async (_exchange, usual) => {
        await usual();
        return { lost: "ECONNRESET" };
      },
    ];
    const { result } = await execute(counted("echo once"));
    expect(result).toMatchObject({ exitCode: 0, stdout: "once\n" });
    expect(vm.ran()).toEqual(["ran"]);
    expect(azure.posts()).toHaveLength(2);
  });

  test("of an earlier deployment is taken up, and that is said", async () => {
    await execute(counted("echo once"));
    const { result, takenUp, messages } = await execute(counted("echo once"));
    expect(result.stdout).toBe("once\n");
    expect(takenUp).toBe(true);
    expect(messages).toContain(
      "info: an earlier deployment had started this run on 'web1' already (state Exited): it is taken up, not started again",
    );
    expect(vm.ran()).toEqual(["ran"]);
  });

  test("whose handler was ended is asked for again, and was not started twice", async () => {
    azure.faults = [
      async () => undefined,
      async () => ({
        status: 200,
        body: {
          status: "Succeeded",
          properties: { output: { value: [{ message: "Enable succeeded: Last script execution didn't finish." }] } },
        },
      }),
    ];
    const { result, messages } = await execute(counted("echo once"));
    expect(result).toMatchObject({ exitCode: 0, stdout: "once\n" });
    expect(messages).toContain(
      "progress: asking 'web1' again: the guest agent or the VM restarted before the runner had reported",
    );
    expect(vm.ran()).toEqual(["ran"]);
  });

  test("whose operation was pushed aside is asked for again", async () => {
    azure.faults = [
      async () => undefined,
      async () => ({ status: 200, body: { status: "Canceled", error: { code: "OperationPreempted", message: "m" } } }),
    ];
    expect((await execute(counted("echo once"))).result).toMatchObject({ exitCode: 0, stdout: "once\n" });
    expect(vm.ran()).toEqual(["ran"]);
  });

  test.each([
    [
      "Azure's sample script",
      "Enable succeeded: \n[stdout]\nThis is a sample script\nOptional parameters: x\n\n[stderr]\n",
      /^the result of the script on 'web1' is unknown: Azure ran its own sample script instead of this one; Azure's message was ".*This is a sample script.*"; the next deployment takes up what is there$/,
    ],
    [
      "empty output, as for a script that is too large",
      "Enable succeeded: \n[stdout]\n\n[stderr]\n",
      /^the result of the script on 'web1' is unknown: the runner's report is missing; Azure's message was ".*"; the next deployment takes up what is there$/,
    ],
  ])("that comes back as %s is unknown, never a success", async (_what, message, sentence) => {
    azure.faults = [
      async () => undefined,
      async () => ({ status: 200, body: { status: "Succeeded", properties: { output: { value: [{ message }] } } } }),
    ];
    const outcome = await execute("echo hidden");
    expect(outcome.result).toMatchObject({ executionState: "Unknown", exitCode: undefined, stdout: undefined });
    expect(outcome.sentence).toMatch(sentence);
  });

  test("shares its operation with what is ready at the same time, and not its result", async () => {
    const names = ["a", "b", "c"].map((key) => ({ key, runId: "1-create-0" }));
    const [a, b, c] = await Promise.all([
      execute("echo a", { name: names[0] as RunName }),
      execute("echo b >&2; exit 5", { name: names[1] as RunName }),
      execute("echo c", { name: names[2] as RunName }),
    ]);
    expect([a?.result.stdout, b?.result.stderr, c?.result.stdout]).toEqual(["a\n", "b\n", "c\n"]);
    expect([a?.result.exitCode, b?.result.exitCode, c?.result.exitCode]).toEqual([0, 5, 0]);
    expect(azure.posts()).toHaveLength(1);
  });

  test("whose VM stops after it was sent may have run: that is said, and it stays in the state", async () => {
    const off = {
      code: "OperationNotAllowed",
      message: "The operation requires the VM to be running (or set to run).",
    };
    azure.faults = [
      async () => undefined,
      async () => ({ status: 200, body: { status: "Canceled", error: { code: "OperationPreempted", message: "m" } } }),
      async () => ({ status: 409, body: { error: off } }),
    ];
    const outcome = await execute(counted("echo once"));
    expect(outcome.result.executionState).toBe("Unknown");
    expect(outcome.sentence).toBe(
      "cannot run a command on 'web1': its power state is 'not running', expected 'running'; start the VM, then deploy again; the script had been sent already and may have run; the next deployment takes up what is there",
    );
    expect(vm.ran()).toEqual(["ran"]);
  });

  test("that the state knows counts however old it is; of one that it does not, only two hours are believed", async () => {
    await execute(counted("echo once"));
    vm.age(NAME, 3 * 60 * 60);
    expect((await execute(counted("echo once"), { known: true })).takenUp).toBe(true);
    expect(vm.ran()).toEqual(["ran"]);
    expect((await execute(counted("echo once"))).takenUp).toBe(false);
    expect(vm.ran()).toEqual(["ran", "ran"]);
  });

  test("asked for twice within one deployment is not said to be of an earlier one", async () => {
    azure.faults = [
      async () => undefined,
      async () => ({ status: 200, body: { status: "Canceled", error: { code: "OperationPreempted", message: "m" } } }),
    ];
    const { takenUp, messages } = await execute("echo once");
    expect(takenUp).toBe(false);
    expect(messages.filter((message) => message.startsWith("info:"))).toEqual([]);
  });

  test("shows no secret: neither in its output, nor in its message, nor while it runs", async () => {
    const mask = maskOf(["hunter2"]);
    const outcome = await execute("set -x; echo my hunter2; sleep 2.5; exit 1", { mask });
    expect(outcome.result).toMatchObject({ stdout: "my [secret]\n" });
    expect(outcome.sentence).toBe(
      "the script on 'web1' exited with 1; end of stderr: \"+ echo my [secret]\\n+ sleep 2.5\\n+ exit 1\"",
    );
    expect(outcome.messages.join()).not.toContain("hunter2");
    expect(outcome.messages.join()).toContain("running on 'web1'");
  });

  test("is ended after timeoutInSeconds, with what it printed until then", async () => {
    const desired = { settings: { ...DESIRED.settings, timeoutInSeconds: 1 } };
    const { result, sentence } = await execute("echo half; sleep 60", { desired });
    expect(result).toMatchObject({ executionState: "TimedOut", exitCode: undefined, stdout: "half\n" });
    expect(sentence).toBe(
      "the script on 'web1' was ended after 1 s (timeoutInSeconds), with all its children; stderr is empty, end of stdout: \"half\"",
    );
  });

  test("has its named outputs, masked, and the truth about its streams", async () => {
    const script =
      'printf "a=1\\ntoken=hunter2\\n" >"$AZURE_RUN_COMMAND_OUTPUT"; echo $AZURE_RUN_COMMAND_BOOT; printf "\\377" >&2';
    const { result } = await execute(script, { mask: maskOf(["hunter2"]) });
    expect(result).toMatchObject({
      outputs: { a: "1", token: "[secret]" },
      stdout: "1\n",
      stderr: "\uFFFD",
      stdoutTotalBytes: 2,
      stderrTotalBytes: 1,
      stdoutSha256: createHash("sha256").update("1\n").digest("hex"),
      stdoutReplacedBytes: false,
      stderrReplacedBytes: true,
      stdoutTruncated: false,
    });
  });

  test("is a failure when its named outputs cannot be read, although it exited with 0", async () => {
    const { result, sentence } = await execute('echo nonsense >"$AZURE_RUN_COMMAND_OUTPUT"');
    expect([result.executionState, result.exitCode, result.outputs]).toEqual(["Failed", 0, undefined]);
    expect(sentence).toBe(
      "the script on 'web1' exited with 0, but its named outputs cannot be read ($AZURE_RUN_COMMAND_OUTPUT): line 1 is neither 'name=value' nor 'name<<WORD'; mend the script, and the next deployment runs it again",
    );
    const large = await execute('head -c 65537 /dev/zero >"$AZURE_RUN_COMMAND_OUTPUT"', {
      name: { key: "key", runId: "2-update-0" },
    });
    expect(large.sentence).toContain("the file has 65,537 bytes, at most 65,536 are read");
  });

  test("gets its protected parameters as it gets the others", async () => {
    const desired = { environment: { A: "1" }, protectedEnvironment: { B: "2" } };
    expect((await execute('echo "$A $B"', { desired })).result.stdout).toBe("1 2\n");
  });

  describe("that is cut off by a restart of the VM", () => {
    const script = `echo ran >> "$LOG"; echo boot $AZURE_RUN_COMMAND_BOOT; n=$(wc -l <"$LOG"); echo "n$n=$n" >>"$AZURE_RUN_COMMAND_OUTPUT"; [ "$n" -gt 2 ] || sleep 60; exit 4`;
    const withPolicy = (rebootPolicy: RebootPolicy) => ({
      desired: { environment: { LOG: vm.log }, settings: { ...DESIRED.settings, rebootPolicy } },
    });
    /** Restarts the VM in each of the first boots of the run. */
    async function restarts(count: number): Promise<void> {
      for (let boot = 1; boot <= count; boot += 1) {
        const name = { key: NAME.key, runId: boot === 1 ? NAME.runId : `${NAME.runId}-b${boot}` };
        // The last that the script does before it sleeps, after it has printed.
        await vm.untilFile(name, "output", (text) => text.includes(`n${boot}=${boot}\n`));
        vm.reboot(name);
      }
    }

    test("fails with the policy 'fail', and what it had printed is kept", async () => {
      const [outcome] = await Promise.all([execute(script, withPolicy("fail")), restarts(1)]);
      expect([outcome.result.executionState, outcome.result.stdout, vm.ran()]).toEqual([
        "Interrupted",
        "boot 1\n",
        ["ran"],
      ]);
    });

    test("runs again from the beginning with the policy 'rerun', and only the last time counts", async () => {
      const [outcome] = await Promise.all([execute(script, withPolicy("rerun")), restarts(2)]);
      expect([outcome.result.exitCode, outcome.result.stdout, vm.ran().length]).toEqual([4, "boot 1\n", 3]);
      expect(outcome.messages.filter((message) => message.startsWith("info"))).toEqual(
        Array(2).fill(
          "info: 'web1' was restarted while the script ran: it runs again from the beginning (rebootPolicy 'rerun')",
        ),
      );
    });

    test("goes on with the policy 'continue', and all that it printed is kept", async () => {
      const [outcome] = await Promise.all([execute(script, withPolicy("continue")), restarts(2)]);
      expect([outcome.result.exitCode, outcome.result.stdout, vm.ran().length]).toEqual([
        4,
        "boot 1\nboot 2\nboot 3\n",
        3,
      ]);
      expect(outcome.result.outputs).toEqual({ n1: "1", n2: "2", n3: "3" });
      expect(outcome.endedAs).toBe(`${NAME.runId}-b3`);
      expect(outcome.messages).toContain(
        "info: 'web1' was restarted while the script ran: it runs again with AZURE_RUN_COMMAND_BOOT=2 (rebootPolicy 'continue')",
      );
      const again = await execute(script, withPolicy("continue"));
      expect([again.takenUp, again.result, vm.ran().length]).toEqual([true, outcome.result, 3]);
    });
  });

  test("on a VM that is not running sends nothing", async () => {
    azure.powerState = "deallocated";
    await expect(execute("echo x")).rejects.toThrow(
      "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run",
    );
    expect(azure.posts()).toEqual([]);
  });
});

describe("a deletion", () => {
  const INTENT = deleteIntentExample();
  const REMOVE = { commandId: "RemoveRunCommandLinuxExtension" };

  test("of the last resource removes its receipts, then the extension", async () => {
    await execute("echo x");
    const reporter = recordedReporter();
    await executeDelete(INTENT, azure.session, reporter);
    expect(azure.posts()).toHaveLength(3);
    expect(azure.posts().at(-1)).toEqual(REMOVE);
    expect(reporter.messages.at(-1)).toBe("info: the extension RunCommandLinux was removed from 'web1'");
  });

  test("leaves the extension while another resource has runs there", async () => {
    await execute("echo x");
    await execute("echo y", { name: { key: "other", runId: "1-create-0" } });
    const reporter = recordedReporter();
    await executeDelete(INTENT, azure.session, reporter);
    expect(azure.posts()).not.toContainEqual(REMOVE);
    expect(reporter.messages.at(-1)).toBe("info: the extension stays on 'web1': another resource has runs there");
  });

  test("whose removal lost its answer looks whether the extension is gone, and does not remove twice", async () => {
    await execute("echo x");
    azure.faults = [
      async () => undefined,
      async () => undefined,
      async (_exchange, usual) => {
        await usual();
        return { lost: "ECONNRESET" };
      },
    ];
    await executeDelete(INTENT, azure.session, recordedReporter());
    expect(azure.posts().filter((body) => JSON.stringify(body) === JSON.stringify(REMOVE))).toHaveLength(1);
  });

  test("takes along an update that was interrupted after it, of which the state does not know", async () => {
    await execute("echo x");
    await execute("echo y", { name: { key: "key", runId: "2-update-0" } });
    await executeDelete(INTENT, azure.session, recordedReporter());
    expect([azure.posts().at(-1), existsSync(vm.state)]).toEqual([REMOVE, false]);
  });

  test("leaves the receipt of a newer life, and says where it is", async () => {
    await execute("echo x");
    await execute("echo y", { name: { key: "key", runId: "3-update-0" } });
    const reporter = recordedReporter();
    await executeDelete(INTENT, azure.session, reporter);
    expect(azure.posts()).not.toContainEqual(REMOVE);
    expect(reporter.messages.at(-1)).toBe(
      "warn: a newer run of this resource, which this state does not know, stays on 'web1' with the extension RunCommandLinux: remove /var/lib/azure-run-command/key there by hand (next time, deploy before you destroy)",
    );
  });

  test("that cannot read the runner's report speaks of receipts, not of a run", async () => {
    azure.faults = [
      async () => undefined,
      async () => ({
        status: 200,
        body: { status: "Succeeded", properties: { output: { value: [{ message: "?" }] } } },
      }),
    ];
    await expect(executeDelete(INTENT, azure.session, recordedReporter())).rejects.toThrow(
      "what this resource's runs left on 'web1' could not be removed: the runner's report is missing (\"?\"); mend that and delete again, or drop the resource from the state and remove /var/lib/azure-run-command/key by hand",
    );
  });

  test("ends a run that goes on, and whoever waits for that run is told", async () => {
    const running = execute(counted("sleep 60; echo never"));
    await untilRan();
    const reporter = recordedReporter();
    await executeDelete(INTENT, azure.session, reporter);
    expect(reporter.messages.filter((message) => message.startsWith("info"))).toEqual([
      "info: what this resource was still running on 'web1' was ended, with all its children",
      "info: the extension RunCommandLinux was removed from 'web1'",
    ]);
    expect([(await running).result.executionState, vm.ran()]).toEqual(["Unknown", ["ran"]]);
    expect(existsSync(vm.state)).toBe(false);
  });

  describe("whose 'delete' script takes longer than one call may wait", () => {
    const NAMED = { key: "key", runId: "1-delete-0" };
    const LAST = {
      key: "key",
      generation: 1,
      runId: "1-create-0",
      scriptRunId: "1-create-0",
      prior: { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false },
    } as const;
    const slow = (code: number) => counted(`while [ -e ${vm.log}.hold ]; do sleep 0.05; done; exit ${code}`);

    /** One call of a deletion that was first asked for at this time. */
    async function call(script: string, beganAtMs: number) {
      const known = knownExample({ delete: script });
      const run = scriptIntentExample(known, { run: besideRun(LAST, known, "delete", null), name: NAMED });
      const ends: (number | undefined)[] = [];
      const intent = deleteIntentExample({
        script: run,
        scriptEnded: ({ exitCode }) => ends.push(exitCode),
        mayWait: () => false,
        beganAtMs,
      });
      const end = await executeDelete(intent, azure.session, recordedReporter()).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      return [end, ends, vm.ran().length];
    }

    test.each([
      { code: 0, end: "done", left: false },
      {
        code: 4,
        end: "the 'delete' script failed: the script on 'web1' exited with 4; it printed nothing; the resource stays; mend the script and delete again, or set deleteFailure to \"ignore\"",
        left: true,
      },
    ])("goes on at the next call, and runs it once: it exits with $code", async ({ code, end, left }) => {
      await execute("echo x");
      const beganAtMs = azure.session.outside.nowMs();
      const script = slow(code);
      writeFileSync(`${vm.log}.hold`, "");
      for (const _call of [1, 2]) expect(await call(script, beganAtMs)).toEqual(["running", [], 1]);
      rmSync(`${vm.log}.hold`);
      while (!readdirSync(vm.receipt("key", NAMED.runId)).some((name) => name.startsWith("end."))) await pause(10);
      expect(await call(script, beganAtMs)).toEqual([end, [code], 1]);
      expect(existsSync(vm.state)).toBe(left);
    });

    test("runs one again that had failed before this deletion began", async () => {
      const script = slow(4);
      await call(script, azure.session.outside.nowMs());
      vm.age(NAMED, 3_600);
      const [end, ends, ran] = await call(script, azure.session.outside.nowMs());
      expect([String(end).slice(0, 26), ends, ran]).toEqual(["the 'delete' script failed", [4], 2]);
    });
  });

  test.each([
    ["is gone", false, "running", "info: the VM 'web1' is gone: nothing is left to remove"],
    [
      "is deallocated",
      true,
      "deallocated",
      "warn: the VM 'web1' is not running (power state 'deallocated'): the receipts in /var/lib/azure-run-command/key and the extension RunCommandLinux stay on its disk",
    ],
  ])("on a VM that %s sends nothing, says what is left, and succeeds", async (_what, there, powerState, message) => {
    azure.there = there;
    azure.powerState = powerState;
    const reporter = recordedReporter();
    await executeDelete(INTENT, azure.session, reporter);
    expect(azure.posts()).toEqual([]);
    expect(reporter.messages).toEqual([message]);
  });
});
