/** Tells an Azure simulator to trust tokens of this account. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { JSONWebKeySet } from "jose";

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly jwks: JSONWebKeySet;
}

/** @param azure the environment that the Azure simulator prints. */
export function trustInAzure(
  azure: Readonly<Record<string, string>>,
  credentials: readonly FederatedCredential[],
): Promise<void> {
  const url = `https://${azure.ARM_METADATA_HOSTNAME}/_simulator/federated-credentials`;
  const headers = {
    "content-type": "application/json",
    "x-simulator-key": azure.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "",
  };
  const ca = readFileSync(azure.NODE_EXTRA_CA_CERTS ?? "");
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "PUT", headers, ca, agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 200) {
        response.on("end", resolve);
      } else {
        reject(new Error(`${url} answered ${response.statusCode}, expected 200`));
      }
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(credentials));
  });
}
