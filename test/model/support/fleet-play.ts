/**
 * Random lives of one fleet: VMs come and go, break, drift and are made anew; the program changes; deployments fail, are
 * interrupted and killed; Azure does not answer. What has to be true is said after each command.
 */
import type { Properties } from "../../../provider/state";
import { type PostFault, type VirtualAzure, virtualAzure } from "../../support/virtual-azure";
import type { Start } from "../../support/virtual-guest";
import { type Command, type Ended, type FleetProgram, FleetStack, KEY, type StackProcess } from "./fleet-stack";
import type { Random } from "./random";

const VMS = ["v1", "v2", "v3", "v4", "v5", "v6"] as const;

const POST_FAULTS: readonly PostFault[] = [
  { isTaken: false, answer: { lost: "ECONNRESET" } },
  { isTaken: true, answer: { lost: "ECONNRESET" } },
  { isTaken: true, answer: { status: 500, body: "" } },
  { isTaken: false, answer: { status: 429, headers: { "retry-after": "7" }, body: "" } },
];

/** The end of a command comes when all is over that was begun in it. */
const SETTLE_MS = 1_800_000;

interface Result {
  readonly executionState: string;
}

/** What a state says of its fleet. */
interface Said {
  readonly results: Readonly<Record<string, Result>>;
  readonly failed: readonly string[];
  readonly notTried: readonly string[];
  readonly drifted: readonly string[];
  /** The VMs that it knows. */
  readonly names: readonly string[];
}

export class FleetPlay {
  readonly history: string[] = [];
  private readonly azure: VirtualAzure;
  private readonly stack: FleetStack;
  private program: FleetProgram;
  private versions = 1;
  private faults = 0;
  /** By VM: from which of its starts on nothing is known to the state, however they ended. */
  private readonly unknownFrom = new Map<string, number>();
  /** By VM: from which of its starts on what ran is remembered there: before, it was taken off. */
  private readonly rememberedFrom = new Map<string, number>();
  /** VMs that were made anew, which only a refresh or a run finds out. */
  private readonly remadeUnseen = new Set<string>();
  /** VMs that were left by a process that was killed: their state is not what is true. */
  private readonly leftInSecret = new Set<string>();

  constructor(private readonly random: Random) {
    this.azure = virtualAzure({
      vmNames: VMS,
      wayMs: () => ({ there: random.whole(3_000, 8_000), back: random.whole(6_000, 12_000) }),
      postFault: () => (random.is(this.faults) ? random.of(POST_FAULTS) : undefined),
      isDropped: () => random.is(this.faults / 3),
    });
    this.stack = new FleetStack(this.azure);
    this.program = {
      vms: ["v1", "v2", "v3", "v4"],
      script: "version=1 seconds=5",
      delete: "bye seconds=0",
      check: "look seconds=0",
      maxConcurrency: 2,
      maxErrors: 0,
    };
  }

  async round(): Promise<void> {
    const { random, azure } = this;
    for (const name of VMS) if (azure.vm(name).isGone && random.is(0.4)) this.remake(name);
    for (let changes = random.whole(0, 3); changes > 0; changes -= 1) this.change();
    const command: Command = {
      name: random.weighted({ up: 12, refresh: 6, destroy: 1 }),
      process: this.stack.newProcess(),
    };
    const isFair = random.is(0.5);
    this.faults = isFair ? 0 : 0.15;
    const isCalm = random.is(0.5);
    const events = isCalm ? [] : this.events(command.process);
    this.history.push(`${command.name}${this.faults > 0 ? " in rough weather" : ""}`);
    const before = this.said();
    const began = new Map(VMS.map((name) => [name, this.startsOn(name).length] as const));
    const keysBefore = new Map(VMS.map((name) => [name, azure.vm(name).guest.keys().includes(KEY)] as const));
    const beganAtMs = azure.outside.nowMs();
    const ended = await this.stack.carryOut(command, this.program);
    this.history.push(`  ${ended.wasKilled ? "killed" : (ended.failure ?? "well")}`);
    this.faults = 0;
    await Promise.all(events.map(({ happened }) => happened));
    await azure.outside.sleep(SETTLE_MS);
    const seen: Seen = { command, ended, before, began, keysBefore, beganAtMs, isCalm, isFair, events };
    this.demandOnce(seen);
    if (ended.wasKilled) {
      this.noteLeft(seen);
    } else {
      const { name } = command;
      if (name === "up") this.demandUp(seen);
      if (name === "refresh") this.demandRefreshed(seen);
      if (name === "destroy") this.demandDestroyed(seen);
      // A refresh does not ask how runs ended.
      if (command.name !== "refresh" && ended.isStored) this.noteKnown();
      if (ended.failure === undefined && command.name === "up") await this.demandNothingToDo();
    }
  }

