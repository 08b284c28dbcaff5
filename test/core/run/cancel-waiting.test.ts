/** Runs that wait for their turn on a VM, and are not wanted any more. The lane answers from a list; no shell. */
import { RunFailedError } from "../../../core/failures/errors";
import { type CancelWaitingIntent, cancelWaiting } from "../../../core/run/cancel-waiting";
import { reportExample, TARGET } from "../../support/examples";
import { PURGED, scriptedVm } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const INTENT: CancelWaitingIntent = {
  target: TARGET,
  key: "key",
  runIds: ["2-create-a", "2-create-b-b2"],
  label: "prepare",
  outputMaxBytes: 5_000,
};

test("each is asked to be kept from starting, and only if it waits; what stands then is told in their order", async () => {
  const world = scriptedVm({
    submit: (count) => reportExample({ state: count === 1 ? "Canceled" : "Running" }),
  });
  expect(await cancelWaiting(INTENT, world.session, recordedReporter())).toEqual(["Canceled", "Running"]);
  const asked = { verb: "cancel", key: "key", outputMaxBytes: 5_000, onlyWaiting: true };
  expect(world.requests).toEqual(INTENT.runIds.map((runId) => ({ ...asked, runId })));
});

test("of none nothing is asked", async () => {
  const world = scriptedVm({});
  expect(await cancelWaiting({ ...INTENT, runIds: [] }, world.session, recordedReporter())).toEqual([]);
  expect(world.requests).toEqual([]);
});

test("a trouble on the way is told of", async () => {
  const failure = { kind: "ScopeLocked", vmName: "web1", message: "locked" } as const;
  const world = scriptedVm({ submit: () => new RunFailedError(failure) });
  await expect(cancelWaiting(INTENT, world.session, recordedReporter())).rejects.toMatchObject({ failure });
});

test("a report of another kind is refused", async () => {
  const world = scriptedVm({ submit: () => PURGED });
  await expect(cancelWaiting(INTENT, world.session, recordedReporter())).rejects.toThrow(
    "the runner answered with a report of kind 'purge' to a cancel",
  );
});
