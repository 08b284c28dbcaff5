import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeFailure, type RunFailure } from "../../../core/failures/errors";

/** One failure of each kind. A new kind does not compile until it is here, and in the golden file. */
const EXAMPLES: { readonly [Kind in RunFailure["kind"]]: Extract<RunFailure, { kind: Kind }> } = {
  SubscriptionUnknown: { kind: "SubscriptionUnknown" },
  CredentialsMissing: { kind: "CredentialsMissing", detail: "DefaultAzureCredential had none" },
  CredentialsRefused: { kind: "CredentialsRefused", code: "AADSTS90002", source: "ARM_CLIENT_SECRET" },
  CredentialsUnusable: { kind: "CredentialsUnusable", source: "ARM_USE_OIDC", detail: "no token is named" },
  CloudUnknown: { kind: "CloudUnknown", setting: "ARM_ENVIRONMENT", detail: "its value is 'mars'" },
  Unreachable: { kind: "Unreachable", host: "management.azure.com", detail: "ETIMEDOUT", afterTries: 1 },
  ForeignUrl: { kind: "ForeignUrl", host: "management.azure.com", foreignHost: "evil.example" },
  VmNotFound: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "was not found." },
  VmNotRunning: { kind: "VmNotRunning", vmName: "web1", powerState: "deallocated" },
  VmNotLinux: { kind: "VmNotLinux", vmName: "web1", osType: "Windows" },
  NotAuthorized: { kind: "NotAuthorized", vmName: "web1", action: "Microsoft.Compute/x/action", message: "no." },
  ScopeLocked: { kind: "ScopeLocked", vmName: "web1", message: "locked." },
  Busy: { kind: "Busy", vmName: "web1", waitedSeconds: 5_700, message: "in progress." },
  RequestRefused: { kind: "RequestRefused", vmName: "web1", status: 400, code: "Bad", message: "bad." },
  OperationFailed: { kind: "OperationFailed", vmName: "web1", code: "VMAgentStatusCommunicationError", message: "m" },
  AnswerLost: {
    kind: "AnswerLost",
    vmName: "web1",
    commandId: "RunShellScript",
    detail: "ECONNRESET",
    afterTries: 5,
  },
  DeadlinePassed: { kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 5_400, lastState: "Running" },
  ReportUnreadable: { kind: "ReportUnreadable", vmName: "web1", why: "the report is missing", evidence: "a\nb" },
  InterruptedBefore: { kind: "InterruptedBefore", vmName: "web1" },
  ScriptRefused: { kind: "ScriptRefused", vmName: "web1", reason: "the disk is full" },
  ScriptFailed: { kind: "ScriptFailed", vmName: "web1", exitCode: 3, stderrTail: 'say "no"\nbye', stdoutTail: "x" },
  ScriptKilled: { kind: "ScriptKilled", vmName: "web1", signal: 9, stderrTail: "", stdoutTail: "half" },
  ScriptTimedOut: { kind: "ScriptTimedOut", vmName: "web1", timeoutInSeconds: 60, stderrTail: "", stdoutTail: "half" },
  ScriptCanceled: { kind: "ScriptCanceled", vmName: "web1" },
  NamedOutputsUnreadable: { kind: "NamedOutputsUnreadable", vmName: "web1", problem: "line 3 is no output" },
  RestartedTooOften: { kind: "RestartedTooOften", vmName: "web1", restarts: 10 },
  StillRunning: { kind: "StillRunning", vmName: "web1" },
  ReceiptsStay: { kind: "ReceiptsStay", vmName: "web1", key: "0123", detail: "the disk is read-only" },
  RunLost: { kind: "RunLost", vmName: "web1" },
  RunInterrupted: { kind: "RunInterrupted", vmName: "web1" },
};

test("every failure has its sentence: one line, beginning small, without a full stop", () => {
  const golden = readFileSync(join(__dirname, "../../golden/failures.txt"), "utf8").trimEnd().split("\n");
  expect(Object.values(EXAMPLES).map((failure) => `${failure.kind}: ${describeFailure(failure)}`)).toEqual(golden);
  for (const line of golden) {
    expect(line).toMatch(
      /^[A-Z][A-Za-z]+: ['a-z].*[^.]$|^CredentialsRefused: Entra .*[^.]$|^RequestRefused: Azure .*[^.]$|^OperationFailed: Azure .*[^.]$/,
    );
  }
});

test.each([
  EXAMPLES.VmNotRunning,
  EXAMPLES.VmNotFound,
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
