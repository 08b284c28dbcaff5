/** Which credentials are meant by the settings, and what is missing where they are incomplete. Pure. */
import { type AuxiliaryTenants, readAuxiliaryTenants } from "./auxiliary-tenants";
import { isOn, type Read, type Setting } from "./setting";

/** Names the setting that asked for the credentials, for messages. */
interface Chosen {
  readonly source: string;
}

/** Credentials of an application in a tenant, which can have tokens of other tenants too. */
interface Application extends Chosen {
  readonly tenantId: string;
  readonly clientId: string;
  /** Tenants whose tokens go along with each request. */
  readonly auxiliaryTenantIds: readonly string[];
}

export type CredentialChoice =
  | (Application & { readonly kind: "clientSecret"; readonly clientSecret: string })
  | (Application & {
      readonly kind: "clientCertificate";
      readonly certificatePath: string;
      readonly certificatePassword: string | undefined;
    })
  | (Application & { readonly kind: "federated"; readonly token: FederatedToken })
  /** Of the machine that this runs on. It has tokens of its own tenant only, so auxiliary tenants do not concern it. */
  | (Chosen & {
      readonly kind: "managedIdentity";
      /** Of a user-assigned one. */
      readonly clientId: Setting | undefined;
    })
  /** Something was asked for that the settings do not say. */
  | (Chosen & { readonly kind: "incomplete"; readonly missing: string })
  /** Whatever `DefaultAzureCredential` finds: environment, workload identity, managed identity, Azure CLI and others. */
  | (Chosen & {
      readonly kind: "default";
      readonly tenantId: string | undefined;
      readonly clientId: string | undefined;
      readonly auxiliaryTenantIds: readonly string[];
    });

/** Where the token of another issuer comes from. */
export type FederatedToken =
  | { readonly from: "text"; readonly text: string; readonly source: string }
  | { readonly from: "file"; readonly path: string; readonly source: string }
  | { readonly from: "url"; readonly url: string; readonly bearer: string; readonly source: string }
  /** Asked of the issuer by whoever calls us. What it throws has a finished phrase without secrets as its message. */
  | { readonly from: "issuer"; readonly ask: (audience: string) => Promise<string>; readonly source: string };

const DEFAULT_CREDENTIAL_SOURCE =
  "DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI)";

const NO_FEDERATED_TOKEN =
  "no token of the other issuer is named: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN (GitHub Actions sets these itself where the job has 'id-token: write')";

/** OpenID Connect and a managed identity are switched on by name, so they win over a secret that happens to be set as well. */
export function chooseCredential(read: Read): CredentialChoice {
  const useOidc = read("useOidc", "ARM_USE_OIDC");
  const useMsi = read("useMsi", "ARM_USE_MSI");
  const auxiliary = readAuxiliaryTenants(read);
  if (isOn(useOidc)) {
    const token = federatedToken(read);
    return token === undefined
      ? { kind: "incomplete", source: useOidc.source, missing: NO_FEDERATED_TOKEN }
      : ofApplication(read, auxiliary, useOidc, (ids) => ({ kind: "federated", ...ids, token }));
  }
  if (isOn(useMsi)) {
    return {
      kind: "managedIdentity",
      clientId: read("clientId", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
      source: useMsi.source,
    };
  }
  return ofSecretOrCertificate(read, auxiliary) ?? ofDefault(read, auxiliary);
}

/** The one from the nearer setting, and of two in the same place the secret. */
function ofSecretOrCertificate(read: Read, auxiliary: AuxiliaryTenants): CredentialChoice | undefined {
  const secret = read("clientSecret", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET");
  const certificate = read("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH");
  if (secret !== undefined && secret.rank <= (certificate?.rank ?? secret.rank)) {
    return ofApplication(read, auxiliary, secret, (ids) => ({
      kind: "clientSecret",
      ...ids,
      clientSecret: secret.value,
    }));
  }
  if (certificate !== undefined) {
    const password = read(
      "clientCertificatePassword",
      "ARM_CLIENT_CERTIFICATE_PASSWORD",
      "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    );
    return ofApplication(read, auxiliary, certificate, (ids) => ({
      kind: "clientCertificate",
      ...ids,
      certificatePath: certificate.value,
      certificatePassword: password?.value,
    }));
  }
  return undefined;
}

function ofApplication(
  read: Read,
  auxiliary: AuxiliaryTenants,
  asked: Setting,
  choose: (ids: Application) => CredentialChoice,
): CredentialChoice {
  const tenant = read("tenantId", "ARM_TENANT_ID", "AZURE_TENANT_ID");
  const client = read("clientId", "ARM_CLIENT_ID", "AZURE_CLIENT_ID");
  if (tenant === undefined || client === undefined) {
    // Half of AZURE_* is DefaultAzureCredential's to judge: another of its ways may be the one that is meant.
    return asked.rank === 2 ? ofDefault(read, auxiliary) : missingIds(asked, tenant, client);
  }
  if (auxiliary.kind === "problem") {
    return { kind: "incomplete", source: auxiliary.source, missing: auxiliary.problem };
  }
  return choose({
    tenantId: tenant.value,
    clientId: client.value,
    auxiliaryTenantIds: auxiliary.tenantIds,
    source: asked.source,
  });
}

function missingIds(asked: Setting, tenant: Setting | undefined, client: Setting | undefined): CredentialChoice {
  // Who has set variables is told of variables: the command line knows nothing else.
  const named = (name: string, variable: string) =>
    asked.rank === 0 ? `azure-native:${name} or ${variable}` : variable;
  const wanted = [
    ...(tenant === undefined ? [`the tenant id (${named("tenantId", "ARM_TENANT_ID")})`] : []),
    ...(client === undefined ? [`the client id (${named("clientId", "ARM_CLIENT_ID")})`] : []),
  ];
  return {
    kind: "incomplete",
    source: asked.source,
    missing: `${wanted.join(" and ")} ${wanted.length === 1 ? "is" : "are"} not set`,
  };
}

function ofDefault(read: Read, auxiliary: AuxiliaryTenants): CredentialChoice {
  return auxiliary.kind === "problem"
    ? { kind: "incomplete", source: auxiliary.source, missing: auxiliary.problem }
    : {
        kind: "default",
        tenantId: read("tenantId", "ARM_TENANT_ID", "AZURE_TENANT_ID")?.value,
        clientId: read("clientId", "ARM_CLIENT_ID", "AZURE_CLIENT_ID")?.value,
        auxiliaryTenantIds: auxiliary.tenantIds,
        source: DEFAULT_CREDENTIAL_SOURCE,
      };
}

function federatedToken(read: Read): FederatedToken | undefined {
  const text = read("oidcToken", "ARM_OIDC_TOKEN");
  if (text !== undefined) {
    return { from: "text", text: text.value, source: text.source };
  }
  const file = read("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE");
  if (file !== undefined) {
    return { from: "file", path: file.value, source: file.source };
  }
  const url = read("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL");
  const bearer = read("oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  return url === undefined || bearer === undefined
    ? undefined
    : { from: "url", url: url.value, bearer: bearer.value, source: url.source };
}
