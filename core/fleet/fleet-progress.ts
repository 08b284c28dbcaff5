/** Tells in one line how it goes with many VMs: how many are done, and what the slowest of them does. */
import type { Outside, Reporter } from "../outside";
import { countVms } from "../words";

/** Least time between two lines: each VM has something to say every few seconds. Source: our own choice. */
const LINE_INTERVAL_MS = 1_000;

/** What is said of one kind is said of so many VMs at most. Source: our own choice: enough to see that it is many. */
const SAME_KIND_MAX = 3;

interface UnderWay {
  readonly name: string;
  /** What it told last. */
  message: string | undefined;
}

export class FleetProgress {
  private done = 0;
  private failed = 0;
  /** In the order in which they were begun: the first is the slowest. */
  private readonly underWay = new Set<UnderWay>();
  private toldAtMs = Number.NEGATIVE_INFINITY;
  /** How many were done by the last line. */
  private toldDone = 0;
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly options: {
      /** How many VMs there are to do. */
      readonly vms: number;
      readonly outside: Pick<Outside, "nowMs">;
      readonly reporter: Reporter;
    },
  ) {}

  /** How many are waited for now. */
  get underWayCount(): number {
    return this.underWay.size;
  }

  /** Does the work on one VM. @param isFailure what its end means. */
  async during<End>(
    name: string,
    work: (reporter: Reporter) => Promise<End>,
    isFailure: (end: End) => boolean,
  ): Promise<End> {
    const one: UnderWay = { name, message: undefined };
    this.underWay.add(one);
    try {
      const end = await work(this.reporterOf(one));
      this.failed += isFailure(end) ? 1 : 0;
      return end;
    } finally {
      this.underWay.delete(one);
      this.done += 1;
      this.tell();
    }
  }

  /** For what is said of one VM: of many that have the same to say, the first say it, and the rest are counted. */
  get onEach(): Pick<Reporter, "info" | "warn"> {
    const tell = (level: "info" | "warn") => (message: string) => {
      const name = `${level} ${message.replace(/'[^']*'/g, "''").replace(/[0-9]+/g, "0")}`;
      const kind = this.kinds.get(name) ?? { level, first: message, count: 0 };
      this.kinds.set(name, { ...kind, count: kind.count + 1 });
      if (kind.count < SAME_KIND_MAX) {
        this.options.reporter[level](message);
      }
    };
    return { info: tell("info"), warn: tell("warn") };
  }

  /** Says how many are done where the last line did not, and of how many VMs there was more to say. */
  end(): void {
    if (this.done !== this.toldDone) {
      this.toldAtMs = Number.NEGATIVE_INFINITY;
      this.tell();
    }
    for (const { level, first, count } of this.kinds.values()) {
      if (count > SAME_KIND_MAX) {
        this.options.reporter[level](`the same on ${countVms(count - SAME_KIND_MAX, "more")}: ${first}`);
      }
    }
    this.kinds.clear();
  }

  private reporterOf(one: UnderWay): Reporter {
    return {
      ...this.onEach,
      progress: (message) => {
        one.message = message;
        this.tell();
      },
    };
  }

  private tell(): void {
    const { vms, outside, reporter } = this.options;
    const nowMs = outside.nowMs();
    if (nowMs - this.toldAtMs < LINE_INTERVAL_MS) {
      return;
    }
    this.toldAtMs = nowMs;
    this.toldDone = this.done;
    const [slowest] = this.underWay;
    const failed = this.failed === 0 ? "" : ` (${this.failed} failed)`;
    const doing =
      slowest === undefined
        ? ""
        : `, ${this.underWay.size} under way; the slowest: ${slowest.message ?? `'${slowest.name}'`}`;
    reporter.progress(`${this.done} of ${countVms(vms)} done${failed}${doing}`);
  }
}

interface Kind {
  readonly level: "info" | "warn";
  readonly first: string;
  readonly count: number;
}
