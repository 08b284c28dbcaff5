/** Lists in sentences. Pure. */

/** `'a', 'b' and 'c'`; of more than `most` names the first, and how many more there are. */
export function quotedNames(names: readonly string[], most = Number.POSITIVE_INFINITY): string {
  const quoted = names.slice(0, most).map((name) => `'${name}'`);
  const left = names.length - quoted.length;
  return left === 0 ? joined(quoted) : joined([...quoted, `${left} more`]);
}

/** `a, b and c`. */
export function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** `1 VM`, `2 VMs`; with a word before it: `2 more VMs`. */
export function countVms(count: number, word?: string): string {
  return [count, ...(word === undefined ? [] : [word]), count === 1 ? "VM" : "VMs"].join(" ");
}
