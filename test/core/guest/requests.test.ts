import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { GuestRequest, RunnerCall } from "../../../core/guest/protocol";
import { encodeCall, fitsOneFrame, measureCall } from "../../../core/guest/requests";
import { runnerText, stripRunner } from "../../../core/guest/runner-text";
import { run } from "./guest-vm";

const call = (...requests: readonly GuestRequest[]): RunnerCall => ({
  nonce: "0".repeat(32),
  waitSliceSeconds: 60,
  requests,
});

test("a call is the runner and one line per request, in ASCII", () => {
  const text = encodeCall(
    call(
      run("echo é\r\n", {
        environment: { A: "it's", UID: "5" },
        arguments: ["$1"],
        user: "u",
        workingDirectory: "/w",
        timeoutSeconds: 9,
        continues: "1-b",
        guards: { creates: "/it's", unless: undefined, onlyIf: "a\nb" },
        last: "1-a",
        beside: true,
        endsOthers: true,
        retryUnless: [0, 3],
      }),
      run("", { key: "plain" }),
      run("", { key: "again", retryUnless: [0, 3], retryWindowSeconds: 90 }),
      run("", { key: "followed", seen: { stdout: 0, stderr: 0 } }),
      { verb: "wait", key: "k", runId: "1-a", outputMaxBytes: 5 },
      { verb: "wait", key: "k", runId: "1-a", outputMaxBytes: 5, seen: { stdout: 12, stderr: 3 } },
      { verb: "read", key: "k", runId: "1-a", offset: 7 },
      { verb: "cancel", key: "k", runId: "1-a", outputMaxBytes: 6 },
      { verb: "cancel", key: "k", runId: "1-b", outputMaxBytes: 6, onlyWaiting: true },
      { verb: "purge", key: "k", generation: 3 },
      { verb: "list", key: "k" },
      { verb: "list", key: undefined },
      { verb: "list", key: undefined, after: { key: "k", runId: "1-a" } },
    ),
  );
  const words = Buffer.from(
    [
      "become 'u' '/w'",
      `set -- 'UID=5' $as "$@" '$1'`,
      "exports() {",
      "export A='it'\\''s'",
      ":",
      "} 2>/dev/null",
      "guards() {",
      "guard creates '/it'\\''s' 'UID=5'",
      "guard onlyIf 'a\nb' 'UID=5'",
      ":",
      "}",
      "",
    ].join("\n"),
  ).toString("base64");
  const plain = Buffer.from(
    `become '' ''\nset -- $as "$@"\nexports() {\n:\n} 2>/dev/null\nguards() {\n:\n}\n`,
  ).toString("base64");
  expect(text.slice(runnerText().length)).toBe(
    [
      `{ begin ${"0".repeat(32)} 60 0`,
      `r_run key 1-create-0 11111111-2222-3333-4444-555555555555 7200 1048576 9 1-b 'ZWNobyDDqQ0K' '${words}' 1-a be ,0,3,`,
      `r_run plain 1-create-0 11111111-2222-3333-4444-555555555555 7200 1048576 0 - '' '${plain}' - - -`,
      `r_run again 1-create-0 11111111-2222-3333-4444-555555555555 7200 1048576 0 - '' '${plain}' - - 90,0,3,`,
      `r_run followed 1-create-0 11111111-2222-3333-4444-555555555555 7200 1048576 0 - '' '${plain}' - - - 0.0`,
      "r_wait k 1-a 5",
      "r_wait k 1-a 5 wait 12.3",
      "r_read k 1-a 7",
      "r_cancel k 1-a 6",
      "r_cancel k 1-b 6 w",
      "r_purge k 3",
      "r_list k",
      "r_list ''",
      "r_list '' k/1-a",
      "finish",
      "exit",
      "}\n",
    ].join("\n"),
  );
  expect(/^[\n -~]*$/.test(text)).toBe(true);
});

test("the runner travels in less than 22,514 bytes, so that a script of 129,000 has room", () => {
  expect(runnerText().length).toBeLessThan(22_514);
});

test("the runner passes shellcheck as POSIX sh", () => {
  const path = join(__dirname, "../../../core/guest/runner.sh");
  expect(execFileSync("shellcheck", ["-s", "sh", path], { encoding: "utf8" })).toBe("");
});

