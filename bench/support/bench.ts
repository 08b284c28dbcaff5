/** What a bench is, and what comes of it. Types only. */

export interface Bench {
  /** What the command line calls it. */
  readonly name: string;
  readonly title: string;
  /** What it measures, against what, and how time passes in it: some sentences for a reader of the results. */
  readonly about: string;
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** Whether to measure only so much that a wrong answer is found: for CI. */
  readonly small: boolean;
  /** Of all that is random: how long operations take, what scripts print. */
  readonly seed: number;
  /** Tells how it goes, in one line. */
  say(line: string): void;
}

export interface BenchResult {
  readonly tables: readonly Table[];
  /** Whether the answers were right. One that does not hold fails the bench. */
  readonly checks: readonly Check[];
  /** How the measured stands to what is wanted. One that is missed is told, and fails nothing: machines differ. */
  readonly goals: readonly Goal[];
  /** What a reader must know to understand the numbers; one sentence each. */
  readonly notes: readonly string[];
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Column {
  /** The name of the value in each row. */
  readonly key: string;
  readonly title: string;
  /** @default "" */
  readonly unit?: string;
  /** After the decimal point. @default 0 */
  readonly digits?: number;
}

/** `undefined`: not measured. */
export type Cell = number | string | undefined;

export type Row = Readonly<Record<string, Cell>>;

export interface Check {
  /** What must be so, as a sentence. */
  readonly what: string;
  readonly holds: boolean;
  /** What was seen instead. */
  readonly saw?: string;
}

export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly reached: boolean;
}
