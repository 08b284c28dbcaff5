/** The command line as a process, against a simulator with real guests: what is printed where, and exit codes. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askAdmin, type CliProcess, execInGuest, firstLine, readEnvironment, startCli } from "./cli-process";
import { compileCli } from "./compiled-cli";

jest.setTimeout(120_000);

const VM = ["-g", "rg", "-n", "web1"];
/** What 'invoke' calls its runs. */
const RUN = "invoke-[0-9a-f]{16}/1-create-[0-9a-f]{12,14}";

let cli: ReturnType<typeof compileCli>;
let folder: string;
let simulator: CliProcess;
let azure: Readonly<Record<string, string>>;
const started: CliProcess[] = [];

beforeAll(async () => {
  cli = compileCli();
  folder = mkdtempSync(join(tmpdir(), "commands-test-"));
  const file = join(folder, "azure.env");
  simulator = startCli(cli.main, ["simulate", "--vm", "web1", "--vm", "web2", "--env-file", file], { TMPDIR: folder });
  await firstLine(simulator);
  azure = readEnvironment(file);
});
afterAll(async () => {
  for (const { child } of started) {
    child.kill("SIGKILL");
  }
  simulator.child.kill("SIGTERM");
  await simulator.ended;
  rmSync(folder, { recursive: true, force: true });
  cli.remove();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): CliProcess {
  const running = startCli(cli.main, args, { ...azure, ...environment });
  started.push(running);
  return running;
}

/** @param stdin what is piped in; nothing, and its end, without it. */
async function arc(
  args: readonly string[],
  { stdin = "", environment = {} }: { stdin?: string; environment?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const running = start(args, environment);
  running.child.stdin?.end(stdin);
  const { code } = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function inGuest(command: string, vm = "web1"): Promise<string> {
  return execInGuest(azure, vm, ["sh", "-c", command]);
}

async function untilInGuest(command: string, expected: string): Promise<void> {
  while ((await inGuest(command)) !== expected) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What docs/command-line.md says that the JSON of a command has, in its order. */
function documentedFields(command: string): readonly string[] {
  const page = readFileSync(join(__dirname, "../../docs/command-line.md"), "utf8");
  const row = page
    .split("\n")
    .find((line) => line.startsWith(`| ${command} | an object`) || line.startsWith(`| ${command} | a list`));
  const [fields = ""] = row?.split("|").slice(3) ?? [];
  return [...fields.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

/** The name of the run of a VM that began last. */
async function lastRun(): Promise<string> {
  const { stdout } = await arc(["runs", ...VM, "--json"]);
  const runs: readonly { run: string }[] = JSON.parse(stdout);
  return runs.at(-1)?.run ?? "none";
}

describe("invoke", () => {
  test("prints both streams byte for byte, and exits as the script exits", async () => {
    const file = script("bytes.sh", "printf 'a\\377\\000z'; printf 'oh\\n' >&2; exit 7\n");
    const running = start(["invoke", ...VM, file]);
    expect(await running.ended).toEqual({ code: 7, signal: null });
    expect(running.stdoutBytes()).toEqual(Buffer.of(0x61, 0xff, 0x00, 0x7a));
    expect(running.stderr()).toBe("oh\nazure-run-command invoke: the script on 'web1' exited with 7\n");
  });

  test("takes the script from stdin, arguments from behind --, and parameters; says nothing of its own", async () => {
    const asked = ["invoke", ...VM, "-p", "GREETING=good day", "--run-as", "nobody", "--working-directory", "/tmp"];
    const stdin = 'echo "$GREETING $1 $2 $(id -un) $(pwd)"\n';
    expect(await arc([...asked, "--", "-x", "b c"], { stdin })).toEqual({
      code: 0,
      stdout: "good day -x b c nobody /tmp\n",
      stderr: "",
    });
  });

  test("keeps a protected parameter out of all that is shown", async () => {
    const environment = { TOKEN: "hunter2-and-more" };
    const stdin = 'echo "the token is $TOKEN"; echo "$TOKEN" | base64 >&2\n';
    const asked = ["invoke", ...VM, "--protected-parameter", "TOKEN"];
    expect(await arc(asked, { stdin, environment })).toEqual({
      code: 0,
      stdout: "the token is [secret]\n",
      stderr: expect.stringMatching(/^\[secret\]/),
    });
  });

  test("tells of a script that was ended by a signal, or by its time", async () => {
    expect(await arc(["invoke", ...VM], { stdin: "kill -KILL $$\n" })).toEqual({
      code: 137,
      stdout: "",
      stderr: "azure-run-command invoke: the script on 'web1' was ended by signal 9 (SIGKILL)\n",
    });
    expect(await arc(["invoke", ...VM, "--timeout", "1s"], { stdin: "sleep 1000\n" })).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "azure-run-command invoke: the script on 'web1' was ended, with all its children, after 1 s (--timeout)\n",
    });
  });

  test("says when only the end of a stream came", async () => {
    const asked = ["invoke", ...VM, "--output-max-bytes", "10"];
    expect(await arc(asked, { stdin: "seq 1 10000\n" })).toEqual({
      code: 0,
      stdout: "999\n10000\n",
      stderr:
        "azure-run-command invoke: only the end of stdout came, which has 48,894 bytes; 'invoke' with a larger --output-max-bytes brings more of it, at most 1,048,576\n",
    });
  });

  test("with --json prints what is known of the run, and nothing else on stdout", async () => {
    const { code, stdout, stderr } = await arc(["invoke", ...VM, "--json"], { stdin: "echo hi; exit 3\n" });
    const known: { readonly run: string; readonly key: string; readonly runId: string } = JSON.parse(stdout);
    expect(Object.keys(known)).toEqual(documentedFields("`invoke`, `output`"));
    expect(known).toMatchObject({
      run: expect.stringMatching(new RegExp(`^${RUN}$`)),
      vmName: "web1",
      executionState: "Failed",
      exitCode: 3,
      stdout: "hi\n",
      stderr: "",
      stdoutTruncated: false,
      failure: "the script on 'web1' exited with 3",
    });
    expect(known.run).toBe(`${known.key}/${known.runId}`);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: "azure-run-command invoke: the script on 'web1' exited with 3\n",
    });
  });

  test("warns of a script that may not be meant so", async () => {
    expect(await arc(["invoke", ...VM, script("cr.sh", "true\r\n")])).toMatchObject({
      stderr: expect.stringContaining(
        "azure-run-command invoke: warning: 'FOLDER/cr.sh' has Windows line ends (CR LF) from line 1 on".replace(
          "FOLDER",
          folder,
        ),
      ),
    });
  });

  test("of a VM that is not there, says so with exit code 1", async () => {
    expect(await arc(["invoke", "-g", "rg", "-n", "web3"], { stdin: "true\n" })).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^azure-run-command invoke: there is no VM 'web3' in resource group 'rg': .*; nothing was run\n$/,
      ),
    });
  });

  test("refuses an empty stdin", async () => {
    expect(await arc(["invoke", ...VM], { stdin: " \n" })).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "azure-run-command invoke: stdin is empty; name the script's file, or pipe its text in: echo uptime | azure-run-command invoke …\n",
    });
  });

  test("without a sign-in says how to have one, with exit code 2", async () => {
    const { ARM_CLIENT_SECRET: _, AZURE_CLIENT_SECRET: __, ...environment } = azure;
    const running = startCli(cli.main, ["invoke", ...VM, script("true.sh", "true\n")], environment);
    started.push(running);
    expect(await running.ended).toEqual({ code: 2, signal: null });
    expect(running.stderr()).toContain("no credentials for Azure were found");
    expect(running.stderr()).toContain("sign in with 'az login'");
  });
});

