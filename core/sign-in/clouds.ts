/** The Azure clouds: where tokens come from and where ARM is. Pure. */
import { parseJson, textAt } from "../json";

export interface Cloud {
  readonly name: string;
  /** Base URL of Entra, without a slash at the end. */
  readonly authorityHost: string;
  /** Base URL of Azure Resource Manager, without a slash at the end. */
  readonly resourceManager: string;
  /** What a token for ARM is asked for; `/.default` is appended to it as it stands. */
  readonly audience: string;
  /** What another issuer's token must be meant for, so that Entra exchanges it. */
  readonly tokenExchangeAudience: string;
  /** Whether Entra's public discovery service knows this authority. It is asked only then. */
  readonly knownAuthority: boolean;
}

/** Of the public cloud, and of every cloud that is not known by name. */
const TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";

/**
 * Source of the audiences for token exchange: Learn, "Configure an application to trust a managed identity".
 * Source of the rest: Azure/azure-sdk-for-js, sdk/identity/identity (AzureAuthorityHosts); Learn, "Azure Government" and "Azure China".
 */
const CLOUDS: readonly Cloud[] = [
  {
    name: "public",
    authorityHost: "https://login.microsoftonline.com",
    resourceManager: "https://management.azure.com",
    audience: "https://management.azure.com",
    tokenExchangeAudience: TOKEN_EXCHANGE_AUDIENCE,
    knownAuthority: true,
  },
  {
    name: "usgovernment",
    authorityHost: "https://login.microsoftonline.us",
    resourceManager: "https://management.usgovcloudapi.net",
    audience: "https://management.usgovcloudapi.net",
    tokenExchangeAudience: "api://AzureADTokenExchangeUSGov",
    knownAuthority: true,
  },
  {
    name: "china",
    authorityHost: "https://login.chinacloudapi.cn",
    resourceManager: "https://management.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
    tokenExchangeAudience: "api://AzureADTokenExchangeChina",
    knownAuthority: true,
  },
];

/**
 * The cloud of a name, as azure-native and Terraform spell it (`public`, `usgovernment`, `china`), or as the Azure CLI
 * does (`AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`).
 *
 * @returns undefined when no cloud has this name.
 */
export function cloudByName(name: string): Cloud | undefined {
  const wanted = name
    .toLowerCase()
    .replace(/^azure/, "")
    .replace(/cloud$/, "");
  return CLOUDS.find((cloud) => cloud.name === (wanted === "" ? "public" : wanted));
}

/** The path that tells what a cloud consists of. Source: az 2.91.0, observed (api-version 2022-09-01 gives one object). */
export const METADATA_PATH = "/metadata/endpoints?api-version=2022-09-01";

/**
 * Reads the answer of a cloud's metadata endpoint.
 *
 * @returns undefined when it is not such an answer.
 */
export function cloudFromMetadata(host: string, body: string): Cloud | undefined {
  const document = parseJson(body);
  const resourceManager = textAt(document, "resourceManager");
  const loginEndpoint = textAt(document, "authentication", "loginEndpoint");
  if (!isHttps(resourceManager) || !isHttps(loginEndpoint)) {
    return undefined;
  }
  const authorityHost = withoutSlash(loginEndpoint);
  const known = CLOUDS.find((cloud) => cloud.authorityHost === authorityHost);
  return {
    name: host,
    authorityHost,
    resourceManager: withoutSlash(resourceManager),
    audience: textAt(document, "authentication", "audiences", 0) ?? withoutSlash(resourceManager),
    tokenExchangeAudience: known?.tokenExchangeAudience ?? TOKEN_EXCHANGE_AUDIENCE,
    knownAuthority: known !== undefined,
  };
}

function isHttps(value: string | undefined): value is string {
  return value?.startsWith("https://") === true;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
