/** One look at a VM for all who want one at the same time: many resources of one VM begin, or are read, at the same moment. */
import { caselessVmId, type VmTarget } from "./invocation";
import type { VmFacts } from "./vm-facts";

export type LookedUpVm =
  | { readonly kind: "there"; readonly facts: VmFacts }
  /** Azure says that the VM, or its group, does not exist. */
  | GoneVm;

export interface GoneVm {
  readonly kind: "gone";
  /** In Azure's words. */
  readonly message: string;
  readonly missing: "vm" | "resourceGroup";
}

interface Look {
  readonly seen: Promise<LookedUpVm>;
  /** `undefined` while it is under way. */
  ended: { readonly vm: LookedUpVm; readonly atMs: number } | undefined;
  nowMs(): number;
}

export class VmLooks {
  private readonly last = new Map<string, Look>();

  /** @param look looks, when nobody else does. */
  share(target: VmTarget, look: () => Promise<LookedUpVm>, nowMs: () => number): Promise<LookedUpVm> {
    const id = caselessVmId(target);
    const last = this.last.get(id);
    if (last !== undefined && last.ended === undefined) {
      return last.seen;
    }
    const begun: Look = { seen: look(), ended: undefined, nowMs };
    this.last.set(id, begun);
    const keep = (vm: LookedUpVm) => {
      begun.ended = { vm, atMs: nowMs() };
    };
    // What could not be seen is nothing to share.
    begun.seen.then(keep, () => this.last.delete(id));
    return begun.seen;
  }

  /** What was seen since a moment; `undefined` when nobody has looked since, and when the clock was set back meanwhile. */
  seenSince(target: VmTarget, sinceMs: number): LookedUpVm | undefined {
    const look = this.last.get(caselessVmId(target));
    const seenAtMs = look?.ended?.atMs ?? Number.NEGATIVE_INFINITY;
    return look !== undefined && seenAtMs > sinceMs && seenAtMs <= look.nowMs() ? look.ended?.vm : undefined;
  }

  /** The look that is under way; whoever waits for it is about to want something of the VM. */
  underWay(target: VmTarget): Promise<unknown> | undefined {
    const last = this.last.get(caselessVmId(target));
    return last?.ended === undefined ? last?.seen : undefined;
  }
}

const kept = new WeakMap<object, VmLooks>();

/** Those of one session. */
export function looksOf(session: object): VmLooks {
  const looks = kept.get(session) ?? new VmLooks();
  kept.set(session, looks);
  return looks;
}
