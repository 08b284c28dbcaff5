import { CfnParameter, Duration } from "aws-cdk-lib";
import { AzureVirtualMachine } from "../../constructs/azure-virtual-machine";
import { AzureCredentials } from "../../constructs/credentials";
import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { DeleteFailure } from "../../constructs/run-command-words";
import { changeVm, runCommand } from "../e2e/support/azure";
import { until } from "../e2e/support/until";
import type { Fault } from "./simulator/faults";
import { GrowingStack } from "./support/growing-stack";
import { counting, held, note } from "./support/ledger";
import type { Lines } from "./support/readable";
import { Scene } from "./support/scene";

let scene: Scene;
let stack: GrowingStack;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2", "vm3", "vm4"] });
  stack = new GrowingStack(scene);
});
afterAll(() => scene?.stop());
afterEach(() => {
  expect(scene.cloud.faults.left()).toEqual([]);
});

const REMOVED = "RemoveRunCommandLinuxExtension Succeeded";

const message = (text: string, name = "IsComplete", stackName = "Demo") =>
  `Received response status [FAILED] from custom resource. Message returned: ${text}\n\nLogs: /aws/lambda/${stackName}-Provider<hash>${name}-<suffix>\n (RequestId: <uuid>)`;

describe("a Create that is called off", () => {
  /** The ids with which CloudFormation asked for the deletion. */
  const idsOfDeletes = (stackName: string, id: string) =>
    scene
      .requestsOf(stackName, id)
      .flatMap(({ event }) => (event.RequestType === "Delete" ? [event.PhysicalResourceId] : []));

  /** How many processes there are on vm1 whose command lines have this text. */
  const processes = async (text: string) =>
    (await scene.inGuest("ps -e -o args=")).split("\n").filter((line) => line.includes(text)).length;

  test("while its script runs, is deleted under an id that nobody gave: the script is ended with its children", async () => {
    const script = counting("Runs", "v1", "sleep 4321 &", ...held("runs"), note("Runs", "went on"));
    const rolledBack = scene.deploy("Rolled", ({ run }) => {
      run("Runs", { script, delete: counting("Runs", "v1") });
      run("Fails", { script: counting("Fails", "v1", ...held("fails"), "exit 3") }, "vm4");
    });
    await scene.untilLedger("Runs", 1);
    await until("the script has a child", async () => (await processes("sleep 4321")) === 1);
    await scene.release("fails", "vm4");
    const { lines } = await rolledBack;
    expect(lines.filter((line) => !line.startsWith("Fails"))).toEqual([
      "Rolled CREATE_IN_PROGRESS: User Initiated",
      "Runs CREATE_IN_PROGRESS",
      "Runs CREATE_FAILED: Resource creation cancelled",
      "Rolled ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Fails, Runs]. Rollback requested by user.",
      "Runs DELETE_IN_PROGRESS",
      "Runs DELETE_COMPLETE",
      "Rolled ROLLBACK_COMPLETE",
    ]);
    expect(idsOfDeletes("Rolled", "Runs")).toEqual([expect.stringMatching(/^Rolled-vm1Runs[0-9A-F]{8}-[A-Z0-9]{12}$/)]);
    await scene.cloud.settled();
    await scene.release("runs");
    expect(await scene.ledger("Runs")).toEqual(["create v1", "delete v1"]);
    expect(await processes("sleep 4321")).toBe(0);
    expect(await processes("/var/lib/azure-run-command")).toBe(0);
    expect(await scene.receipts()).toEqual([]);
    expect((await scene.commands()).at(-1)).toBe(REMOVED);
  });

  /** Until the functions know that the stack has turned, also on a machine that is busy. */
  const noticed = () => scene.cloud.clock.sleep(120_000);

  beforeAll(() => stack.put("First", { script: counting("First", "v1") }, { vm: "vm4" }));

  test("while another client's command keeps the VM, never begins", async () => {
    const other = runCommand(scene.simulator, "vm2", { commandId: "RunShellScript", script: held("other") });
    const called = { script: counting("Waits", "v1"), delete: counting("Waits", "v1") };
    const rolledBack = stack.put("Waits", called, { vm: "vm2" });
    await scene.untilAnswered("vm2", 409);
    scene.cloud.cancelUpdate("Demo");
    await noticed();
    await scene.release("other", "vm2");
    await other;
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(idsOfDeletes("Demo", "Waits")).toEqual([expect.stringMatching(/^Demo-/)]);
    await scene.cloud.settled();
    expect(await scene.ledger("Waits", "vm2")).toEqual([]);
    expect(scene.requestsOf("Demo", "Waits")[0]?.responses).toEqual([
      expect.stringMatching(
        /the script was not sent to 'vm2': the stack is UPDATE_ROLLBACK_[A-Z_]+ meanwhile; nothing was run/,
      ),
    ]);
    expect((await scene.commands("vm2")).at(-1)).toBe(REMOVED);
  });

  test("while its VM's agent is not ready, never begins", async () => {
    await scene.simulator.setAgent("vm3", { status: "NotReady" });
    const called = { script: counting("Starts", "v1") };
    const rolledBack = stack.put("Starts", called, { vm: "vm3" });
    await scene.untilAnswered("vm3", 200, 2);
    scene.cloud.cancelUpdate("Demo");
    await noticed();
    await scene.simulator.setAgent("vm3", { status: "Ready" });
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    await scene.cloud.settled();
    expect(await scene.ledger("Starts", "vm3")).toEqual([]);
    expect((await scene.commands("vm3")).at(-1)).toBe(REMOVED);
  });

  test("while another stack's script runs before it, never begins", async () => {
    const before = scene.deploy("Before", ({ run }) => {
      run("Run", { script: counting("Before", "v1", ...held("before"), note("Before", "v1 ended")) }, "vm2");
    });
    await scene.untilLedger("Before", 1, "vm2");
    const rolledBack = stack.put("Queues", { script: counting("Queues", "v1") }, { vm: "vm2" });
    await until("both are on the VM", async () => (await scene.receipts("vm2")).length === 2);
    scene.cloud.cancelUpdate("Demo");
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    await scene.release("before", "vm2");
    expect((await before).status).toBe("CREATE_COMPLETE");
    await scene.cloud.settled();
    expect(await scene.ledger("Queues", "vm2")).toEqual([]);
    expect(await scene.ledger("Before", "vm2")).toEqual(["create v1", "v1 ended"]);
    expect(await scene.receipts("vm2")).toEqual(["<key>/1-create-<h>"]);
    expect(scene.messages("Demo", "Queues")).toEqual([
      "what this resource was still running on 'vm2' was ended, with all its children",
      "the extension stays on 'vm2': another resource has runs there",
    ]);
  });
});