  end(): void {
    this.faults = 0;
  }

  private change(): void {
    const { random, program, azure } = this;
    const isIn = program.vms.length > 0 && random.is(0.5);
    const name = random.of(isIn ? program.vms : VMS);
    const vm = azure.vm(name);
    const what = random.weighted({
      list: 6,
      version: 3,
      errors: 2,
      concurrency: 1,
      scripts: 1,
      broken: 4,
      drifted: 5,
      gone: 2,
      remade: 3,
      time: 2,
    });
    switch (what) {
      case "list": {
        const others = program.vms.filter((one) => one !== name);
        const place = random.whole(0, others.length);
        const isAdded = random.is(0.6);
        this.program = { ...program, vms: isAdded ? others.toSpliced(place, 0, name) : others };
        break;
      }
      case "version":
        this.versions += 1;
        this.program = { ...program, script: `version=${this.versions} seconds=${random.of([0, 5, 20, 90])}` };
        break;
      case "errors":
        this.program = { ...program, maxErrors: random.whole(0, 3) };
        break;
      case "concurrency":
        this.program = { ...program, maxConcurrency: random.whole(1, 4) };
        break;
      case "scripts":
        this.program = {
          ...program,
          delete: random.is(0.5) ? undefined : "bye seconds=0",
          check: random.is(0.3) ? undefined : "look seconds=0",
        };
        break;
      case "broken":
        vm.guest.isBroken = !vm.guest.isBroken;
        break;
      case "drifted":
        vm.guest.isDrifted = true;
        break;
      case "gone":
        this.remove(name);
        break;
      case "remade":
        this.remake(name);
        break;
      case "time":
        break;
    }
    this.history.push(`${what} ${name}: ${JSON.stringify(this.program)}`);
  }

  private remove(name: string): void {
    this.azure.remove(name);
    this.forget(name);
  }

  private remake(name: string): void {
    this.azure.remake(name);
    this.forget(name);
    this.remadeUnseen.add(name);
  }

  /** What was on its disk is no more. */
  private forget(name: string): void {
    this.unknownFrom.delete(name);
    this.leftInSecret.delete(name);
    this.remadeUnseen.delete(name);
    this.rememberedFrom.set(name, this.startsOn(name).length);
  }

  private events({ killed, session }: StackProcess): Event[] {
    const { random, azure } = this;
    const events: readonly (readonly [probability: number, name: string, happen: () => void])[] = [
      [0.35, "killed", () => killed.abort(new Error("killed"))],
      [0.2, "interrupted", () => session.startNothing()],
      ...VMS.flatMap((name) => [
        [0.05, `restart of ${name}`, () => azure.restart(name)] as const,
        [0.03, `end of ${name}`, () => this.remove(name)] as const,
      ]),
    ];
    return events.flatMap(([probability, name, happen]) => {
      if (!random.is(probability)) return [];
      const afterMs = random.whole(0, 90_000);
      this.history.push(`${afterMs} ms: ${name}`);
      return [{ name, happened: azure.outside.sleep(afterMs).then(happen) }];
    });
  }

  private startsOn(name: string): readonly Start[] {
    return this.azure.vm(name).guest.starts;
  }

