/** What a simulated cloud has done, in lines that a test can compare. */
import type { StackResult } from "../simulator/engine/cloudformation";
import type { RequestRecord } from "../simulator/engine/custom-resource-request";

/** `Thing CREATE_FAILED: why`, without the resources that every test needs, and without random ids. */
export function eventsOf({ events }: Pick<StackResult, "events">): readonly string[] {
  return events
    .filter(({ logicalId }) => !["Role", "Handler"].includes(logicalId))
    .map(
      ({ logicalId, status, reason }) => `${logicalId} ${status}${reason === undefined ? "" : `: ${plain(reason)}`}`,
    );
}

/** `Update thing {"A":"2"} was {"A":"1"}`, without the ServiceToken. */
export function requestsOf(requests: readonly RequestRecord[]): readonly string[] {
  return requests.map(({ event }) => {
    const id = event.PhysicalResourceId === undefined ? "" : ` ${plain(event.PhysicalResourceId)}`;
    const old = event.OldResourceProperties === undefined ? "" : ` was ${properties(event.OldResourceProperties)}`;
    return `${event.LogicalResourceId} ${event.RequestType}${id} ${properties(event.ResourceProperties)}${old}`;
  });
}

function properties({ ServiceToken, ...others }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(others);
}

/** Random parts replaced: UUIDs by `<uuid>`, the suffix of a generated name by `<suffix>`. */
export function plain(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/-[A-Z0-9]{12}\b/g, "-<suffix>");
}
