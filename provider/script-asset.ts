/** Turns a script as the user gave it, text or Pulumi asset, into text. Runs in the user's program. */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { httpGet } from "../core/arm/http-get";
import { textAt } from "../core/json";
import { realOutside } from "../core/outside";

/** Stands in for a script that could not be read, so that `check` reports it together with all other problems. */
export interface UnreadableScript {
  readonly unreadable: string;
}

/** A larger file is not read: it could not be sent. */
const SCRIPT_FILE_MAX_BYTES = 4 * 1024 * 1024;

/** What `pulumi.output` makes of an asset: its fields, with their promises resolved. */
export type UnwrappedScript = string | { readonly text?: unknown; readonly path?: unknown; readonly uri?: unknown };

export async function resolveScript(
  script: UnwrappedScript | undefined,
): Promise<string | UnreadableScript | undefined> {
  if (script === undefined || script === null || typeof script === "string") {
    return script;
  }
  if (pulumi.asset.Asset.isInstance(script)) {
    const { text, path, uri } = script as Exclude<UnwrappedScript, string>;
    if (typeof text === "string") {
      return text;
    }
    if (typeof path === "string") {
      return readScriptFile(path);
    }
    if (typeof uri === "string") {
      return readRemoteScript(uri);
    }
  }
  return { unreadable: "is neither text nor a Pulumi asset (an archive is no script)" };
}

async function readScriptFile(path: string): Promise<string | UnreadableScript> {
  try {
    const { size } = await stat(path);
    return size > SCRIPT_FILE_MAX_BYTES
      ? { unreadable: `is the file '${path}' with ${size} bytes, far more than Azure takes` }
      : decodeScript(await readFile(path), path);
  } catch (error) {
    return { unreadable: `names the file '${path}', which cannot be read: ${textAt(error, "code") ?? String(error)}` };
  }
}

async function readRemoteScript(uri: string): Promise<string | UnreadableScript> {
  if (uri.startsWith("file:")) {
    return URL.canParse(uri) && new URL(uri).host === ""
      ? readScriptFile(fileURLToPath(uri))
      : { unreadable: "names an address that begins with file: and is none of this machine; write file:///path" };
  }
  // A query may be a signature (SAS).
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const shown = url === undefined ? "an address" : `${url.origin}${url.pathname}`;
  if (url?.protocol !== "https:") {
    return { unreadable: `names ${shown}, which is not fetched: only https: and file: are` };
  }
  try {
    const { status, body } = await httpGet(uri, realOutside(), { timeoutMs: 60_000 });
    return status === 200 ? body : { unreadable: `names ${shown}, which answers with status ${status}` };
  } catch (error) {
    return { unreadable: `names ${shown}, which cannot be fetched: ${textAt(error, "code") ?? "no answer"}` };
  }
}

function decodeScript(bytes: Buffer, path: string): string | UnreadableScript {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { unreadable: `is the file '${path}', which is no UTF-8 text; save it as UTF-8` };
  }
}
