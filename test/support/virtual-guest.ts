/**
 * One VM's guest in virtual time: reads calls as the runner does, keeps receipts, runs jobs one after the other or beside each
 * other, and answers with frames. A job does what its script says: `seconds=12 exit=3`; and what somebody did to the VM decides, too.
 */
import { gzipSync } from "node:zlib";
import { posixCksum } from "../../core/guest/cksum";
import type { RunName } from "../../core/guest/protocol";

/** A request as its line in the call tells it. */
export interface GuestLine extends RunName {
  readonly verb: "run" | "wait" | "purge" | "list" | "read" | "cancel";
  readonly generation: number;
  readonly script: string;
  readonly isBeside: boolean;
  /** Whether it runs only where something of its resource is left. */
  readonly isOnlyAfterRuns: boolean;
}

export interface GuestCall {
  readonly nonce: string;
  readonly sliceMs: number;
  /** For how long calls have followed each other. */
  readonly busyForMs: number;
  readonly lines: readonly GuestLine[];
}

export interface Job extends RunName {
  readonly isBeside: boolean;
  readonly seconds: number;
  readonly script: string;
  exitCode: number;
  /** The call that asked for it. */
  readonly nonce: string;
  /** In which order the jobs came. */
  readonly number: number;
  /** `undefined` while it waits. */
  startedAtMs: number | undefined;
  /** Somebody waits for its turn with it; nobody after a restart, until it is asked for again. */
  isSupervised: boolean;
  /** How it ended, otherwise than by itself. */
  cutOff: "Interrupted" | "Canceled" | undefined;
}

/** A job that started; a receipt that is gone leaves this behind. */
export interface Start extends RunName {
  readonly isBeside: boolean;
  readonly script: string;
  readonly exitCode: number;
  readonly atMs: number;
  readonly number: number;
  endedAtMs: number;
}

/** The exit code of what somebody broke, or changed. */
const BROKEN = 4;

