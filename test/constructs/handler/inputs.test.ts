/** Properties of an event, turned back into what the core reads. */
import {
  BY_REFERENCE,
  readInputs,
  readOptions,
  readSettingsOf,
  requireInputs,
} from "../../../constructs/handler/inputs";
import { PROPERTIES, VM_ID } from "./support/events";

const ALL = {
  VirtualMachineId: VM_ID,
  Script: { Bucket: "assets", Key: "install.sh" },
  Update: { Text: "echo again" },
  Delete: { Bucket: "assets", Key: "delete.sh", VersionId: "v1" },
  Creates: "/opt/app",
  Unless: "test -e /opt/a",
  OnlyIf: "test -e /opt/b",
  Parameters: { REGION: "eu", COUNT: "3" },
  ProtectedParameters: { CODE: { SecretId: "arn:code", JsonField: "pw" } },
  Arguments: ["--force", "2"],
  Triggers: ["1", { a: "true" }],
  ReplaceTriggers: ["x"],
  RunAsUser: "deploy",
  WorkingDirectory: "/opt",
  TimeoutInSeconds: "2400",
  RebootPolicy: "continue",
  ParallelOnVm: "true",
  SuccessExitCodes: ["0", "3"],
  TreatFailureAsDeploymentFailure: "false",
  ReadyTimeoutInSeconds: "60",
  Logging: "stderr",
  DeleteFailure: "ignore",
  RemoveExtension: "never",
};

test("every property is read, numbers and flags from the texts that CloudFormation makes of them", () => {
  const known = requireInputs(ALL, { scripts: { script: "echo first" }, secrets: { CODE: "hunter2" } }, "");
  expect(known).toEqual({
    target: { subscriptionId: "11111111-2222-3333-4444-555555555555", resourceGroupName: "rg", vmName: "web1" },
    script: "echo first",
    command: null,
    update: "echo again",
    delete: '{"Bucket":"assets","Key":"delete.sh","VersionId":"v1"}',
    check: null,
    guards: { creates: "/opt/app", unless: "test -e /opt/a", onlyIf: "test -e /opt/b" },
    environment: { REGION: "eu", COUNT: "3" },
    protectedEnvironment: { CODE: "hunter2" },
    arguments: ["--force", "2"],
    triggers: ["1", { a: "true" }],
    replaceTriggers: ["x"],
    runAsUser: "deploy",
    workingDirectory: "/opt",
    settings: {
      timeoutInSeconds: 2400,
      rebootPolicy: "continue",
      parallelOnVm: true,
      successExitCodes: [0, 3],
      treatFailureAsDeploymentFailure: false,
      readyTimeoutInSeconds: 60,
      outputMaxBytes: 4096,
      logging: "stderr",
      deleteFailure: "ignore",
      removeExtension: "never",
    },
  });
});

test("numbers and flags that are none of CloudFormation's texts are read too", () => {
  const settings = { TimeoutInSeconds: 60, SuccessExitCodes: [0, 1], TreatFailureAsDeploymentFailure: false };
  expect(readSettingsOf({ ...ALL, ...settings })).toMatchObject({
    timeoutInSeconds: 60,
    successExitCodes: [0, 1],
    treatFailureAsDeploymentFailure: false,
  });
});

test("by reference, a script and a secret are where they are", () => {
  expect(requireInputs(ALL, BY_REFERENCE, "")).toMatchObject({
    script: '{"Bucket":"assets","Key":"install.sh"}',
    protectedEnvironment: { CODE: '{"JsonField":"pw","SecretId":"arn:code"}' },
  });
});

test.each([
  [{ TimeoutInSeconds: "soon" }, "timeoutInSeconds is a string, expected a whole number of seconds"],
  [{ TreatFailureAsDeploymentFailure: "yes" }, "treatFailureAsDeploymentFailure is a string, expected true or false"],
  [{ Script: undefined }, "script is missing"],
  [{ VirtualMachineId: "web1" }, "virtualMachineId is a text of 4 characters, which is no id of a VM"],
  [
    { VirtualMachineId: "i-0123456789abcdef0" },
    "virtualMachineId is the id of an EC2 instance in AWS; expected the id of a VM in Azure: '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'",
  ],
  [{ Arguments: ["x".repeat(200_000)] }, "arguments has at position 1 a value that has 200000 bytes"],
])("what cannot be used is a problem with a sentence: %j", (wrong, sentence) => {
  const read = readInputs({ ...ALL, ...wrong }, BY_REFERENCE);
  expect(read.kind === "problems" && read.problems[0]?.sentence).toContain(sentence);
});

test("a script that does not fit into a command is a problem, with what takes the room", () => {
  const read = readInputs(PROPERTIES, { scripts: { script: "x".repeat(180_000) }, secrets: {} });
  expect(read.kind === "problems" && read.problems[0]?.sentence).toContain(
    "script, parameters, protectedParameters and arguments are too large together: 'script' 180,000",
  );
});

test("settings that are not understood are the defaults, each by itself", () => {
  expect(readSettingsOf({ RebootPolicy: "someday", DeleteFailure: "ignore", SuccessExitCodes: "all" })).toMatchObject({
    rebootPolicy: "fail",
    deleteFailure: "ignore",
    successExitCodes: [0],
  });
});

test("what is between the construct and the handler is read, and absent where it cannot be", () => {
  const Continues = { Key: "k", RunId: "r", SecretVersions: "{}", LastRunId: "l", ExecutionState: "Running" };
  expect(
    readOptions({
      Rollback: "SKIP",
      SensitiveOutput: "true",
      OutputBucket: "logs",
      OutputNames: ["a", 1],
      HandsOver: "true",
      Continues,
      ServiceTimeout: "3600",
    }),
  ).toEqual({
    skipsRollback: true,
    isSensitive: true,
    outputBucket: "logs",
    outputNames: ["a", "1"],
    handsOver: true,
    continues: Continues,
    serviceTimeoutSeconds: 3600,
  });
  expect(readOptions({ Rollback: "skip", SensitiveOutput: "no", OutputNames: "a", Continues: "r" })).toEqual({
    skipsRollback: false,
    isSensitive: false,
    outputBucket: undefined,
    outputNames: [],
    handsOver: false,
    continues: undefined,
    serviceTimeoutSeconds: undefined,
  });
});