describe("a script that goes on", () => {
  const waits = "until [ -e /root/talk ]; do sleep 0.1; done";
  /** Whatever waits for its end looks again each second. */
  const environment = { AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1" };

  beforeEach(() => inGuest("rm -f /root/talk"));

  async function untilPrinted(running: CliProcess, stdout: string, stderr = ""): Promise<void> {
    while (running.stdout() !== stdout || running.stderr() !== stderr) {
      expect(running.child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test("is printed in whole lines as they come, each where it belongs and once", async () => {
    const running = start(["invoke", ...VM]);
    running.child.stdin?.end(`echo one; echo oh >&2; printf 'two '; ${waits}; echo three; exit 4\n`);
    await untilPrinted(running, "one\n", "oh\n");
    await inGuest("touch /root/talk");
    expect(await running.ended).toEqual({ code: 4, signal: null });
    expect([running.stdout(), running.stderr()]).toEqual([
      "one\ntwo three\n",
      "oh\nazure-run-command invoke: the script on 'web1' exited with 4\n",
    ]);
  });

  test("is printed without its secrets, also where one comes in pieces", async () => {
    const secret = { TOKEN: "first line of it\nsecond line of it" };
    const running = start(["invoke", ...VM, "--protected-parameter", "TOKEN"], { ...environment, ...secret });
    const half = "echo one; echo 'first line of it'";
    running.child.stdin?.end(`${half}; touch /root/half; ${waits}; echo 'second line of it'; echo "$TOKEN"\n`);
    await untilPrinted(running, "one\n");
    await inGuest("touch /root/talk");
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect([running.stdout(), running.stderr()]).toEqual(["one\n[secret]\n[secret]\n", ""]);
  });

  test("is printed by 'output', too, from its first line on", async () => {
    const running = start(["invoke", ...VM], environment);
    running.child.stdin?.end(`echo one; ${waits}; echo two\n`);
    await untilPrinted(running, "one\n");
    running.child.kill("SIGINT");
    await running.ended;
    const [, run = ""] = new RegExp(`as (${RUN})\n`).exec(running.stderr()) ?? [];
    const output = start(["output", ...VM, run], environment);
    await untilPrinted(output, "one\n");
    await inGuest("touch /root/talk");
    expect(await output.ended).toEqual({ code: 0, signal: null });
    expect([output.stdout(), output.stderr()]).toEqual(["one\ntwo\n", ""]);
  });

  test("of which not all can be brought says how much is missing", async () => {
    const running = start(["invoke", ...VM, "--output-max-bytes", "6"], environment);
    running.child.stdin?.end(`echo one; ${waits}; echo two; echo three\n`);
    await untilPrinted(running, "one\n");
    await inGuest("touch /root/talk");
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect([running.stdout(), running.stderr()]).toEqual([
      "one\nthree\n",
      "azure-run-command invoke: 4 bytes of stdout are missing behind its first 4, which were printed while the script ran; 'invoke' with a larger --output-max-bytes brings more of it, at most 1,048,576\n",
    ]);
  });

  test("whose last line has no end is told of on a line of its own", async () => {
    expect(await arc(["invoke", ...VM], { stdin: "printf half >&2; exit 2\n" })).toEqual({
      code: 2,
      stdout: "",
      stderr: "half\nazure-run-command invoke: the script on 'web1' exited with 2\n",
    });
  });
});

describe("a run that goes on", () => {
  /** Whatever waits for its end looks again each second. */
  const environment = { AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1" };
  const endless = "echo begun; echo begun > /root/begun; trap 'echo ended' TERM; sleep 1000 & wait\n";

  beforeEach(() => inGuest("rm -f /root/begun"));

  test("is left running by ^C, which says how to go on; 'output' waits for it, 'cancel' takes it off", async () => {
    const text = "echo begun > /root/begun; until [ -e /root/go ]; do sleep 0.1; done; echo gone; exit 4\n";
    const running = start(["invoke", ...VM, script("waits.sh", text)], environment);
    await untilInGuest("cat /root/begun 2>/dev/null", "begun\n");
    running.child.kill("SIGINT");
    expect(await running.ended).toEqual({ code: 130, signal: null });
    const [, run = ""] = new RegExp(`as (${RUN})\n`).exec(running.stderr()) ?? [];
    expect(running.stderr()).toBe(
      [
        `azure-run-command invoke: left the script running on 'web1', as ${run}`,
        `azure-run-command invoke: see how it ends: azure-run-command output -g rg -n web1 ${run}`,
        `azure-run-command invoke: end it:          azure-run-command cancel -g rg -n web1 ${run}\n`,
      ].join("\n"),
    );
    expect(running.stdout()).toBe("");

    const early = await arc(["output", ...VM, "--no-wait", run], { environment });
    expect(early).toEqual({
      code: 1,
      stdout: "",
      stderr: "azure-run-command output: the run has not ended, its state is Running\n",
    });
    const facts = JSON.parse((await arc(["output", ...VM, "--no-wait", "--json", run], { environment })).stdout);
    expect(Object.keys(facts)).toEqual(documentedFields("`output --no-wait`, of a run that goes on"));
    expect(facts).toMatchObject({ run, vmName: "web1", state: "Running", lastLine: null });
    const output = arc(["output", ...VM, run], { environment });
    await inGuest("touch /root/go");
    const ended = "azure-run-command output: the script on 'web1' exited with 4\n";
    expect(await output).toEqual({ code: 0, stdout: "gone\n", stderr: ended });
    // By its key alone, too, and by its id, unless several have it.
    const [key = "", runId = ""] = run.split("/");
    expect(await arc(["output", ...VM, key])).toMatchObject({ code: 0, stdout: "gone\n" });
    await inGuest(`cp -a /var/lib/azure-run-command/${key} /var/lib/azure-run-command/another`);
    const several = await arc(["cancel", ...VM, runId]);
    await inGuest("rm -r /var/lib/azure-run-command/another");
    expect(several).toEqual({
      code: 2,
      stdout: "",
      stderr: `azure-run-command cancel: '${runId}' is the name of 2 runs on 'web1'; give one of another/${runId}, ${run}\n`,
    });
    // And as JSON.
    const json = await arc(["output", ...VM, "--json", run.replace(/.*\//, "")]);
    expect(JSON.parse(json.stdout)).toMatchObject({ run, exitCode: 4, stdout: "gone\n", executionState: "Failed" });
    expect(Object.keys(JSON.parse(json.stdout))).toEqual(documentedFields("`invoke`, `output`"));
    const runs: readonly object[] = JSON.parse((await arc(["runs", ...VM, "--json"])).stdout);
    for (const each of runs) expect(Object.keys(each)).toEqual(documentedFields("`runs`"));
    expect(await arc(["cancel", ...VM, run])).toEqual({
      code: 0,
      stdout: "",
      stderr: `azure-run-command cancel: ${run} on 'web1' had ended already; what it left there is taken off\n`,
    });
    for (const command of ["output", "cancel"]) {
      expect(await arc([command, ...VM, run])).toEqual({
        code: 2,
        stdout: "",
        stderr: `azure-run-command ${command}: there is no run '${run}' on 'web1'; 'azure-run-command runs -g rg -n web1' shows those that are there\n`,
      });
    }
  });

  test("and is taken off by 'cancel' while it is waited for ends that waiting, which says so", async () => {
    const running = start(["invoke", ...VM, script("endless.sh", endless)], environment);
    await untilInGuest("cat /root/begun 2>/dev/null", "begun\n");
    // It would go on to ask, second after second, and who cancels would wait for its turn.
    running.child.kill("SIGSTOP");
    const run = await lastRun();
    expect((await arc(["cancel", ...VM, run])).code).toBe(0);
    running.child.kill("SIGCONT");
    expect(await running.ended).toEqual({ code: 1, signal: null });
    expect(running.stdout()).toBe("begun\n");
    expect(running.stderr()).toBe(
      "azure-run-command invoke: the script on 'web1' was taken off the VM before its end was seen here, as 'azure-run-command cancel' does; what it had printed is gone but for what was printed here\n",
    );
  });

  test("and is taken off while 'output' prints it ends that, too, with all that had come", async () => {
    const running = start(["invoke", ...VM], environment);
    running.child.stdin?.end("echo one; printf half; sleep 1000\n");
    while (running.stdout() !== "one\n") await new Promise((resolve) => setTimeout(resolve, 50));
    running.child.kill("SIGINT");
    await running.ended;
    const [, run = ""] = new RegExp(`as (${RUN})\n`).exec(running.stderr()) ?? [];
    const output = start(["output", ...VM, run], environment);
    while (output.stdout() !== "one\n") await new Promise((resolve) => setTimeout(resolve, 50));
    output.child.kill("SIGSTOP");
    expect((await arc(["cancel", ...VM, run])).code).toBe(0);
    output.child.kill("SIGCONT");
    expect(await output.ended).toEqual({ code: 1, signal: null });
    expect([output.stdout(), output.stderr()]).toEqual([
      "one\nhalf",
      "azure-run-command output: the script on 'web1' was taken off the VM before its end was seen here, as 'azure-run-command cancel' does; what it had printed is gone but for what was printed here\n",
    ]);
  });

  test("goes on when npm, which started the command, is killed; the command ends", async () => {
    const args = [cli.main, "invoke", ...VM, script("endless.sh", endless)];
    const npm = spawn(
      process.execPath,
      [
        "-e",
        `const child = require("node:child_process").spawn(process.execPath, ["--", ...${JSON.stringify(args)}], { stdio: "ignore" });
         console.log(child.pid); setInterval(() => {}, 1000);`,
      ],
      { env: { PATH: process.env.PATH, ...azure, ...environment, npm_execpath: "npm" } },
    );
    const pid = await new Promise<string>((resolve) =>
      npm.stdout?.once("data", (data) => resolve(String(data).trim())),
    );
    await untilInGuest("cat /root/begun 2>/dev/null", "begun\n");
    npm.kill("SIGKILL");
    while (existsSync(`/proc/${pid}`)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const run = await lastRun();
    expect(await arc(["cancel", ...VM, run])).toEqual({
      code: 0,
      stdout: "",
      stderr: `azure-run-command cancel: ${run} on 'web1' was ended, and what it left there is taken off\n`,
    });
  });

  test("is there when the command was killed: 'runs' shows it, 'cancel' ends it, and --keep its output", async () => {
    const running = start(["invoke", ...VM, script("endless.sh", endless)], environment);
    await untilInGuest("cat /root/begun 2>/dev/null", "begun\n");
    running.child.kill("SIGKILL");
    await running.ended;
    const run = await lastRun();
    expect((await arc(["runs", ...VM])).stdout).toMatch(
      new RegExp(
        `^RUN +STATE +EXIT +STARTED\n(.*\n)*${run} +Running +- +\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\n$`,
      ),
    );
    const canceled = await arc(["cancel", ...VM, "--keep", "--json", run]);
    const [key, runId] = run.split("/");
    const known = { run, key, runId, vmName: "web1", state: null, tookOff: false, kind: "ended" };
    expect({ ...canceled, stdout: JSON.parse(canceled.stdout) }).toEqual({
      code: 0,
      stdout: known,
      stderr: `azure-run-command cancel: ${run} on 'web1' was ended\n`,
    });
    expect(Object.keys(known).sort()).toEqual([...documentedFields("`cancel`")].sort());
    expect(await arc(["output", ...VM, run])).toMatchObject({ code: 0, stdout: "begun\nended\n" });
    const [, id = ""] = run.split("/");
    const misspelt = `${id.slice(0, -1)}x`;
    expect(await arc(["output", ...VM, misspelt])).toEqual({
      code: 2,
      stdout: "",
      stderr: `azure-run-command output: there is no run '${misspelt}' on 'web1'; did you mean '${id}'?\n`,
    });
  });
});

describe("on a terminal", () => {
  const environment = { AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1", TERM: "xterm" };
  const text = "echo step one; until [ -e /root/done ]; do sleep 0.1; done; echo step two\n";

  interface Terminal {
    /** All that it was told, with what moves the cursor. */
    readonly shown: () => string;
    /** Its lines, and what stood in the one that changes, without colours. */
    readonly lines: () => readonly string[];
    readonly type: (keys: string) => void;
    readonly ended: Promise<string>;
  }

  /** With stderr on a terminal of its own, of so many columns, and stdout in a file or there, too. */
  function onTerminal(columns: number, steps = text, stdout = ` > '${join(folder, "out")}'`): Terminal {
    const command = `stty cols ${columns}; exec '${process.execPath}' -- '${cli.main}' invoke ${VM.join(" ")} '${script("steps.sh", steps)}'${stdout}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env.PATH, ...azure, ...environment },
    });
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    const ended = new Promise<string>((resolve) => child.once("close", (code) => resolve(`ended with ${code}`)));
    const lines = () =>
      shown
        .replaceAll("\u001b[1G", "\r")
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
        .replace(/\u001b\[[0-9?;]*[A-Za-z]/g, "")
        .split(/\r?\n|\r/);
    return { shown: () => shown, lines, type: (keys) => child.stdin.write(keys), ended };
  }

  async function untilShown({ lines }: Terminal, line: RegExp): Promise<void> {
    while (!lines().some((shown) => line.test(shown))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test("what the script prints stands above the line that changes", async () => {
    await inGuest("rm -f /root/done");
    const terminal = onTerminal(100, text, "");
    await untilShown(terminal, /^step one$/);
    await untilShown(terminal, /running on 'web1' for \d+ s/);
    await inGuest("touch /root/done");
    expect(await terminal.ended).toBe("ended with 0");
    expect(terminal.lines().filter((line) => line.startsWith("step"))).toEqual(["step one", "step two"]);
  });

  test("a last line without an end is left as it is, and what we say comes below it", async () => {
    const quiet = onTerminal(100, "printf half\n", "");
    expect(await quiet.ended).toBe("ended with 0");
    expect(quiet.shown().split("half")[1]).not.toContain("\u001b[1G");
    const failed = onTerminal(100, "printf half; exit 3\n", "");
    expect(await failed.ended).toBe("ended with 3");
    expect(failed.lines()).toContain("azure-run-command invoke: the script on 'web1' exited with 3");
  });

  test("^C leaves the script running, and says how to go on", async () => {
    await inGuest("rm -f /root/done");
    const terminal = onTerminal(200, text, "");
    await untilShown(terminal, /running on 'web1' for \d+ s/);
    terminal.type("\u0003");
    expect(await terminal.ended).toBe("ended with 130");
    const told = terminal.lines().filter((line) => line.startsWith("azure-run-command"));
    const [, run = ""] = new RegExp(`as (${RUN})$`).exec(told[0] ?? "") ?? [];
    expect(told).toEqual([
      `azure-run-command invoke: left the script running on 'web1', as ${run}`,
      `azure-run-command invoke: see how it ends: azure-run-command output -g rg -n web1 ${run}`,
      `azure-run-command invoke: end it:          azure-run-command cancel -g rg -n web1 ${run}`,
    ]);
    await inGuest("touch /root/done");
    expect(await arc(["output", ...VM, run])).toMatchObject({ code: 0, stdout: "step one\nstep two\n" });
  });

  test("a line shows what the script prints while it runs, and is gone in the end", async () => {
    await inGuest("rm -f /root/done");
    const { shown, ended } = onTerminal(100);
    while (!/running on 'web1' for \d+ s: step one/.test(shown())) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await inGuest("touch /root/done");
    expect(await ended).toBe("ended with 0");
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("step one\nstep two\n");
    // The line is cleared, and the cursor is back.
    const rest = shown().slice(shown().lastIndexOf("step one"));
    expect([rest.includes("\u001b[0K"), rest.includes("\u001b[?25h")]).toEqual([true, true]);
  });

  test("that says it has no columns, nothing is shown", async () => {
    await inGuest("touch /root/done");
    const { shown, ended } = onTerminal(0);
    expect([await ended, shown()]).toEqual(["ended with 0", ""]);
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("step one\nstep two\n");
  });
});

describe("a signal before the script was sent ends it, and nothing was run", () => {
  /** Of the requests so far, those that `web2` got, with their answers. */
  async function untilAsked(running: CliProcess, isIt: (line: string) => boolean): Promise<void> {
    for (;;) {
      const requests: readonly unknown[] = JSON.parse((await askAdmin(azure, "GET", "/requests", undefined)).body);
      if (requests.map((one) => JSON.stringify(one)).some((line) => /virtualMachines\/web2/.test(line) && isIt(line))) {
        return;
      }
      expect(running.child.exitCode).toBeNull();
    }
  }

  async function stopped(running: CliProcess): Promise<void> {
    running.child.kill("SIGTERM");
    expect(await running.ended).toEqual({ code: 143, signal: null });
    expect(running.stderr()).toBe("azure-run-command invoke: stopped before the script was sent; nothing was run\n");
  }

  const invoke = () => start(["invoke", "-g", "rg", "-n", "web2", script("never.sh", "touch /root/never\n")]);

  test("while the VM is not ready", async () => {
    await askAdmin(azure, "PUT", "/vms/web2/agent", { status: "NotReady" });
    try {
      const running = invoke();
      await untilAsked(running, () => true);
      await stopped(running);
    } finally {
      await askAdmin(azure, "PUT", "/vms/web2/agent", { status: "Ready" });
    }
  });

  test("while another client's command holds the VM", async () => {
    await askAdmin(azure, "POST", "/faults", { fault: "conflict-running", count: 1_000 });
    try {
      const running = invoke();
      await untilAsked(running, (line) => line.includes("409"));
      await stopped(running);
    } finally {
      await askAdmin(azure, "DELETE", "/faults", {});
    }
  });
});

test("remove-extension removes it once; runs of 'invoke' do not keep it, those of a resource do", async () => {
  const vm = ["-g", "rg", "-n", "web2"];
  expect(await arc(["remove-extension", ...vm])).toEqual({
    code: 0,
    stdout: "",
    stderr: "azure-run-command remove-extension: the extension RunCommandLinux is not on 'web2'\n",
  });
  expect(await arc(["runs", ...vm])).toEqual({
    code: 0,
    stdout: "",
    stderr: "azure-run-command runs: 'web2' knows of no runs\n",
  });
  await arc(["invoke", ...vm], { stdin: "true\n" });
  await inGuest("mkdir -p /var/lib/azure-run-command/0a1b/1-create-c", "web2");
  const stays =
    "azure-run-command remove-extension: the extension RunCommandLinux stays on 'web2': a resource has runs there ('azure-run-command runs -g rg -n web2' shows them); destroy what has them, or give --force\n";
  expect(await arc(["remove-extension", ...vm])).toEqual({ code: 1, stdout: "", stderr: stays });
  await inGuest("rm -r /var/lib/azure-run-command/0a1b", "web2");
  expect(await arc(["remove-extension", ...vm, "--json"])).toEqual({
    code: 0,
    stdout: '{\n  "vmName": "web2",\n  "remainingKeys": null,\n  "kind": "removed"\n}\n',
    stderr: "azure-run-command remove-extension: the extension RunCommandLinux was removed from 'web2'\n",
  });
});

describe("output that cannot be written", () => {
  /** With a full disk for stdout. */
  async function toFullDisk(args: readonly string[]): Promise<Pick<Ended, "code" | "stderr">> {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, ["--", cli.main, ...args], {
      env: { PATH: process.env.PATH, ...azure },
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, stderr })));
  }

  test("is a failure of 'list'", async () => {
    expect(await toFullDisk(["list", "-l", "westeurope"])).toEqual({
      code: 1,
      stderr: "azure-run-command list: stdout cannot be written: the disk is full (ENOSPC)\n",
    });
  });

  test("is a failure of 'invoke', which shows stderr all the same, and how to see the rest", async () => {
    const { code, stderr } = await toFullDisk(["invoke", ...VM, script("both.sh", "echo out; echo oh >&2\n")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^oh\\nazure-run-command invoke: stdout cannot be written: the disk is full \\(ENOSPC\\); what was printed is still there: azure-run-command output -g rg -n web1 ${RUN}\\n$`,
      ),
    );
    expect((await arc(["output", ...VM, /output -g rg -n web1 (.*)\n/.exec(stderr)?.[1] ?? ""])).stdout).toBe("out\n");
  });
});

test("list shows Azure's commands, one of them whole, and the nearest to a misspelt one", async () => {
  const all = await arc(["list", "-l", "westeurope"]);
  expect(all).toMatchObject({ code: 0, stderr: "" });
  expect(all.stdout).toMatch(/^COMMAND +SYSTEM +LABEL\n(.*\n)*ifconfig +Linux +List network configuration\n/);
  expect((await arc(["list", "-l", "westeurope", "RunShellScript"])).stdout).toBe(
    [
      "id:          RunShellScript",
      "system:      Linux",
      "label:       Executes a Linux shell script",
      "description: Custom multiline shell script should be defined in script property. Optional parameters can be set in parameters property.",
      "parameters:",
      "  arg1 (string)",
      "  arg2 (string)",
      "script:",
      "  echo This is a sample script",
      "  echo Optional parameters: $0 $1\n",
    ].join("\n"),
  );
  const json = await arc(["list", "-l", "westeurope", "ifconfig", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ id: "ifconfig", osType: "Linux" });
  const fields = documentedFields("`list`");
  expect(Object.keys(JSON.parse(json.stdout)).sort()).toEqual([...fields].sort());
  const list: readonly object[] = JSON.parse((await arc(["list", "-l", "westeurope", "--json"])).stdout);
  for (const each of list) expect(Object.keys(each).sort()).toEqual(fields.slice(0, -2).sort());
  expect(await arc(["list", "-l", "westeurope", "ifconfg"])).toEqual({
    code: 2,
    stdout: "",
    stderr: "azure-run-command list: Azure knows no command 'ifconfg' in 'westeurope'; did you mean 'ifconfig'?\n",
  });
});
