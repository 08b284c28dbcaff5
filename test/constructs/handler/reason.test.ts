/** What CloudFormation shows of a failure. */
import { beginningWithin, endWithin, jsonBytes } from "../../../constructs/handler/json-bytes";
import { DeploymentFailure, REASON_MAX_BYTES, reasonOf } from "../../../constructs/handler/reason";
import { describeFailure } from "../../../core/failures/errors";
import { Random } from "../../model/support/random";

test("a sentence with evidence is one line", () => {
  const evidence = ["the VM's power state is 'stopped'", "the agent's status is 'Not Ready'"];
  const failure = { kind: "VmNotRunning", vmName: "web1", powerState: "stopped" } as const;
  expect(reasonOf(describeFailure(failure, false, "run", evidence))).toBe(
    "cannot run a command on 'web1': its power state is 'stopped', expected 'running'; start the VM, then deploy again; nothing was run; the VM's power state is 'stopped'; the agent's status is 'Not Ready'",
  );
});

test("line breaks and control characters of any kind are no part of it", () => {
  expect(reasonOf("a\r\nb\u2028c\u0000\u001b[31md\n\n  - e\n")).toBe("a; b; c [31md; e");
});

test("of one that is too long, the beginning says what went wrong and the end what was printed last", () => {
  const printed = Array.from({ length: 400 }, (_, index) => `line ${index}`).join("\n");
  const sentence = describeFailure({
    kind: "ScriptFailed",
    vmName: "web1",
    exitCode: 3,
    stderrTail: printed,
    stdoutTail: "",
  });
  const reason = reasonOf(sentence);
  expect(jsonBytes(reason)).toBeLessThanOrEqual(REASON_MAX_BYTES);
  expect(jsonBytes(reason)).toBeGreaterThan(REASON_MAX_BYTES - 4);
  expect(reason).toMatch(/^the script on 'web1' exited with 3; end of stderr: "line 0\\nline 1\\n.* … .*\\nline 399"$/);
});

test("the stack is the message, so that the framework shows it once", () => {
  const failure = new DeploymentFailure("one\ntwo");
  expect([failure.message, failure.stack]).toEqual(["one; two", "one; two"]);
});

test.each([
  ["plain", "plain", 7],
  ["quotes", '"', 4],
  ["a control character", "\u001b", 8],
  ["several bytes", "漢", 5],
  ["half a pair", "\ud800", 8],
])("JSON of %s has its bytes", (_what, text, bytes) => {
  expect(jsonBytes(text)).toBe(bytes);
});

test.each([
  ["abc", 2, "bc", "ab"],
  ["a😀", 4, "😀", "a"],
  ["a😀", 3, "", "a"],
  ['a"', 2, '"', "a"],
  ["", 5, "", ""],
  ["abc", 0, "", ""],
])("of %j, %i bytes are %j at its end and %j at its beginning", (text, bytes, end, beginning) => {
  expect([endWithin(text, bytes), beginningWithin(text, bytes)]).toEqual([end, beginning]);
});

test("1,000 random reasons are never too long", () => {
  const random = new Random(7);
  const pieces = ["x", "\n", '"', "\\", "\u001b", "é", "漢", "😀", "\ud800"];
  for (let turn = 0; turn < 1_000; turn += 1) {
    const text = Array.from({ length: random.whole(0, 3_000) }, () => random.of(pieces)).join("");
    expect(jsonBytes(reasonOf(text))).toBeLessThanOrEqual(REASON_MAX_BYTES);
  }
});
