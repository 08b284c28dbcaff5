/** A call that comes back before its slice is over, to tell of what has ended. The five seconds are none here. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DecodedCall, Report } from "../../../core/guest/protocol";
import { GuestVm, pause, run, SHELLS, type Tamper } from "./guest-vm";

jest.setTimeout(60_000);

/** Longer than any test: a call that comes back has done so by itself. */
const SLICE_SECONDS = 600;
const atOnce: Tamper = (text) => text.replace("now + 500 +", "now +");

/** Whether the next one has begun yet when the one before has ended is open. */
function stateOf(report: Report): string {
  if (report.kind !== "run") return report.kind;
  return report.state === "Waiting" || report.state === "Running" ? "goes on" : report.state;
}

describe.each(SHELLS)("with %s, a call", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => {
    vm.letGo();
    vm.remove();
  });

  /** The long run has to be let go, so that nothing of it is left. */
  const long = () => run(vm.untilLetGo, { key: "long" });
  const states = (decoded: DecodedCall) =>
    decoded.kind === "reports" ? decoded.reports.map(stateOf) : [decoded.evidence];

  test("tells of a run that has ended beside one that goes on, and of one that ended before it came", async () => {
    const short = run("exit 0", { key: "short" });
    expect(states(await vm.decoded([short, long()], SLICE_SECONDS, atOnce, 0))).toEqual(["Exited", "goes on"]);
    expect(states(await vm.decoded([long(), short], SLICE_SECONDS, atOnce, 0))).toEqual(["goes on", "Exited"]);
    vm.letGo();
    expect(states(await vm.decoded([long()], SLICE_SECONDS, atOnce, 0))).toEqual(["Exited"]);
  });

  test("tells of what needs no waiting at all beside a run that goes on", async () => {
    const purge = { verb: "purge", key: "none", generation: 1 } as const;
    const [purged, state] = states(await vm.decoded([purge, long()], SLICE_SECONDS, atOnce, 0));
    expect(purged).toBe("purge");
    expect(["Waiting", "goes on"]).toContain(state);
    vm.letGo();
    expect(states(await vm.decoded([long()], SLICE_SECONDS, atOnce, 0))).toEqual(["Exited"]);
  });

  test("of a VM that has been busy for long waits for the other one, within its slice", async () => {
    const short = run("exit 0", { key: "short" });
    const turns = join(vm.folder, "turns");
    const counted: Tamper = (text) => atOnce(text).replaceAll("doze\n", `doze\necho turn >>${turns}\n`);
    let isBack = false;
    const told = vm.decoded([short, long()], SLICE_SECONDS, counted, 9_999).finally(() => {
      isBack = true;
    });
    await vm.untilFile(short, "ready", () => true);
    await vm.untilEnded(short);
    // It has looked that often since, and has not come back.
    const count = () => (existsSync(turns) ? readFileSync(turns, "utf8").length / "turn\n".length : 0);
    for (const before = count(); count() < before + 8 && !isBack; ) await pause(20);
    vm.letGo();
    expect(states(await told)).toEqual(["Exited", "Exited"]);
  });
});