describe("a Create that failed", () => {
  const rolledBack = (id: string, failure: string): Lines => [
    "Demo UPDATE_IN_PROGRESS: User Initiated",
    `${id} CREATE_IN_PROGRESS`,
    `${id} CREATE_FAILED: ${failure}`,
    `Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [${id}].`,
    "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    `${id} DELETE_IN_PROGRESS`,
    `${id} DELETE_COMPLETE`,
    "Demo UPDATE_ROLLBACK_COMPLETE",
  ];

  test("because of its script has its delete script run once, and leaves nothing", async () => {
    const script = counting("Fails", "v1", "echo half", "echo no room >&2", "exit 3");
    const props = { script, delete: counting("Fails", "v1", "cat $AZURE_RUN_COMMAND_STDOUT") };
    const { lines } = await stack.put("Fails", props, { vm: "vm3" });
    expect(lines).toEqual(rolledBack("Fails", message(`the script on 'vm3' exited with 3; end of stderr: "no room"`)));
    expect(await scene.ledger("Fails", "vm3")).toEqual(["create v1", "delete v1"]);
    expect(await scene.receipts("vm3")).toEqual([]);
    expect((await scene.commands("vm3")).at(-1)).toBe(REMOVED);
  });

  /** The framework keeps the Delete to itself. */
  const refused = (stackName: string, reason: string): Lines => [
    `${stackName} CREATE_IN_PROGRESS: User Initiated`,
    "Run CREATE_IN_PROGRESS",
    `Run CREATE_FAILED: ${message(reason, "OnEvent", stackName)}`,
    `${stackName} ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Run]. Rollback requested by user.`,
    "Run DELETE_IN_PROGRESS",
    "Run DELETE_COMPLETE",
    `${stackName} ROLLBACK_COMPLETE`,
  ];

  test("because its VM's id is none is deleted, and Azure is asked for nothing", async () => {
    const asked = async () =>
      (await scene.simulator.requests()).filter(({ path }) => !String(path).startsWith("/_simulator/")).length;
    const before = await asked();
    const { lines } = await scene.deploy("Invalid", ({ stack: own, provider }) => {
      const id = new CfnParameter(own, "VmId", { default: "/subscriptions/1/vm1" }).valueAsString;
      const vm = AzureVirtualMachine.fromResourceId(own, "vm1", id);
      vm.runCommand("Run", { script: counting("Invalid", "v1"), provider: provider() });
    });
    expect(lines).toEqual(
      refused(
        "Invalid",
        "virtualMachineId is \"/subscriptions/1/vm1\", which is no id of a VM; expected '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'; nothing was run",
      ),
    );
    expect(await asked()).toBe(before);
  });

  test("because Entra refuses the credentials is deleted, and nothing runs", async () => {
    const { ARM_TENANT_ID: tenantId = "", ARM_CLIENT_ID: clientId = "" } = scene.simulator.environment;
    const commands = await scene.commands("vm3");
    const { lines } = await scene.deploy("Refused", ({ run }) => {
      run(
        "Run",
        { script: counting("Refused", "v1"), credentials: AzureCredentials.webIdentity({ tenantId, clientId }) },
        "vm3",
      );
    });
    expect(lines).toEqual(
      refused(
        "Refused",
        "Entra refused the credentials from AzureCredentials.webIdentity: no federated credential of the application has this token's subject (AADSTS700213); in GitHub Actions it names the branch, tag, environment or pull request, of an AWS role its ARN: make a credential for the one that runs; nothing was run; the token that was sent has the issuer 'https://<uuid>.tokens.sts.global.api.aws', the subject 'arn:aws:iam::123456789012:role/Refused-Provider<hash>Role-<suffix>' and the audience 'api://AzureADTokenExchange'; the federated credential must have the same, letter by letter",
      ),
    );
    expect(await scene.commands("vm3")).toEqual(commands);
  });
});

