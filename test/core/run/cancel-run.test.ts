/** A run that is not wanted any more, named by hand. The lane answers from a list; no shell. */
import { RunFailedError } from "../../../core/failures/errors";
import type { PurgeReport, RunState } from "../../../core/guest/protocol";
import { type CanceledRun, type CancelRunIntent, cancelRun } from "../../../core/run/cancel-run";
import { reportExample, TARGET } from "../../support/examples";
import { PURGED, scriptedVm, VM_GONE, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const OF_RESOURCE: CancelRunIntent = {
  target: TARGET,
  name: { key: "0a1b2c", runId: "3-update-d-b2" },
  label: "cancel",
  readyTimeoutInSeconds: 0,
  keeps: false,
};
const INVOKED: CancelRunIntent = { ...OF_RESOURCE, name: { key: "invoke-0a", runId: "1-create-b" } };

test.each<{ state: RunState; canceled: CanceledRun }>([
  { state: "Canceled", canceled: { kind: "ended", tookOff: false } },
  { state: "Exited", canceled: { kind: "hadEnded", state: "Exited", tookOff: false } },
  { state: "Absent", canceled: { kind: "absent" } },
  { state: "Running", canceled: { kind: "stuck" } },
])(
  "of a resource's run that stands as $state then, $canceled.kind is told, and its receipt stays",
  async ({ state, canceled }) => {
    const world = scriptedVm({ submit: () => reportExample({ state }) });
    expect(await cancelRun(OF_RESOURCE, world.session, recordedReporter())).toEqual(canceled);
    expect(world.requests).toEqual([{ verb: "cancel", key: "0a1b2c", runId: "3-update-d-b2", outputMaxBytes: 65_536 }]);
  },
);

test.each<{ report: Partial<PurgeReport>; canceled: CanceledRun }>([
  { report: { canceledReceipts: 1, purgedReceipts: 1 }, canceled: { kind: "ended", tookOff: true } },
  { report: { purgedReceipts: 1 }, canceled: { kind: "hadEnded", state: undefined, tookOff: true } },
  { report: { purgedReceipts: 0 }, canceled: { kind: "absent" } },
  { report: { canceledReceipts: 1, purgedReceipts: 0, runningReceipts: 1 }, canceled: { kind: "stuck" } },
])("a run of the command line is taken off: $canceled.kind for $report", async ({ report, canceled }) => {
  const world = scriptedVm({ submit: () => ({ ...PURGED, ...report }) });
  expect(await cancelRun(INVOKED, world.session, recordedReporter())).toEqual(canceled);
  expect(world.requests).toEqual([{ verb: "purge", key: "invoke-0a", generation: 1 }]);
});

test("a run of the command line that is to be kept is ended alone", async () => {
  const world = scriptedVm({ submit: () => reportExample({ state: "Canceled" }) });
  const kept = { ...INVOKED, keeps: true };
  expect(await cancelRun(kept, world.session, recordedReporter())).toEqual({ kind: "ended", tookOff: false });
  expect(world.requests).toEqual([{ verb: "cancel", ...INVOKED.name, outputMaxBytes: 65_536 }]);
});

test("a VM that is off is told of, and nothing is sent", async () => {
  const world = scriptedVm({ vm: () => vmAnswer({ powerState: "deallocated" }) });
  const error: unknown = await cancelRun(INVOKED, world.session, recordedReporter()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RunFailedError);
  expect((error as RunFailedError).message).toBe(
    [
      "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then try again",
      "  - the VM's power state is 'deallocated', its provisioning state not known",
      "  - Azure has no report of the VM's agent",
    ].join("\n"),
  );
  expect(world.requests).toEqual([]);
});

test("a VM that is not there is told of", async () => {
  const world = scriptedVm({ vm: () => VM_GONE });
  await expect(cancelRun(INVOKED, world.session, recordedReporter())).rejects.toThrow(
    "there is no VM 'web1' in resource group 'rg': Azure says \"was not found.\"; check the name, the group and the subscription; nothing was changed",
  );
});
