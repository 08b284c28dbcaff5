import { StubGuest } from "../../bench/simulator/stub-guest";
import type { GuestRequest, RunnerCall, RunReport } from "../../core/guest/protocol";
import { assembleStreams, decodeCall } from "../../core/guest/report";
import { encodeCall } from "../../core/guest/requests";
import { VirtualClock } from "../simulator/virtual-clock";
import { runRequestExample } from "../support/examples";

const NONCE = "0123456789abcdef0123456789abcdef";

async function stubGuest(): Promise<{ readonly guest: StubGuest; readonly clock: VirtualClock }> {
  const clock = new VirtualClock(0);
  const guest = new StubGuest({ vmName: "vm1", folder: "", rootfs: undefined }, clock);
  await guest.start();
  return { guest, clock };
}

function run(runId: string, script: string): GuestRequest {
  return runRequestExample({ key: "key", runId, vmId: "guid", script, environment: { NAME: "a value with spaces" } });
}

async function ask(guest: StubGuest, requests: readonly GuestRequest[], waitSliceSeconds = 60) {
  const call: RunnerCall = { nonce: NONCE, waitSliceSeconds, requests };
  const { message } = await guest.enable(Buffer.from(encodeCall(call)));
  const decoded = decodeCall(message, call);
  if (decoded.kind === "unreadable") {
    throw new Error(decoded.evidence);
  }
  return decoded.reports as readonly RunReport[];
}

function stdoutOf(report: RunReport, archive: Uint8Array): string {
  const assembled = assembleStreams(report, archive);
  return assembled.kind === "streams" ? Buffer.from(assembled.stdout).toString("utf8") : assembled.problem;
}

test("fifty scripts of one call are answered in one frame, each with its own output and exit code", async () => {
  const { guest } = await stubGuest();
  const reports = await ask(
    guest,
    Array.from({ length: 50 }, (_, index) => run(`1-create-${index}`, `echo script ${index}\nexit ${index}`)),
  );
  expect(reports.map(({ state, exitCode }) => `${state} ${exitCode}`)).toEqual(
    Array.from({ length: 50 }, (_, index) => `Exited ${index}`),
  );
  expect(reports.map((report) => stdoutOf(report, report.chunk?.bytes ?? new Uint8Array()))).toEqual(
    Array.from({ length: 50 }, (_, index) => `script ${index}\n`),
  );
});

test("what does not fit into a frame is read on from where it ended", async () => {
  const { guest } = await stubGuest();
  const text = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
  const [first] = await ask(guest, [run("1-create-a", text.map((line) => `echo ${line}`).join("\n"))]);
  const begun = first?.chunk?.bytes ?? new Uint8Array();
  const [rest] = await ask(guest, [{ verb: "read", key: "key", runId: "1-create-a", offset: begun.length }]);
  if (rest === undefined) {
    throw new Error("the request to read was not answered");
  }
  expect(stdoutOf(rest, Buffer.concat([begun, rest.chunk?.bytes ?? new Uint8Array()]))).toBe(`${text.join("\n")}\n`);
});

test("scripts run one after the other, and a call comes back when its wait slice is over", async () => {
  const { guest, clock } = await stubGuest();
  const answered = ask(guest, [run("1-create-a", "sleep 20"), run("1-create-b", "sleep 90")], 60);
  await clock.advance(60_000);
  expect((await answered).map(({ state }) => state)).toEqual(["Exited", "Running"]);
  const wait: GuestRequest = { verb: "wait", key: "key", runId: "1-create-b", outputMaxBytes: 65_536 };
  const waited = ask(guest, [wait], 60);
  await clock.advance(50_000);
  expect((await waited).map(({ state }) => state)).toEqual(["Exited"]);
});

test("a run that was asked for before is taken up, not run again", async () => {
  const { guest } = await stubGuest();
  const [first] = await ask(guest, [run("1-create-a", "echo once")]);
  const [second] = await ask(guest, [run("1-create-a", "echo once")]);
  expect([first?.takenUp, second?.takenUp]).toEqual([false, true]);
});

test("a script without the runner prints what any client gets, the last 4,096 bytes", async () => {
  const { guest } = await stubGuest();
  const script = Array.from({ length: 1_000 }, () => "echo 12345").join("\n");
  const { message } = await guest.enable(Buffer.from(script));
  expect(message).toBe(`Enable succeeded: \n[stdout]\n${"12345\n".repeat(1_000).slice(-4_096)}\n[stderr]\n`);
});

test("a script that a stub guest does not understand is no measurement", async () => {
  const { guest } = await stubGuest();
  await expect(guest.enable(Buffer.from("reboot"))).rejects.toThrow(
    "a stub guest knows echo, sleep and exit, not 'reboot'",
  );
});
