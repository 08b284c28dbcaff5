import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { changed, created, GrowingStack } from "./support/growing-stack";
import { counting, held, note } from "./support/ledger";
import type { Lines } from "./support/readable";
import { Scene } from "./support/scene";

let scene: Scene;
let stack: GrowingStack;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2", "vm3", "vm4", "vm5", "vm6"] });
  stack = new GrowingStack(scene);
});
afterAll(() => scene?.stop());

const REMOVED = "RemoveRunCommandLinuxExtension Succeeded";

const props = (id: string, mark: string, ...lines: string[]): AzureRunCommandOptions => ({
  script: counting(id, mark, `echo ${mark}`, ...lines),
  delete: counting(id, mark, note(id, "read $(cat $AZURE_RUN_COMMAND_STDOUT)")),
});

const replaced = (id: string): Lines => [
  "Demo UPDATE_IN_PROGRESS: User Initiated",
  `${id} UPDATE_IN_PROGRESS`,
  `${id} UPDATE_IN_PROGRESS: Requested update required the provider to create a new physical resource`,
  `${id} UPDATE_COMPLETE`,
  "Demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
  `${id} DELETE_IN_PROGRESS`,
  `${id} DELETE_COMPLETE`,
  "Demo UPDATE_COMPLETE",
];

test("another VM has the script run there as for the first time, and the old one is cleaned", async () => {
  await stack.put("Moves", props("Moves", "v1"), { vm: "vm1" });
  const { lines } = await stack.put("Moves", props("Moves", "v1"), { vm: "vm2" });
  expect(lines).toEqual(replaced("Moves"));
  expect(await scene.ledger("Moves", "vm2")).toEqual(["create v1"]);
  expect(await scene.ledger("Moves", "vm1")).toEqual(["create v1", "delete v1", "read v1"]);
  expect(await scene.receipts("vm2")).toEqual(["<key>/1-create-<h>"]);
  expect(await scene.commands("vm2")).not.toContain(REMOVED);
  await expectClean("vm1");
});

test("other replaceTriggers have the script run as for the first time, and then the delete script of before", async () => {
  await stack.put("Joins", { ...props("Joins", "v1"), replaceTriggers: ["code 1"] }, { vm: "vm3" });
  const { lines } = await stack.put("Joins", { ...props("Joins", "v2"), replaceTriggers: ["code 2"] });
  expect(lines).toEqual(replaced("Joins"));
  expect(await scene.ledger("Joins", "vm3")).toEqual(["create v1", "create v2", "delete v1", "read v1"]);
  expect(await scene.receipts("vm3")).toEqual(["<key>/1-create-<h>"]);
  expect(await scene.commands("vm3")).not.toContain(REMOVED);
  await stack.put("Joins", { ...props("Joins", "v3"), replaceTriggers: ["code 2"] });
  expect((await scene.ledger("Joins", "vm3")).at(-1)).toBe("update v3");
});

