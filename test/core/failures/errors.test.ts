import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeFailure, RunFailedError } from "../../../core/failures/errors";
import { EXAMPLES } from "./examples";

test("every failure has its sentence: one line, beginning small, without a full stop", () => {
  const golden = readFileSync(join(__dirname, "../../golden/failures.txt"), "utf8").trimEnd().split("\n");
  expect(Object.values(EXAMPLES).map((failure) => `${failure.kind}: ${describeFailure(failure)}`)).toEqual(golden);
  for (const line of golden) {
    expect(line).toMatch(/^[A-Z][A-Za-z]+: (['a-z]|Entra |Azure('s)? ).*[^.]$/);
  }
});

test.each([
  EXAMPLES.VmNotRunning,
  EXAMPLES.RequestRefused,
  EXAMPLES.CredentialsRefused,
  EXAMPLES.Unreachable,
  EXAMPLES.NotAuthorized,
  EXAMPLES.Busy,
])("$kind never says that nothing was run when the script may have run", (failure) => {
  expect(describeFailure(failure)).toMatch(/; nothing was run$/);
  const sentence = describeFailure(failure, true);
  expect(sentence).not.toContain("nothing was run");
  expect(sentence).toMatch(
    /; the script had been sent already and may have run; the next deployment takes up what is there$/,
  );
});

test.each([
  { missing: undefined, where: "" },
  { missing: "vm" as const, where: "" },
  { missing: "resourceGroup" as const, where: ", with its resource group," },
])("a VM that took the script and is not there any more was deleted (missing: $missing)", ({ missing, where }) => {
  expect(describeFailure({ ...EXAMPLES.VmNotFound, missing }, true)).toBe(
    `'web1' was deleted${where} after the script had been sent to it: how it ended is not known, and nothing is left of it; Azure says "was not found."; the next deployment runs it again, once there is a VM`,
  );
});

test("a subscription that cannot be seen any more says nothing of its VM", () => {
  expect(describeFailure({ ...EXAMPLES.VmNotFound, missing: "subscription" }, true)).toBe(
    "the subscription of 'web1' is not there, or these credentials cannot see it: Azure says \"was not found.\"; check the name, the group and the subscription; the script had been sent already and may have run; the next deployment takes up what is there",
  );
});

test("a script that fails without a word on stderr is shown by the end of its stdout", () => {
  const failed = { kind: "ScriptFailed", vmName: "web1", exitCode: 1, stderrTail: "" } as const;
  expect(describeFailure({ ...failed, stdoutTail: "halfway" })).toBe(
    "the script on 'web1' exited with 1; stderr is empty, end of stdout: \"halfway\"",
  );
  expect(describeFailure({ ...failed, stdoutTail: "" })).toBe("the script on 'web1' exited with 1; it printed nothing");
});

test("that a script could not be started is said once, whichever way the runner begins its reason", () => {
  const refused = (reason: string) => describeFailure({ kind: "ScriptRefused", vmName: "web1", reason });
  expect(refused("the job could not be started: there is no user 'app' on this VM")).toBe(
    "the script on 'web1' could not be started: there is no user 'app' on this VM",
  );
  expect(refused("the disk is full")).toBe("the script on 'web1' could not be started: the disk is full");
});

describe("what is still true", () => {
  const { VmNotRunning, Busy, DeadlinePassed, OperationFailed, AnswerLost } = EXAMPLES;

  test.each<{ of: string; sentence: string; expected: string }>([
    {
      of: "a deletion is that it goes on where it stopped, said once",
      sentence: new RunFailedError(VmNotRunning).about("deletion").message,
      expected:
        "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then delete again: it goes on where it stopped",
    },
    {
      of: "a deletion that waited is the same",
      sentence: new RunFailedError(Busy).about("deletion").message,
      expected:
        "'web1' was busy with another run command for 5700 s: Azure runs one at a time on a VM and cannot cancel one; wait for it or look who started it in the activity log, then delete again: it goes on where it stopped; Azure says \"in progress.\"",
    },
    {
      of: "a rollback that was not sent is that nothing was run, and how it goes on",
      sentence: new RunFailedError(VmNotRunning).about("rollback").message,
      expected:
        "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then continue the rollback with 'aws cloudformation continue-update-rollback', or let that skip this resource ('--resources-to-skip'); nothing was run",
    },
    {
      of: "a rollback that was sent is that it runs again",
      sentence: new RunFailedError(DeadlinePassed).about("rollback").afterItMayHaveRun().message,
      expected:
        "stopped waiting for 'web1' after 5400 s: the run's last known state is 'Running'; it may still be running on the VM; the rollback runs it again when it is continued",
    },
    {
      of: "a check that was not sent is that nothing was run",
      sentence: new RunFailedError(VmNotRunning).about("check").message,
      expected:
        "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then refresh again; nothing was run",
    },
    {
      of: "a check that was sent is that the next refresh checks again",
      sentence: new RunFailedError(DeadlinePassed).about("check").afterItMayHaveRun().message,
      expected:
        "stopped waiting for 'web1' after 5400 s: the check's last known state is 'Running'; it may still be running on the VM; the next refresh checks again",
    },
    {
      of: "a check that Azure could not carry out is the same",
      sentence: new RunFailedError(OperationFailed).about("check").message,
      expected:
        "Azure could not carry out the run command on 'web1': VMExtensionProvisioningError: \"m\"; the extension's handler failed on the VM: look at /var/log/azure/run-command/handler.log there; the check may have run; the next refresh checks again",
    },
    {
      of: "a check whose answer was lost is the same",
      sentence: new RunFailedError(AnswerLost).about("check").message,
      expected:
        "the answer to RunShellScript for 'web1' was lost 5 times (ECONNRESET); it may have been carried out; the next refresh checks again",
    },
  ])("of $of", ({ sentence, expected }) => {
    expect(sentence).toBe(expected);
  });
});

test("evidence follows the sentence, a line each, and stays when more is known", () => {
  const error = new RunFailedError(EXAMPLES.RunLost).withEvidence(["one"]).withEvidence(["two"]).about("check");
  expect(error.evidence).toEqual(["one", "two"]);
  expect(error.afterItMayHaveRun()).toMatchObject({ evidence: ["one", "two"], mayHaveRun: true, subject: "check" });
  expect(error.about("deletion").evidence).toEqual(["one", "two"]);
  expect(error.message).toBe(`${describeFailure(EXAMPLES.RunLost, false, "check")}\n  - one\n  - two`);
});
