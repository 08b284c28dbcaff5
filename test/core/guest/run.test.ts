import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { GuestVm, run, SHELLS, streams } from "./guest-vm";

describe.each(SHELLS)("a job run by %s", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("brings its exit code, both streams, their sizes and their hashes", async () => {
    const report = await vm.report(run("echo out; echo err >&2; exit 3"));
    expect(report).toEqual({
      kind: "run",
      key: "key",
      runId: "1-create-0",
      state: "Exited",
      exitCode: 3,
      signal: undefined,
      startedAtSeconds: expect.any(Number),
      endedAtSeconds: expect.any(Number),
      takenUp: false,
      stdout: {
        totalBytes: 4,
        sha256: createHash("sha256").update("out\n").digest("hex"),
        archivedBytes: 4,
      },
      stderr: {
        totalBytes: 4,
        sha256: createHash("sha256").update("err\n").digest("hex"),
        archivedBytes: 4,
      },
      chunk: { encoding: "plain", offset: 0, totalBytes: 8, bytes: Buffer.from("out\nerr\n") },
      namedOutputsBytes: 0,
      news: undefined,
      lastLine: undefined,
      behind: undefined,
      reason: undefined,
      guard: undefined,
    });
  });

  test("gets its arguments and variables unchanged, also those the runner or the shell uses itself", async () => {
    const values = ["", "it's", 'a "b" $(id) `id` \\ *', "line 1\nline 2\n", "-n", "é 😀", "\r\n\t"];
    const environment = { VALUE: values.join("|"), d: "d", UID: "7", q: "q", PS4: "", _under: "1", HOME: "/h" };
    const script = 'printf "%s\\0" "$VALUE" "$d" "$q" "$_under" "$HOME" "$@"; env | grep ^UID=';
    const report = await vm.report(run(script, { environment, arguments: values }));
    const words = [environment.VALUE, "d", "q", "1", "/h", ...values];
    expect(streams(report)).toEqual({ stdout: `${words.map((word) => `${word}\0`).join("")}UID=7\n`, stderr: "" });
  });

  test("has the home, the user, the folder, the umask and the standard input of a login", async () => {
    const script = 'echo "$HOME $USER $LOGNAME $PWD"; umask; read -r line; echo "read $?"; readlink /proc/$$/fd/0';
    const { stdout } = streams(await vm.report(run(script)));
    expect(stdout).toBe("/root root root /root\n0022\nread 1\n/dev/null\n");
  });

  test("has no file of the handler open", async () => {
    const { stdout } = streams(await vm.report(run("ls -l /proc/self/fd")));
    expect(stdout).toMatch(/0 -> \/dev\/null\n.* 1 -> .*\/1-create-0\/out\n.* 2 -> .*\/1-create-0\/err\n/);
    expect(stdout).not.toContain("waagent");
  });

  test("leads a session of its own", async () => {
    const { stdout } = streams(await vm.report(run("echo $$; cut -d' ' -f5,6 /proc/$$/stat")));
    const [pid] = stdout.split("\n");
    expect(stdout).toBe(`${pid}\n${pid} ${pid}\n`);
  });

  test("is interpreted as its first line says, with one argument, as the kernel does it", async () => {
    const script = '#!  /usr/bin/env  -S bash -u  \necho "$([ -n "$BASH_VERSION" ] && echo bash) $0 $1"\necho "$NONE"';
    const report = await vm.report(run(script, { arguments: ["one"] }));
    expect(report.exitCode).toBe(1);
    expect(streams(report).stdout).toBe(`bash ${vm.receipt("key", "1-create-0", "script")} one\n`);
  });

  test("is interpreted as its first line says where the folder is mounted noexec", async () => {
    const script = '#! /usr/bin/env  bash\necho "$([ -n "$BASH_VERSION" ] && echo bash) $0 $1"';
    const noexec = (text: string) => text.replace('"$d/runner" probe 2>/dev/null', "false");
    const report = await vm.report(run(script, { arguments: ["one"] }), 20, noexec);
    expect(streams(report).stdout).toBe(`bash ${vm.receipt("key", "1-create-0", "script")} one\n`);
  });

  test.each([
    ["#!/no/such/program\necho never", "'/no/such/program', which"],
    ["#!/bin/bash\r\necho never\r\n", "'/bin/bash' with a carriage return (Windows line ends) behind it, which"],
  ])("ends with 127 and a sentence when the program of its first line is missing: %j", async (script, words) => {
    const report = await vm.report(run(script));
    expect(report.exitCode).toBe(127);
    expect(streams(report)).toEqual({
      stdout: "",
      stderr: `azure-run-command: the first line of the script asks for the program ${words} is not on this VM\n`,
    });
  });

  test("dies of SIGHUP where env can undo what the handler set, and ignores it elsewhere", async () => {
    const report = await vm.report(run("kill -HUP $$; exit 5"));
    expect([report.state, report.signal, report.exitCode]).toEqual(
      shell === "busybox" ? ["Exited", undefined, 5] : ["Killed", 1, undefined],
    );
  });

  test("may be as long as one call can carry", async () => {
    const report = await vm.report(run(`: '${"x".repeat(137_000)}'\nexit 5`));
    expect(report.exitCode).toBe(5);
  });

  test("may be empty; a byte order mark alone is a command that is not there", async () => {
    const scripts = ["", "\n", "# nothing", "\u{FEFF}"];
    const reports = await vm.reports(scripts.map((script, index) => run(script, { key: `k${index}` })));
    expect(reports.map((report) => report.kind === "run" && report.exitCode)).toEqual([0, 0, 0, 127]);
  });

  test("is kept byte for byte, readable by root alone", async () => {
    const script = "#!/bin/cat\r\n\u{FEFF}é\r\n\ttab 'quote' \\ $x `y`";
    const report = await vm.report(run(script.replace("cat\r\n", "cat\n"), { environment: { SECRET: "hidden" } }));
    expect(streams(report).stdout).toBe(script.replace("cat\r\n", "cat\n"));
    const folder = vm.receipt("key", "1-create-0");
    const modes = readdirSync(folder).map(
      (name) => `${name.split(".")[0]} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`,
    );
    expect(modes.sort()).toEqual(
      ["a", "end", "err", "go", "meta", "note", "out", "output", "ready", "runner", "script", "stop"].map(
        (name) => `${name} ${name === "script" || name === "runner" ? 700 : 600}`,
      ),
    );
    for (const each of [vm.state, join(vm.state, "key"), folder]) expect(statSync(each).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).some((name) => readFileSync(join(folder, name), "latin1").includes("hidden"))).toBe(
      false,
    );
  });

  test("is reported soon after its end, not at the end of the wait", async () => {
    await vm.report(run("sleep 0.7; : >$LOG", { environment: { LOG: vm.log } }));
    // The call would wait 20 s; the rest is for machines that are busy with something else.
    expect(Date.now() - statSync(vm.log).mtimeMs).toBeLessThan(10_000);
  });

  test("does not hold up its report by children in the background, whose later words are not reported", async () => {
    const request = run(`(${vm.untilLetGo}; echo late) & echo done`);
    const report = await vm.report(request);
    expect(report.state).toBe("Exited");
    vm.letGo();
    await vm.untilFile(request, "out", (text) => text === "done\nlate\n");
    expect(await vm.report(request)).toEqual({ ...report, takenUp: true });
  });

  test("is reported without what its children print between its end and the first report", async () => {
    const request = run(`(${vm.untilLetGo}; echo late) & echo done`);
    await vm.report(request, 0);
    await vm.untilEnded(request);
    vm.letGo();
    await vm.untilFile(request, "out", (text) => text === "done\nlate\n");
    expect(streams(await vm.report(request)).stdout).toBe("done\n");
  });

  test("goes on when the call ends before it, and is found by the next", async () => {
    const request = run(`echo begun; ${vm.untilLetGo}; echo done`);
    const first = await vm.report(request, 0);
    expect([first.state, first.exitCode, first.chunk]).toEqual([
      expect.stringMatching(/Waiting|Running/),
      undefined,
      undefined,
    ]);
    vm.letGo();
    const last = await vm.report({ verb: "wait", key: "key", runId: "1-create-0", outputMaxBytes: 100 });
    expect([last.state, last.exitCode, streams(last).stdout]).toEqual(["Exited", 0, "begun\ndone\n"]);
  });

  test("shows its last line while it runs, without control bytes and cut to 200 bytes", async () => {
    // Busybox compares the times of files in whole seconds, so nothing is printed to stdout there.
    const old = shell === "busybox" ? "" : "printf 'old\\n'; sleep 0.1; ";
    const text = "a\\r\\033[31mred\\033[0m\\001 50%%\\n \\n\\n";
    const untilSeen = 'until [ -e "$LOG" ]; do sleep 0.05; done';
    const script = `${old}printf '${text}' >&2; ${untilSeen}; printf 'é%.0s' $(seq 150) >&2; ${vm.untilLetGo}`;
    const request = run(script, { environment: { LOG: vm.log } });
    const lines = new Set<string | undefined>();
    const untilShown = async (line: string) => {
      while (!lines.has(line)) lines.add((await vm.report(request, 0)).lastLine);
    };
    await untilShown("red 50%");
    vm.prepareLog();
    await untilShown("é".repeat(100));
    vm.letGo();
    expect((await vm.report(request)).state).toBe("Exited");
    expect([...lines].slice(-2)).toEqual(["red 50%", "é".repeat(100)]);
  });

  test("brings back the end of each stream that is longer than wanted", async () => {
    const report = await vm.report(run("seq 1000; seq 2000 3000 >&2", { outputMaxBytes: 10 }));
    expect([report.stdout?.totalBytes, report.stdout?.archivedBytes, streams(report)]).toEqual([
      3893,
      10,
      { stdout: "\n999\n1000\n".slice(-10), stderr: "2999\n3000\n" },
    ]);
  });
});

