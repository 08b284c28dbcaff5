/** A part of a fleet, as a number of VMs or as a percentage of all. Pure. */
import { isGiven, type Reader, wrongKind } from "../inputs/input";

export type Share =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "percentage"; readonly percentage: number };

/** Of how many VMs it speaks. Percentages are rounded down. */
export function vmsIn(share: Share, vms: number): number {
  switch (share.kind) {
    case "count":
      return share.count;
    case "percentage":
      return Math.floor((vms * share.percentage) / 100);
  }
}

/** On how many VMs at once; one at least. */
export function vmsAtOnce(share: Share, vms: number): number {
  return Math.max(1, vmsIn(share, vms));
}

export function describeShare(share: Share, vms: number): string {
  switch (share.kind) {
    case "count":
      return String(share.count);
    case "percentage":
      return `${share.percentage}% of ${vms}`;
  }
}

export interface ShareRange {
  /** The least count, and the least percentage. */
  readonly least: number;
  readonly absent: Share;
}

/** More VMs than one scale set or one stack has. Source: our own choice. */
const COUNT_MAX = 100_000;
const PERCENTAGE = /^(\d{1,3})%$/;

/** @returns undefined when it is not known or has a problem. */
export function readShare(
  property: string,
  value: unknown,
  { least, absent }: ShareRange,
  reader: Reader,
): Share | undefined {
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return absent;
  }
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= COUNT_MAX) {
    return { kind: "count", count: value };
  }
  const percentage = typeof value === "string" ? Number(PERCENTAGE.exec(value)?.[1] ?? Number.NaN) : Number.NaN;
  if (percentage >= least && percentage <= 100) {
    return { kind: "percentage", percentage };
  }
  reader.report(property, shareProblem(value, least));
  return undefined;
}

function shareProblem(value: unknown, least: number): string {
  const expected = `a whole number of VMs from ${least} to ${COUNT_MAX.toLocaleString("en-US")}, or a percentage from "${least}%" to "100%"`;
  if (typeof value === "number") {
    return `is ${value}, expected ${expected}`;
  }
  if (typeof value !== "string") {
    return wrongKind(value, expected);
  }
  // Digits alone are no secret that went to the wrong place.
  const seen = /^[0-9.,+% -]{1,12}$/.test(value) ? JSON.stringify(value) : "another text";
  const how = /^\d{1,9}$/.test(value) ? "; a number is given without quotes" : "";
  return `is ${seen}, expected ${expected}${how}`;
}
