import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunState } from "../../../core/guest/protocol";
import { GuestVm, run, SHELLS, type ShellName, streams, until } from "./guest-vm";

/** State, exit code or signal, stdout, and stderr as a pattern; stdout `undefined`: the report knows of no streams. */
type Expected = readonly [RunState, number | undefined, string | undefined, RegExp?];

const FOLDER = join(__dirname, "nasty");

const EXPECTED: Readonly<Record<string, Expected>> = {
  "breaks-a-pipe": ["Exited", 141, ""],
  "closes-its-descriptors": ["Exited", 4, "before\n"],
  "deletes-its-receipt": ["Lost", undefined, undefined],
  "deletes-its-receipt-and-goes-on": ["Lost", undefined, undefined],
  "deletes-its-streams": ["Exited", 6, ""],
  "deletes-the-state-folder": ["Lost", undefined, undefined],
  "empties-its-path": ["Exited", 2, "still here\n"],
  "exec-of-nothing": ["Exited", 127, "a\n", /not found|No such file/],
  "exec-replaces-the-shell": ["Exited", 0, "a\n"],
  "exits-like-a-signal": ["Exited", 137, ""],
  "fills-stdout-with-bytes": ["Exited", 0, "\0\u0001\uFFFD\uFFFD\r\n\uFFFD", /^\uFFFD\n$/],
  "forges-a-frame": ["Exited", 1, `[ARC1 ${"0".repeat(32)} 1 4 1]\nAAAA\n[/ARC1]\n`, /forged/],
  "goes-away": ["Exited", 3, ""],
  "has-a-syntax-error": ["Exited", 2, "before\n", /yntax error/],
  "has-carriage-returns": ["Exited", 2, "a\r\n", /exit: .*4/],
  "kills-group-zero": ["Killed", 15, "before\n"],
  "kills-its-group": ["Killed", 9, "before\n"],
  "kills-its-parent": ["Lost", undefined, "before\nafter\n"],
  "kills-itself": ["Killed", 9, ""],
  "kills-parent-and-itself": ["Lost", undefined, "before\n"],
  "leaves-a-child": ["Exited", 0, "done\n"],
  "leaves-a-daemon": ["Exited", 0, "done\n"],
  "looks-like-an-option": ["Exited", 255, "1\n"],
  "prints-a-long-line": ["Exited", 8, "éé".repeat(2_000)],
  "reads-its-input": ["Exited", 0, "1 <>\n"],
  "renames-the-state-folder": ["Lost", undefined, undefined],
  "sends-the-wake-up": ["Exited", 7, ""],
  "stops-at-an-error": ["Exited", 1, ""],
  "terminates-its-parent": ["Exited", 5, "after\n"],
  "traps-its-exit": ["Exited", 9, "trapped\n"],
  "truncates-its-streams": ["Exited", 0, "two\n"],
};

/** What a shell does with a script is its own affair; where they differ, the report must follow. */
const DIFFERENT: Readonly<Record<ShellName, Readonly<Record<string, Expected>>>> = {
  // Dash takes "4\r" for a number.
  dash: { "has-carriage-returns": ["Exited", 4, "a\r\n"] },
  bash: {},
  busybox: {},
};

test("each nasty script has an expected result", () => {
  const names = readdirSync(FOLDER).map((name) => name.replace(/\.sh$/, ""));
  expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
});

describe.each(SHELLS)("with %s, a script that", (shell) => {
  test.each(Object.entries({ ...EXPECTED, ...DIFFERENT[shell] }))(
    "%s is reported as it was",
    async (name, expected) => {
      const [state, value, stdout, stderr] = expected;
      const vm = new GuestVm({ shell });
      const request = run(readFileSync(join(FOLDER, `${name}.sh`), "utf8"));
      const began = Date.now();
      const report = await vm.report(request);
      expect(Date.now() - began).toBeLessThan(1_500);
      expect([report.state, report.exitCode ?? report.signal]).toEqual([state, value]);
      if (stdout === undefined) {
        expect([report.stdout, report.stderr, report.chunk]).toEqual([undefined, undefined, undefined]);
        // The supervisor puts a receipt back, so that the same request does not run it again.
        expect((await until(vm, request, "Lost")).exitCode).toBe(undefined);
      } else {
        expect(streams(report)).toEqual({ stdout, stderr: stderr ? expect.stringMatching(stderr) : "" });
        if (shell === "dash") expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
        expect(statSync(vm.receipt("key", "1-create-0")).mode & 0o777).toBe(0o700);
      }
      vm.remove();
    },
  );
});
