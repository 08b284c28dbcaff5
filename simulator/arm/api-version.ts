/** Which api-versions are taken. */
import type { Refusal } from "./errors";

/** Oldest api-version of Compute. Source: Microsoft.Compute began with 2015-05-01-preview and 2015-06-15; nothing older is refused by name here. */
const OLDEST = "2015-05-01";
/** What the refusal lists. Source: assumed; Azure lists all that the resource type has. */
const LISTED: readonly string[] = [
  "2026-04-01",
  "2025-11-01",
  "2024-11-01",
  "2024-07-01",
  "2024-03-01",
  "2023-09-01",
  "2022-03-01",
  "2020-06-01",
  "2018-06-01",
  "2017-12-01",
];

/**
 * Any date, with or without `-preview`: clients go ahead of what is known here. Source of the codes: azure-wire.md section 6, cli#21137.
 * @param oldest of what is asked for; what is not imitated (az asks for activity logs of 2015-04-01) is refused for that alone
 */
export function checkApiVersion(given: unknown, oldest = OLDEST): Refusal | undefined {
  if (given === undefined || given === "") {
    return { kind: "ApiVersionMissing" };
  }
  const valid =
    typeof given === "string" &&
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(-[a-z]+)?$/i.test(given) &&
    given.slice(0, oldest.length) >= oldest;
  return valid ? undefined : { kind: "ApiVersionInvalid", given: String(given), supported: LISTED };
}
