/** What a VM tells of all its runs, whoever asked for them. The lane answers from a list; no shell. */
import { RunFailedError } from "../../../core/failures/errors";
import type { Receipt } from "../../../core/guest/protocol";
import { listAllReceipts } from "../../../core/run/list-all-receipts";
import { TARGET } from "../../support/examples";
import { type Answers, scriptedVm, VM_GUID, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

function receipt(key: string, runId: string, other: Partial<Receipt> = {}): Receipt {
  return { key, runId, state: "Exited", exitCode: 0, last: undefined, vmId: VM_GUID, startedAtSeconds: 1, ...other };
}

function listing(answers: Answers) {
  const world = scriptedVm(answers);
  const intent = { target: TARGET, label: "runs", readyTimeoutInSeconds: 12, subject: "question" } as const;
  return { ...world, found: listAllReceipts(intent, world.session, recordedReporter()) };
}

test("the receipts of all keys come with their keys, one for each run of each key, as its last boot left it", async () => {
  const receipts = [
    receipt("a", "1-create-0", { state: "Interrupted", exitCode: undefined }),
    receipt("a", "1-create-0-b2", { exitCode: 4 }),
    receipt("b", "1-create-0", { vmId: "another" }),
    receipt("invoke-0", "1-create-0", { state: "Running", exitCode: undefined }),
  ];
  const { found, requests } = listing({ submit: () => ({ kind: "list", key: undefined, receipts, hasMore: false }) });
  expect(await found).toEqual([
    { ...receipt("a", "1-create-0", { exitCode: 4 }), endedAs: "1-create-0-b2" },
    { ...receipt("invoke-0", "1-create-0", { state: "Running", exitCode: undefined }), endedAs: "1-create-0" },
  ]);
  expect(requests).toEqual([{ verb: "list", key: undefined }]);
});

test("a look that fails speaks of what was asked, and nothing was run", async () => {
  const { found } = listing({ vm: () => vmAnswer({ powerState: "deallocated" }) });
  const error: unknown = await found.catch((reason: unknown) => reason);
  if (!(error instanceof RunFailedError)) throw error;
  expect([error.failure.kind, error.mayHaveRun, error.message.includes("deploy")]).toEqual([
    "VmNotRunning",
    false,
    false,
  ]);
});
