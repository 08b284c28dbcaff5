/** What of a VM's queue goes out together as one call of the runner, and when: as much as one call carries, after a moment for more. */
import type { GuestRequest } from "../guest/protocol";
import { gather } from "./company";
import type { WaitingRequest } from "./lane-item";
import type { LaneParts } from "./lane-options";
import type { LaneQueue } from "./lane-queue";
import { SCRIPTS } from "./lane-work";
import { fitsOneCall } from "./runner-call";

export interface LaneGroupsOptions
  extends Pick<LaneParts, "watch" | "pace" | "waitSliceSeconds" | "isAlone" | "onTheWay" | "signal"> {
  readonly queue: LaneQueue;
}

export class LaneGroups {
  private lastArrivalAtMs = 0;
  /** How many requests the last call carried. */
  private lastTogether = 0;

  constructor(private readonly options: LaneGroupsOptions) {}

  /** Something has come into the queue. */
  arrived(): void {
    this.lastArrivalAtMs = this.options.watch.nowMs();
  }

  /**
   * What begins or ends something waits a moment, since more may come. What only asks comes with others of its call, and waits where
   * more is known to come: that would have to wait for a whole slice.
   */
  async gather(): Promise<void> {
    const { watch, pace, signal, isAlone = false, onTheWay = () => undefined } = this.options;
    const isFull = () => {
      const leading = this.leading();
      return leading.isEnded || this.group().length < leading.requests.length;
    };
    const { requests } = this.leading();
    const onlyAsks = requests.every(({ verb }) => verb === "wait");
    const isWorthIt = requests.some(beginsOrEnds) || (onlyAsks && onTheWay() !== undefined);
    if (isAlone || isFull() || !isWorthIt) {
      return;
    }
    const isLikely = () => Math.max(this.lastTogether, this.leading().requests.length) > 1;
    const lastArrivalAtMs = () => this.lastArrivalAtMs;
    const operationMs = pace.startsAtMs(SCRIPTS);
    // The session's end is told to whoever waits for a request when that is sent.
    await gather({ outside: watch, operationMs, signal, lastArrivalAtMs, isLikely, isFull, onTheWay }).catch(
      () => undefined,
    );
  }

  /** Takes the next ones out of the queue, whose first item is a request. */
  take(): readonly WaitingRequest[] {
    const group = this.group();
    this.options.queue.shift(group.length);
    this.lastTogether = group.length;
    return group;
  }

  /** The requests before the first command; `isEnded` when there is one. */
  private leading(): { readonly requests: readonly GuestRequest[]; readonly isEnded: boolean } {
    const { items } = this.options.queue;
    const end = items.findIndex((item) => "work" in item);
    const before = end < 0 ? items : items.slice(0, end);
    return { requests: before.flatMap((item) => ("request" in item ? [item.request] : [])), isEnded: end >= 0 };
  }

  /** As many of the waiting requests, in their order, as one call can carry. At least one, when the first item is one. */
  private group(): readonly WaitingRequest[] {
    const { queue, waitSliceSeconds } = this.options;
    const group: WaitingRequest[] = [];
    for (const next of queue.items) {
      const requests = [...group.map((waiting) => waiting.request), ...("request" in next ? [next.request] : [])];
      if ("work" in next || (group.length > 0 && !fitsOneCall(requests, waitSliceSeconds))) {
        break;
      }
      group.push(next);
    }
    return group;
  }
}

function beginsOrEnds({ verb }: GuestRequest): boolean {
  return verb === "run" || verb === "purge";
}