  private said(): Said {
    const outputs: Properties = this.stack.state?.outputs ?? {};
    const {
      results = {},
      failed = [],
      notTried = [],
      drifted = [],
      memberRuns = {},
    } = outputs as Partial<Said> & {
      memberRuns?: Record<string, Record<string, unknown>>;
    };
    const names = Object.values(memberRuns).flatMap((members) => Object.keys(members));
    return { results, failed, notTried, drifted, names };
  }

  /** Each run once, whatever happens; each text once, until the state knows how it ended. */
  private demandOnce({ command, began, beganAtMs, isCalm }: Seen): void {
    for (const name of VMS) {
      const starts = this.startsOn(name);
      const runs = starts.slice(this.rememberedFrom.get(name)).map(({ runId }) => runId);
      demandSame(`what ran on ${name}, each once`, runs, [...new Set(runs)]);
      const unknown = starts.slice(this.unknownFrom.get(name) ?? began.get(name)).filter(isScript);
      const texts = unknown.map(({ script }) => script);
      demandSame(`the scripts on ${name} of which the state knew no end, each once`, texts, [...new Set(texts)]);
      if (!this.azure.vm(name).guest.keys().includes(KEY)) this.rememberedFrom.set(name, starts.length);
    }
    if (isCalm && command.name === "up") {
      const spans = VMS.flatMap((name) =>
        this.startsOn(name).filter((start) => isScript(start) && start.atMs >= beganAtMs),
      );
      const atOnce = spans.map(
        ({ atMs }) => spans.filter((other) => other.atMs <= atMs && other.endedAtMs > atMs).length,
      );
      const tooMany = atOnce.filter((count) => count > this.program.maxConcurrency);
      demandSame(`how many ran at once, where ${this.program.maxConcurrency} may`, tooMany, []);
    }
  }

  private noteLeft({ began, keysBefore }: Seen): void {
    for (const name of VMS) {
      if (!this.unknownFrom.has(name)) this.unknownFrom.set(name, began.get(name) ?? 0);
      const wasLeft = keysBefore.get(name) === true && !this.azure.vm(name).guest.keys().includes(KEY);
      const ranDelete = this.startsOn(name)
        .slice(began.get(name))
        .some(({ runId }) => runId.includes("-delete-"));
      if (wasLeft || ranDelete) this.leftInSecret.add(name);
    }
  }

  /** What the state knows to have ended is not waited for any more. */
  private noteKnown(): void {
    const { results } = this.said();
    for (const name of VMS) {
      const count = this.startsOn(name).length;
      if (results[name]?.executionState !== "Unknown") this.unknownFrom.delete(name);
      else if (!this.unknownFrom.has(name)) this.unknownFrom.set(name, Math.max(0, count - 1));
    }
  }

  private demandUp({ ended, before, began, isCalm, events }: Seen): void {
    const said = this.said();
    const { vms, script, maxErrors, maxConcurrency } = this.program;
    if (!ended.isStored) {
      const ran = VMS.filter((name) => this.startsOn(name).length > (began.get(name) ?? 0));
      demandSame(`what ran in a deployment of which nothing is stored (${ended.failure})`, ran, []);
      return;
    }
    const isWell =
      said.failed.length === 0 && said.notTried.length === 0 && said.names.every((name) => isIn(vms, name));
    demandSame(`whether all is well (${ended.failure ?? "it is said to be"})`, ended.failure === undefined, isWell);
    for (const name of vms) {
      const { guest, isGone } = this.azure.vm(name);
      const scripts = guest.starts.filter(isScript);
      const last = scripts.at(-1);
      const now = guest.starts.slice(began.get(name)).filter(isScript);
      demandSame(`no more than one run on ${name} by one command`, now.length <= 1, true);
      if (now.length > 0) this.remadeUnseen.delete(name);
      if (isGone || this.leftInSecret.has(name) || this.remadeUnseen.has(name)) continue;
      const state = said.results[name]?.executionState;
      const isDone = !said.failed.includes(name) && !said.notTried.includes(name);
      if (isDone && isWell) {
        demandSame(`${name}, which is done`, [state, last?.script, last?.exitCode], ["Succeeded", script, 0]);
      }
      if (isDone && before.drifted.includes(name) && !this.unknownFrom.has(name)) {
        demandSame(`${name}, which had drifted, is repaired`, now.length, 1);
      }
      if (said.failed.includes(name) && state === "Failed") {
        demandSame(`${name}, which failed`, last !== undefined && last.exitCode !== 0, true);
        if (isCalm && !this.unknownFrom.has(name)) demandSame(`${name}, which failed, was tried`, now.length, 1);
      }
    }
    const wasInterrupted = events.some(({ name }) => name === "interrupted");
    if (said.notTried.length > 0 && !wasInterrupted) {
      demandSame(`more have failed than may, where some were not tried`, said.failed.length > maxErrors, true);
    }
    if (isCalm) {
      const failedNow = said.failed.filter((name) => this.startsOn(name).length > (began.get(name) ?? 0)).length;
      demandSame("how many were begun after too many had failed", failedNow <= maxErrors + maxConcurrency, true);
    }
    this.demandLeft(before.names.filter((name) => !isIn(vms, name) && !said.names.includes(name)));
  }

