import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../../core/guest/protocol";
import { assembleStreams } from "../../../core/guest/report";
import { decodeText } from "../../../core/guest/text";
import { GuestVm, run, SHELLS, until } from "./guest-vm";
import { DIFFERENT, EXPECTED, type Output } from "./nasty-expected";
import { SERIES } from "./nasty-series";
import { endAll } from "./surroundings-vm";

const FOLDER = join(__dirname, "nasty");

const NEIGHBOUR = run("echo well; exit 3", { key: "neighbour" });

/** Scripts that touch what is the runner's. What the others leave behind is looked at with one shell only. */
const MEDDLES = /\$\{0%|\bkill\b/;

/** After these nothing else can run, and whoever asks is told why. */
const LEAVES_A_REASON: Readonly<Record<string, RegExp>> = {
  "takes-the-place-of-the-queue": /^cannot use .*\.queue/,
};

test("each nasty script has an expected result", () => {
  const names = readdirSync(FOLDER).map((name) => name.replace(/\.sh$/, ""));
  expect(names.sort()).toEqual([...Object.keys(EXPECTED), ...SERIES].sort());
});

describe.each(SHELLS)("with %s, a script that", (shell) => {
  const vms: GuestVm[] = [];
  afterEach(() => {
    for (const vm of vms.splice(0)) {
      endAll(vm);
      vm.remove();
    }
  });

  test.each(Object.entries({ ...EXPECTED, ...DIFFERENT[shell] }))(
    "%s is reported as it was, happens once, and harms no other",
    async (name, [state, value, stdout, stderr = "", other = {}]) => {
      const vm = new GuestVm({ shell });
      vms.push(vm);
      const request = run(readFileSync(join(FOLDER, `${name}.sh`), "utf8"), other);
      const began = Date.now();
      const report = await vm.report(request);
      // The call would wait 20 s. A fiftieth is usual; the rest is for machines that are busy with something else.
      expect(Date.now() - began).toBeLessThan(15_000);
      expect(told(report)).toEqual({
        state,
        value,
        stdout: matching(stdout),
        stderr: matching(stdout === undefined ? undefined : stderr),
      });
      if (shell !== "dash" && !MEDDLES.test(request.script)) return;
      const [again, neighbour] = await vm.reports([request, NEIGHBOUR]);
      if (again?.kind !== "run" || neighbour?.kind !== "run") throw new Error("not the reports of runs");
      const reason = LEAVES_A_REASON[name];
      expect([again.takenUp, again.startedAtSeconds]).toEqual([true, report.startedAtSeconds]);
      expect([neighbour.state, neighbour.exitCode, neighbour.reason]).toEqual(
        reason ? ["Refused", undefined, expect.stringMatching(reason)] : ["Exited", 3, undefined],
      );
      if (stdout === undefined) {
        // The supervisor puts a receipt back, so that the same request does not run it again.
        expect((await until(vm, request, "Lost")).exitCode).toBe(undefined);
      } else {
        expect(told(again)).toEqual(told(report));
        expect(statSync(vm.receipt("key", "1-create-0")).mode & 0o777).toBe(name === "forbids-its-files" ? 0 : 0o700);
      }
    },
  );
});

/** What a report says in the words of the table. */
function told(report: RunReport): Record<string, unknown> {
  const { state, chunk } = report;
  const value = report.exitCode ?? report.signal;
  if (report.stdout === undefined || report.stderr === undefined) return { state, value };
  const assembled = assembleStreams(report, chunk?.bytes ?? new Uint8Array());
  if (assembled.kind === "problem") throw new Error(assembled.problem);
  return {
    state,
    value,
    stdout: shown(assembled.stdout, report.stdout),
    stderr: shown(assembled.stderr, report.stderr),
  };
}

function shown(bytes: Uint8Array, stream: NonNullable<RunReport["stdout"]>): unknown {
  if (stream.totalBytes <= 10_000) return decodeText(bytes).text;
  return { totalBytes: stream.totalBytes, sha256: stream.sha256, end: Buffer.from(bytes) };
}

function matching(output: Output | undefined): unknown {
  return output instanceof RegExp ? expect.stringMatching(output) : output;
}
