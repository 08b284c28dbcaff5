/** Command lines that make no sense: each is told in one sentence, with exit code 2, before anything is asked of Azure. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../cli/main";

const GUID = "00000000-0000-0000-0000-000000000001";
const VM = ["-g", "rg", "-n", "web1"];
const VM_ID = "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'";

const environment = { ...process.env };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mistakes-test-"));
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "fix.sh"), "echo fixed\n");
  writeFileSync(join(folder, "empty.sh"), " \n");
  writeFileSync(join(folder, "long.sh"), "#".repeat(262_145));
  writeFileSync(join(folder, "program"), Buffer.of(0x7f, 0x45, 0xff, 0xfe));
  writeFileSync(join(folder, "nul.sh"), "echo\n\0");
  writeFileSync(join(folder, "fault.sh"), "if true; then echo\n");
  for (const name of Object.keys(process.env).filter((each) => /^(ARM|AZURE)_/.test(each))) {
    delete process.env[name];
  }
  process.env.ARM_SUBSCRIPTION_ID = GUID;
  process.env.TOKEN = "hunter2";
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  process.env = environment;
});

interface Told {
  readonly code: unknown;
  readonly stderr: string;
}

/** Runs it within this process. `FOLDER` stands for the folder with the scripts. */
async function tell(args: readonly string[]): Promise<Told> {
  const before = { exitCode: process.exitCode, argv: process.argv };
  let stderr = "";
  const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const given = args.map((arg) => arg.replace("FOLDER", folder));
  try {
    process.argv = ["node", "main.js", ...given];
    process.exitCode = undefined;
    await runCommandLine(given);
    return { code: process.exitCode, stderr: stderr.replaceAll(folder, "FOLDER") };
  } finally {
    write.mockRestore();
    process.exitCode = before.exitCode;
    process.argv = before.argv;
  }
}

/** With these variables in the environment; `undefined` for none of that name. */
async function tellWith(
  variables: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<Told> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
  try {
    return await tell(args);
  } finally {
    process.env = before;
  }
}

describe("words", () => {
  test.each([
    { args: [], told: "azure-run-command: no command is given; see 'azure-run-command --help'" },
    { args: ["help", "run"], told: "azure-run-command: unknown command 'run'; did you mean 'runs'?" },
    { args: ["invok"], told: "azure-run-command: unknown command 'invok'; did you mean 'invoke'?" },
    { args: ["nope"], told: "azure-run-command: unknown command 'nope'; see 'azure-run-command --help'" },
    { args: ["runs", "--jsn"], told: "azure-run-command runs: unknown option '--jsn'; did you mean '--json'?" },
    {
      args: ["invoke", "fix.sh", "-x"],
      told: "azure-run-command invoke: unknown option '-x'; for the script, write azure-run-command invoke … -- -x",
    },
    {
      args: [...VM, "invoke", "fix.sh"],
      told: "azure-run-command: '-g' stands before the command; write azure-run-command invoke -g …",
    },
    {
      args: ["invoke", ...VM, "fix.sh", "--dry-run"],
      told: "azure-run-command invoke: unknown option '--dry-run'; for the script, write azure-run-command invoke … -- --dry-run",
    },
    {
      args: ["runs", ...VM, "-g", "rg2"],
      told: "azure-run-command runs: option '-g, --resource-group <name>' is given twice; give it once",
    },
    {
      args: ["simulate", "--port", "1", "--port=2"],
      told: "azure-run-command simulate: option '--port <number>' is given twice; give it once",
    },
    {
      args: ["simulate", "--vmm"],
      told: "azure-run-command simulate: unknown option '--vmm'; did you mean '--vm'?",
    },
    {
      args: ["runs", "web1"],
      told: "azure-run-command runs: too many arguments for 'runs'; expected 0 arguments but got 1; see 'azure-run-command runs --help'",
    },
    {
      args: ["output", ...VM],
      told: "azure-run-command output: missing required argument 'run'; see 'azure-run-command output --help'",
    },
    {
      args: ["invoke", "--timeout"],
      told: "azure-run-command invoke: option '--timeout <time>' has no value; see 'azure-run-command invoke --help'",
    },
  ])("$args", async ({ args, told }) => {
    expect(await tell(args)).toEqual({ code: 2, stderr: `${told}\n` });
  });
});

