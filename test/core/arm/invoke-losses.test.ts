/** What is claimed about a run when an answer is lost or refused on the way, and how long is waited in between. */
import { createArmClient } from "../../../core/arm/arm-client";
import { invoke } from "../../../core/arm/invoke";
import { Pace } from "../../../core/arm/pace";
import { RunFailedError } from "../../../core/failures/errors";
import { cloudByName } from "../../../core/sign-in/clouds";
import { type Answer, virtualOutside } from "../../support/virtual-outside";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const POLL_URL = "https://management.azure.com/operations/o";
const ACCEPTED: Answer = { status: 202, headers: { "azure-asyncoperation": POLL_URL } };
const DENIED: Answer = { status: 403, body: { error: { code: "AuthorizationFailed", message: "m" } } };
const REFUSED: Answer = { status: 400, body: { error: { code: "InvalidParameter", message: "m" } } };
const LOST: Answer = { lost: "ECONNRESET" };
const UNSENT: Answer = { lost: "ECONNREFUSED" };

/** @param answers one after the other, the last one again and again. */
function run(answers: readonly Answer[]) {
  const outside = virtualOutside((_exchange, count) => {
    if (count > 100) {
      throw new RunFailedError({ kind: "SubscriptionUnknown" });
    }
    return answers[count - 1] ?? answers.at(-1) ?? LOST;
  });
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const end = invoke({
    client,
    outside,
    target: TARGET,
    body: { commandId: "RunShellScript", script: ["true"] },
    work: { kind: "test", waitsMs: 0 },
    pace: new Pace(),
    operationMaxMs: 60_000,
    afterLoss: async () => "sendAgain",
  });
  return { end, outside };
}

test.each<{ what: string; answers: readonly Answer[]; failure: object; mayHaveRun: boolean }>([
  {
    what: "a poll is denied: the right is missing, and the script may have run",
    answers: [ACCEPTED, DENIED],
    failure: { kind: "NotAuthorized", vmName: "web1", message: "m" },
    mayHaveRun: true,
  },
  {
    what: "the command itself is denied: nothing ran",
    answers: [DENIED],
    failure: { kind: "NotAuthorized", vmName: "web1", message: "m" },
    mayHaveRun: false,
  },
  {
    what: "an answer was lost, then the command is refused: the first one may have run",
    answers: [LOST, REFUSED],
    failure: { kind: "RequestRefused", status: 400, code: "InvalidParameter" },
    mayHaveRun: true,
  },
  {
    what: "Azure had a fault, then the command is refused: the first one may have run",
    answers: [{ status: 500 }, REFUSED],
    failure: { kind: "RequestRefused" },
    mayHaveRun: true,
  },
  {
    what: "a command could not be sent, then it is refused: nothing ran",
    answers: [UNSENT, REFUSED],
    failure: { kind: "RequestRefused" },
    mayHaveRun: false,
  },
  {
    what: "an answer was lost, then nothing can be sent: the first one may have run",
    answers: [LOST, UNSENT],
    failure: { kind: "AnswerLost", vmName: "web1", commandId: "RunShellScript", afterTries: 5 },
    mayHaveRun: true,
  },
  {
    what: "the command is taken without a URL to follow it: it may have run",
    answers: [{ status: 202 }],
    failure: { vmName: "web1" },
    mayHaveRun: true,
  },
  {
    what: "the operation failed: the script may have run",
    answers: [ACCEPTED, { status: 200, body: { status: "Failed", error: { code: "A", message: "m" } } }],
    failure: { kind: "OperationFailed", vmName: "web1", code: "A", message: "m" },
    mayHaveRun: true,
  },
])("$what", async ({ answers, failure, mayHaveRun }) => {
  await expect(run(answers).end).rejects.toMatchObject({ failure, mayHaveRun });
});

test.each([
  ["is lost", LOST],
  ["cannot be sent", UNSENT],
  ["meets a fault of Azure", { status: 503 }],
])("a command that %s is sent five times, with pauses that grow by 3 s", async (_what, answer) => {
  const { end, outside } = run([answer]);
  await expect(end).rejects.toMatchObject({ failure: { afterTries: 5 } });
  expect(outside.exchanges).toHaveLength(5);
  expect(outside.sleptMs).toEqual([3_000, 6_000, 9_000, 12_000]);
});

test("losses are counted over the whole of a command, not only in a row", async () => {
  const busy: Answer = { status: 409, body: { error: { code: "Conflict", message: "in progress" } } };
  const { end, outside } = run([LOST, busy, LOST, busy, LOST, LOST, LOST]);
  await expect(end).rejects.toMatchObject({ failure: { kind: "AnswerLost", afterTries: 5 }, mayHaveRun: true });
  expect(outside.sleptMs).toEqual([3_000, 2_000, 6_000, 4_000, 9_000, 12_000]);
});
