/** `npm run quickstart -- --cdk` on this machine: what it shows, and that nothing of it is left. Uses dist/ as it is. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { begun, expectNothingLeft, processesOf, ROOT, start } from "./running-quickstart";

const EXAMPLE = join(ROOT, "examples/cdk-join-fleet");
jest.setTimeout(300_000);

describe("the quick start with the CDK", () => {
  test("deploys, updates, fails and rolls back, destroys, and sees the extension removed", async () => {
    const before = readdirSync(EXAMPLE);
    const quickstart = start("--cdk");
    expect({ exitCode: await quickstart.ended, output: quickstart.output() }).toMatchObject({ exitCode: 0 });
    expect(told(quickstart.output())).toEqual([
      "Start an Azure on this machine",
      "Put a stand-in",
      "Start an AWS on this machine",
      "cdk synth -c installers=/opt/stand-in",
      "Custom::AzureRunCommand     CREATE_COMPLETE",
      "Custom::AzureRunCommand     CREATE_COMPLETE",
      "JoinFleet.ManagedInstanceId = mi-",
      "JoinFleet.AgentVersion = stand-in (stable)",
      "cdk synth -c installers=/opt/stand-in -c agentTrigger=2",
      "Custom::AzureRunCommand     UPDATE_COMPLETE",
      "Custom::AzureRunCommand     UPDATE_COMPLETE",
      "JoinFleet.ManagedInstanceId = mi-",
      "JoinFleet.AgentVersion = stand-in (latest)",
      "cdk synth -c installers=/opt/nowhere -c agentTrigger=3",
      "Custom::AzureRunCommand     UPDATE_FAILED",
      "UPDATE_ROLLBACK_IN_PROGRESS",
      "Custom::AzureRunCommand     UPDATE_COMPLETE",
      `the script on 'vm1' exited with 1; end of stderr: "cp: `,
      "JoinFleet.ManagedInstanceId = mi-",
      "JoinFleet.AgentVersion = stand-in (latest)",
      "Custom::AzureRunCommand     DELETE_COMPLETE",
      "Custom::AzureRunCommand     DELETE_COMPLETE",
      ...["ssm:CreateActivation", "ssm:AddTagsToResource", "ssm:DeregisterManagedInstance", "ssm:DeleteActivation"],
      "RemoveRunCommandLinuxExtension  Succeeded",
      "the extension is gone from the VM",
      "Done.",
    ]);
    expectNothingLeft(quickstart.pid, "cdk");
    expect(readdirSync(EXAMPLE)).toEqual(before);
  });

  test.each([
    { when: "the app is synthesised", moment: /cdk synth/ },
    { when: "the script runs", moment: /InstallAgent +Custom::AzureRunCommand +CREATE_IN_PROGRESS/ },
  ])("^C while $when ends everything in seconds", async ({ moment }) => {
    const quickstart = start("--cdk");
    await quickstart.seen(moment);
    const signalledAtMs = Date.now();
    quickstart.kill("SIGINT");
    expect({ exitCode: await quickstart.ended, output: quickstart.output() }).toMatchObject({ exitCode: 130 });
    expect(Date.now() - signalledAtMs).toBeLessThan(15_000);
    expect(quickstart.output()).toMatch(/quickstart: interrupted; nothing runs any more\n$/);
    expectNothingLeft(quickstart.pid, "cdk");
  });

  test("one that was killed is cleaned up by the next", async () => {
    const killed = start("--cdk");
    await killed.seen(/InstallAgent +Custom::AzureRunCommand +CREATE_IN_PROGRESS/);
    killed.kill("SIGKILL");
    await killed.ended;
    expect(processesOf(killed.pid, "cdk")).not.toEqual([]);

    const next = start("--cdk");
    await next.seen(/Start an Azure on this machine/);
    next.kill("SIGINT");
    await next.ended;
    expectNothingLeft(killed.pid, "cdk");
    expectNothingLeft(next.pid, "cdk");
  });
});

/** In their order, the things that the quick start told; the details between them do not matter. */
function told(output: string): string[] {
  const things = [
    ...["Start an Azure on this machine", "Put a stand-in", "Start an AWS on this machine"].map(begun),
    "(?<=^- )cdk synth(?: -c [a-zA-Z]+=[^ ]+)+(?= [(]usually)",
    "Custom::AzureRunCommand +[A-Z]+_(?:COMPLETE|FAILED)",
    "(?<=Stack +)UPDATE_ROLLBACK_IN_PROGRESS",
    "JoinFleet[.]ManagedInstanceId = mi-(?=[0-9a-f]{17}$)",
    "JoinFleet[.]AgentVersion = .*",
    "the script on 'vm1' exited with 1; end of stderr: \"cp: ",
    "(?<=^    )ssm:[A-Za-z]+$",
    ...["RemoveRunCommandLinuxExtension  Succeeded", "the extension is gone from the VM", "Done[.]"],
  ];
  return [...output.matchAll(new RegExp(things.join("|"), "gm"))].map(([thing]) => thing);
}