describe("the VM", () => {
  test.each([
    { args: [], told: "no VM is named; give -g <resource group> and -n <VM>, or --vm-id <id>" },
    { args: ["-g", "rg"], told: "-g is given without -n; give -g rg -n <VM>, or --vm-id <id>" },
    { args: ["-n", "web1"], told: "-n is given without -g; give -g <resource group> -n web1, or --vm-id <id>" },
    { args: ["--vm-id", "x", "-n", "y"], told: "--vm-id and -n are both given; give --vm-id alone, or -g and -n" },
    { args: ["--vm-id", "x", ...VM], told: "--vm-id and -g are both given; give --vm-id alone, or -g and -n" },
    {
      args: ["--vm-id", "x", "--subscription", GUID],
      told: "--vm-id and --subscription are both given; the id names its subscription, leave out --subscription",
    },
    {
      args: ["--vm-id", "web1"],
      told: `--vm-id is a text of 4 characters, which is no id of a VM; expected ${VM_ID}`,
    },
    {
      args: ["--vm-id", `/subscriptions/${GUID}/resourceGroups/rg`],
      told: `--vm-id is "/subscriptions/${GUID}/resourceGroups/rg", which is no id of a VM; expected ${VM_ID}`,
    },
    {
      args: ["-g", "rg", "-n", `/subscriptions/${GUID}/x`],
      told: "-n is an id, expected a name; give the VM's id to --vm-id",
    },
    {
      args: ["-g", "r g", "-n", "web1"],
      told: `-g has the resource group name "r g", which Azure does not allow (letters, digits, '_', '.', '(', ')' and '-'; not '.' last)`,
    },
    {
      args: ["--subscription", "mine", ...VM],
      told: "--subscription is 'mine', expected a GUID such as 00000000-0000-0000-0000-000000000001 ('az account list' shows yours)",
    },
    {
      args: ["--ready-timeout", "soon", ...VM],
      told: "--ready-timeout is 'soon', expected a whole number of seconds from 0, or a time such as 90s, 10m or 2h",
    },
  ])("$args: $told", async ({ args, told }) => {
    expect(await tell(["runs", ...args])).toEqual({ code: 2, stderr: `azure-run-command runs: ${told}\n` });
  });

  test.each(["invoke", "runs", "output", "cancel", "remove-extension"])("%s needs one", async (command) => {
    const run = ["output", "cancel"].includes(command) ? ["key/run"] : [];
    expect(await tell([command, ...run])).toEqual({
      code: 2,
      stderr: `azure-run-command ${command}: no VM is named; give -g <resource group> and -n <VM>, or --vm-id <id>\n`,
    });
  });
});

describe("the script", () => {
  test.each([
    { args: ["FOLDER/fx.sh"], told: "there is no file 'FOLDER/fx.sh' to run; did you mean 'FOLDER/fix.sh'?" },
    {
      args: ["FOLDER/nothing-like-it"],
      told: "there is no file 'FOLDER/nothing-like-it' to run; give a script's file, or - for stdin",
    },
    { args: ["FOLDER/folder"], told: "'FOLDER/folder' is a folder, expected a script's file" },
    { args: ["FOLDER/empty.sh"], told: "the script 'FOLDER/empty.sh' is empty; give it the text to run" },
    {
      args: ["FOLDER/program"],
      told: "'FOLDER/program' is not UTF-8 text; give a script, and let it download a program",
    },
    {
      args: ["FOLDER/nul.sh"],
      told: "the script 'FOLDER/nul.sh' has a NUL byte in line 2; a shell script cannot hold one (is it a program, or UTF-16 text?)",
    },
    {
      args: ["FOLDER/fault.sh"],
      told: "'FOLDER/fault.sh' has a syntax error in line 1, column 1: `if` statement must end with `fi`\n    if true; then echo\n    ^",
    },
    {
      args: ["FOLDER/long.sh"],
      told: "the script 'FOLDER/long.sh' has more than 262,144 bytes, which no request can hold; let the script download the bulk",
    },
    {
      args: ["-p", "AZURE_RUN_COMMAND_OUTPUT=1", "FOLDER/fix.sh"],
      told: '--parameter has "AZURE_RUN_COMMAND_OUTPUT", which begins with AZURE_RUN_COMMAND_, which is kept for the runner; use another name',
    },
    {
      args: ["--timeout", "0", "FOLDER/fix.sh"],
      told: "--timeout is '0', expected a whole number of seconds from 1, or a time such as 90s, 10m or 2h",
    },
    {
      args: ["--output-max-bytes", "9999999", "FOLDER/fix.sh"],
      told: "--output-max-bytes is 9999999, expected a whole number of bytes from 0 to 1,048,576",
    },
    {
      args: ["-p", "PORT", "FOLDER/fix.sh"],
      told: "--parameter 'PORT' has no value; write PORT=VALUE, or --protected-parameter PORT to take it from the environment",
    },
    {
      args: ["-p", "1A=x", "FOLDER/fix.sh"],
      told: `--parameter has "1A", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)`,
    },
    {
      args: ["-p", "TOKEN=x", "--protected-parameter", "TOKEN", "FOLDER/fix.sh"],
      told: '--protected-parameter has "TOKEN", which --parameter has too; give it in one of them',
    },
    {
      args: ["--protected-parameter", "NOPE", "FOLDER/fix.sh"],
      told: "the environment variable NOPE of --protected-parameter is not set; set it, for example by 'read -rs NOPE && export NOPE'",
    },
    {
      args: ["--run-as", "a b", "--working-directory", "x", "FOLDER/fix.sh"],
      told: "--run-as has a character that no name of a Linux user has (a blank, a control character, ':', '/' or '\\')\n  --working-directory is no absolute path; begin it with '/', or leave it out for the user's home",
    },
  ])("$args: $told", async ({ args, told }) => {
    expect(await tell(["invoke", ...VM, ...args])).toEqual({
      code: 2,
      stderr: `azure-run-command invoke: ${told}\n`,
    });
  });
});

