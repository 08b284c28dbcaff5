/** Work on many VMs in virtual time: the lane of each answers from what a test gives. */
import { RunFailedError } from "../../../core/failures/errors";
import { executeFleetRun, type MemberEnd } from "../../../core/fleet/execute-fleet";
import { executeFleetLook } from "../../../core/fleet/execute-fleet-look";
import { executeFleetRemoval } from "../../../core/fleet/execute-fleet-removal";
import { type Member, newMembers } from "../../../core/fleet/fleet-plan";
import { FleetProgress } from "../../../core/fleet/fleet-progress";
import type { FleetWork } from "../../../core/fleet/fleet-work";
import type { GuestRequest, Report } from "../../../core/guest/protocol";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import type { KnownRuns } from "../../../core/plan";
import type { Lane, SubmitOptions } from "../../../core/run/lane";
import type { Session } from "../../../core/run/session";
import { knownExample, reportExample } from "../../support/examples";
import { PURGED, scriptedVm, VM_GONE, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const { target: _, ...WORK } = knownExample({ script: "uptime", delete: "bye", check: "look" });

/** What a script does on one VM. */
interface Script {
  readonly seconds?: number;
  readonly exitCode?: number;
  /** In place of an answer. */
  readonly throws?: unknown;
  readonly isGone?: boolean;
  /** More than comes with its report. */
  readonly prints?: string;
  readonly namedOutputs?: string;
}

type Scripts = Readonly<Record<string, Script>>;

const targetOf = (vmName: string) => ({ subscriptionId: "s", resourceGroupName: "rg", vmName });
const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `w${index + 1}`);

const FIRST_PIECE_BYTES = 4;

/** The report of a run that ended, with a piece of what it printed: the first few bytes, or all the rest. */
function printed(exitCode: number, stdout: string, namedOutputs: string, offset: number | undefined): Report {
  const archive = Buffer.from(stdout + namedOutputs);
  const bytes = offset === undefined ? archive.subarray(0, FIRST_PIECE_BYTES) : archive.subarray(offset);
  const stream = (text: string) => ({ totalBytes: text.length, archivedBytes: text.length, sha256: undefined });
  return reportExample({
    state: "Exited",
    exitCode,
    stdout: stream(stdout),
    stderr: stream(""),
    namedOutputsBytes: namedOutputs.length,
    chunk: { encoding: "plain", offset: offset ?? 0, bytes, totalBytes: archive.length },
  });
}

