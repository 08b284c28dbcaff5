/**
 * Random mixes of what resources ask of the lanes of several VMs, round by round: each round is a process, which may be
 * interrupted or killed, with faults of Azure's and of the VMs on the way. What has to be true is said at the end of each.
 */
import { RunFailedError } from "../../../core/failures/errors";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import type { Session } from "../../../core/run/session";
import { earlyReportSeconds } from "../../../core/run/wait-slices";
import { deleteIntentExample, knownExample, scriptIntentExample } from "../../support/examples";
import { type PostFault, targetOf, type VirtualAzure, virtualAzure } from "../../support/virtual-azure";
import { type GuestCall, outputOf, type Start } from "../../support/virtual-guest";
import { type Answer, recordedReporter } from "../../support/virtual-outside";
import type { Random } from "./random";

const VMS = ["web1", "web2", "web3"] as const;
const RESOURCES = 16;
/** How many of them are on which VM, roughly. */
const CROWDS = { web1: 6, web2: 2, web3: 1 } as const;

/** What the state of a deployment knows of a resource. */
interface Resource {
  readonly key: string;
  readonly vmName: string;
  isThere: boolean;
  generation: number;
  /** What was tried last and is to be tried again as it is, since nobody knows what became of it. */
  open: Tried | undefined;
}

interface Tried {
  readonly runId: string;
  readonly script: string;
  readonly exitCode: number;
  readonly seconds: number;
  readonly parallelOnVm: boolean;
  /** Azure takes no call that carries it. */
  readonly isRefused: boolean;
}

/** What goes wrong in a round. */
interface Weather {
  readonly post: number;
  readonly get: number;
  readonly dropped: number;
}

const CALM: Weather = { post: 0, get: 0, dropped: 0 };
const ROUGH: Weather = { post: 0.15, get: 0.05, dropped: 0.05 };
const STORMY: Weather = { post: 0.5, get: 0.1, dropped: 0.1 };

/** What resources are asked to do, in one round or another. */
const MOODS = [
  { nothing: 2, run: 5, delete: 2 },
  { nothing: 1, run: 1, delete: 6 },
] as const;

const POST_FAULTS: readonly PostFault[] = [
  { isTaken: false, answer: { lost: "ECONNRESET" } },
  { isTaken: true, answer: { lost: "ECONNRESET" } },
  { isTaken: false, answer: { status: 503, body: "" } },
  { isTaken: true, answer: { status: 500, body: "" } },
  { isTaken: false, answer: { status: 429, headers: { "retry-after": "7" }, body: "" } },
  { isTaken: false, answer: { status: 409, body: { error: { code: "ScopeLocked", message: "no" } } } },
];
/** Of a call with something in it that Azure does not take. */
const REFUSALS: readonly PostFault[] = [
  { isTaken: false, answer: { status: 400, body: { error: { code: "InvalidParameter", message: "no" } } } },
  { isTaken: false, answer: { status: 413, body: "" } },
];
const GET_FAULTS: readonly Answer[] = [{ lost: "ECONNRESET" }, { status: 503, body: "" }, { status: 200, body: "{" }];

/** The end of a round comes when all is over that was begun in it. */
const SETTLE_MS = 3 * 3_600_000;

export class LanePlay {
  readonly history: string[] = [];
  private readonly azure: VirtualAzure;
  private readonly resources: readonly Resource[];
  private weather = CALM;
  private tries = 0;
  /** What was handed to a lane once, by whatever process. */
  private readonly known = new Set<string>();
  /** The runs that Azure may have taken for all that their process knows. */
  private readonly uncertain = new Set<string>();
  /** Of the process of this round. */
  private interruptedAtMs = Number.POSITIVE_INFINITY;
  /** The runs of this round of which it was said that nothing was run. */
  private readonly refused: { readonly resource: Resource; readonly runId: string }[] = [];