test("a here-document in the runner is refused, because stripping would change it", () => {
  expect(() => stripRunner("#!/bin/sh\ncat <<E\n  a\nE\n")).toThrow("runner.sh must not contain a here-document");
});

test("the size of a call counts what the service may put before it", () => {
  expect(measureCall("abc")).toEqual({ plainBytes: 3, base64Bytes: 1_372 });
});

test.each<{ what: string; runs: number; purges: number; fits: boolean }>([
  { what: "60 runs", runs: 60, purges: 0, fits: true },
  { what: "61 runs", runs: 61, purges: 0, fits: false },
  { what: "120 purges, which tell little", runs: 0, purges: 120, fits: true },
  { what: "121 purges", runs: 0, purges: 121, fits: false },
  { what: "28 runs and 64 purges", runs: 28, purges: 64, fits: true },
  { what: "29 runs and 64 purges", runs: 29, purges: 64, fits: false },
])("whether $what have room in one frame: $fits", ({ runs, purges, fits }) => {
  const verbs = [...Array(runs).fill("run"), ...Array(purges).fill("purge")] as GuestRequest["verb"][];
  expect(fitsOneFrame(verbs.map((verb) => ({ verb })))).toBe(fits);
});

test.each<{ what: string; requests: readonly GuestRequest[]; sentence: string }>([
  { what: "no request", requests: [], sentence: "a call must have 1 to 60 requests, or twice as many purges" },
  {
    what: "61 requests",
    requests: Array(61).fill(run("")),
    sentence: "a call must have 1 to 60 requests, or twice as many purges",
  },
  {
    what: "a path as a key",
    requests: [run("", { key: "../x" })],
    sentence: "the key of a request must match [A-Za-z0-9-]{1,64}",
  },
  {
    what: "a long runId",
    requests: [run("", { runId: "1".repeat(65) })],
    sentence: "the runId of a request must match [A-Za-z0-9-]{1,64}",
  },
  {
    what: "a vmId with a quote",
    requests: [run("", { vmId: "'" })],
    sentence: "the vmId of a request must match [A-Za-z0-9-]{1,64}",
  },
  {
    what: "a fraction of a second",
    requests: [run("", { resumeWindowSeconds: 0.5 })],
    sentence: "resumeWindowSeconds must be a whole number",
  },
  {
    what: "a variable with a dash",
    requests: [run("", { environment: { "a-b": "" } })],
    sentence: "the name of an environment variable must be a shell identifier",
  },
  {
    what: "NUL in an argument",
    requests: [run("", { arguments: ["a\0"] })],
    sentence: "an environment variable, argument, user or folder must not contain NUL",
  },
  {
    what: "NUL in a guard",
    requests: [run("", { guards: { creates: undefined, unless: "a\0", onlyIf: undefined } })],
    sentence: "a guard must not contain NUL",
  },
  {
    what: "a path as the last run",
    requests: [run("", { last: "../1" })],
    sentence: "last must match [A-Za-z0-9-]{1,64}",
  },
  {
    what: "a negative exit code",
    requests: [run("", { retryUnless: [0, -1] })],
    sentence: "retryUnless must be whole numbers",
  },
  {
    what: "half a second in which a failure counts",
    requests: [run("", { retryUnless: [], retryWindowSeconds: 0.5 })],
    sentence: "retryWindowSeconds must be a whole number",
  },
  {
    what: "half a byte that is seen",
    requests: [{ verb: "wait", key: "k", runId: "1-a", outputMaxBytes: 5, seen: { stdout: 0.5, stderr: 0 } }],
    sentence: "what is seen of a stream must be a whole number of bytes",
  },
  {
    what: "a path as the key of a list",
    requests: [{ verb: "list", key: "../x" }],
    sentence: "the key of a request must match [A-Za-z0-9-]{1,64}",
  },
  {
    what: "a path behind which a list begins",
    requests: [{ verb: "list", key: undefined, after: { key: "k", runId: "../x" } }],
    sentence: "after must be the name of a run",
  },
])("$what is refused before anything is sent", ({ requests, sentence }) => {
  expect(() => encodeCall(call(...requests))).toThrow(new RangeError(sentence));
});
