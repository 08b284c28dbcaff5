import { readSettings } from "../../../core/sign-in/settings";

const from = (values: Record<string, string>) => (name: string) => values[name];
const NOTHING = from({});

test("the stack's configuration goes before ARM_*, and ARM_* before AZURE_*", () => {
  const environment = from({ ARM_SUBSCRIPTION_ID: "arm", AZURE_SUBSCRIPTION_ID: "azure" });
  expect(readSettings(from({ subscriptionId: "config" }), environment).subscriptionId).toEqual({
    value: "config",
    source: "azure-native:subscriptionId",
    rank: 0,
  });
  expect(readSettings(NOTHING, environment).subscriptionId).toEqual({
    value: "arm",
    source: "ARM_SUBSCRIPTION_ID",
    rank: 1,
  });
  expect(readSettings(NOTHING, from({ AZURE_SUBSCRIPTION_ID: "azure" })).subscriptionId).toEqual({
    value: "azure",
    source: "AZURE_SUBSCRIPTION_ID",
    rank: 2,
  });
});

test("an empty variable is as good as none", () => {
  expect(readSettings(NOTHING, from({ ARM_SUBSCRIPTION_ID: "" })).subscriptionId).toBeUndefined();
});

test("a metadata host beats the name of a cloud, and the public cloud is the default", () => {
  expect(readSettings(NOTHING, NOTHING).cloud).toMatchObject({
    kind: "named",
    name: { value: "public", source: "the default" },
  });
  expect(readSettings(from({ environment: "china" }), NOTHING).cloud).toMatchObject({
    kind: "named",
    name: { value: "china", source: "azure-native:environment" },
  });
  expect(
    readSettings(from({ environment: "china" }), from({ ARM_METADATA_HOSTNAME: "localhost:1" })).cloud,
  ).toMatchObject({ kind: "metadata", host: { value: "localhost:1", source: "ARM_METADATA_HOSTNAME" } });
});
