import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { RollbackBehavior } from "../../constructs/run-command-words";
import { RunCommandScript } from "../../constructs/script";
import { changeVm, runCommand } from "../e2e/support/azure";
import { until } from "../e2e/support/until";
import { changed, created, GrowingStack } from "./support/growing-stack";
import { counting, held } from "./support/ledger";
import type { Lines } from "./support/readable";
import { Scene } from "./support/scene";

let scene: Scene;
let stack: GrowingStack;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2"] });
  stack = new GrowingStack(scene);
  await stack.put("First", { script: RunCommandScript.fromInline("true") });
});
afterAll(() => scene?.stop());

const failed = (id: string, reason: string) =>
  `${id} UPDATE_FAILED: Received response status [FAILED] from custom resource. Message returned: ${reason}\n\nLogs: /aws/lambda/Demo-Provider<hash>IsComplete-<suffix>\n (RequestId: <uuid>)`;

/** The events of an update that is rolled back because the run command itself failed. */
function failedItself(id: string, reason: string): Lines {
  return [
    "Demo UPDATE_IN_PROGRESS: User Initiated",
    `${id} UPDATE_IN_PROGRESS`,
    failed(id, reason),
    `Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [${id}].`,
    ...changed(id),
    "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "Demo UPDATE_ROLLBACK_COMPLETE",
  ];
}

const NO_ROOM = `the script on 'vm1' exited with 3; end of stderr: "no room"`;
const SKIP = { rollback: RollbackBehavior.SKIP };

