import { readWaitSlice, type WaitSlice } from "../../../core/sign-in/wait-slice";

const waitSlice = (text?: string) =>
  readWaitSlice((name) => (name === "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS" ? text : undefined));

test("an operation waits a minute, unless the environment says otherwise", () => {
  const byDefault: WaitSlice = { kind: "seconds", value: 60, source: "the default" };
  expect(waitSlice()).toEqual(byDefault);
  expect(waitSlice("")).toEqual(byDefault);
  expect(waitSlice("1")).toEqual({ kind: "seconds", value: 1, source: "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS" });
  expect(waitSlice("3600")).toMatchObject({ kind: "seconds", value: 3_600 });
});

test.each(["0", "3601", "1.5", "-5", " 5", "5s", "1e2", "ten", "x".repeat(40)])(
  "how long an operation waits cannot be %j",
  (text) => {
    expect(waitSlice(text)).toEqual<WaitSlice>({
      kind: "problem",
      problem: `the environment variable AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS is ${JSON.stringify(text.slice(0, 20))}, expected a whole number of seconds from 1 to 3,600`,
    });
  },
);