describe("the rest", () => {
  test.each([
    {
      args: ["output", ...VM, "a/b/c"],
      told: "output: 'a/b/c' is no name of a run; 'azure-run-command runs -g rg -n web1' shows those that are there",
    },
    {
      args: ["output", ...VM, "--output-max-bytes", "1048577", "a/b"],
      told: "output: --output-max-bytes is 1,048,577, expected at most 1,048,576",
    },
    { args: ["list"], told: "list: no location is given; give -l <location>, such as -l westeurope" },
  ])("$args", async ({ args, told }) => {
    expect(await tell(args)).toEqual({ code: 2, stderr: `azure-run-command ${told}\n` });
  });

  test("no subscription is known", async () => {
    const none = { ARM_SUBSCRIPTION_ID: undefined };
    const [vm, list] = [await tellWith(none, ["runs", ...VM]), await tellWith(none, ["list", "-l", "westeurope"])];
    const sentence =
      "no subscription is known; give --subscription <guid>, set ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID";
    expect(vm).toEqual({ code: 2, stderr: `azure-run-command runs: ${sentence}, or give --vm-id <id>\n` });
    expect(list).toEqual({ code: 2, stderr: `azure-run-command list: ${sentence}\n` });
  });

  test("a subscription of the environment that is none", async () => {
    expect(await tellWith({ ARM_SUBSCRIPTION_ID: "production" }, ["runs", ...VM])).toEqual({
      code: 2,
      stderr:
        "azure-run-command runs: ARM_SUBSCRIPTION_ID is 'production', expected a GUID such as 00000000-0000-0000-0000-000000000001 ('az account list' shows yours)\n",
    });
  });

  test("a sign-in of which half is set", async () => {
    expect(await tellWith({ ARM_CLIENT_SECRET: "secret" }, ["runs", ...VM])).toEqual({
      code: 2,
      stderr:
        "azure-run-command runs: the credentials that ARM_CLIENT_SECRET asks for cannot be used: the tenant id (ARM_TENANT_ID) and the client id (ARM_CLIENT_ID) are not set; nothing was changed\n",
    });
  });

  test("an option beside a stdin that stays open, which is not waited for", async () => {
    const stdin = jest.spyOn(process, "stdin", "get").mockImplementation(() => {
      throw new Error("stdin was read");
    });
    const told = await tell(["invoke", ...VM, "--timeout", "5x"]);
    stdin.mockRestore();
    expect(told).toEqual({
      code: 2,
      stderr:
        "azure-run-command invoke: --timeout is '5x', expected a whole number of seconds from 1, or a time such as 90s, 10m or 2h\n",
    });
  });

  test("a setting of the environment", async () => {
    expect(await tellWith({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "long" }, ["runs", ...VM])).toEqual({
      code: 2,
      stderr:
        'azure-run-command runs: the environment variable AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS is "long", expected a whole number of seconds from 1 to 3,600\n',
    });
  });
});
