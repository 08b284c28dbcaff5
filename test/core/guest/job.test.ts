/** What surrounds a job: its user, its folder, its environment, its file of named outputs, the run that it continues. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../../core/guest/protocol";
import { assembleStreams } from "../../../core/guest/report";
import { GuestVm, run, SHELLS, streams, until } from "./guest-vm";

function namedOutputs(report: RunReport): string | undefined {
  const assembled = assembleStreams(report, report.chunk?.bytes ?? new Uint8Array());
  if (assembled.kind === "problem") throw new Error(assembled.problem);
  return assembled.namedOutputs && Buffer.from(assembled.namedOutputs).toString("utf8");
}

describe.each(SHELLS)("with %s, a job", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("runs as its user, with that user's name, home and groups, and may read itself and write its outputs", async () => {
    vm.open();
    const script =
      'id -un; id -gn; echo "$USER $LOGNAME $HOME"; cat "$0" | head -n 1; echo a=b >>$AZURE_RUN_COMMAND_OUTPUT; echo x >/dev/stderr; echo "$@"';
    const report = await vm.report(run(script, { user: "games", arguments: ["-c", "-s", "x"] }));
    expect(streams(report)).toEqual({
      stdout: `games\ngames\ngames games /usr/games\n${script}-c -s x\n`,
      stderr: "x\n",
    });
    expect([report.exitCode, namedOutputs(report)]).toEqual([0, "a=b\n"]);
  });

  test("as another user can neither read the receipt's files nor make any there", async () => {
    vm.open();
    const script = 'd=$(dirname "$0"); cat "$d/go" "$d/runner"; touch "$d/x"; ls "$d"; exit 0';
    const report = await vm.report(run(script, { user: "games" }));
    expect(streams(report).stdout).toBe("");
    expect(streams(report).stderr.match(/ermission denied/g)).toHaveLength(4);
  });

  test("of a user that is not there is refused, and begins when the user has been made", async () => {
    const report = await vm.report(run("echo ran", { user: "nobody-at-all" }));
    expect([report.state, report.reason]).toEqual([
      "Refused",
      "the job could not be started: there is no user 'nobody-at-all' on this VM",
    ]);
  });

  test("begins in its folder, or in the user's home, and is refused where the folder is not there", async () => {
    const folder = join(vm.folder, "it's a folder");
    const request = run("pwd", { workingDirectory: folder });
    expect((await vm.report(request)).reason).toBe(
      `the job could not be started: the folder '${folder}' is not on this VM`,
    );
    mkdirSync(folder);
    const report = await vm.report(request);
    expect([report.state, streams(report).stdout]).toEqual(["Exited", `${folder}\n`]);
    expect(streams(await vm.report(run("pwd", { runId: "1-create-1" }))).stdout).toBe("/root\n");
  });

  test("has each value of its environment, also under names that a shell or the runner has for itself", async () => {
    const environment = {
      UID: "5",
      PPID: "x y",
      RANDOM: "r",
      OPTIND: "abc",
      d: "$(false)",
      x: 'it\'s "quoted"\n`and` \\ more',
      env: "/nowhere",
      as: "nobody",
      PATH: `/nowhere:${vm.path}`,
      HOME: "/tmp",
      IFS: ":",
      root: "/",
    };
    const names = Object.keys(environment).filter((name) => name !== "IFS");
    const python = `#!/usr/bin/env python3\nimport json, os\nfor n in ${JSON.stringify(names)}: print(json.dumps(os.environ.get(n)))\n`;
    vm.add("python3");
    const report = await vm.report(run(python, { environment }));
    const words = streams(report).stdout.trimEnd().split("\n");
    expect([words.length, report.exitCode]).toEqual([names.length, 0]);
    expect(words.map((word) => JSON.parse(word))).toEqual(
      names.map((name) => environment[name as keyof typeof environment]),
    );
  });

  test("gets its environment without being seen in any process's arguments", async () => {
    vm.pauseAt("before-exec", 0.3);
    const request = run("exit 0", { environment: { TOKEN: "planted-secret-value" } });
    const seen: string[] = [];
    const message = vm.decoded([request]);
    for (const endMs = Date.now() + 1_500; Date.now() < endMs; ) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, "latin1");
          if (words.includes("planted-secret-value")) seen.push(words);
        } catch {}
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await message;
    expect(seen).toEqual([]);
    const everywhere = JSON.stringify(filesOf(vm.folder));
    expect(everywhere).not.toContain("planted-secret-value");
    expect(everywhere).not.toContain(Buffer.from("planted-secret-value").toString("base64").slice(0, 24));
  });

  test("brings its named outputs back, byte for byte, after the end only those it had written until then", async () => {
    const late = `(${vm.untilLetGo}; echo late=1 >>"$AZURE_RUN_COMMAND_OUTPUT") &`;
    const request = run(`printf "a=1\\nb<<E\\nx\\0y\\nE\\n" >"$AZURE_RUN_COMMAND_OUTPUT"; ${late} echo out`);
    await vm.report(request, 0);
    await vm.untilEnded(request);
    vm.letGo();
    await vm.untilFile(request, "output", (text) => text.endsWith("late=1\n"));
    const report = await vm.report(request);
    expect([report.namedOutputsBytes, namedOutputs(report), streams(report).stdout]).toEqual([
      15,
      "a=1\nb<<E\nx\0y\nE\n",
      "out\n",
    ]);
  });

  test("whose named outputs are too large does not bring them, and says how large they are", async () => {
    const report = await vm.report(run('head -c 65537 /dev/zero >"$AZURE_RUN_COMMAND_OUTPUT"; echo out'));
    expect([report.namedOutputsBytes, namedOutputs(report), streams(report).stdout]).toEqual([
      65_537,
      undefined,
      "out\n",
    ]);
  });

  test("that continues one that was cut off has what that one printed before its own", async () => {
    const first = run('echo one; echo e1 >&2; echo a=1 >>"$AZURE_RUN_COMMAND_OUTPUT"; sleep 77');
    await vm.report(first, 0);
    await until(vm, first, "Running");
    vm.reboot(first);
    expect((await vm.report(first)).state).toBe("Interrupted");
    const script = 'echo two $AZURE_RUN_COMMAND_BOOT; echo e2 >&2; echo b=2 >>"$AZURE_RUN_COMMAND_OUTPUT"';
    const environment = { AZURE_RUN_COMMAND_BOOT: "2" };
    const report = await vm.report(run(script, { runId: "1-create-0-2", environment, continues: first.runId }));
    expect(streams(report)).toEqual({ stdout: "one\ntwo 2\n", stderr: "e1\ne2\n" });
    expect(namedOutputs(report)).toBe("a=1\nb=2\n");
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 2, remainingKeys: 0 });
  });

  test("that waits tells whose turn it is", async () => {
    const [first, second] = [run("sleep 77"), run("exit 0", { key: "other" })];
    await vm.reports([first, second], 0);
    await until(vm, first, "Running");
    expect((await until(vm, second, "Waiting")).behind).toEqual({ key: "key", runId: "1-create-0" });
    await vm.purge("key", 1);
    expect((await vm.report(second)).behind).toBe(undefined);
  });
});

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}

test.each([["setpriv"], ["setpriv", "runuser"]])(
  "without %s a job becomes its user all the same",
  async (...without) => {
    const vm = new GuestVm({ bare: true });
    vm.open();
    for (const program of ["id", "setpriv", "runuser", "su", "chown", "getent"]) {
      if (!without.includes(program)) vm.add(program);
    }
    const report = await vm.report(run('id -un; echo $# "$1"; exit 3', { user: "games", arguments: ["it's -x"] }));
    expect([report.exitCode, streams(report)]).toEqual([3, { stdout: "games\n1 it's -x\n", stderr: "" }]);
    vm.remove();
  },
);

test("with none of setpriv, runuser and su a job of another user is refused", async () => {
  const vm = new GuestVm({ bare: true });
  vm.add("id");
  const report = await vm.report(run("exit 0", { user: "games" }));
  expect(report.reason).toBe(
    "the job could not be started: this VM has none of the programs setpriv, runuser and su, one of which 'runAsUser' needs",
  );
  writeFileSync(vm.log, "");
  expect(existsSync(vm.receipt("key", "1-create-0", "go"))).toBe(false);
  vm.remove();
});
