/** Columns that the tables of several benches have. */
import { median, percentile } from "./statistics";
import type { ColumnOf } from "./table";
import { detectionsMs, type Trial } from "./trial";

export interface Tried {
  readonly trial: Trial;
}

export const FAILED: ColumnOf<Tried> = {
  key: "failed",
  title: "Failed",
  of: ({ trial }) => trial.result.jobs.filter(({ error }) => error !== undefined).length,
};

export const THROTTLED: ColumnOf<Tried> = {
  key: "throttled",
  title: "429",
  of: ({ trial }) => trial.seen.refusals["429"] ?? 0,
};

/** When the end of an operation was noticed. */
export const DETECTION: readonly ColumnOf<Tried>[] = [
  {
    key: "detection",
    title: "End noticed after, median",
    unit: "s",
    digits: 2,
    of: ({ trial }) => median(detectionsMs(trial.seen)) / 1_000,
  },
  {
    key: "detection95",
    title: "95 %",
    unit: "s",
    digits: 2,
    of: ({ trial }) => percentile(detectionsMs(trial.seen), 95) / 1_000,
  },
];
