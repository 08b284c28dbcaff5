/** The middle of many measurements, and their slow end. Pure. */

/** @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * The smallest value that so many percent of all do not exceed (nearest rank); of an even number of values, the median is
 * the mean of the two in the middle.
 *
 * @throws RangeError when there is none.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (percent / 100) * sorted.length;
  const upper = sorted[Math.max(0, Math.ceil(rank) - 1)];
  if (upper === undefined) {
    throw new RangeError("there is no middle of no values");
  }
  const isBetween = percent === 50 && sorted.length % 2 === 0;
  return isBetween ? (upper + (sorted[rank] ?? upper)) / 2 : upper;
}
