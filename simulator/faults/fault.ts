/** One fault that was asked for: what, on which requests, how often. Pure. */
import { type FaultName, type FaultOn, type FaultTarget, type Reach, traitsOf } from "./names";

export interface Fault {
  readonly name: FaultName;
  readonly on: FaultOn;
  /** Strikes at most so often; undefined: no end. */
  readonly count: number | undefined;
  /** So many matching requests pass first. */
  readonly skip: number;
  /** Which part of the matching requests it strikes, above 0 and up to 1; undefined: all. */
  readonly share: number | undefined;
  /** Its meaning depends on the fault, see `FAULT_TRAITS`. Unit: milliseconds. */
  readonly ms: number | undefined;
  readonly commandId: string | undefined;
  readonly vm: string | undefined;
}

/** What a fault sees of a request. */
export interface Sight {
  readonly target: FaultTarget;
  readonly reach: Reach;
  /** Of the POST, or of the run whose operation is polled. */
  readonly commandId: string | undefined;
  readonly vm: string | undefined;
}

export function matches(fault: Fault, sight: Sight): boolean {
  const { targets, reach } = traitsOf(fault.name);
  return (
    (fault.on === "any" ? targets.includes(sight.target) : fault.on === sight.target) &&
    DEPTH[sight.reach] >= DEPTH[reach] &&
    same(fault.commandId, sight.commandId) &&
    same(fault.vm, sight.vm)
  );
}

const DEPTH: Readonly<Record<Reach, number>> = { front: 0, service: 1, acts: 2 };

/** Azure's names do not differ by case. */
function same(wanted: string | undefined, seen: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === seen?.toLowerCase();
}
