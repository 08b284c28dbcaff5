import { type CredentialChoice, readSettings, type WaitSlice } from "../../../core/sign-in/settings";

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

describe("how long an operation waits in the VM", () => {
  const waitSlice = (text: string) =>
    readSettings(NOTHING, from({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: text })).waitSliceSeconds;

  test("is a minute, unless the environment says otherwise", () => {
    const byDefault: WaitSlice = { kind: "seconds", value: 60, source: "the default" };
    expect(readSettings(NOTHING, NOTHING).waitSliceSeconds).toEqual(byDefault);
    expect(waitSlice("")).toEqual(byDefault);
    expect(waitSlice("1")).toMatchObject({ kind: "seconds", value: 1, source: "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS" });
    expect(waitSlice("3600")).toMatchObject({ kind: "seconds", value: 3_600 });
  });

  test.each(["0", "3601", "1.5", "-5", " 5", "5s", "1e2", "ten", "x".repeat(40)])("cannot be %j", (text) => {
    expect(waitSlice(text)).toEqual<WaitSlice>({
      kind: "problem",
      problem: `the environment variable AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS is ${JSON.stringify(text.slice(0, 20))}, expected a whole number of seconds from 1 to 3,600`,
    });
  });
});
