import { DEFAULT_SETTINGS } from "../../core/inputs/input-settings";
import { isUnknown, knownInputs, type Properties } from "../../provider/state";
import { knownExample } from "../support/examples";

/** The engine's stand-in for a value that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const TARGET = {
  subscriptionId: "11111111-2222-3333-4444-555555555555",
  resourceGroupName: "rg",
  vmName: "web1",
};
const INPUTS: Properties = {
  virtualMachineId:
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1",
  script: "uptime",
  parameters: { A: "1" },
  protectedParameters: { B: "2" },
  workingDirectory: "/srv",
  timeoutInSeconds: 60,
  arguments: ["x"],
  triggers: [1],
  key: "k",
  resourceUrn: "urn:1",
  __provider: "text",
};

test("only the engine's stand-in is an unknown value", () => {
  expect([UNKNOWN, `${UNKNOWN} `, "", undefined, null, {}].map(isUnknown)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test("of inputs that are all known it is known what would run", () => {
  expect(knownInputs(INPUTS)).toEqual(
    knownExample({
      target: TARGET,
      script: "uptime",
      environment: { A: "1" },
      protectedEnvironment: { B: "2" },
      arguments: ["x"],
      triggers: [1],
      workingDirectory: "/srv",
      settings: { ...DEFAULT_SETTINGS, timeoutInSeconds: 60 },
    }),
  );
});

test("of an extension it is known that it runs the probe, whatever is stored as a script", () => {
  const { virtualMachineId, triggers, key } = INPUTS;
  const extension = { kind: "RunCommandExtension", virtualMachineId, triggers, key, removeExtension: "never" };
  const expected = knownExample({
    target: TARGET,
    script: "true",
    triggers: [1],
    settings: { ...DEFAULT_SETTINGS, removeExtension: "never" },
  });
  expect(knownInputs(extension)).toEqual(expected);
  expect(knownInputs({ ...extension, script: "rm -r /" })).toEqual(expected);
});

test.each<{ what: string; unknown: Properties }>([
  { what: "the VM", unknown: { virtualMachineId: UNKNOWN } },
  { what: "the VM's name", unknown: { virtualMachineId: undefined, resourceGroupName: "rg", vmName: UNKNOWN } },
  { what: "the VM's group", unknown: { virtualMachineId: undefined, resourceGroupName: UNKNOWN, vmName: "web1" } },
  { what: "the script", unknown: { script: UNKNOWN } },
  { what: "the parameters", unknown: { parameters: UNKNOWN } },
  { what: "one parameter", unknown: { parameters: { A: "1", B: UNKNOWN } } },
  { what: "the arguments", unknown: { arguments: UNKNOWN } },
  { what: "one argument", unknown: { arguments: ["x", UNKNOWN] } },
  { what: "the triggers", unknown: { triggers: UNKNOWN } },
  { what: "the protected parameters", unknown: { protectedParameters: UNKNOWN } },
  { what: "one protected parameter", unknown: { protectedParameters: { B: "2", C: UNKNOWN } } },
  { what: "the user", unknown: { runAsUser: UNKNOWN } },
  { what: "the folder", unknown: { workingDirectory: UNKNOWN } },
  { what: "a setting", unknown: { timeoutInSeconds: UNKNOWN } },
  ...["update", "delete", "check", "creates", "unless", "onlyIf", "replaceTriggers", "commandId"].map((name) => ({
    what: name,
    unknown: { [name]: UNKNOWN },
  })),
  { what: "one trigger", unknown: { triggers: [{ a: [UNKNOWN] }] } },
])("while $what is not known, nothing can be run: the stand-in is no value", ({ unknown }) => {
  expect(knownInputs({ ...INPUTS, ...unknown })).toBeUndefined();
});