const LINE = /^r_([a-z]+) (\S+)(?: (\S+))?/;
const RUN = / '([^']*)' '[^']*' \S+ (\S+) \S+$/;

export function readCall(text: string): GuestCall {
  const [begin = "", ...lines] = text.slice(text.lastIndexOf("{ begin ")).split("\n");
  const [, , nonce = "", slice, busyFor] = begin.split(" ");
  const [sliceMs, busyForMs] = [Number(slice) * 1_000, Number(busyFor) * 1_000];
  return { nonce, sliceMs, busyForMs, lines: lines.flatMap(readLine) };
}

function readLine(text: string): readonly GuestLine[] {
  const [, verb, key, word = ""] = LINE.exec(text) ?? [];
  if (verb === undefined || key === undefined) {
    return [];
  }
  const [, script = "", how = ""] = RUN.exec(text) ?? [];
  return [
    {
      verb: verb as GuestLine["verb"],
      key,
      runId: verb === "purge" || verb === "list" ? "" : word,
      generation: verb === "purge" ? Number(word) : 0,
      script: Buffer.from(script, "base64").toString(),
      isBeside: how.includes("b"),
      isOnlyAfterRuns: how.includes("o"),
    },
  ];
}

export class VirtualGuest {
  private receipts: Job[] = [];
  private jobs = 0;
  private lastLookMs = 0;
  readonly starts: Start[] = [];
  /** Somebody broke what scripts need: they fail. */
  isBroken = false;
  /** Somebody changed what scripts made: checks fail, until a script is a success. */
  isDrifted = false;

  constructor(private readonly nowMs: () => number) {}

  /** Whether something runs, or waits for its turn. */
  get isBusy(): boolean {
    this.goOn();
    return this.receipts.some((job) => !this.hasEnded(job));
  }

  /** The keys that have receipts. */
  keys(): readonly string[] {
    return [...new Set(this.receipts.map(({ key }) => key))];
  }

  /** What comes of the lines at once, for the rows that tell it. */
  take({ nonce, lines }: GuestCall): readonly string[] {
    this.goOn();
    return lines.map((line) => this.takeLine(line, nonce));
  }

  private takeLine(line: GuestLine, nonce: string): string {
    switch (line.verb) {
      case "run":
        return this.claim(line, nonce);
      case "purge":
        return this.purge(line);
      case "list":
        return `L - ${line.key}`;
      case "wait":
      case "read":
      case "cancel": {
        const job = this.find(line);
        if (job !== undefined) job.isSupervised = true;
        return "";
      }
    }
  }

  private claim({ key, runId, script, isBeside, isOnlyAfterRuns }: GuestLine, nonce: string): string {
    if (isOnlyAfterRuns && !this.keys().includes(key)) {
      return "";
    }
    const known = this.find({ key, runId });
    if (known !== undefined) {
      known.isSupervised = true;
      return known.nonce === nonce ? "" : "taken up";
    }
    const number = (name: string) => Number(new RegExp(`${name}=([0-9]+)`).exec(script)?.[1] ?? 0);
    this.jobs += 1;
    this.receipts.push({
      key,
      runId,
      isBeside,
      seconds: number("seconds"),
      script,
      exitCode: number("exit"),
      nonce,
      number: this.jobs,
      startedAtMs: undefined,
      isSupervised: true,
      cutOff: undefined,
    });
    this.goOn();
    return "";
  }

  /** What was run for the next generation goes along, as in the runner. */
  private purge({ key, generation }: GuestLine): string {
    const isNewer = ({ runId }: Job) => Number(runId.split("-")[0]) > generation + 1;
    const ofKey = this.receipts.filter((job) => job.key === key);
    const gone = ofKey.filter((job) => !isNewer(job));
    const ended = gone.filter((job) => !this.hasEnded(job));
    for (const job of ended) this.cut(job, "Canceled");
    this.receipts = this.receipts.filter((job) => !gone.includes(job));
    this.goOn();
    const newer = ofKey.length - gone.length;
    return `P ${gone.length} ${this.keys().length} ${ended.length}/0/${newer} ${key}`;
  }

  /** Ends what runs, and the processes that wait. */
  restart(): void {
    this.goOn();
    for (const job of this.receipts.filter((one) => !this.hasEnded(one))) {
      if (job.startedAtMs !== undefined) this.cut(job, "Interrupted");
      job.isSupervised = false;
    }
  }

  /** How many of these go on, and when one of this VM ends, or may. */
  going({ lines }: GuestCall): { readonly count: number; readonly nextMs: number } {
    this.goOn();
    const asked = lines.flatMap((line) => (line.verb === "run" || line.verb === "wait" ? (this.find(line) ?? []) : []));
    const ends = this.receipts.filter((job) => !this.hasEnded(job)).flatMap((job) => this.endOf(job) ?? []);
    const count = asked.filter((job) => !this.hasEnded(job)).length;
    return { count, nextMs: Math.min(...ends, this.nowMs() + 1_000) };
  }

  /** The message of an operation that brings the frame back. */
  answer({ nonce, lines }: GuestCall, rows: readonly string[]): string {
    this.goOn();
    const full = lines.map((line, index) => this.row(line, rows[index] ?? ""));
    const header = full.map(({ row }) => `${row}\n`).join("");
    const packed = gzipSync(header);
    const [form, head] = packed.length < header.length ? ["z", packed] : ["h", Buffer.from(header)];
    const lengths = full.map(({ output }) => ` ${output.length}`).join("");
    const body = Buffer.concat([
      Buffer.from(`1 ${form} ${head.length}${lengths}\n`),
      head,
      ...full.map(({ output }) => Buffer.from(output)),
    ]).toString("base64");
    const block = (number: number, text: string) =>
      `[ARC1 ${nonce} ${number} ${body.length} ${posixCksum(Buffer.from(body, "latin1"))}]\n${text}\n[/ARC1]`;
    const second = body.length > 3_968 ? block(2, body.slice(3_968)) : "";
    return `Enable succeeded: \n[stdout]\n${block(1, body.slice(0, 3_968))}\n[stderr]\n${second}`;
  }

  private row(line: GuestLine, given: string): { readonly row: string; readonly output: string } {
    const job = this.find(line);
    const end = `- - ${line.key} ${line.runId}`;
    if (given.startsWith("P ") || given.startsWith("L ")) {
      return { row: given, output: "" };
    }
    if (job === undefined) {
      return { row: `Absent - - - - 0 - - - - - - - - - - ${end}`, output: "" };
    }
    const taken = given === "taken up" ? 1 : 0;
    const state = this.stateOf(job);
    if (state === "Waiting" || state === "Running") {
      return { row: `${state} - - - - ${taken} 0 - 0 0 - 0 - - - - ${end}`, output: "" };
    }
    const output = outputOf(job);
    const exitCode = state === "Exited" ? job.exitCode : "-";
    const bytes = output.length;
    return {
      row: `${state} ${exitCode} - - - ${taken} ${bytes} - ${bytes} 0 - 0 0 plain ${bytes} 0 ${end}`,
      output: line.verb === "read" ? "" : output,
    };
  }

  private stateOf(job: Job): string {
    if (job.cutOff !== undefined) {
      return job.cutOff;
    }
    return this.hasEnded(job) ? "Exited" : job.startedAtMs === undefined ? "Waiting" : "Running";
  }

  private find({ key, runId }: RunName): Job | undefined {
    return this.receipts.find((job) => job.key === key && job.runId === runId);
  }

  private hasEnded(job: Job): boolean {
    const endMs = this.endOf(job);
    return job.cutOff !== undefined || (endMs !== undefined && endMs <= this.nowMs());
  }

  private endOf({ startedAtMs, seconds }: Job): number | undefined {
    return startedAtMs === undefined ? undefined : startedAtMs + seconds * 1_000;
  }

  private cut(job: Job, how: "Interrupted" | "Canceled"): void {
    const start = this.starts.findLast(({ key, runId }) => key === job.key && runId === job.runId);
    if (job.startedAtMs !== undefined && start !== undefined) start.endedAtMs = this.nowMs();
    job.cutOff = how;
  }

  private exitCodeOf({ runId, exitCode }: Job): number {
    const [, purpose] = runId.split("-");
    if (purpose === "delete") {
      return exitCode;
    }
    if (purpose === "check") {
      return this.isDrifted ? BROKEN : exitCode;
    }
    const ends = this.isBroken ? BROKEN : exitCode;
    this.isDrifted &&= ends !== 0;
    return ends;
  }

  /** Starts, each at its time, what has its turn by now. */
  private goOn(): void {
    // What came later may run already: after a restart each goes on when it is asked for again.
    const inTurn = this.receipts.filter(({ isBeside, cutOff }) => !isBeside && cutOff === undefined);
    let freeAtMs = Math.max(0, ...inTurn.map((job) => this.endOf(job) ?? 0));
    const waits = ({ startedAtMs, isSupervised }: Job) => startedAtMs === undefined && isSupervised;
    for (const job of this.receipts) {
      const startsAtMs = job.isBeside ? this.nowMs() : Math.max(freeAtMs, this.lastLookMs);
      if (waits(job) && job.cutOff === undefined && startsAtMs <= this.nowMs()) {
        job.startedAtMs = startsAtMs;
        job.exitCode = this.exitCodeOf(job);
        const { key, runId, isBeside, script, exitCode, number, seconds } = job;
        const endedAtMs = startsAtMs + seconds * 1_000;
        this.starts.push({ key, runId, isBeside, script, exitCode, number, atMs: startsAtMs, endedAtMs });
      }
      if (!job.isBeside && job.cutOff === undefined) {
        freeAtMs = waits(job) ? Number.POSITIVE_INFINITY : Math.max(freeAtMs, this.endOf(job) ?? 0);
      }
    }
    this.lastLookMs = this.nowMs();
  }
}

/** Tells whose it is. */
export function outputOf({ key, runId }: RunName): string {
  return `${key} ${runId}\n`;
}
