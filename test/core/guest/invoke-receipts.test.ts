/** Receipts of what the command line ran: they hold nothing back, and go by themselves when they are a day old. */
import { existsSync, readdirSync } from "node:fs";
import { INVOKE_RECEIPT_KEPT_SECONDS, invokeKey } from "../../../core/guest/invoke-keys";
import { GuestVm, run, SHELLS, until } from "./guest-vm";

const RUN_ID = "1-create-0";
const OLD = invokeKey("1111111111111111", false);
const YOUNG = invokeKey("2222222222222222", false);
const GOING = invokeKey("3333333333333333", false);
const KEPT = invokeKey("4444444444444444", true);

describe.each(SHELLS)("with %s, what the command line ran", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("counts for no resource that remains, and a purge of its key takes it off", async () => {
    await vm.reports([run("exit 0", { key: OLD }), run("exit 0", { key: KEPT }), run("exit 0", { key: "a" })]);
    expect(await vm.purge("b", 1)).toMatchObject({ remainingKeys: 1 });
    expect(await vm.purge("a", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(readdirSync(vm.state).sort()).toEqual([".queue", OLD, KEPT]);
    for (const key of [OLD, KEPT])
      expect(await vm.purge(key, 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("goes with the first call a day after its end, whatever that asks for; what is kept, goes on or belongs to a resource stays", async () => {
    const long = run(vm.untilLetGo, { key: GOING, beside: true });
    await vm.reports([run("exit 0", { key: OLD }), run("exit 3", { key: YOUNG }), run("exit 0", { key: KEPT })]);
    await vm.reports([run("exit 0", { key: "resource" }), long], 0);
    await until(vm, long, "Running");
    await until(vm, { key: "resource", runId: RUN_ID }, "Exited");
    for (const key of [OLD, KEPT, "resource"]) vm.age({ key, runId: RUN_ID }, INVOKE_RECEIPT_KEPT_SECONDS + 5);
    vm.age({ key: YOUNG, runId: RUN_ID }, INVOKE_RECEIPT_KEPT_SECONDS - 600);
    const keys = (await vm.list(undefined)).map(({ key }) => key);
    expect(keys).toEqual([YOUNG, GOING, KEPT, "resource"]);
    vm.letGo();
    await until(vm, long, "Exited");
  });
});