describe("a replacement that is rolled back", () => {
  test("because its script failed runs nothing on the old VM, and cleans the new one", async () => {
    await stack.put("Fails", props("Fails", "v1"), { vm: "vm4" });
    const { lines } = await stack.put("Fails", props("Fails", "v2", "exit 3"), { vm: "vm5" });
    expect(lines).toEqual([
      "Demo UPDATE_IN_PROGRESS: User Initiated",
      "Fails UPDATE_IN_PROGRESS",
      `Fails UPDATE_FAILED: Received response status [FAILED] from custom resource. Message returned: the script on 'vm5' exited with 3; stderr is empty, end of stdout: "v2"\n\nLogs: /aws/lambda/Demo-Provider<hash>IsComplete-<suffix>\n (RequestId: <uuid>)`,
      "Demo UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Fails].",
      "Fails UPDATE_COMPLETE",
      "Demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "Fails DELETE_IN_PROGRESS",
      "Fails DELETE_COMPLETE",
      "Demo UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(await scene.ledger("Fails", "vm4")).toEqual(["create v1"]);
    expect(await scene.ledger("Fails", "vm5")).toEqual(["create v2", "delete v2", "read v2"]);
    await expectClean("vm5");
  });

  test("because of another resource runs nothing on the old VM, and cleans the new one", async () => {
    await stack.put("Sound", props("Sound", "v1"), { vm: "vm4" });
    const { status } = await stack.put("Sound", props("Sound", "v2"), { vm: "vm5", sibling: "fails" });
    expect(status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await scene.ledger("Sound", "vm4")).toEqual(["create v1"]);
    expect(await scene.ledger("Sound", "vm5")).toEqual(["create v2", "delete v2", "read v2"]);
    await expectClean("vm5");
  });

  test("while its script runs has it ended on the new VM, of which CloudFormation never learns", async () => {
    await stack.put("Called", props("Called", "v1"), { vm: "vm4" });
    const v2 = props("Called", "v2", ...held("called"), note("Called", "went on"));
    const rolledBack = stack.put("Called", v2, { vm: "vm5" });
    await scene.untilLedger("Called", 1, "vm5");
    scene.cloud.cancelUpdate("Demo");
    expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    await scene.cloud.settled();
    await scene.release("called", "vm5");
    expect(await scene.ledger("Called", "vm5")).not.toContain("went on");
    await expectClean("vm5");
  });
});

test("other replaceTriggers that are called off are taken off before the script of before runs again", async () => {
  const of = (mark: string, ...lines: string[]) => ({ ...props("Same", mark, ...lines), replaceTriggers: [mark] });
  await stack.put("Same", of("v1"), { vm: "vm3" });
  const receipts = await scene.receipts("vm3");
  const rolledBack = stack.put("Same", of("v2", ...held("same"), note("Same", "went on")));
  await scene.untilLedger("Same", 2, "vm3");
  scene.cloud.cancelUpdate("Demo");
  expect((await rolledBack).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  await scene.cloud.settled();
  await scene.release("same", "vm3");
  expect(await scene.ledger("Same", "vm3")).toEqual([
    "create v1",
    "create v2",
    "delete v2",
    expect.stringMatching(/^read/),
    "update v1",
  ]);
  expect(await scene.receipts("vm3")).toHaveLength(receipts.length + 1);
});

async function expectClean(vm: string): Promise<void> {
  expect(await scene.receipts(vm)).toEqual([]);
  expect((await scene.commands(vm)).at(-1)).toBe(REMOVED);
}

test("a VM that was built anew under its name has the script run as for the first time", async () => {
  await stack.put("Rebuilt", props("Rebuilt", "v1"), { vm: "vm6" });
  await stack.put("Rebuilt", props("Rebuilt", "v2"));
  await scene.simulator.createVm("vm6");
  const { lines } = await stack.put("Rebuilt", props("Rebuilt", "v3"));
  expect(lines).toEqual(stack.updated(...changed("Rebuilt")));
  expect(await scene.ledger("Rebuilt", "vm6")).toEqual(["create v3"]);
  expect(scene.attributes("Demo", "Rebuilt")).toMatchObject({ RunId: "1-create-<h>", Stdout: "v3\n" });
  await stack.remove("Rebuilt");
  expect(await scene.ledger("Rebuilt", "vm6")).toEqual(["create v3", "delete v3", "read v3"]);
  await expectClean("vm6");
});

test("run commands of a stack on one VM run one after the other, and the last that goes takes the extension", async () => {
  const before = (await scene.commands("vm6")).length;
  const { lines } = await scene.deploy("Chained", ({ run }) => {
    for (const mark of ["first", "second"]) {
      const script = counting("Chained", mark, "sleep 0.5", note("Chained", `${mark} ended`));
      run(mark === "first" ? "First" : "Second", { script, delete: counting("Chained", mark) }, "vm6");
    }
  });
  expect(lines).toEqual([
    "Chained CREATE_IN_PROGRESS: User Initiated",
    ...created("First"),
    ...created("Second"),
    "Chained CREATE_COMPLETE",
  ]);
  await scene.destroy("Chained");
  expect(await scene.ledger("Chained", "vm6")).toEqual([
    "create first",
    "first ended",
    "create second",
    "second ended",
    "delete second",
    "delete first",
  ]);
  expect((await scene.commands("vm6")).slice(before).filter((command) => command === REMOVED)).toHaveLength(1);
  await expectClean("vm6");
});
