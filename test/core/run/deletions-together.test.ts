/** Deletions of one VM's resources that are ready together, and the one removal of the extension. Azure and time are virtual. */
import { RunFailedError } from "../../../core/failures/errors";
import type { RemoveExtension } from "../../../core/inputs/input-settings";
import { executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { deleteIntentExample, knownExample, scriptIntentExample } from "../../support/examples";
import { type AzureOptions, targetOf, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

const REMOVE = "RemoveRunCommandLinuxExtension";
const REMOVED = "info: the extension RunCommandLinux was removed from 'web1'";

interface Given {
  readonly removeExtension?: RemoveExtension;
  readonly signal?: AbortSignal;
}

function world(options: Partial<AzureOptions> = {}) {
  const azure = virtualAzure({ vmNames: ["web1"], ...options });
  const session = azure.session();
  const told: string[] = [];
  const up = (key: string, script = "seconds=0") => {
    const known = knownExample({ target: targetOf("web1"), script });
    const intent = scriptIntentExample(known, { name: { key, runId: "1-create-0" }, label: key });
    return executeRun(intent, session, recordedReporter());
  };
  const destroy = async (key: string, { removeExtension = "whenLast", signal }: Given = {}) => {
    const reporter = recordedReporter();
    const intent = deleteIntentExample({ key, label: key, removeExtension });
    try {
      return await executeDelete(intent, session, reporter, signal === undefined ? undefined : { signal });
    } finally {
      told.push(...reporter.messages.filter((message) => !message.startsWith("progress")));
    }
  };
  let counted = 0;
  return {
    azure,
    told,
    up,
    destroy,
    sleep: (ms: number) => azure.outside.sleep(ms),
    /** What has been sent since it was last asked. */
    sent: () => {
      const since = azure.operations.slice(counted);
      counted = azure.operations.length;
      return since.map(({ call, commandId }) => call?.lines.map(({ verb }) => verb).join(" ") ?? commandId);
    },
  };
}

const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
const purges = (count: number) => Array(count).fill("purge").join(" ");

test.each(["whenLast", "always"] as const)(
  "of twenty resources take two operations in all with '%s': one takes them away, one the extension",
  async (removeExtension) => {
    const { up, destroy, sent, told, azure } = world();
    await Promise.all(keys(20).map((key) => up(key)));
    sent();
    expect(await Promise.all(keys(20).map((key) => destroy(key, { removeExtension })))).toEqual(Array(20).fill("done"));
    expect(sent()).toEqual([purges(20), REMOVE]);
    expect(told.filter((message) => message === REMOVED)).toHaveLength(1);
    expect(azure.vm("web1").hasExtension).toBe(false);
  },
);

test("of resources of which nothing is there any more, each of which is the last one, take two operations too", async () => {
  const { destroy, sent, told } = world();
  await Promise.all(keys(5).map((key) => destroy(key)));
  expect(sent()).toEqual([purges(5), REMOVE]);
  expect(told).toEqual([REMOVED]);
});

test("leave the extension where another resource is there, and where one of them asks for that it goes all the same", async () => {
  const { up, destroy, sent, azure } = world();
  await Promise.all(keys(6).map((key) => up(key)));
  sent();
  await Promise.all(keys(2).map((key) => destroy(key)));
  expect(sent()).toEqual([purges(2)]);
  expect(azure.vm("web1").hasExtension).toBe(true);
  await Promise.all([
    destroy("k2"),
    destroy("k3", { removeExtension: "always" }),
    destroy("k4", { removeExtension: "never" }),
  ]);
  expect(sent()).toEqual([purges(3), REMOVE]);
});

test("that come while the extension goes bring it back for a moment, and take it along again", async () => {
  const { up, destroy, sent, sleep, azure } = world();
  await Promise.all(keys(2).map((key) => up(key)));
  sent();
  const first = destroy("k0", { removeExtension: "always" });
  const second = sleep(20_000).then(() => destroy("k1"));
  await Promise.all([first, second]);
  expect(sent()).toEqual(["purge", REMOVE, "purge", REMOVE]);
  expect(azure.vm("web1").hasExtension).toBe(false);
});

test.each([0, 5_000, 13_000])("leave the extension to a run that gets ready %d ms after them", async (ms) => {
  const { up, destroy, sent, sleep, azure } = world();
  await Promise.all(keys(3).map((key) => up(key)));
  sent();
  const run = sleep(ms).then(() => up("new"));
  await Promise.all([...keys(3).map((key) => destroy(key)), run]);
  expect(sent()).not.toContain(REMOVE);
  expect(azure.vm("web1").hasExtension).toBe(true);
  expect(azure.vm("web1").guest.keys()).toEqual(["new"]);
});

test("do not leave it to a run that was never sent", async () => {
  const { up, destroy, sent, sleep, azure } = world();
  await up("k0");
  sent();
  const session = azure.session();
  const known = knownExample({ target: targetOf("web1"), script: "seconds=0" });
  const refused = executeRun(scriptIntentExample(known), session, recordedReporter()).catch(() => "refused");
  const deletion = executeDelete(deleteIntentExample({ key: "k0" }), session, recordedReporter());
  await sleep(100);
  session.startNothing();
  expect(await Promise.all([refused, deletion])).toEqual(["refused", "done"]);
  expect(sent()).toEqual(["purge", REMOVE]);
  await destroy("k0");
});

const PASSED = new RunFailedError({ kind: "CustomTimeoutPassed", vmName: "web1", operation: "delete", seconds: 20 });

describe("the removal that several deletions share", () => {
  /** The purge is over after about 13 s, and the removal after 26 s. */
  const IN_REMOVAL_MS = 20_000;

  test("goes on for the others when the time of one is over", async () => {
    const { up, destroy, sent, sleep, told } = world();
    await Promise.all(keys(3).map((key) => up(key)));
    sent();
    const passed = new AbortController();
    const late = destroy("k0", { removeExtension: "always", signal: passed.signal }).catch((error: unknown) => error);
    const others = [destroy("k1", { removeExtension: "always" }), destroy("k2", { removeExtension: "always" })];
    await sleep(IN_REMOVAL_MS);
    passed.abort(PASSED);
    expect(await late).toMatchObject({ failure: PASSED.failure, mayHaveRun: true, subject: "deletion" });
    expect(await Promise.all(others)).toEqual(["done", "done"]);
    expect(sent()).toEqual([purges(3), REMOVE]);
    expect(told).toEqual([REMOVED]);
  });

  test("ends when the time of all of them is over, and whoever comes later asks anew", async () => {
    const { up, destroy, sent, sleep, azure } = world();
    await Promise.all(keys(2).map((key) => up(key)));
    sent();
    const passed = new AbortController();
    const late = keys(2).map((key) =>
      destroy(key, { removeExtension: "always", signal: passed.signal }).catch((error: unknown) => error),
    );
    await sleep(IN_REMOVAL_MS);
    passed.abort(PASSED);
    expect(await Promise.all(late)).toMatchObject(Array(2).fill({ failure: PASSED.failure, mayHaveRun: true }));
    expect(await destroy("k0")).toBe("done");
    expect(sent()).toEqual([purges(2), REMOVE, "purge", REMOVE]);
    expect(azure.vm("web1").hasExtension).toBe(false);
  });

  test("fails for all of them, and the next deletion tries again", async () => {
    const locked = { status: 409, body: { error: { code: "ScopeLocked", message: "no" } } };
    const { up, destroy, sent, azure } = world({
      postFault: (count) => (count === 3 ? { isTaken: false, answer: locked } : undefined),
    });
    await Promise.all(keys(3).map((key) => up(key)));
    sent();
    const ends = await Promise.allSettled(keys(3).map((key) => destroy(key, { removeExtension: "always" })));
    expect(ends).toMatchObject(Array(3).fill({ reason: { failure: { kind: "ScopeLocked" }, subject: "deletion" } }));
    expect(await destroy("k0")).toBe("done");
    expect(sent()).toEqual([purges(3), "purge", REMOVE]);
    expect(azure.vm("web1").hasExtension).toBe(false);
  });

  test("is looked for, and not sent again, when the answer to it is lost", async () => {
    const { up, destroy, sent, told } = world({
      postFault: (count) => (count === 3 ? { isTaken: true, answer: { lost: "ECONNRESET" } } : undefined),
    });
    await Promise.all(keys(3).map((key) => up(key)));
    sent();
    await Promise.all(keys(3).map((key) => destroy(key, { removeExtension: "always" })));
    expect(sent()).toEqual([purges(3), REMOVE]);
    expect(told).toEqual([REMOVED]);
  });
});
