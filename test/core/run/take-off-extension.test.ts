/** The extension's removal for somebody who declares nothing on the VM. The lane answers from a list; no shell. */
import { RunFailedError } from "../../../core/failures/errors";
import { type TakeOffExtensionIntent, takeOffExtension } from "../../../core/run/take-off-extension";
import { TARGET } from "../../support/examples";
import { PURGED, scriptedVm, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const INTENT: TakeOffExtensionIntent = { target: TARGET, label: "remove", readyTimeoutInSeconds: 0, isForced: false };
const REMOVAL = { commandId: "RemoveRunCommandLinuxExtension" };
const DONE = { kind: "succeeded", message: "" } as const;

test("it goes when no resource has runs there; who counts them deletes nothing", async () => {
  const world = scriptedVm({ submit: () => ({ ...PURGED, remainingKeys: 0 }), command: DONE });
  expect(await takeOffExtension(INTENT, world.session, recordedReporter())).toEqual({ kind: "removed" });
  expect(world.requests).toEqual([{ verb: "purge", key: "invoke-nobody", generation: 0 }]);
  expect(world.commands).toEqual([REMOVAL]);
});

test("it stays when resources have runs there", async () => {
  const world = scriptedVm({ submit: () => ({ ...PURGED, remainingKeys: 2 }), command: DONE });
  const needed = { kind: "needed", remainingKeys: 2 };
  expect(await takeOffExtension(INTENT, world.session, recordedReporter())).toEqual(needed);
  expect(world.commands).toEqual([]);
});

test("by force it goes whoever needs it, and nobody is asked", async () => {
  const world = scriptedVm({ command: DONE });
  const forced = { ...INTENT, isForced: true };
  expect(await takeOffExtension(forced, world.session, recordedReporter())).toEqual({ kind: "removed" });
  expect(world.requests).toEqual([]);
  expect(world.commands).toEqual([REMOVAL]);
});

test("where it is not, nothing is sent: that would bring it there", async () => {
  const vm = () => vmAnswer({ agentStatus: "Ready", extensionInstalled: false });
  const world = scriptedVm({ vm, command: DONE });
  const forced = { ...INTENT, isForced: true };
  expect(await takeOffExtension(forced, world.session, recordedReporter())).toEqual({ kind: "notThere" });
  expect([...world.requests, ...world.commands]).toEqual([]);
});

test("a trouble on the way is told of as that of a question", async () => {
  const failure = { kind: "Unreachable", host: "h", detail: "ECONNRESET", afterTries: 3 } as const;
  const world = scriptedVm({ submit: () => new RunFailedError(failure, true) });
  await expect(takeOffExtension(INTENT, world.session, recordedReporter())).rejects.toThrow(
    "no answer from h after 3 tries: ECONNRESET; check this machine's network, proxy and name resolution, then try again",
  );
});