  constructor(private readonly random: Random) {
    this.azure = virtualAzure({
      vmNames: VMS,
      wayMs: () => ({ there: random.whole(3_000, 8_000), back: random.whole(6_000, 12_000) }),
      postFault: (_post, call) => {
        if (random.is(this.weather.post)) {
          const fault = random.of(POST_FAULTS);
          for (const name of isUncertain(fault.answer) ? namesOf(call) : []) this.uncertain.add(name);
          return fault;
        }
        return call?.lines.some(({ script }) => script.includes("refused")) ? random.of(REFUSALS) : undefined;
      },
      getFault: () => (random.is(this.weather.get) ? random.of(GET_FAULTS) : undefined),
      isDropped: () => random.is(this.weather.dropped),
    });
    this.resources = Array.from({ length: RESOURCES }, (_, index) => ({
      key: `r${index}`,
      vmName: random.weighted(CROWDS),
      isThere: false,
      generation: 0,
      open: undefined,
    }));
  }

  async round(): Promise<void> {
    const { random, azure } = this;
    const isCalm = random.is(0.4);
    const together = random.is(0.5);
    const mood = random.of(MOODS);
    this.weather = isCalm ? CALM : random.of([ROUGH, STORMY]);
    this.killed = new AbortController();
    this.refused.length = 0;
    this.uncertain.clear();
    this.interruptedAtMs = Number.POSITIVE_INFINITY;
    const round: Round = {
      session: azure.session({ signal: this.killed.signal }),
      asked: [],
      done: [],
      firstOperation: azure.operations.length,
      busyVms: VMS.filter((name) => azure.vm(name).guest.isBusy),
      isCalm,
    };
    azure.nextProcess();
    this.history.push(JSON.stringify(this.weather));
    const works = this.resources.flatMap((resource) => {
      const what = random.weighted(mood);
      if (what === "nothing" || (what === "delete" && !resource.isThere)) return [];
      const afterMs = together ? 0 : random.whole(0, 40_000);
      this.history.push(`${afterMs} ms: ${what} ${resource.key} on ${resource.vmName}`);
      return [azure.outside.sleep(afterMs).then(() => this.carryOut(what, resource, round))];
    });
    const events = isCalm ? [] : this.events(round);
    await Promise.all([...works, ...events]);
    this.weather = CALM;
    await azure.outside.sleep(this.killed.signal.aborted ? random.whole(0, 60_000) : SETTLE_MS);
    this.demandOnce();
    this.demandNothingNew(round);
    if (!this.killed.signal.aborted) this.demandRest(round, together);
  }

  private killed = new AbortController();

  /** Leaves nothing that goes on. */
  end(): void {
    this.killed.abort(new Error("the play is over"));
  }

  private events({ session }: Round): Promise<void>[] {
    const { random, azure } = this;
    const events: readonly [probability: number, name: string, happen: () => void][] = [
      [
        0.3,
        "interrupted",
        () => {
          this.interruptedAtMs = azure.outside.nowMs();
          session.startNothing();
        },
      ],
      [0.2, "killed", () => this.killed.abort(new Error("killed"))],
      ...VMS.map((name) => [0.15, `restart of ${name}`, () => azure.restart(name)] as [number, string, () => void]),
      ...VMS.map(
        (name) =>
          [
            0.1,
            `another client on ${name}`,
            () => {
              azure.vm(name).takenUntilMs = azure.outside.nowMs() + 40_000;
            },
          ] as [number, string, () => void],
      ),
    ];
    return events.flatMap(([probability, name, happen]) => {
      if (!random.is(probability)) return [];
      const afterMs = random.whole(0, 60_000);
      this.history.push(`${afterMs} ms: ${name}`);
      return [azure.outside.sleep(afterMs).then(happen)];
    });
  }

  private async carryOut(what: "run" | "delete", resource: Resource, round: Round): Promise<void> {
    const end = what === "run" ? this.run(resource, round) : this.remove(resource, round);
    await end.catch((error: unknown) => {
      if (this.killed.signal.aborted) return;
      throw error;
    });
  }

