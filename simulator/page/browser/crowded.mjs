// Whether there are so many VMs that the page has no room to show all of each.

/** Most VMs with a whole card and a row of the time line each: three or four rows of cards. Source: our choice. */
const ROOMY_MAX = 12;

/** @param {readonly unknown[]} machines */
export function isCrowded(machines) {
  return machines.length > ROOMY_MAX;
}