function place(scripts: Scripts, seconds?: number) {
  const gone = Object.entries(scripts).filter(([, { isGone }]) => isGone === true);
  const requests: string[] = [];
  const scripted = scriptedVm({});
  const { outside } = scripted;
  const startMs = outside.nowMs();
  let atWork = 0;
  let most = 0;
  const submit = async (vmName: string, request: GuestRequest, signal: AbortSignal | undefined) => {
    const { seconds = 1, exitCode = 0, throws, prints, namedOutputs = "" } = scripts[vmName] ?? {};
    if (request.verb === "read") {
      requests.push(`${vmName} read`);
      return printed(exitCode, prints ?? "", namedOutputs, request.offset);
    }
    requests.push(`${vmName} ${request.verb}${request.verb === "run" && request.onlyAfterRuns ? " if left" : ""}`);
    if (request.verb === "purge") {
      return { ...PURGED, remainingKeys: 1 };
    }
    atWork += 1;
    most = Math.max(most, atWork);
    await outside.sleep(seconds * 1_000, signal).catch((error: RunFailedError) => {
      throw error.afterItMayHaveRun();
    });
    atWork -= 1;
    if (throws !== undefined) {
      throw throws;
    }
    return prints === undefined
      ? reportExample({ state: "Exited", exitCode })
      : printed(exitCode, prints, namedOutputs, undefined);
  };
  const session: Session = {
    ...scripted.session,
    lane: async ({ vmName }) =>
      ({
        submit: (request: GuestRequest, _watcher: unknown, options: SubmitOptions) =>
          submit(vmName, request, options.signal),
        runs: 0,
      }) as unknown as Lane,
    client: async () => {
      const client = await scripted.session.client();
      const answer = (isGone: boolean) => (isGone ? VM_GONE : vmAnswer());
      return {
        ...client,
        get: async (path) => {
          const { status, body } = answer(gone.some(([name]) => path.includes(`/virtualMachines/${name}?`))) as {
            status: number;
            body: unknown;
          };
          return { kind: "reply", status, header: () => undefined, body: JSON.stringify(body) };
        },
      };
    },
  };
  const reporter = recordedReporter();
  const names = Object.keys(scripts);
  const fleet: FleetWork = {
    owner: { key: "k", label: "site", mask: (text) => text, secrets: [] },
    session,
    progress: new FleetProgress({ vms: names.length, outside, reporter }),
    nameOf: ({ target }) => target.vmName,
    maxConcurrency: 2,
    timeLimit:
      seconds === undefined ? undefined : { operation: "create", seconds, endsAtMs: startMs + seconds * 1_000 },
  };
  return {
    fleet,
    requests,
    reporter,
    most: () => most,
    elapsedSeconds: () => (outside.nowMs() - startMs) / 1_000,
    run: (
      maxErrors: number,
      options: {
        readonly maxConcurrency?: number;
        readonly settings?: object;
        readonly leavesWhenGone?: boolean;
        readonly ran?: () => void;
      } = {},
    ) =>
      executeFleetRun(newMembers(names.map(targetOf)), {
        ...fleet,
        maxConcurrency: options.maxConcurrency ?? fleet.maxConcurrency,
        work: { ...WORK, settings: { ...DEFAULT_SETTINGS, ...options.settings } },
        maxErrors,
        leavesWhenGone: options.leavesWhenGone ?? false,
        usesOutputOf: ({ target }) => target.vmName === "w1",
        ran: options.ran ?? (() => undefined),
      }),
  };
}

function told(end: MemberEnd): string {
  switch (end.kind) {
    case "ran":
      return end.executed.outcome.result.executionState;
    case "notRun":
      return `notRun: ${end.sentence}`;
    case "gone":
      return "gone";
    case "notTried":
      return `notTried: ${end.why}`;
  }
}

const succeed = (count: number): Scripts => Object.fromEntries(namesOf(count).map((name) => [name, {}]));

/** What the state says of a VM on which the script was a success. */
function lastOf(vmName: string): KnownRuns {
  const target = targetOf(vmName);
  const unharmed = { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false } as const;
  return {
    key: "k",
    generation: 1,
    runId: "1-create-0",
    scriptRunId: "1-create-0",
    vmId: undefined,
    prior: { ...WORK, target, ...unharmed },
  };
}

const memberOf = (vmName: string): Member => ({
  target: targetOf(vmName),
  last: lastOf(vmName),
  endedAs: undefined,
  exitCode: 0,
  due: undefined,
});

