/** The two faults that matter most inside the VM, with a real guest in namespaces and real time. */
import { createGuest } from "../../../simulator/guest/create-guest";
import { requireRoot, TEST_TIMEOUT_MS } from "../guest/guests";
import { type Answer, type Running, run, stopAll } from "../running";

jest.setTimeout(TEST_TIMEOUT_MS);

let sim: Running;
beforeAll(async () => {
  requireRoot();
  sim = await run(
    {},
    {
      createGuest: (options) => createGuest("namespace", options, { log: (line) => process.stderr.write(`${line}\n`) }),
    },
  );
});
afterAll(stopAll);

async function inGuest(...argv: string[]): Promise<string> {
  const answer = await sim.admin("/vms/vm1/exec", { method: "POST", body: JSON.stringify({ argv }) });
  return Buffer.from(JSON.parse(answer.body).stdout, "base64").toString();
}

async function accept(script: readonly string[]): Promise<Answer> {
  const answer = await sim.runCommand({ commandId: "RunShellScript", script });
  expect(answer.status).toBe(202);
  return answer;
}

/** Asks again until the answer is the wanted one; the test's own time limit ends it. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function poll(accepted: Answer): Promise<{ status: string; properties?: object }> {
  return JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body);
}

function fault(body: object): Promise<Answer> {
  return sim.admin("/faults", { method: "POST", body: JSON.stringify(body) });
}

test("reboot: the script had begun and does not end, the boot id changes, and the VM takes scripts again", async () => {
  const bootId = (): Promise<string> => inGuest("cat", "/proc/sys/kernel/random/boot_id");
  const before = await bootId();
  await fault({ fault: "reboot", ms: 300 });
  const accepted = await accept(["echo begun > /root/trace", "sleep 1000", "echo ended >> /root/trace"]);
  expect(
    await until(
      () => poll(accepted),
      ({ status }) => status !== "InProgress",
    ),
  ).toMatchObject({
    status: "Succeeded",
    properties: { output: { value: [{ message: "Enable succeeded: Last script execution didn't finish." }] } },
  });
  expect(await bootId()).not.toBe(before);
  expect(await inGuest("cat", "/root/trace")).toBe("begun\n");
  const next = await accept(["echo again"]);
  await until(
    () => poll(next),
    ({ status }) => status === "Succeeded",
  );
});

test("operation-stuck: the script has ended on the VM, and its operation ends when it was told to", async () => {
  await fault({ fault: "operation-stuck", ms: 1_500 });
  const accepted = await accept(["echo done > /root/stuck"]);
  await until(
    () => inGuest("sh", "-c", "cat /root/stuck 2>/dev/null"),
    (text) => text === "done\n",
  );
  expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
  expect((await sim.runCommand()).status).toBe(409);
  await until(
    () => poll(accepted),
    ({ status }) => status === "Succeeded",
  );
  expect((await sim.runCommand()).status).toBe(202);
});
