/** Which subscription, cloud and credentials are meant, how long operations wait, and which setting says so. Pure. */
import { WAIT_SLICE_SECONDS } from "../limits";

/** One value with the name of the setting that it came from, for messages. */
export interface Setting {
  readonly value: string;
  readonly source: string;
}

export type CredentialChoice =
  | {
      readonly kind: "clientSecret";
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly source: string;
    }
  | {
      readonly kind: "clientCertificate";
      readonly tenantId: string;
      readonly clientId: string;
      readonly certificatePath: string;
      readonly certificatePassword: string | undefined;
      readonly source: string;
    }
  | {
      readonly kind: "federated";
      readonly tenantId: string;
      readonly clientId: string;
      readonly token: FederatedToken;
      readonly source: string;
    }
  /** Something was asked for that the settings do not say. */
  | { readonly kind: "incomplete"; readonly source: string; readonly missing: string }
  /** Whatever `DefaultAzureCredential` finds: environment, workload identity, managed identity, Azure CLI and others. */
  | { readonly kind: "default"; readonly source: string };

/** Where the token of another issuer comes from. */
export type FederatedToken =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "url"; readonly url: string; readonly bearer: string };

export type CloudChoice =
  | { readonly kind: "named"; readonly name: Setting }
  | { readonly kind: "metadata"; readonly host: Setting };

/** How long one Azure operation waits inside the VM for a script to end before it tells how things stand. */
export type WaitSlice =
  | { readonly kind: "seconds"; readonly value: number; readonly source: string }
  /** A whole sentence. */
  | { readonly kind: "problem"; readonly problem: string };

export interface Settings {
  readonly subscriptionId: Setting | undefined;
  readonly cloud: CloudChoice;
  readonly credential: CredentialChoice;
  readonly waitSliceSeconds: WaitSlice;
}

/** Looks one name up in one place. */
export type LookUp = (name: string) => string | undefined;

const DEFAULT_CREDENTIAL_SOURCE =
  "DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI)";

/**
 * Reads the settings: first the stack's configuration under azure-native's names, then `ARM_*`, then `AZURE_*`.
 *
 * @param config looks up `azure-native:<name>`.
 * @param environment looks up an environment variable.
 */
export function readSettings(config: LookUp, environment: LookUp): Settings {
  const read = (configName: string, ...variables: string[]) => firstSetting(config, environment, configName, variables);
  const metadataHost = read("metadataHost", "ARM_METADATA_HOSTNAME");
  return {
    subscriptionId: read("subscriptionId", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"),
    cloud:
      metadataHost === undefined
        ? {
            kind: "named",
            name: read("environment", "ARM_ENVIRONMENT") ?? { value: "public", source: "the default" },
          }
        : { kind: "metadata", host: metadataHost },
    credential: chooseCredential(read),
    waitSliceSeconds: readWaitSlice(environment),
  };
}

/**
 * Shorter: fresher progress, and other clients' commands get their turn sooner, for more operations.
 * It belongs to the machine that deploys and not to the stack, so it is no configuration.
 */
const WAIT_SLICE_VARIABLE = "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS";

/** Within the 90 minutes that Azure gives an operation. Source: our own choice. */
const WAIT_SLICE_MAX_SECONDS = 3_600;

function readWaitSlice(environment: LookUp): WaitSlice {
  const text = environment(WAIT_SLICE_VARIABLE) ?? "";
  if (text === "") {
    return { kind: "seconds", value: WAIT_SLICE_SECONDS, source: "the default" };
  }
  const value = Number(text);
  return /^[0-9]+$/.test(text) && value >= 1 && value <= WAIT_SLICE_MAX_SECONDS
    ? { kind: "seconds", value, source: WAIT_SLICE_VARIABLE }
    : {
        kind: "problem",
        problem: `the environment variable ${WAIT_SLICE_VARIABLE} is ${JSON.stringify(text.slice(0, 20))}, expected a whole number of seconds from 1 to ${WAIT_SLICE_MAX_SECONDS.toLocaleString("en-US")}`,
      };
}

const NO_FEDERATED_TOKEN =
  "no token of the other issuer is named: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN (GitHub Actions sets these itself where the job has 'id-token: write')";

type Read = (configName: string, ...variables: string[]) => Setting | undefined;

function chooseCredential(read: Read): CredentialChoice {
  const tenant = read("tenantId", "ARM_TENANT_ID", "AZURE_TENANT_ID");
  const client = read("clientId", "ARM_CLIENT_ID", "AZURE_CLIENT_ID");
  if (tenant === undefined || client === undefined) {
    return { kind: "default", source: DEFAULT_CREDENTIAL_SOURCE };
  }
  const ids = { tenantId: tenant.value, clientId: client.value };
  const useOidc = read("useOidc", "ARM_USE_OIDC");
  if (useOidc?.value === "true") {
    const token = federatedToken(read);
    return token === undefined
      ? { kind: "incomplete", source: useOidc.source, missing: NO_FEDERATED_TOKEN }
      : { kind: "federated", ...ids, token, source: useOidc.source };
  }
  const secret = read("clientSecret", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET");
  if (secret !== undefined) {
    return { kind: "clientSecret", ...ids, clientSecret: secret.value, source: secret.source };
  }
  const certificate = read("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH");
  if (certificate !== undefined) {
    const password = read(
      "clientCertificatePassword",
      "ARM_CLIENT_CERTIFICATE_PASSWORD",
      "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    );
    return {
      kind: "clientCertificate",
      ...ids,
      certificatePath: certificate.value,
      certificatePassword: password?.value,
      source: certificate.source,
    };
  }
  return { kind: "default", source: DEFAULT_CREDENTIAL_SOURCE };
}

function federatedToken(read: Read): FederatedToken | undefined {
  const text = read("oidcToken", "ARM_OIDC_TOKEN");
  if (text !== undefined) {
    return { from: "text", text: text.value };
  }
  const file = read("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE");
  if (file !== undefined) {
    return { from: "file", path: file.value };
  }
  const url = read("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL");
  const bearer = read("oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  return url === undefined || bearer === undefined ? undefined : { from: "url", url: url.value, bearer: bearer.value };
}

function firstSetting(
  config: LookUp,
  environment: LookUp,
  configName: string,
  variables: readonly string[],
): Setting | undefined {
  const configured = config(configName);
  if (configured !== undefined && configured !== "") {
    return { value: configured, source: `azure-native:${configName}` };
  }
  for (const variable of variables) {
    const value = environment(variable);
    if (value !== undefined && value !== "") {
      return { value, source: variable };
    }
  }
  return undefined;
}