describe("a run", () => {
  test("is on as many VMs at once as may be, never on more, and has an end for each in their order", async () => {
    const { run, most, requests, elapsedSeconds } = place({ ...succeed(7), w2: { seconds: 5 } });
    const ends = await run(0, { maxConcurrency: 3 });
    expect(ends.map(told)).toEqual(Array.from({ length: 7 }, () => "Succeeded"));
    expect(most()).toBe(3);
    expect(requests).toEqual(namesOf(7).map((name) => `${name} run`));
    expect(elapsedSeconds()).toBe(5);
  });

  test("begins no further VM after the first failure, and waits for what has begun", async () => {
    const { run, requests } = place({ ...succeed(5), w1: { seconds: 3 }, w2: { exitCode: 3 } });
    expect((await run(0)).map(told)).toEqual([
      "Succeeded",
      "Failed",
      ...Array.from({ length: 3 }, () => "notTried: tooManyFailed"),
    ]);
    expect(requests).toEqual(["w1 run", "w2 run"]);
  });

  test("goes on while no more have failed than may", async () => {
    const { run } = place({ ...succeed(6), w1: { exitCode: 1 }, w3: { exitCode: 1 }, w4: { exitCode: 1 } });
    expect((await run(2, { maxConcurrency: 1 })).map(told)).toEqual([
      "Failed",
      "Succeeded",
      "Failed",
      "Failed",
      "notTried: tooManyFailed",
      "notTried: tooManyFailed",
    ]);
    expect((await place({ ...succeed(3), w1: { exitCode: 1 }, w2: { exitCode: 1 } }).run(2)).map(told)).toEqual([
      "Failed",
      "Failed",
      "Succeeded",
    ]);
  });

  test("counts a VM that cannot be asked among the failures", async () => {
    const { run } = place({ w1: { isGone: true }, w2: { seconds: 2 }, w3: {} });
    const [first, ...others] = (await run(0)).map(told);
    expect(first).toMatch(/^notRun: there is no VM 'w1' in resource group 'rg': /);
    expect(others).toEqual(["Succeeded", "notTried: tooManyFailed"]);
  });

  test("counts a VM that its scale set has let go of neither as failed nor as tried", async () => {
    const { run } = place({ w1: { isGone: true }, w2: {}, w3: {} });
    expect((await run(0, { leavesWhenGone: true })).map(told)).toEqual(["gone", "Succeeded", "Succeeded"]);
  });

  test("keeps what has run, also where telling of it breaks off", async () => {
    const at = place(succeed(2));
    const ends = await at.run(0, {
      ran: () => {
        throw new Error("the log is broken");
      },
    });
    expect(ends.map(told)).toEqual(["Succeeded", "Succeeded"]);
    expect(at.reporter.messages).toContain(
      "warn: the work on 'w1' broke off, which is a fault of azure-run-command: the log is broken",
    );
  });

  test("does not count failures that fail no deployment", async () => {
    const { run } = place({ ...succeed(3), w1: { exitCode: 1 }, w2: { exitCode: 1 } });
    const ends = await run(0, { settings: { treatFailureAsDeploymentFailure: false } });
    expect(ends.map(told)).toEqual(["Failed", "Failed", "Succeeded"]);
  });

  test("keeps the results of the others when one breaks off by a fault of ours", async () => {
    const { run } = place({ ...succeed(3), w1: { seconds: 2 }, w2: { throws: new Error("no such thing") } });
    expect((await run(0)).map(told)).toEqual([
      "Succeeded",
      "notRun: the work on 'w2' broke off, which is a fault of azure-run-command: no such thing",
      "notTried: tooManyFailed",
    ]);
  });

  test("tries no further VM when the deployment was interrupted, and counts that as no failure", async () => {
    const interrupted = new RunFailedError({ kind: "InterruptedBefore", vmName: "w2" });
    const { run, requests } = place({ ...succeed(4), w1: { seconds: 2 }, w2: { throws: interrupted } });
    expect((await run(0)).map(told)).toEqual([
      "Succeeded",
      "notTried: interrupted",
      "notTried: interrupted",
      "notTried: interrupted",
    ]);
    expect(requests).toEqual(["w1 run", "w2 run"]);
  });

  test("reads the whole output only of the failed ones, and of those of which it is used", async () => {
    const long = { prints: "a long text" };
    const { run, requests } = place({ w1: long, w2: long, w3: { ...long, exitCode: 3 }, w4: {} });
    const ends = await run(1);
    expect(ends.map((end) => (end.kind === "ran" ? end.executed.outcome.result.stdout : end.kind))).toEqual([
      "a long text",
      undefined,
      "a long text",
      undefined,
    ]);
    expect(ends.map(told)).toEqual(["Succeeded", "Succeeded", "Failed", "Succeeded"]);
    expect(requests.filter((request) => request.endsWith("read")).sort()).toEqual(["w1 read", "w3 read"]);
  });

  test("looks at named outputs wherever there are any, since they can make a success a failure", async () => {
    const prints = "a long text";
    const { run } = place({ ...succeed(1), w2: { prints, namedOutputs: "a=1" }, w3: { prints, namedOutputs: "what" } });
    expect((await run(1)).map(told)).toEqual(["Succeeded", "Succeeded", "Failed"]);
  });

  test("has one time limit for all VMs: of what it has begun by then the end is unknown, and the rest is not tried", async () => {
    const scripts = { w1: { seconds: 8 }, w2: { seconds: 3 }, w3: { seconds: 60 }, w4: { seconds: 60 }, w5: {} };
    const { run, elapsedSeconds } = place(scripts, 10);
    expect((await run(10)).map(told)).toEqual(["Succeeded", "Succeeded", "Unknown", "Unknown", "notTried: timeIsOver"]);
    expect(elapsedSeconds()).toBe(10);
  });
});