describe("a delete script", () => {
  const props = (id: string, ...lines: string[]) => ({
    script: counting(id, "v1", "echo joined"),
    delete: counting(id, "v1", note(id, "$(cat $AZURE_RUN_COMMAND_STDOUT)"), ...lines),
  });

  const removed = (id: string): Lines => [
    "Demo UPDATE_IN_PROGRESS: User Initiated",
    "Demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    `${id} DELETE_IN_PROGRESS`,
    `${id} DELETE_COMPLETE`,
    "Demo UPDATE_COMPLETE",
  ];

  test.each<{ when: string; fault: Fault }>([
    {
      when: "when the function that follows it dies and is called again",
      fault: { kind: "crash", function: "frameworkisComplete", at: "beforeHandler" },
    },
    {
      when: "when that function dies after all was done",
      fault: { kind: "crash", function: "frameworkisComplete", at: "afterHandler" },
    },
    {
      when: "when the request is delivered twice at the same time",
      fault: { kind: "deliverTwice", function: "frameworkonEvent" },
    },
    {
      when: "when the request is delivered again after the end",
      fault: { kind: "deliverTwice", function: "frameworkonEvent", gapMs: 240_000 },
    },
  ])("runs once, and nothing stays, $when", async ({ fault }) => {
    const id = `Leaves${"ABCD"[leaving++]}`;
    await stack.put(id, props(id), { vm: "vm3" });
    scene.cloud.faults.add(fault);
    expect((await stack.remove(id)).lines).toEqual(removed(id));
    await scene.cloud.settled();
    expect(await scene.ledger(id, "vm3")).toEqual(["create v1", "delete v1", "joined"]);
    expect(await scene.receipts("vm3")).toEqual([]);
    expect((await scene.commands("vm3")).at(-1)).toBe(REMOVED);
  });
  let leaving = 0;

  test("that fails fails the deletion; mended, it runs again", async () => {
    // The VM's clock tells which deletion a run is of: so AWS's must be no faster.
    const real = await Scene.open({ simulator: scene.simulator, scale: 1 });
    try {
      await real.deploy("Mended", ({ run }) => {
        run("Run", props("Mended", "[ -e /tmp/mended ] || { echo no room >&2; exit 3; }"), "vm3");
      });
      const failed = await real.destroy("Mended");
      expect(failed.lines).toEqual([
        "Mended DELETE_IN_PROGRESS: User Initiated",
        "Run DELETE_IN_PROGRESS",
        `Run DELETE_FAILED: ${message(`the 'delete' script failed: the script on 'vm3' exited with 3; end of stderr: "no room"; the resource stays; mend the script and delete again, or set deleteFailure to "ignore"`, "IsComplete", "Mended")}`,
        "Mended DELETE_FAILED: The following resource(s) failed to delete: [Run]. ",
      ]);
      expect(await real.receipts("vm3")).toEqual(["<key>/1-create-<h>", "<key>/1-delete-<h>"]);
      await real.inGuest("touch /tmp/mended", "vm3");
      await real.cloud.clock.sleep(2_000);
      expect((await real.destroy("Mended")).status).toBe("DELETE_COMPLETE");
      expect(await real.ledger("Mended", "vm3")).toEqual(["create v1", "delete v1", "joined", "delete v1", "joined"]);
      expect(await real.receipts("vm3")).toEqual([]);
    } finally {
      await real.stop();
    }
  });

  test("that fails is told of in the log with deleteFailure 'ignore', and nothing stays", async () => {
    await stack.put("Ignored", { ...props("Ignored", "exit 3"), deleteFailure: DeleteFailure.IGNORE }, { vm: "vm3" });
    expect((await stack.remove("Ignored")).status).toBe("UPDATE_COMPLETE");
    expect(await scene.ledger("Ignored", "vm3")).toEqual(["create v1", "delete v1", "joined"]);
    expect(await scene.receipts("vm3")).toEqual([]);
    expect(scene.messages("Demo", "Ignored")).toEqual([
      "the script on 'vm3' exited with 3; it printed nothing; the resource is deleted all the same (deleteFailure 'ignore')",
      "the extension RunCommandLinux was removed from 'vm3'",
    ]);
  });
});

