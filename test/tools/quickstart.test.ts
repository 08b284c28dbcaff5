/** `npm run quickstart` on this machine: what it shows, and that nothing of it is left, however it ends. Uses dist/ as it is. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const GUID = "11111111-2222-3333-4444-555555555555";
jest.setTimeout(180_000);

describe("what is asked for", () => {
  const shape = "/subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.Compute/virtualMachines/NAME";

  test.each([
    { args: ["--azure"], sentence: `--azure needs the resource id of a VM, ${shape}, and got ''` },
    { args: ["--azure", "vm1"], sentence: `--azure needs the resource id of a VM, ${shape}, and got 'vm1'` },
    {
      args: [`--azure=/subscriptions/${GUID}/resourceGroups/rg`],
      sentence: `--azure needs the resource id of a VM, ${shape}, and got '/subscriptions/${GUID}/resourceGroups/rg'`,
    },
    { args: ["--azur"], sentence: "unknown argument '--azur'; only --azure VM_RESOURCE_ID is known" },
    {
      args: [
        "--azure",
        `/subscriptions/${GUID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1`,
        "vm2",
      ],
      sentence: "one argument too many: 'vm2'",
    },
  ])("$args is refused with a sentence, and nothing is done", async ({ args, sentence }) => {
    const quickstart = start(...args);
    expect(await quickstart.ended).toBe(2);
    expect(quickstart.output()).toBe(`quickstart: ${sentence}\n`);
  });

  test("--help says what it does", async () => {
    const quickstart = start("--help");
    expect(await quickstart.ended).toBe(0);
    expect(quickstart.output()).toMatch(/^usage: npm run quickstart \[-- --azure VM_RESOURCE_ID\]\n/);
  });
});

describe("the simulated quick start", () => {
  test("runs the script, shows its output, runs it again after an edit, and sees the extension removed", async () => {
    const quickstart = start();
    expect({ exitCode: await quickstart.ended, output: quickstart.output() }).toMatchObject({ exitCode: 0 });
    expect(told(quickstart.output())).toEqual([
      "Start an Azure on this machine",
      "Make a Pulumi stack",
      "pulumi up",
      "+ 2 created",
      "exitCode is 0",
      "    Hello from vm1",
      "The script is edited",
      "pulumi up",
      "~ 1 updated",
      "exitCode is 0",
      "    Hello again from vm1",
      "pulumi destroy",
      "- 2 deleted",
      "RunShellScript  Succeeded",
      "RunShellScript  Succeeded",
      "RunShellScript  Succeeded",
      "RemoveRunCommandLinuxExtension  Succeeded",
      "the extension is gone from the VM",
      "Done.",
    ]);
    expectNothingLeft(quickstart.pid);
  });

  test("leaves the tracked script as it was", () => {
    expect(readFileSync(join(ROOT, "examples/quick-start/prepare.sh"), "utf8")).toContain('greeting="Hello from"');
  });

  test.each([
    { when: "the simulator starts", moment: /Start an Azure on this machine/ },
    { when: "the resource is created", moment: /RunCommand prepare creating/ },
    { when: "pulumi destroy runs", moment: /pulumi destroy: removes/ },
  ])("^C while $when ends everything in seconds", async ({ moment }) => {
    const quickstart = start();
    await quickstart.seen(moment);
    const signalledAtMs = Date.now();
    quickstart.kill("SIGINT");
    expect({ exitCode: await quickstart.ended, output: quickstart.output() }).toMatchObject({ exitCode: 130 });
    expect(Date.now() - signalledAtMs).toBeLessThan(15_000);
    expect(quickstart.output()).toMatch(/quickstart: interrupted; nothing runs any more\n$/);
    expectNothingLeft(quickstart.pid);
  });

  test("one that was killed does not disturb the next, which ends what it left", async () => {
    const killed = start();
    await killed.seen(/RunCommand prepare creating/);
    killed.kill("SIGKILL");
    await killed.ended;
    expect(processesOf(killed.pid)).not.toEqual([]);

    const next = start();
    expect(await next.ended).toBe(0);
    expectNothingLeft(killed.pid);
    expectNothingLeft(next.pid);
  });
});

/** In their order, the things that the quick start told; the details between them do not matter. */
function told(output: string): string[] {
  const things = [
    ...[
      "Start an Azure on this machine",
      "Make a Pulumi stack",
      "(?<=^- )pulumi up",
      "(?<=^- )pulumi destroy",
      "[+] 2 created",
    ],
    ...[
      "exitCode is 0",
      "^    Hello from vm1",
      "^    Hello again from vm1",
      "The script is edited",
      "~ 1 updated",
      "- 2 deleted",
    ],
    ...[
      "RunShellScript  Succeeded",
      "RemoveRunCommandLinuxExtension  Succeeded",
      "the extension is gone from the VM",
      "Done[.]",
    ],
  ];
  return [...output.matchAll(new RegExp(things.join("|"), "gm"))].map(([thing]) => thing);
}

function expectNothingLeft(pid: number): void {
  expect(processesOf(pid)).toEqual([]);
  expect(existsSync(folderOf(pid))).toBe(false);
}

function folderOf(pid: number): string {
  return join(ROOT, `.quickstart/simulated-${pid}`);
}

/** The quick start's children and grandchildren have its folder in their environment. */
function processesOf(pid: number): string[] {
  const mark = `AZURE_RUN_COMMAND_QUICKSTART=${folderOf(pid)}`;
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark);
    } catch {
      return false;
    }
  });
}

interface Started {
  readonly pid: number;
  readonly ended: Promise<number | null>;
  output(): string;
  seen(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

function start(...args: string[]): Started {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, "tools/quickstart.mjs"), ...args], {
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
    });
  const ended = new Promise<number | null>((resolve) =>
    child.on("exit", (code) => setTimeout(() => resolve(code), 100)),
  );
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    seen: async (pattern) => {
      while (!pattern.test(output)) {
        if (child.exitCode !== null) throw new Error(`ended without ${pattern}:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    kill: (signal) => void child.kill(signal),
  };
}
