/** One run as a person names it: `<key>/<run id>`. Pure. */
import type { RunName } from "../guest/protocol";

export function fullName({ key, runId }: RunName): string {
  return `${key}/${runId}`;
}

/** A name, or a run id alone, for which the key is still to be found; `undefined` for a text that is neither. */
export function parseRunName(text: string): { readonly key: string | undefined; readonly runId: string } | undefined {
  const [, key, runId = ""] = /^(?:([A-Za-z0-9-]{1,64})\/)?([A-Za-z0-9-]{1,64})$/.exec(text) ?? [];
  return runId === "" ? undefined : { key, runId };
}
