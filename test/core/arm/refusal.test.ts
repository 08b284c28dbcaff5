/** What Azure's refusals mean where the words of one code differ. The whole way is in test/core/failures/azure-answers.ts. */
import {
  classifyFailedOperation,
  classifyLongRefusal,
  classifyRefusal,
  classifyRefusedCommand,
  classifyRefusedPoll,
} from "../../../core/arm/refusal";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const vmName = "web1";

describe("a refusal that passes, for too long,", () => {
  const busy = (code: string, message: string) =>
    classifyLongRefusal({ kind: "busy", error: { code, message }, retryAfterMs: undefined }, vmName, 5_700);

  test.each([
    { code: "Conflict", message: "Run command extension execution is in progress.", kind: "Busy" },
    { code: "Conflict", message: "The request failed due to conflict with a concurrent request.", kind: "VmChanging" },
    { code: "OperationNotAllowed", message: "since another operation is in progress.", kind: "VmChanging" },
  ])("$code '$message' is $kind", ({ code, message, kind }) => {
    expect(busy(code, message)).toEqual({ kind, vmName, waitedSeconds: 5_700, message });
  });

  const throttled = (message: string, retryAfterMs: number | undefined, details: readonly string[] = []) =>
    classifyLongRefusal(
      {
        kind: "throttled",
        error: { code: "c", message, details: details.map((text) => ({ code: "TooManyRequests", message: text })) },
        retryAfterMs,
      },
      vmName,
      10,
    );

  test.each<{ what: string; given: unknown; expected: object }>([
    {
      what: "nothing but its words",
      given: throttled("m", undefined),
      expected: { retryAfterSeconds: undefined, limit: undefined },
    },
    {
      what: "a header",
      given: throttled("Please try again after '6' seconds.", 36_500),
      expected: { retryAfterSeconds: 37, limit: undefined },
    },
    {
      what: "a time in its sentence",
      given: throttled("Please try again after '6' seconds.", undefined),
      expected: { retryAfterSeconds: 6, limit: undefined },
    },
    {
      what: "its numbers",
      given: throttled("m", undefined, [
        '{"operationGroup":"UpdateVM3Min","allowedRequestCount":240,"measuredRequestCount":241}',
      ]),
      expected: { limit: { operationGroup: "UpdateVM3Min", allowedRequests: 240, measuredRequests: 241 } },
    },
    {
      what: "a group without numbers",
      given: throttled("m", undefined, ['{"operationGroup":"UpdateVM3Min","allowedRequestCount":"240"}']),
      expected: { limit: { operationGroup: "UpdateVM3Min", allowedRequests: undefined, measuredRequests: undefined } },
    },
    { what: "details that are no JSON", given: throttled("m", undefined, ["soon"]), expected: { limit: undefined } },
  ])("with $what", ({ given, expected }) => {
    expect(given).toMatchObject({ kind: "Throttled", vmName, waitedSeconds: 10, ...expected });
  });
});

describe("a 404", () => {
  const error = { code: "NotFound", message: "m" };

  test("NotFound of a command means that the command is not known", () => {
    expect(classifyRefusedCommand(404, error, TARGET, "ipconfigg")).toEqual({
      kind: "CommandUnknown",
      vmName,
      commandId: "ipconfigg",
      message: "m",
      knownIds: undefined,
    });
  });

  test("NotFound of anything else does not", () => {
    expect(classifyRefusal(404, error, TARGET, "a")).toEqual({ kind: "RequestRefused", vmName, status: 404, ...error });
  });

  test("whose code is a name that every object has is nothing special", () => {
    const odd = { code: "toString", message: "m" };
    expect(classifyRefusal(404, odd, TARGET, "a")).toEqual({ kind: "RequestRefused", vmName, status: 404, ...odd });
  });
});

describe("a missing right", () => {
  const unnamed = { code: "AuthorizationFailed", message: "no" };

  test("is the one that Azure names", () => {
    const named = { code: "AuthorizationFailed", message: "authorization to perform action 'A/b' over scope '/s'" };
    expect(classifyRefusedPoll(403, named, TARGET)).toMatchObject({ kind: "NotAuthorized", action: "A/b" });
  });

  test("is the one that was needed, where Azure names none", () => {
    expect(classifyRefusedCommand(403, unnamed, TARGET, "x")).toMatchObject({
      action: "Microsoft.Compute/virtualMachines/runCommand/action",
    });
    expect(classifyRefusedPoll(403, unnamed, TARGET)).toMatchObject({
      action: "Microsoft.Compute/locations/operations/read",
    });
  });
});

test("a VM that is not deallocated is not taken for one that is", () => {
  const error = {
    code: "OperationNotAllowed",
    message: "is not allowed on VM 'web1' since the VM is not deallocated.",
  };
  expect(classifyRefusal(409, error, TARGET, "a")).toEqual({ kind: "RequestRefused", vmName, status: 409, ...error });
});

test("an operation that failed is the agent's silence only by its own code", () => {
  const error = { code: "VMAgentStatusCommunicationError", message: "m", details: [] };
  expect(classifyFailedOperation(error, TARGET)).toEqual({
    kind: "AgentSilent",
    vmName,
    code: error.code,
    message: "m",
  });
  expect(classifyFailedOperation({ ...error, code: "Other" }, TARGET)).toEqual({
    kind: "OperationFailed",
    vmName,
    code: "Other",
    message: "m",
  });
});