describe("a VM that cannot be reached when its resource is deleted", () => {
  test("is left as it is when it is off, and the log says what stays on it", async () => {
    await stack.put("Off", { script: counting("Off", "v1"), delete: counting("Off", "v1") }, { vm: "vm3" });
    await changeVm(scene.simulator, "vm3", "deallocate");
    expect((await stack.remove("Off")).status).toBe("UPDATE_COMPLETE");
    expect(scene.messages("Demo", "Off").at(-1)).toBe(
      "the VM 'vm3' is not running (power state 'deallocated'): the receipts in /var/lib/azure-run-command/<key> and the extension RunCommandLinux stay on its disk",
    );
    await changeVm(scene.simulator, "vm3", "start");
    expect(await scene.ledger("Off", "vm3")).toEqual(["create v1"]);
  });

  test("keeps receipts that count for nothing when a resource is added again, or comes back", async () => {
    const props = (id: string, mark: string): AzureRunCommandOptions => ({
      script: counting(id, mark, `echo ${mark}`),
      update: counting(id, "updates"),
    });
    await stack.put("Again", props("Again", "v1"), { vm: "vm2" });
    await stack.put("Back", props("Back", "v1"), { vm: "vm2" });
    await changeVm(scene.simulator, "vm2", "deallocate");
    await stack.remove("Again");
    await stack.put("Back", props("Back", "v2"), { vm: "vm1" });
    await changeVm(scene.simulator, "vm2", "start");
    await stack.put("Again", props("Again", "v2"), { vm: "vm2" });
    await stack.put("Again", { ...props("Again", "v2"), timeout: Duration.minutes(7) });
    expect(scene.attributes("Demo", "Again").Stdout).toBe("v2\n");
    await stack.put("Back", props("Back", "v3"), { vm: "vm2" });
    expect(await scene.ledger("Again", "vm2")).toEqual(["create v1", "create v2"]);
    expect(await scene.ledger("Back", "vm2")).toEqual(["create v1", "create v3"]);
  });

  test("is no failure when it is gone", async () => {
    await stack.put("Gone", { script: counting("Gone", "v1"), delete: counting("Gone", "v1") }, { vm: "vm3" });
    await changeVm(scene.simulator, "vm3", "delete");
    expect((await stack.remove("Gone")).status).toBe("UPDATE_COMPLETE");
    expect(scene.messages("Demo", "Gone").at(-1)).toBe("the VM 'vm3' is gone: nothing is left to remove");
  });
});

describe("two stacks on one VM", () => {
  test("keep the extension there as long as one of them has runs", async () => {
    for (const name of ["One", "Other"]) {
      await scene.deploy(name, ({ run }) => void run("Run", { script: counting(name, "v1") }, "vm4"));
    }
    await stack.remove("First");
    expect((await scene.destroy("One")).status).toBe("DELETE_COMPLETE");
    expect(await scene.commands("vm4")).not.toContain(REMOVED);
    expect(scene.messages("One")).toEqual(["the extension stays on 'vm4': another resource has runs there"]);
    expect((await scene.destroy("Other")).status).toBe("DELETE_COMPLETE");
    expect((await scene.commands("vm4")).at(-1)).toBe(REMOVED);
    expect(await scene.receipts("vm4")).toEqual([]);
  });
});
