import { type CredentialChoice, chooseCredential } from "../../../core/sign-in/credential-choice";
import { settingReader } from "../../../core/sign-in/setting";

const IDS = { ARM_TENANT_ID: "tenant", ARM_CLIENT_ID: "client" };
const APPLICATION = { tenantId: "tenant", clientId: "client", auxiliaryTenantIds: [] };
const DEFAULT = {
  kind: "default",
  source: "DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI)",
  tenantId: undefined,
  clientId: undefined,
  auxiliaryTenantIds: [],
} as const;

type Values = Readonly<Record<string, string>>;

function choose(environment: Values, config: Values = {}): CredentialChoice {
  return chooseCredential(
    settingReader(
      (name) => config[name],
      (name) => environment[name],
    ),
  );
}

test.each<{ when: string; environment: Values; config?: Values; expected: CredentialChoice }>([
  { when: "nothing is set", environment: {}, expected: DEFAULT },
  {
    when: "half of AZURE_* is set",
    environment: { AZURE_CLIENT_ID: "client", AZURE_CLIENT_SECRET: "secret" },
    expected: { ...DEFAULT, clientId: "client" },
  },
  {
    when: "only ids are set",
    environment: IDS,
    expected: { ...DEFAULT, tenantId: "tenant", clientId: "client" },
  },
  {
    when: "a secret is set, and a certificate in the same place",
    environment: { ...IDS, ARM_CLIENT_SECRET: "secret", ARM_CLIENT_CERTIFICATE_PATH: "/c.pem" },
    expected: { kind: "clientSecret", ...APPLICATION, clientSecret: "secret", source: "ARM_CLIENT_SECRET" },
  },
  {
    when: "a secret is set in AZURE_* alone",
    environment: { AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "client", AZURE_CLIENT_SECRET: "secret" },
    expected: { kind: "clientSecret", ...APPLICATION, clientSecret: "secret", source: "AZURE_CLIENT_SECRET" },
  },
  {
    when: "a secret is set in the stack's configuration, beside another in the environment",
    environment: { ...IDS, ARM_CLIENT_SECRET: "other" },
    config: { clientSecret: "secret", clientId: "configured" },
    expected: {
      kind: "clientSecret",
      ...APPLICATION,
      clientId: "configured",
      clientSecret: "secret",
      source: "azure-native:clientSecret",
    },
  },
  {
    when: "a certificate is set, and a secret only farther away",
    environment: { ...IDS, ARM_CLIENT_CERTIFICATE_PATH: "/c.pem", AZURE_CLIENT_SECRET: "secret" },
    expected: {
      kind: "clientCertificate",
      ...APPLICATION,
      certificatePath: "/c.pem",
      certificatePassword: undefined,
      source: "ARM_CLIENT_CERTIFICATE_PATH",
    },
  },
  {
    when: "a certificate with a password is set",
    environment: { ...IDS },
    config: { clientCertificatePath: "/c.pem", clientCertificatePassword: "hunter2" },
    expected: {
      kind: "clientCertificate",
      ...APPLICATION,
      certificatePath: "/c.pem",
      certificatePassword: "hunter2",
      source: "azure-native:clientCertificatePath",
    },
  },
  {
    when: "OIDC is on, in GitHub Actions, beside a secret",
    environment: {
      ...IDS,
      ARM_USE_OIDC: "true",
      ARM_CLIENT_SECRET: "secret",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer",
    },
    expected: {
      kind: "federated",
      ...APPLICATION,
      token: { from: "url", url: "https://token", bearer: "bearer", source: "ACTIONS_ID_TOKEN_REQUEST_URL" },
      source: "ARM_USE_OIDC",
    },
  },
  {
    when: "OIDC is on, with a file",
    environment: { ...IDS, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN_FILE_PATH: "/token" },
    expected: {
      kind: "federated",
      ...APPLICATION,
      token: { from: "file", path: "/token", source: "ARM_OIDC_TOKEN_FILE_PATH" },
      source: "ARM_USE_OIDC",
    },
  },
  {
    when: "OIDC is on in the configuration, with the token itself",
    environment: IDS,
    config: { useOidc: "true", oidcToken: "text" },
    expected: {
      kind: "federated",
      ...APPLICATION,
      token: { from: "text", text: "text", source: "azure-native:oidcToken" },
      source: "azure-native:useOidc",
    },
  },
  {
    when: "a managed identity is asked for, beside a secret and without a tenant",
    environment: { ARM_USE_MSI: "true", AZURE_CLIENT_SECRET: "secret" },
    expected: { kind: "managedIdentity", clientId: undefined, source: "ARM_USE_MSI" },
  },
  {
    when: "a user-assigned managed identity is asked for in the configuration",
    environment: { AZURE_CLIENT_ID: "user-assigned" },
    config: { useMsi: "true" },
    expected: {
      kind: "managedIdentity",
      clientId: { value: "user-assigned", source: "AZURE_CLIENT_ID", rank: 2 },
      source: "azure-native:useMsi",
    },
  },
  {
    when: "a managed identity and OIDC are switched off by name",
    environment: { ...IDS, ARM_USE_MSI: "false", ARM_USE_OIDC: "0", ARM_CLIENT_SECRET: "secret" },
    expected: { kind: "clientSecret", ...APPLICATION, clientSecret: "secret", source: "ARM_CLIENT_SECRET" },
  },
])("the credential is $expected.kind when $when", ({ environment, config, expected }) => {
  expect(choose(environment, config)).toEqual(expected);
});

