/** Points in time as Azure writes them: .NET ticks of 100 ns, of which JavaScript's clock only knows the milliseconds. */

export interface Instant {
  readonly atMs: number;
  /** The part below a millisecond, in ticks of 100 ns: 0 to 9999. */
  readonly ticks: number;
}

const TICKS_PER_MS = 10_000;
/** Milliseconds between year 1, where .NET begins to count, and 1970. */
const UNIX_EPOCH_MS = 62_135_596_800_000;

/**
 * `2022-05-18T10:37:01.910729+00:00`: seven digits, trailing zeros dropped.
 * Source: recordings vm-runcommand-parameters.api-2022-03-01 (six digits left) and …2020-06-01 (seven).
 */
export function formatInstant(instant: Instant): string {
  const iso = new Date(instant.atMs).toISOString();
  const fraction = `${iso.slice(20, 23)}${String(instant.ticks).padStart(4, "0")}`.replace(/0+$/, "");
  return `${iso.slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}+00:00`;
}

/** The `t` of an operation URL: ticks since year 1, as in `t=639125974247541935`. Source: recording operation-deallocate (2026-04). */
export function dotNetTicks(instant: Instant): string {
  return String(BigInt(instant.atMs + UNIX_EPOCH_MS) * BigInt(TICKS_PER_MS) + BigInt(instant.ticks));
}

/** `6/15/2026 8:22:51 AM`, the form of .NET in en-US that error texts of ARM hold. Source: microsoft/foundry-dev-tools#461. */
export function formatUsDate(atMs: number): string {
  const date = new Date(atMs);
  const hour = date.getUTCHours();
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  return `${day} ${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hour < 12 ? "AM" : "PM"}`;
}
