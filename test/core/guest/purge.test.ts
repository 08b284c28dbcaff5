import { existsSync, readdirSync } from "node:fs";
import { GuestVm, run, SHELLS, until } from "./guest-vm";

describe.each(SHELLS)("with %s, a purge", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(() => vm.remove());

  test("deletes the receipts up to its generation, and counts what remains", async () => {
    for (const runId of ["10-update-c", "2-update-b", "1-update-a"]) await vm.report(run("exit 0", { runId }));
    await vm.report(run("exit 0", { key: "other" }));
    expect(await vm.purge("key", 2)).toEqual({
      kind: "purge",
      key: "key",
      purgedReceipts: 2,
      canceledReceipts: 0,
      remainingKeys: 2,
      runningReceipts: 0,
      newerReceipts: 1,
    });
    expect(readdirSync(vm.receipt("key", ""))).toEqual(["10-update-c"]);
    expect(await vm.purge("key", 10)).toMatchObject({ purgedReceipts: 1, remainingKeys: 1 });
    expect(await vm.purge("other", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("is not needed for ended runs of two generations ago: a newer run takes them along", async () => {
    for (const runId of ["1-create-a", "2-update-b", "3-update-c"]) {
      await vm.report(run("exit 0", { runId }));
    }
    expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(["2-update-b", "3-update-c"]);
    expect(await vm.purge("key", 3)).toMatchObject({ purgedReceipts: 2 });
  });

  test("of nothing finds nothing and leaves nothing", async () => {
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 0, remainingKeys: 0, runningReceipts: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("takes along what was run for the next generation, and nothing newer", async () => {
    for (const runId of ["3-update-d", "2-create-c", "2-update-b", "2-repair-e", "1-update-a"]) {
      await vm.report(run("exit 0", { runId }));
    }
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 4, newerReceipts: 1 });
    expect(readdirSync(vm.receipt("key", "")).sort()).toEqual(["3-update-d"]);
  });

  test("ends a run that is running and one that waits for its turn", async () => {
    const script = `echo began >>"$LOG"; sleep 60; echo ended >>"$LOG"`;
    const requests = [run(script, { environment: { LOG: vm.log } }), run("exit 0", { runId: "1-create-1" })];
    await vm.reports(requests, 0);
    await until(vm, { key: "key", runId: "1-create-0" }, "Running");
    expect(await vm.purge("key", 1)).toEqual({
      kind: "purge",
      key: "key",
      purgedReceipts: 2,
      canceledReceipts: 2,
      remainingKeys: 0,
      runningReceipts: 0,
      newerReceipts: 0,
    });
    expect([existsSync(vm.state), vm.ran()]).toEqual([false, ["began"]]);
  });

  test("waits for the supervisor of a run that has ended by itself, and does not say that it ended it", async () => {
    vm.pauseAt("end-recorded", 0.7);
    const request = run("exit 0");
    await vm.report(request, 0);
    while (!existsSync(vm.receipt("key", "1-create-0", "stop.-")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, canceledReceipts: 0, runningReceipts: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });

  test("deletes a receipt that a killed call left incomplete, and the files of dead processes", async () => {
    vm.killAt("put");
    await vm.decoded([run("exit 0")]);
    expect(existsSync(vm.receipt("key", "1-create-0"))).toBe(true);
    expect(await vm.purge("key", 1)).toMatchObject({ purgedReceipts: 1, remainingKeys: 0 });
    expect(existsSync(vm.state)).toBe(false);
  });
});