describe("an update that fails", () => {
  test("has the script of before run again, once", async () => {
    await stack.put("Fails", { script: counting("Fails", "v1", "echo one") });
    const before = scene.attributes("Demo", "Fails");
    const { lines } = await stack.put("Fails", { script: counting("Fails", "v2", "echo no room >&2", "exit 3") });
    expect(lines).toEqual(failedItself("Fails", NO_ROOM));
    expect(await scene.ledger("Fails")).toEqual(["create v1", "update v2", "update v1"]);
    expect(scene.attributes("Demo", "Fails")).toEqual({ ...before, RunId: "3-create-<h>" });
  });

  test("because of another resource has the script of before run again, once", async () => {
    await stack.put("Sound", { script: counting("Sound", "v1", "echo one") });
    const v2 = { script: counting("Sound", "v2", "echo two") };
    const { lines } = await stack.put("Sound", v2, { sibling: "fails" });
    expect(lines.filter((line) => !line.startsWith("Sibling"))).toEqual([
      "Demo UPDATE_IN_PROGRESS: User Initiated",
      ...changed("Sound"),
      "Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Sibling].",
      ...changed("Sound"),
      "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "Demo UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(await scene.ledger("Sound")).toEqual(["create v1", "update v2", "update v1"]);
    expect(scene.attributes("Demo", "Sound")).toMatchObject({ RunId: "3-create-<h>", Stdout: "one\n" });
  });

  test("while the script runs has the script of before run after it, once", async () => {
    await stack.put("Slow", { script: counting("Slow", "v1") });
    const v2 = { script: counting("Slow", "v2", ...held("slow")) };
    const rolledBack = stack.put("Slow", v2);
    await scene.untilLedger("Slow", 2);
    scene.cloud.cancelUpdate("Demo");
    await scene.release("slow");
    expect((await rolledBack).lines).toEqual([
      "Demo UPDATE_IN_PROGRESS: User Initiated",
      "Slow UPDATE_IN_PROGRESS",
      "Slow UPDATE_FAILED: Resource update cancelled",
      "Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Slow].",
      ...changed("Slow"),
      "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "Demo UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(await scene.ledger("Slow")).toEqual(["create v1", "update v2", "update v1"]);
  });

  test("while another client's command keeps the VM never begins, and the script of before runs once", async () => {
    await stack.put("Busy", { script: counting("Busy", "v1") }, { vm: "vm2" });
    const other = runCommand(scene.simulator, "vm2", { commandId: "RunShellScript", script: held("other") });
    const v2 = { script: counting("Busy", "v2") };
    const rolledBack = stack.put("Busy", v2);
    await scene.untilAnswered("vm2", 409);
    scene.cloud.cancelUpdate("Demo");
    // Until the functions know that the stack has turned, also on a machine that is busy.
    await scene.cloud.clock.sleep(120_000);
    await scene.release("other", "vm2");
    await other;
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    await scene.cloud.settled();
    expect(await scene.ledger("Busy", "vm2")).toEqual(["create v1", "update v1"]);
  });
});

describe("an update that is called off before its function was called", () => {
  test.each([
    { id: "Late", rollback: RollbackBehavior.RERUN, expected: ["create v1", "update v1"] },
    { id: "LateSkips", rollback: RollbackBehavior.SKIP, expected: ["create v1"] },
  ])("never begins: it is not taken for the one that rolls it back ($rollback)", async ({ id, rollback, expected }) => {
    const onlyOnce = '[ "$AZURE_RUN_COMMAND_REASON" != create ] || exit 0';
    await stack.put(id, { script: counting(id, "v1", onlyOnce, ...held(id)), rollback });
    scene.cloud.faults.add({
      kind: "delayDelivery",
      function: "frameworkonEvent",
      where: (event) => (event as { readonly RequestType: string }).RequestType === "Update",
      ms: 60_000,
    });
    const rolledBack = stack.put(id, { script: counting(id, "v2"), rollback });
    await scene.untilStatus("Demo", "UPDATE_IN_PROGRESS", id);
    await scene.cloud.clock.sleep(5_000);
    scene.cloud.cancelUpdate("Demo");
    const answersToLate = () => scene.requestsOf("Demo", id)[1]?.responses ?? [];
    await until("the update that was called off has its answer", () => answersToLate().length > 0);
    await scene.release(id);
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    await scene.cloud.settled();
    expect(await scene.ledger(id)).toEqual(expected);
    expect(answersToLate()).toEqual([
      expect.stringMatching(
        /the script was not sent to 'vm1': the request came late or a second time, and the stack has become UPDATE_ROLLBACK_[A-Z_]+ meanwhile; nothing was run/,
      ),
    ]);
  });
});

describe("an update that fails, with rollback SKIP", () => {
  const props = (mark: string, ...lines: string[]): AzureRunCommandOptions => ({
    script: counting("Skips", mark, ...lines),
    exportOutputs: true,
    ...SKIP,
  });

  test("runs nothing, and shows what the last good run printed", async () => {
    await stack.put("Skips", props("v1", "echo one"));
    const before = scene.attributes("Demo", "Skips");
    const { lines, outputs } = await stack.put("Skips", props("v2", "echo two", "echo no room >&2", "exit 3"));
    expect(lines).toEqual(failedItself("Skips", NO_ROOM));
    expect(await scene.ledger("Skips")).toEqual(["create v1", "update v2"]);
    expect(scene.attributes("Demo", "Skips")).toEqual(before);
    expect(Object.values(outputs)).toEqual(["0", "one\n"]);
  });

  test("because of another resource runs nothing, and shows what the new script printed", async () => {
    const { outputs, status } = await stack.put("Skips", props("v3", "echo three"), { sibling: "fails" });
    expect(status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await scene.ledger("Skips")).toEqual(["create v1", "update v2", "update v3"]);
    expect(scene.attributes("Demo", "Skips")).toMatchObject({ RunId: "3-create-<h>", Stdout: "three\n" });
    expect(Object.values(outputs)).toEqual(["0", "three\n"]);
  });

  test("of a VM that is off meanwhile is rolled back all the same", async () => {
    await stack.put("Off", { script: counting("Off", "v1"), ...SKIP }, { vm: "vm2" });
    const v2 = { script: counting("Off", "v2"), ...SKIP };
    const rolledBack = stack.put("Off", v2, { sibling: "goesOn" });
    await scene.untilStatus("Demo", "UPDATE_COMPLETE", "Off");
    await changeVm(scene.simulator, "vm2", "deallocate");
    scene.cloud.cancelUpdate("Demo");
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(scene.attributes("Demo", "Off")).toMatchObject({ ExecutionState: "Unknown", RunId: "", Stdout: "" });
    await changeVm(scene.simulator, "vm2", "start");
    expect(await scene.ledger("Off", "vm2")).toEqual(["create v1", "update v2"]);
    expect(scene.messages("Demo", "Off").at(-1)).toBe(
      [
        "nothing is run in a rollback, and what has run before cannot be seen: cannot run a command on 'vm2': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run",
        "  - the VM's power state is 'deallocated', its provisioning state 'Succeeded'",
        "  - Azure has no report of the VM's agent",
      ].join("\n"),
    );
  });
});

test("with rollback SKIP, a script that waits for its turn on the VM when its update is called off never starts", async () => {
  await stack.put("Waits", { script: counting("Waits", "v1"), ...SKIP });
  const other = scene.deploy("Other", ({ run }) => {
    run("Run", { script: counting("Other", "v1", ...held("other-script")) });
  });
  await scene.untilLedger("Other", 1);
  const before = (await scene.receipts()).length;
  const rolledBack = stack.put("Waits", { script: counting("Waits", "v2"), ...SKIP });
  await until("the new script waits on the VM", async () => (await scene.receipts()).length > before);
  scene.cloud.cancelUpdate("Demo");
  expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  await scene.release("other-script");
  expect((await other).status).toBe("CREATE_COMPLETE");
  await scene.cloud.settled();
  // What is put on the VM next runs after all that waited there.
  await stack.put("After", { script: counting("After", "v1") });
  expect(await scene.ledger("Waits")).toEqual(["create v1"]);
  expect(scene.messages("Demo", "Waits")).toContain(
    "the run '2-create-<h>' of the update that failed on 'vm1' waited for its turn, and was called off",
  );
});

describe("an update script", () => {
  const props = (trigger: string, ...lines: string[]): AzureRunCommandOptions => ({
    script: counting("Updates", "script", "echo joined"),
    update: counting("Updates", "update", "cat $AZURE_RUN_COMMAND_STDOUT", ...lines),
    triggers: [trigger],
  });

  test("runs in place of the script when something changed, and reads what the script printed", async () => {
    await stack.put("Updates", props("1"));
    const { lines } = await stack.put("Updates", props("2", "echo renewed"));
    expect(lines).toEqual(stack.updated(...changed("Updates")));
    expect(await scene.ledger("Updates")).toEqual(["create script", "update update"]);
    const { RunId, Stdout } = scene.attributes("Demo", "Updates");
    expect([RunId, Stdout]).toEqual(["2-update-<h>", "joined\nrenewed\n"]);
  });

  test("that changes itself runs nothing", async () => {
    await stack.put("Updates", props("2", "echo no room >&2", "exit 3"));
    expect(await scene.ledger("Updates")).toEqual(["create script", "update update"]);
  });

  test("that fails has itself run again for the rollback, as it was before", async () => {
    await stack.put("Updates", props("2", "echo renewed"));
    const { lines } = await stack.put("Updates", props("3", "echo no room >&2", "exit 3"));
    expect(lines).toEqual(failedItself("Updates", NO_ROOM));
    expect(await scene.ledger("Updates")).toEqual(["create script", "update update", "update update", "update update"]);
    const { RunId, Stdout } = scene.attributes("Demo", "Updates");
    expect([RunId, Stdout]).toEqual(["4-update-<h>", "joined\nrenewed\n"]);
  });
});

test("a change of settings runs nothing, and all attributes stay", async () => {
  await stack.put("Settings", { script: counting("Settings", "v1", "echo one", "echo two >&2") });
  const before = scene.requestsOf("Demo", "Settings").at(-1)?.responses[0];
  const { lines } = await stack.put("Settings", {
    script: counting("Settings", "v1", "echo one", "echo two >&2"),
    delete: counting("Settings", "delete"),
    creates: "/etc/passwd",
    successExitCodes: [0, 1],
  });
  expect(lines).toEqual(stack.updated(...changed("Settings")));
  expect(await scene.ledger("Settings")).toEqual(["create v1"]);
  const after = scene.requestsOf("Demo", "Settings").at(-1)?.responses[0];
  const dataOf = (text = "{}") => (JSON.parse(text) as { readonly Data: unknown }).Data;
  expect(dataOf(after)).toEqual(dataOf(before));
});

test.each([
  { guard: "creates", props: { creates: "/etc/passwd" }, says: "'creates'" },
  { guard: "unless", props: { unless: "true" }, says: "'unless', which exited with 0" },
  { guard: "onlyIf", props: { onlyIf: "exit 7" }, says: "'onlyIf', which exited with 7" },
])("the guard $guard keeps a script from running, and that is no failure", async ({ guard, props, says }) => {
  const id = `Guard${guard}`;
  const { lines } = await stack.put(id, { script: counting(id, "v1"), ...props });
  expect(lines).toEqual(stack.updated(...created(id)));
  expect(await scene.ledger(id)).toEqual([]);
  expect(scene.attributes("Demo", id)).toMatchObject({ ExecutionState: "Skipped", ExitCode: "", Stdout: "" });
  expect(scene.messages("Demo", id)).toEqual([`the script was not run on 'vm1': it is not needed, says ${says}`]);
});
