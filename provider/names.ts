/** What a resource is called, to others and in its own line of the engine's display. Pure. */
import { isUnknown, type Properties } from "./state";

/** The resource's own name: the last part of its URN; its key where it has none. */
export function labelOf({ resourceUrn: urn }: Properties, key: string): string {
  return typeof urn === "string" && !isUnknown(urn) ? (urn.split("::").at(-1) ?? key) : key;
}

/** @returns undefined when it is not known. */
export function urnOf({ resourceUrn: urn }: Properties): string | undefined {
  return typeof urn === "string" && !isUnknown(urn) ? urn : undefined;
}
