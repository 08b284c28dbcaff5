import { type RunContent, runId } from "../../core/identity";

const CONTENT: RunContent = { script: "uptime", environment: {}, arguments: [], triggers: null };

test("two resources that run the same have runs of different names", () => {
  expect(runId("k", 1, "create", CONTENT, [])).not.toBe(runId("other", 1, "create", CONTENT, []));
});
