import { runnerText } from "../../../core/guest/runner-text";

test("the runner travels as ASCII, so that each character takes one byte of memory and no encoding matters", () => {
  expect(runnerText()).toMatch(/^[\t\n -~]+$/);
});
