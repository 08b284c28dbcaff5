import {
  type PollMeaning,
  type PostMeaning,
  readArmError,
  readPollReply,
  readPostReply,
  retryAfterMs,
} from "../../../core/arm/lro";

function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return {
    status,
    header: (name: string) => headers[name.toLowerCase()],
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

const POLL_URL =
  "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o?p=1";
const NOW_MS = Date.parse("2026-11-23T00:00:00Z");

describe("the answer to a POST", () => {
  test.each<{ when: string; given: ReturnType<typeof reply>; expected: PostMeaning }>([
    {
      when: "202 with the operation's URL is accepted, without a time to wait, as Azure sends it",
      given: reply(202, "", { "azure-asyncoperation": POLL_URL, location: `${POLL_URL}&monitor=true` }),
      expected: { kind: "accepted", pollUrl: POLL_URL, retryAfterMs: undefined },
    },
    {
      when: "202 with only Location is accepted",
      given: reply(202, "", { location: POLL_URL, "retry-after": "7" }),
      expected: { kind: "accepted", pollUrl: POLL_URL, retryAfterMs: 7_000 },
    },
    {
      when: "409 while another run is in progress passes",
      given: reply(409, { error: { code: "Conflict", message: "Run command extension execution is in progress. …" } }),
      expected: {
        kind: "busy",
        error: { code: "Conflict", message: "Run command extension execution is in progress. …" },
        retryAfterMs: undefined,
      },
    },
    {
      when: "409 of a VM that does not run is a refusal",
      given: reply(409, {
        error: {
          code: "OperationNotAllowed",
          message: "The operation requires the VM to be running (or set to run).",
        },
      }),
      expected: {
        kind: "refused",
        status: 409,
        error: {
          code: "OperationNotAllowed",
          message: "The operation requires the VM to be running (or set to run).",
        },
      },
    },
    {
      when: "429 asks for patience",
      given: reply(429, { error: { code: "OperationNotAllowed", message: "too many" } }, { "retry-after": "12" }),
      expected: {
        kind: "throttled",
        error: { code: "OperationNotAllowed", message: "too many" },
        retryAfterMs: 12_000,
      },
    },
    {
      when: "503 leaves open whether the request was taken",
      given: reply(503, "<html>"),
      expected: { kind: "uncertain", status: 503, error: { code: "", message: "" } },
    },
    {
      when: "202 without a URL is no acceptance that can be followed",
      given: reply(202, ""),
      expected: { kind: "unclear", status: 202 },
    },
  ])("$when", ({ given, expected }) => {
    expect(readPostReply(given, NOW_MS)).toEqual(expected);
  });
});

describe("the answer to a poll", () => {
  const entry = {
    code: "ProvisioningState/succeeded",
    level: "Info",
    displayStatus: "x",
    message: "Enable succeeded: ",
  };
  test.each<{ when: string; given: ReturnType<typeof reply>; expected: PollMeaning }>([
    {
      when: "InProgress means running",
      given: reply(200, { startTime: "t", status: "InProgress", name: "o" }),
      expected: { kind: "running", retryAfterMs: undefined },
    },
    {
      when: "a status that nobody has documented means running",
      given: reply(200, { status: "Hibernating" }),
      expected: { kind: "running", retryAfterMs: undefined },
    },
    {
      when: "Succeeded has its message in properties.output.value",
      given: reply(200, { status: "Succeeded", properties: { output: { value: [entry] } } }),
      expected: { kind: "succeeded", message: "Enable succeeded: " },
    },
    {
      when: "Succeeded has its message in the bare array of api-versions until 2017-12-01",
      given: reply(200, { status: "Succeeded", properties: { output: [entry] } }),
      expected: { kind: "succeeded", message: "Enable succeeded: " },
    },
    {
      when: "Succeeded without output has no message, and none is invented",
      given: reply(200, { status: "Succeeded" }),
      expected: { kind: "succeeded", message: undefined },
    },
    {
      when: "the final answer of Location is a success",
      given: reply(200, { value: [entry] }),
      expected: { kind: "succeeded", message: "Enable succeeded: " },
    },
    {
      when: "202 of Location means running",
      given: reply(202, "", { "retry-after": "3" }),
      expected: { kind: "running", retryAfterMs: 3_000 },
    },
    {
      when: "Failed comes with HTTP 200",
      given: reply(200, { status: "Failed", error: { code: "VMExtensionProvisioningError", message: "m" } }),
      expected: { kind: "failed", error: { code: "VMExtensionProvisioningError", message: "m" } },
    },
    {
      when: "Canceled is an end",
      given: reply(200, { status: "Canceled", error: { code: "OperationPreempted", message: "m" } }),
      expected: { kind: "canceled", error: { code: "OperationPreempted", message: "m" } },
    },
    {
      when: "404 is not about an operation",
      given: reply(404, { error: { code: "NotFound", message: "m" } }),
      expected: { kind: "strange", status: 404, error: { code: "NotFound", message: "m" } },
    },
  ])("$when", ({ given, expected }) => {
    expect(readPollReply(given, NOW_MS)).toEqual(expected);
  });
});

test("an error is read from its envelope and from the bare object of older answers", () => {
  expect(readArmError('{"error":{"code":"A","message":"b"}}')).toEqual({ code: "A", message: "b" });
  expect(readArmError('{"code":"A","message":"b"}')).toEqual({ code: "A", message: "b" });
  expect(readArmError("not json")).toEqual({ code: "", message: "" });
});

describe("Retry-After", () => {
  test.each<{ when: string; value: string | undefined; expected: number | undefined }>([
    { when: "absent is unknown", value: undefined, expected: undefined },
    { when: "in whole seconds", value: "10", expected: 10_000 },
    { when: "as a date", value: "Mon, 23 Nov 2026 00:00:30 GMT", expected: 30_000 },
    { when: "a date that has passed means now", value: "Mon, 23 Nov 2026 00:00:00 GMT", expected: 0 },
    { when: "nonsense is unknown", value: "soon", expected: undefined },
    { when: "more than a timer can hold is capped", value: "999999999", expected: 2_147_483_647 },
  ])("$when", ({ value, expected }) => {
    expect(retryAfterMs(value, NOW_MS)).toBe(expected);
  });
});
