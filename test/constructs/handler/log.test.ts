/** Lines of the function's log. */
import { openLog } from "../../../constructs/handler/log";
import { maskOf } from "../../../core/secrets/secret-texts";
import { requestOf } from "./support/events";

test("each is one line of JSON that says whose it is, without secrets and without progress", () => {
  const lines: string[] = [];
  const log = openLog({ writeLine: (line) => lines.push(line) }, requestOf());
  const masked = log.masked(maskOf(["correct-horse"]));
  log.info("one\ntwo");
  masked.warn("code correct-horse");
  masked.progress("running: correct-horse");
  expect(lines).toEqual([
    '{"level":"info","request":"Create","resource":"Install","requestId":"request-1","message":"one\\ntwo"}',
    '{"level":"warn","request":"Create","resource":"Install","requestId":"request-1","message":"code [secret]"}',
  ]);
  expect(log.lastProgress()).toBe("running: [secret]");
});
