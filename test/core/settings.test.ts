import { type CredentialChoice, readSettings } from "../../core/settings";

const from = (values: Record<string, string>) => (name: string) => values[name];
const NOTHING = from({});
const IDS = { ARM_TENANT_ID: "tenant", ARM_CLIENT_ID: "client" };

test("the stack's configuration goes before ARM_*, and ARM_* before AZURE_*", () => {
  const environment = from({ ARM_SUBSCRIPTION_ID: "arm", AZURE_SUBSCRIPTION_ID: "azure" });
  expect(readSettings(from({ subscriptionId: "config" }), environment).subscriptionId).toEqual({
    value: "config",
    source: "azure-native:subscriptionId",
  });
  expect(readSettings(NOTHING, environment).subscriptionId).toEqual({ value: "arm", source: "ARM_SUBSCRIPTION_ID" });
  expect(readSettings(NOTHING, from({ AZURE_SUBSCRIPTION_ID: "azure" })).subscriptionId).toEqual({
    value: "azure",
    source: "AZURE_SUBSCRIPTION_ID",
  });
});

test("an empty variable is as good as none", () => {
  expect(readSettings(NOTHING, from({ ARM_SUBSCRIPTION_ID: "" })).subscriptionId).toBeUndefined();
});

test("a metadata host beats the name of a cloud, and the public cloud is the default", () => {
  expect(readSettings(NOTHING, NOTHING).cloud).toEqual({
    kind: "named",
    name: { value: "public", source: "the default" },
  });
  expect(readSettings(from({ environment: "china" }), NOTHING).cloud).toEqual({
    kind: "named",
    name: { value: "china", source: "azure-native:environment" },
  });
  expect(readSettings(from({ environment: "china" }), from({ ARM_METADATA_HOSTNAME: "localhost:1" })).cloud).toEqual({
    kind: "metadata",
    host: { value: "localhost:1", source: "ARM_METADATA_HOSTNAME" },
  });
});

test.each<{ when: string; environment: Record<string, string>; expected: CredentialChoice }>([
  {
    when: "nothing is set",
    environment: {},
    expected: {
      kind: "default",
      source: "DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI)",
    },
  },
  {
    when: "a secret is set without a tenant",
    environment: { ARM_CLIENT_ID: "client", ARM_CLIENT_SECRET: "secret" },
    expected: {
      kind: "default",
      source: "DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI)",
    },
  },
  {
    when: "a secret is set",
    environment: { ...IDS, ARM_CLIENT_SECRET: "secret", ARM_CLIENT_CERTIFICATE_PATH: "/c.pem" },
    expected: {
      kind: "clientSecret",
      tenantId: "tenant",
      clientId: "client",
      clientSecret: "secret",
      source: "ARM_CLIENT_SECRET",
    },
  },
  {
    when: "a certificate is set",
    environment: { ...IDS, ARM_CLIENT_CERTIFICATE_PATH: "/c.pem" },
    expected: {
      kind: "clientCertificate",
      tenantId: "tenant",
      clientId: "client",
      certificatePath: "/c.pem",
      certificatePassword: undefined,
      source: "ARM_CLIENT_CERTIFICATE_PATH",
    },
  },
  {
    when: "OIDC is on, in GitHub Actions",
    environment: {
      ...IDS,
      ARM_USE_OIDC: "true",
      ARM_CLIENT_SECRET: "secret",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer",
    },
    expected: {
      kind: "federated",
      tenantId: "tenant",
      clientId: "client",
      token: { from: "url", url: "https://token", bearer: "bearer" },
      source: "ARM_USE_OIDC",
    },
  },
  {
    when: "OIDC is on, with a file",
    environment: { ...IDS, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN_FILE_PATH: "/token" },
    expected: {
      kind: "federated",
      tenantId: "tenant",
      clientId: "client",
      token: { from: "file", path: "/token" },
      source: "ARM_USE_OIDC",
    },
  },
])("the credential is $expected.kind when $when", ({ environment, expected }) => {
  expect(readSettings(NOTHING, from(environment)).credential).toEqual(expected);
});