  /** A killed process has told the state nothing. */
  private async run(resource: Resource, round: Round): Promise<void> {
    const isNew = resource.open === undefined;
    const tried = resource.open ?? this.another(resource);
    resource.open = tried;
    const { runId, script, parallelOnVm } = tried;
    const { settings, ...known } = knownExample({ target: targetOf(resource.vmName), script });
    const intent = scriptIntentExample(
      { ...known, settings: { ...settings, parallelOnVm } },
      { name: { key: resource.key, runId }, label: resource.key, knownRun: resource.generation > 0 },
    );
    await this.record(resource, tried, round);
    try {
      const { outcome } = await executeRun(intent, round.session, recordedReporter());
      const { executionState, exitCode, stdout } = outcome.result;
      resource.isThere = true;
      if (executionState === "Unknown") {
        this.noteRefusal(resource, tried, round);
        return;
      }
      const seen = { state: executionState, exitCode, stdout, starts: this.startsOf(resource, runId).length };
      const wanted =
        executionState === "Interrupted"
          ? { ...seen, starts: 1 }
          : {
              state: tried.exitCode === 0 ? "Succeeded" : "Failed",
              exitCode: tried.exitCode,
              stdout: outputOf({ key: resource.key, runId }),
              starts: 1,
            };
      demandSame(`the result of ${resource.key} ${runId}`, seen, wanted);
      resource.generation += 1;
      resource.open = undefined;
      round.done.push({ what: "run", resource });
      demandSame(`whether Azure took ${resource.key} ${runId}, which it takes no call with`, tried.isRefused, false);
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      // What is said to have run nothing must have run nothing, and must not do so later; an earlier process may have.
      demandSame(`what 'mayHaveRun' says of ${resource.key} ${runId}: ${error.message}`, error.mayHaveRun, false);
      if (isNew) this.refused.push({ resource, runId });
      this.noteRefusal(resource, tried, round);
    }
  }

  /** What nothing was run of, or nobody knows. Where nothing goes wrong, no run comes to that but one that Azure takes no call with. */
  private noteRefusal(resource: Resource, { runId, isRefused }: Tried, round: Round): void {
    if (round.isCalm)
      demandSame(`whether ${resource.key} ${runId} has no end for a reason of its own`, isRefused, true);
    if (isRefused) resource.open = undefined;
    round.done.push({ what: "refused", resource });
  }

  private async remove(resource: Resource, round: Round): Promise<void> {
    const { key, vmName, generation } = resource;
    const intent = deleteIntentExample({ key, label: key, target: targetOf(vmName), generation });
    // Whatever comes of the deletion, what runs from now on is another run.
    resource.open = undefined;
    try {
      await executeDelete(intent, round.session, recordedReporter());
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      if (round.isCalm) demandSame(`what keeps ${key} from its deletion`, error.message, undefined);
      const isInterrupted = error.failure.kind === "InterruptedBefore";
      demandSame(`whether the interruption keeps ${key} from its deletion`, isInterrupted, false);
      round.done.push({ what: "kept", resource });
      return;
    }
    demandSame(`the receipts of ${key} after its deletion`, this.azure.vm(vmName).guest.keys().includes(key), false);
    Object.assign(resource, { isThere: false, generation: 0, open: undefined });
    round.done.push({ what: "deleted", resource });
  }

  private another({ generation }: Resource): Tried {
    const { random } = this;
    const [seconds, exitCode] = [random.of([0, 1, 5, 20, 90, 400]), random.of([0, 0, 3])];
    this.tries += 1;
    const runId = `${generation + 1}-${generation === 0 ? "create" : "update"}-${this.tries}`;
    const isRefused = random.is(0.1);
    const script = `seconds=${seconds} exit=${exitCode}${isRefused ? " refused" : ""}`;
    return { runId, seconds, exitCode, parallelOnVm: random.is(0.4), script, isRefused };
  }

  /** In which order new runs are handed to the lane of their VM. */
  private async record({ key, vmName }: Resource, { runId, parallelOnVm }: Tried, round: Round): Promise<void> {
    const lane = await round.session.lane(targetOf(vmName));
    const { submit } = Object.getPrototypeOf(lane) as typeof lane;
    lane.submit = (request, watcher, options) => {
      if (request.verb === "run" && !this.known.has(`${request.key} ${request.runId}`)) {
        this.known.add(`${request.key} ${request.runId}`);
        round.asked.push({ vmName, key: request.key, runId: request.runId });
      }
      return submit.call(lane, request, watcher, options);
    };
    this.history.push(`  ${key} ${runId}${parallelOnVm ? " beside" : ""}`);
  }

  private startsOf({ key, vmName }: Resource, runId: string): readonly Start[] {
    return this.azure.vm(vmName).guest.starts.filter((start) => start.key === key && start.runId === runId);
  }

