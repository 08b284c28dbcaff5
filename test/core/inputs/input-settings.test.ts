import { DEFAULT_SETTINGS, readStoredSettings } from "../../../core/inputs/input-settings";

test("of stored settings each is read by itself, and what is not understood has its default", () => {
  const stored = {
    timeoutInSeconds: 5,
    deleteFailure: "ignore",
    successExitCodes: [0, 3],
    removeExtension: "later",
    outputMaxBytes: -1,
    treatFailureAsDeploymentFailure: "no",
    script: "x",
  };
  expect(readStoredSettings(stored)).toEqual({
    ...DEFAULT_SETTINGS,
    timeoutInSeconds: 5,
    deleteFailure: "ignore",
    successExitCodes: [0, 3],
  });
});

test("a state without settings has the defaults, and one with all of them keeps them", () => {
  expect(readStoredSettings({})).toEqual(DEFAULT_SETTINGS);
  const all = {
    timeoutInSeconds: 90,
    rebootPolicy: "continue",
    parallelOnVm: true,
    successExitCodes: [7],
    treatFailureAsDeploymentFailure: false,
    readyTimeoutInSeconds: 0,
    outputMaxBytes: 0,
    logging: "stderr",
    deleteFailure: "ignore",
    removeExtension: "never",
  };
  expect(readStoredSettings(all)).toEqual(all);
});