describe("the runner", () => {
  test("deletes the handler's copy of the script, which holds the user's", async () => {
    const vm = new GuestVm();
    await vm.report(run("exit 0"));
    expect(readdirSync(join(vm.folder, "waagent/run-command/download/0"))).toEqual(["stderr", "stdout"]);
    vm.remove();
  });

  test("works with nothing but the required programs, without hashes, compression and a session", async () => {
    for (const shell of SHELLS) {
      const vm = new GuestVm({ shell, bare: true });
      const report = await vm.report(run("i=0; while [ $i -lt 300 ]; do echo same; i=$((i+1)); done; exit 5"));
      expect([report.exitCode, report.stdout, report.chunk?.encoding]).toEqual([
        5,
        { totalBytes: 1500, sha256: undefined, archivedBytes: 1500 },
        "plain",
      ]);
      vm.remove();
    }
  });

  test.each(["base64", "cksum"])("says in words that it cannot work without %s, and runs nothing", async (program) => {
    const vm = new GuestVm({ bare: true, without: [program] });
    expect(await vm.decoded([run(`echo ran >>${vm.log}`)])).toEqual({
      kind: "unreadable",
      why: "NoFrame",
      evidence: `this VM has no program '${program}', which the runner needs`,
    });
    expect(vm.ran()).toEqual([]);
    vm.remove();
  });

  test("works without /proc, where only the pid tells processes apart", async () => {
    for (const shell of SHELLS) {
      const vm = new GuestVm({ shell });
      const hidden = (text: string) => text.replaceAll("/proc/", "/no-proc/");
      const [first, second] = await vm.reports([run("sleep 0.2; exit 6"), run("exit 7", { key: "b" })], 20, hidden);
      expect([first, second].map((report) => report?.kind === "run" && report.exitCode)).toEqual([6, 7]);
      vm.remove();
    }
  });

  test("refuses a run whose receipt cannot be written, and says why", async () => {
    const vm = new GuestVm();
    const full = (text: string) =>
      text.replaceAll("/bin/sh", "/bin/sh").replace("root=/var/lib/azure-run-command", "root=/proc/none");
    const report = await vm.report(run("exit 0"), 20, full);
    expect([report.state, report.reason]).toEqual([
      "Refused",
      expect.stringContaining("cannot use /proc/none: mkdir: "),
    ]);
    expect(existsSync(vm.state)).toBe(false);
    vm.remove();
  });
});
