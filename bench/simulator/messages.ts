/** What the bench and its simulator say to each other. Types only. */
import type { TimingKind } from "../../simulator/timing";
import type { TimeScale } from "../support/time-scale";

export interface Settings {
  readonly vmNames: readonly string[];
  readonly timing: TimingKind;
  readonly time: TimeScale;
  readonly seed: number;
  /** `stub`: they answer from memory. `real`: a Linux of its own for each VM, whose time is this machine's. */
  readonly guests: "stub" | "real";
  /** Whether requests are refused as Azure's token buckets refuse them. */
  readonly throttling: "none" | "azure";
}

export type Question = "statistics" | "stop";

export interface Started {
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: string;
}

/** One run command, by the simulator's clock. */
export interface MeasuredOperation {
  readonly vmName: string;
  readonly commandId: string | undefined;
  readonly postedAtMs: number;
  /** `undefined` while it runs. */
  readonly endedAtMs: number | undefined;
  readonly status: string;
  /** When the first answer was given that told its end to somebody. */
  readonly toldAtMs: number | undefined;
}

export type RequestKind = "post" | "poll" | "vm" | "token" | "other";

export interface Statistics {
  readonly operations: readonly MeasuredOperation[];
  readonly requests: Readonly<Record<RequestKind, number>>;
  /** By status: of those that are not 200 or 202. */
  readonly refusals: Readonly<Record<string, number>>;
  /** That the simulator has used. */
  readonly cpuSeconds: number;
}