  private demandRefreshed({ before, ended, isCalm, isFair }: Seen): void {
    const said = this.said();
    if (this.stack.state === undefined || ended.failure !== undefined) return;
    const areSeen = VMS.filter((name) => !this.remadeUnseen.has(name) && !this.azure.vm(name).isGone);
    this.remadeUnseen.clear();
    const gone = before.names.filter((name) => this.azure.vm(name).isGone && said.results[name] !== undefined);
    if (isCalm) demandSame("VMs that are gone, and still in the fleet", gone, []);
    demandSame(
      "VMs that came by a refresh",
      said.names.filter((name) => !before.names.includes(name)),
      [],
    );
    if (!isCalm || !isFair || this.stack.state.outputs.check === undefined) return;
    const missed = areSeen.filter(
      (name) =>
        before.results[name]?.executionState === "Succeeded" &&
        !before.failed.includes(name) &&
        this.azure.vm(name).guest.isDrifted &&
        !said.drifted.includes(name),
    );
    demandSame("VMs that have drifted, and are not said to have", missed, []);
    const untrue = said.drifted.filter(
      (name) => !this.azure.vm(name).guest.isDrifted && !before.drifted.includes(name),
    );
    demandSame("VMs that are said to have drifted, and have not", untrue, []);
  }

  private demandDestroyed({ before, ended }: Seen): void {
    if (ended.failure === undefined) this.demandLeft(before.names);
  }

  /** Nothing of the fleet is there any more. */
  private demandLeft(names: readonly string[]): void {
    for (const name of names) {
      const { guest, isGone } = this.azure.vm(name);
      this.leftInSecret.delete(name);
      if (!isGone) demandSame(`whether something is left on ${name}`, guest.keys().includes(KEY), false);
    }
  }

  /** The same program once more runs nothing, and asks nothing. */
  private async demandNothingToDo(): Promise<void> {
    const { exchanges } = this.azure.outside;
    const count = exchanges.length;
    demandSame(
      "whether there is anything to do for the same program",
      await this.stack.isToUpdate(this.program),
      false,
    );
    const ended = await this.stack.carryOut({ name: "up", process: this.stack.newProcess() }, this.program);
    demandSame(
      "what the same program once more asks and says",
      [exchanges.length - count, ended.failure],
      [0, undefined],
    );
  }
}

interface Event {
  readonly name: string;
  readonly happened: Promise<void>;
}

interface Seen {
  readonly command: Command;
  readonly ended: Ended;
  readonly before: Said;
  /** How many starts there were on each VM before. */
  readonly began: ReadonlyMap<string, number>;
  readonly keysBefore: ReadonlyMap<string, boolean>;
  readonly beganAtMs: number;
  readonly isCalm: boolean;
  /** Whether Azure answers all that is asked. */
  readonly isFair: boolean;
  readonly events: readonly Event[];
}

function isScript({ runId }: Start): boolean {
  return !runId.includes("-delete-") && !runId.includes("-check-");
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function demandSame(what: string, seen: unknown, wanted: unknown): void {
  expect({ [what]: seen }).toEqual({ [what]: wanted });
}
