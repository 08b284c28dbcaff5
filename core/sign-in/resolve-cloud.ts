/** Finds out what the chosen cloud consists of, asking its metadata endpoint when only a host is known. */
import { httpGet } from "../arm/http-get";
import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import { type Cloud, cloudByName, cloudFromMetadata, METADATA_PATH } from "./clouds";
import { networkErrorCode, textOf } from "./network-errors";
import type { CloudChoice } from "./settings";

/** Tries of one request for a cloud's endpoints, the first one included. */
const TRIES = 3;

/** How long one try may take. */
const GET_TIMEOUT_MS = 30_000;

/** @throws RunFailedError `CloudUnknown` or `Unreachable`. */
export async function resolveCloud(choice: CloudChoice, outside: Outside): Promise<Cloud> {
  switch (choice.kind) {
    case "named": {
      const cloud = cloudByName(choice.name.value);
      if (cloud === undefined) {
        throw new RunFailedError({
          kind: "CloudUnknown",
          setting: choice.name.source,
          detail: `its value is '${choice.name.value}', expected 'public', 'usgovernment' or 'china'; for another cloud set azure-native:metadataHost or ARM_METADATA_HOSTNAME`,
        });
      }
      return cloud;
    }
    case "metadata": {
      const host = choice.host.value.replace(/^https:\/\//, "").replace(/\/+$/, "");
      const cloud = cloudFromMetadata(host, await fetchMetadata(host, outside));
      if (cloud === undefined) {
        throw new RunFailedError({
          kind: "CloudUnknown",
          setting: choice.host.source,
          detail: `https://${host}${METADATA_PATH} does not answer with the endpoints of an Azure cloud`,
        });
      }
      return cloud;
    }
  }
}

async function fetchMetadata(host: string, outside: Outside): Promise<string> {
  try {
    return (
      await httpGet(`https://${host}${METADATA_PATH}`, outside, { timeoutMs: GET_TIMEOUT_MS, maxRetries: TRIES - 1 })
    ).body;
  } catch (error) {
    const text = textOf(error);
    const detail = networkErrorCode(text) ?? text.split("\n", 1)[0] ?? "";
    throw new RunFailedError({ kind: "Unreachable", host, detail, afterTries: TRIES });
  }
}
