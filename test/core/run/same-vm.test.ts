/** A VM that is made anew under its name while a run is on its way to it, or goes on there. Virtual time, a virtual guest. */
import { describeFailure } from "../../../core/failures/errors";
import type { GuestRequest } from "../../../core/guest/protocol";
import { executeRun } from "../../../core/run/execute";
import { requireSameVm, type SeeVmId } from "../../../core/run/same-vm";
import { knownExample, runRequestExample, scriptIntentExample } from "../../support/examples";
import { type AzureOptions, targetOf, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

const LOST = { isTaken: true, answer: { lost: "ECONNRESET" } } as const;

/** @param afterMs when, since the script was asked for, the VM is made anew; never without it. */
async function play({
  afterMs,
  script = "seconds=0",
  ...options
}: Partial<AzureOptions> & { readonly afterMs?: number; readonly script?: string }) {
  const azure = virtualAzure({ vmNames: ["web1"], ...options });
  const session = azure.session();
  const intent = scriptIntentExample(knownExample({ target: targetOf("web1"), script }));
  const executed = executeRun(intent, session, recordedReporter());
  if (afterMs !== undefined) {
    await azure.outside.sleep(afterMs);
    azure.remake("web1");
  }
  const { failure, result } = (await executed).outcome;
  return { azure, failure, state: result.executionState, sent: azure.operations.length };
}

test.each([
  { when: "while its operation goes on", options: { afterMs: 3_000 } },
  { when: "while it is waited for", options: { afterMs: 100_000, script: "seconds=600" }, calls: 3 },
  {
    when: "after its answer was lost",
    options: { afterMs: 500, postFault: (post: number) => (post === 1 ? LOST : undefined) },
  },
])("a script whose VM is made anew $when is not run on the new one: that is said", async ({ options, calls = 1 }) => {
  const { failure, state, sent } = await play(options);
  expect([state, failure && describeFailure(failure, true, "invocation")]).toEqual([
    "Unknown",
    "'web1' was made anew after the script had been sent to it: how it ended on the old VM is not known, and on the new one nothing was run; 'azure-run-command invoke' runs it again",
  ]);
  expect(sent).toBe(calls);
});

test("a script whose answer was lost is asked for again on the same VM", async () => {
  const { state, sent } = await play({ postFault: (post) => (post === 1 ? LOST : undefined) });
  expect([state, sent]).toEqual(["Succeeded", 2]);
});

test("where the VM cannot be seen the script is asked for again", async () => {
  let isLost = false;
  const { state, sent } = await play({
    postFault: (post) => {
      isLost = post === 1;
      return isLost ? LOST : undefined;
    },
    getFault: ({ url }) => (isLost && url.includes("instanceView") ? { status: 403, body: {} } : undefined),
  });
  expect([state, sent]).toEqual(["Succeeded", 2]);
});

describe("another VM", () => {
  const seeOther = async () => "22222222-2222-3333-4444-555555555555";
  const look = { verb: "wait", key: "k", runId: "1-a", outputMaxBytes: 1 } as const;

  test("is none for what only looks, and for a run of which nobody knows the VM", async () => {
    const meant = (request: GuestRequest, seeVmId?: SeeVmId) => ({ request, seeVmId });
    await requireSameVm("web1", [meant(look, seeOther), meant(runRequestExample({ vmId: "unknown" }), seeOther)]);
    await requireSameVm("web1", [meant(runRequestExample())]);
    await requireSameVm("web1", [meant(runRequestExample(), async () => undefined)]);
    await requireSameVm("web1", [meant(runRequestExample(), async () => runRequestExample().vmId.toUpperCase())]);
  });

  test("is one for any run of a call", async () => {
    const meant = [
      { request: look, seeVmId: undefined },
      { request: runRequestExample(), seeVmId: seeOther },
    ];
    await expect(requireSameVm("web1", meant)).rejects.toMatchObject({
      failure: { kind: "VmReplaced", vmName: "web1" },
      mayHaveRun: true,
    });
  });
});