test.each<{ when: string; environment: Values; config?: Values; source: string; missing: string }>([
  {
    when: "a secret has no tenant",
    environment: { ARM_CLIENT_ID: "client", ARM_CLIENT_SECRET: "secret" },
    source: "ARM_CLIENT_SECRET",
    missing: "the tenant id (ARM_TENANT_ID) is not set",
  },
  {
    when: "a certificate has neither tenant nor client",
    environment: {},
    config: { clientCertificatePath: "/c.pem" },
    source: "azure-native:clientCertificatePath",
    missing:
      "the tenant id (azure-native:tenantId or ARM_TENANT_ID) and the client id (azure-native:clientId or ARM_CLIENT_ID) are not set",
  },
  {
    when: "OIDC has no client",
    environment: { ARM_USE_OIDC: "1", ARM_OIDC_TOKEN: "text", ARM_TENANT_ID: "tenant" },
    source: "ARM_USE_OIDC",
    missing: "the client id (ARM_CLIENT_ID) is not set",
  },
  {
    when: "OIDC has no token",
    environment: { ...IDS, ARM_USE_OIDC: "true", ARM_OIDC_REQUEST_URL: "https://token" },
    source: "ARM_USE_OIDC",
    missing:
      "no token of the other issuer is named: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN (GitHub Actions sets these itself where the job has 'id-token: write')",
  },
  {
    when: "the auxiliary tenants are no list",
    environment: { ...IDS, ARM_CLIENT_SECRET: "secret" },
    config: { auxiliaryTenantIds: '["a"' },
    source: "azure-native:auxiliaryTenantIds",
    missing:
      'azure-native:auxiliaryTenantIds is no list of tenant ids; expected for example ["tenant-1","tenant-2"] or tenant-1,tenant-2',
  },
  {
    when: "there are too many auxiliary tenants",
    environment: { ARM_AUXILIARY_TENANT_IDS: "a,b,c,d" },
    source: "ARM_AUXILIARY_TENANT_IDS",
    missing: "ARM_AUXILIARY_TENANT_IDS names 4 tenants, and Azure takes at most 3",
  },
])("the credential is incomplete when $when", ({ environment, config, source, missing }) => {
  expect(choose(environment, config)).toEqual({ kind: "incomplete", source, missing });
});

test.each([
  ['["one", "two"]', ["one", "two"]],
  ["one,two", ["one", "two"]],
  ["one; two;", ["one", "two"]],
  [" one,one ", ["one"]],
  ["[]", []],
])("the auxiliary tenants %j are read as %j", (text, auxiliaryTenantIds) => {
  expect(choose({ ...IDS, ARM_CLIENT_SECRET: "secret", ARM_AUXILIARY_TENANT_IDS: text })).toMatchObject({
    kind: "clientSecret",
    auxiliaryTenantIds,
  });
});
