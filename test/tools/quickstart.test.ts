/** `npm run quickstart` on this machine: what it shows, and that nothing of it is left, however it ends. Uses dist/ as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { begun, expectNothingLeft, processesOf, ROOT, start } from "./running-quickstart";

const GUID = "11111111-2222-3333-4444-555555555555";
const VM = `/subscriptions/${GUID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1`;
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
    { args: ["--azur"], sentence: "unknown argument '--azur'; only --azure VM_RESOURCE_ID and --cdk are known" },
    {
      args: ["--azure", VM, "vm2"],
      sentence: "one argument too many: 'vm2'",
    },
    { args: ["--cdk", "JoinFleet"], sentence: "one argument too many: 'JoinFleet'" },
    ...[
      ["--cdk", "--azure", VM],
      ["--azure", VM, "--cdk"],
      ["--cdk", `--azure=${VM}`],
    ].map((args) => ({
      args,
      sentence:
        "--cdk cannot be combined with --azure: it runs on simulators alone; examples/cdk-join-fleet/README.md says how to deploy to a real VM",
    })),
  ])("$args is refused with a sentence, and nothing is done", async ({ args, sentence }) => {
    const quickstart = start(...args);
    expect(await quickstart.ended).toBe(2);
    expect(quickstart.output()).toBe(`quickstart: ${sentence}\n`);
  });

  test("--help says what it does", async () => {
    const quickstart = start("--help");
    expect(await quickstart.ended).toBe(0);
    expect(quickstart.output()).toMatch(/^usage: npm run quickstart \[-- --azure VM_RESOURCE_ID \| --cdk\]\n/);
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
    ...["Start an Azure on this machine", "Make a Pulumi stack", "pulumi up", "pulumi destroy"].map(begun),
    "[+] 2 created",
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