  private demandOnce(): void {
    for (const name of VMS) {
      const { starts } = this.azure.vm(name).guest;
      const names = starts.map(({ key, runId }) => `${key} ${runId}`);
      demandSame(`what ran on ${name}, each once`, names, [...new Set(names)]);
      const inTurn = starts.filter(({ isBeside }) => !isBeside);
      const overlaps = inTurn.filter((start, index) => start.atMs < (inTurn[index - 1]?.endedAtMs ?? 0));
      demandSame(`runs on ${name} that did not wait for their turn`, overlaps, []);
    }
    demandSame("commands that were sent while another one of the same lane was out", this.azure.conflicts, []);
  }

  /** Once a process was interrupted, it sends no run that it has not sent before. */
  private demandNothingNew({ firstOperation }: Round): void {
    const seen = new Set(this.uncertain);
    this.azure.operations.forEach(({ call, vmName, atMs }, index) => {
      const names = namesOf(call);
      if (index >= firstOperation && atMs > this.interruptedAtMs) {
        const begun = names.filter((name) => !seen.has(name));
        demandSame(`the runs that were begun on ${vmName} after the interruption`, begun, []);
      }
      for (const name of names) seen.add(name);
    });
  }

  private demandRest({ asked, done, firstOperation, busyVms, isCalm }: Round, together: boolean): void {
    for (const { resource, runId } of this.refused) {
      const starts = this.startsOf(resource, runId).length;
      demandSame(`how often ${resource.key} ${runId} started, of which nothing was run`, starts, 0);
    }
    for (const vmName of VMS) {
      const { guest, hasExtension } = this.azure.vm(vmName);
      const order = asked.filter((one) => one.vmName === vmName).map(({ key, runId }) => `${key} ${runId}`);
      const started = guest.starts.filter(({ isBeside }) => !isBeside).map(({ key, runId }) => `${key} ${runId}`);
      const ran = started.filter((run) => order.includes(run));
      demandSame(
        `the order of the runs on ${vmName}`,
        ran,
        order.filter((run) => ran.includes(run)),
      );
      const here = done.filter(({ resource }) => resource.vmName === vmName);
      const has = (...whats: Done["what"][]) => here.some(({ what }) => whats.includes(what));
      if (guest.keys().length > 0) {
        demandSame(`whether the extension is on ${vmName}, where runs are`, hasExtension, true);
      } else if (has("deleted") && !has("run", "refused", "kept")) {
        demandSame(`whether the extension is on ${vmName}, where no runs are any more`, hasExtension, false);
      }
      if (isCalm && together && !busyVms.includes(vmName)) this.demandFew(vmName, here, firstOperation);
    }
  }

  /** Of what was ready together, as long as one call waits for all of it. */
  private demandFew(vmName: string, here: readonly Done[], firstOperation: number): void {
    const operations = this.azure.operations.slice(firstOperation).filter((one) => one.vmName === vmName);
    const lines = operations.flatMap(({ call }) => call?.lines ?? []);
    const seconds = lines.reduce((sum, { script }) => sum + Number(/seconds=(\d+)/.exec(script)?.[1] ?? 0), 0);
    if (here.length > 0 && seconds < earlyReportSeconds(0) && here.every(({ what }) => what !== "refused")) {
      const calls = operations.filter(({ call }) => call !== undefined).length;
      demandSame(`the calls on ${vmName} for ${here.length} resources`, calls, 1);
    }
  }
}

interface Round {
  readonly session: Session;
  readonly asked: { readonly vmName: string; readonly key: string; readonly runId: string }[];
  readonly done: Done[];
  readonly firstOperation: number;
  /** Where something of an earlier process went on. */
  readonly busyVms: readonly string[];
  readonly isCalm: boolean;
}

interface Done {
  readonly what: "run" | "refused" | "deleted" | "kept";
  readonly resource: Resource;
}

/** The runs that a call asks for. */
function namesOf(call: GuestCall | undefined): readonly string[] {
  return call?.lines.flatMap(({ verb, key, runId }) => (verb === "run" ? [`${key} ${runId}`] : [])) ?? [];
}

function isUncertain(answer: Answer): boolean {
  return "lost" in answer || (answer.status ?? 0) >= 500;
}

function demandSame(what: string, seen: unknown, wanted: unknown): void {
  expect({ [what]: seen }).toEqual({ [what]: wanted });
}
