import type { Desired, Known } from "../../core/inputs/desired-state";
import { type Plan, type Prior, plan } from "../../core/plan";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const DESIRED: Known = {
  target: TARGET,
  script: "uptime",
  environment: { A: "1" },
  protectedEnvironment: { B: "2" },
  arguments: ["x"],
  triggers: null,
  runAsUser: null,
  workingDirectory: null,
  settings: { timeoutInSeconds: null, rebootPolicy: "fail", outputMaxBytes: 65_536, logging: "none" },
};
const PRIOR: Prior = { ...DESIRED, executionState: "Succeeded" };
const RERUN = { action: "rerun", lastRun: undefined } as const;

test.each<{ when: string; prior: Prior | undefined; desired: Desired; expected: Plan }>([
  { when: "there is no prior state", prior: undefined, desired: DESIRED, expected: { action: "create" } },
  { when: "nothing changed", prior: PRIOR, desired: DESIRED, expected: { action: "keep" } },
  {
    when: "the VM's name is only spelt in another case",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, vmName: "WEB1", resourceGroupName: "RG" } },
    expected: { action: "keep" },
  },
  {
    when: "the VM is named without its subscription",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, subscriptionId: "" } },
    expected: { action: "keep" },
  },
  {
    when: "the keys of a trigger come in another order",
    prior: { ...PRIOR, triggers: [{ a: 1, b: 2 }] },
    desired: { ...DESIRED, triggers: [{ b: 2, a: 1 }] },
    expected: { action: "keep" },
  },
  {
    when: "the script changed",
    prior: PRIOR,
    desired: { ...DESIRED, script: "date" },
    expected: { ...RERUN, because: ["script"] },
  },
  {
    when: "parameters, arguments and triggers changed",
    prior: PRIOR,
    desired: { ...DESIRED, environment: {}, arguments: [], triggers: [1] },
    expected: { ...RERUN, because: ["parameters", "arguments", "triggers"] },
  },
  {
    when: "protected parameters, user and folder changed",
    prior: PRIOR,
    desired: { ...DESIRED, protectedEnvironment: { B: "3" }, runAsUser: "app", workingDirectory: "/srv" },
    expected: { ...RERUN, because: ["protectedParameters", "runAsUser", "workingDirectory"] },
  },
  {
    when: "only the settings changed, every one of them",
    prior: PRIOR,
    desired: {
      ...DESIRED,
      settings: { timeoutInSeconds: 60, rebootPolicy: "rerun", outputMaxBytes: 0, logging: "stdout" },
    },
    expected: { action: "keep" },
  },
  {
    when: "only the settings are not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, settings: undefined },
    expected: { action: "keep" },
  },
  {
    when: "protected parameters, user and folder are not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, protectedEnvironment: undefined, runAsUser: undefined, workingDirectory: undefined },
    expected: { ...RERUN, because: ["protectedParameters", "runAsUser", "workingDirectory"] },
  },
  {
    when: "the script is not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, script: undefined },
    expected: { ...RERUN, because: ["script"] },
  },
  {
    when: "the last run failed",
    prior: { ...PRIOR, executionState: "Failed" },
    desired: DESIRED,
    expected: { action: "rerun", because: [], lastRun: "Failed" },
  },
  {
    when: "how the last run ended is not known",
    prior: { ...PRIOR, executionState: "Unknown" },
    desired: DESIRED,
    expected: { action: "rerun", because: [], lastRun: "Unknown" },
  },
  {
    when: "the VM and the script changed",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, vmName: "web2" }, script: "date" },
    expected: { action: "replace", because: ["virtualMachineId"] },
  },
  {
    when: "the VM is not known yet, since it will be made anew",
    prior: PRIOR,
    desired: { ...DESIRED, target: undefined },
    expected: { action: "replace", because: ["virtualMachineId"] },
  },
])("$expected.action when $when", ({ prior, desired, expected }) => {
  expect(plan(prior, desired)).toEqual(expected);
});