describe("a removal", () => {
  const removal = (at: ReturnType<typeof place>, members: readonly Member[]) =>
    executeFleetRemoval(members, { ...at.fleet, scriptEnded: () => undefined });

  test("runs `delete` where something is left, and purges; never on more VMs at once than may be", async () => {
    const at = place(succeed(3));
    expect(await removal(at, namesOf(3).map(memberOf))).toEqual([]);
    expect(at.requests.filter((request) => request.startsWith("w1"))).toEqual(["w1 run if left", "w1 purge"]);
    expect(at.requests).toHaveLength(6);
    expect(at.most()).toBe(2);
  });

  test("asks nothing of a VM on which nothing has run, and finds one that is gone no obstacle", async () => {
    const at = place({ w1: {}, w2: { isGone: true } });
    expect(await removal(at, [{ ...memberOf("w1"), last: undefined, due: "notTried" }, memberOf("w2")])).toEqual([]);
    expect(at.requests).toEqual([]);
    expect(at.reporter.messages).toContain(
      "info: the VM 'w2' is gone: nothing is left to remove; the 'delete' script was not run",
    );
  });

  test("goes on where one VM cannot be left, and says which and why", async () => {
    const at = place({ ...succeed(3), w1: { exitCode: 4 } });
    const notLeft = await removal(at, namesOf(3).map(memberOf));
    expect(notLeft.map(({ member }) => member.target.vmName)).toEqual(["w1"]);
    expect(notLeft[0]?.sentence).toMatch(/^the 'delete' script failed: the script on 'w1' exited with 4; /);
    expect(at.requests.filter((request) => request.endsWith("purge"))).toEqual(["w2 purge", "w3 purge"]);
  });
});

describe("a look", () => {
  const look = (at: ReturnType<typeof place>, members: readonly Member[]) => executeFleetLook(members, at.fleet);

  test("tells of each VM whether it is there and as it should be", async () => {
    const at = place({ w1: {}, w2: { exitCode: 4 }, w3: { isGone: true }, w4: {} });
    const members = [
      memberOf("w1"),
      memberOf("w2"),
      memberOf("w3"),
      { ...memberOf("w4"), last: { ...lastOf("w4"), vmId: "another guid" } },
    ];
    const seen = await look(at, members);
    expect(seen.map((one) => (one.kind === "there" ? one.check?.kind : one.kind))).toEqual([
      "asItShouldBe",
      "drifted",
      "gone",
      "rebuilt",
    ]);
    expect(at.requests).toEqual(["w1 run", "w2 run"]);
  });

  test("looks for a VM too on which nothing has run", async () => {
    const at = place({ w1: {}, w2: { isGone: true } });
    const untried = ["w1", "w2"].map((name): Member => ({ ...memberOf(name), last: undefined, due: "notTried" }));
    expect((await look(at, untried)).map(({ kind }) => kind)).toEqual(["there", "gone"]);
    expect(at.requests).toEqual([]);
  });

  test("does not end at the first VM that it is not shown", async () => {
    const at = place(succeed(2));
    const { session } = at.fleet;
    let asked = 0;
    const denied: Session = {
      ...session,
      client: async () => {
        asked += 1;
        if (asked === 1) {
          throw new RunFailedError({ kind: "SubscriptionUnknown" });
        }
        return session.client();
      },
    };
    const seen = await executeFleetLook(namesOf(2).map(memberOf), { ...at.fleet, session: denied });
    expect(seen.map(({ kind }) => kind)).toEqual(["notSeen", "there"]);
  });
});
