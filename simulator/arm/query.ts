/** The query of a request. */

/** A parameter that is given twice counts as it was given last. Source: assumed. */
export function lastValues(query: unknown): Readonly<Record<string, string | undefined>> {
  const fields = Object.entries(query as Readonly<Record<string, string | readonly string[]>>);
  return Object.fromEntries(fields.map(([name, value]) => [name, typeof value === "string" ? value : value.at(-1)]));
}
