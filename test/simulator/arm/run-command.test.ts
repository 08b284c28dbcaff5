/** `POST …/runCommand` and what follows it, over HTTPS, with a guest in memory and a clock that is moved by hand. */

import { succeeded } from "../fake-guest";
import { fixture } from "../fixture";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;

beforeAll(async () => {
  sim = await run({}, { clock });
});
afterAll(stopAll);
beforeEach(() => {
  sim.guest.answer = () => succeeded("");
  sim.guest.scripts.splice(0);
});

function header(answer: Answer, name: string): string {
  const value = answer.headers[name];
  if (value === undefined) {
    throw new Error(`no header '${name}' in ${JSON.stringify(answer)}`);
  }
  return value;
}

/** Runs to the end and gives back the last poll. */
async function runToEnd(
  body?: object,
): Promise<{ status: string; properties?: { output: { value: { message: string }[] } }; error?: object }> {
  const accepted = await sim.runCommand(body);
  expect(accepted.status).toBe(202);
  await clock.advance(1_000);
  return JSON.parse((await sim.arm(header(accepted, "azure-asyncoperation"))).body);
}

/** A script that does not end until it is told to. */
function held(): () => void {
  let release: () => void = () => undefined;
  sim.guest.answer = () => new Promise((resolve) => (release = () => resolve(succeeded("late"))));
  return () => release();
}

describe("the answer", () => {
  test("is 202 with an empty body and the recorded headers, in the form of 2026", async () => {
    const answer = await sim.runCommand();
    expect(answer).toMatchObject({ status: 202, body: "" });
    expect(header(answer, "content-length")).toBe("0");
    // As run commands in 2022, plus what every answer of Compute has gained since, less what it has lost.
    const recorded = Object.keys(fixture("run-command-accepted").response.headers);
    const of2026 = Object.keys(fixture("deallocate-accepted").response.headers);
    const wanted = [
      ...recorded.filter((name) => name !== "server"),
      ...of2026.filter((name) => name !== "azure-asyncnotification"),
    ];
    expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(wanted));
    expect(answer.headers).not.toHaveProperty("retry-after");
    await clock.advance(1_000);
  });

  test("has operation URLs of the recorded form, between 3 and 4 KB, the second with monitor=true", async () => {
    const answer = await sim.runCommand();
    const url = header(answer, "azure-asyncoperation");
    const location = header(answer, "location");
    const names = (text: string): string[] => [...new URL(text).searchParams.keys()];
    expect(names(url)).toEqual(names(fixture("deallocate-accepted").response.headers["azure-asyncoperation"] ?? ""));
    expect(names(location)).toEqual(["p", "monitor", "api-version", "t", "c", "s", "h"]);
    expect(location.replace("&monitor=true", "")).toBe(url);
    expect(url.length).toBeGreaterThan(3_000);
    expect(url.length).toBeLessThan(4_096);
    expect(new URL(url).searchParams.get("s")).toHaveLength(342);
    await clock.advance(1_000);
  });

  test("keeps the caller's correlation id", async () => {
    const answer = await sim.arm(sim.machine, {
      headers: { "x-ms-correlation-request-id": "11111111-2222-3333-4444-555555555555" },
    });
    expect(answer.headers["x-ms-correlation-request-id"]).toBe("11111111-2222-3333-4444-555555555555");
    expect(answer.headers["x-ms-routing-request-id"]).toMatch(
      /^WESTEUROPE:\d{8}T\d{6}Z:11111111-2222-3333-4444-555555555555$/,
    );
  });
});

describe("a run", () => {
  test("gives the handler's message, in the poll and in Location, however the script ended", async () => {
    sim.guest.answer = () => succeeded("out", "err");
    const accepted = await sim.runCommand({ commandId: "RunShellScript", script: ["exit 3"], parameters: [] });
    const early = await sim.arm(header(accepted, "location"));
    expect(early).toMatchObject({ status: 202, body: "" });
    await clock.advance(1_000);
    const poll = await sim.arm(header(accepted, "azure-asyncoperation"));
    const entry = {
      code: "ProvisioningState/succeeded",
      level: "Info",
      displayStatus: "Provisioning succeeded",
      message: "Enable succeeded: \n[stdout]\nout\n[stderr]\nerr",
    };
    expect(poll.status).toBe(200);
    expect(JSON.parse(poll.body)).toMatchObject({ status: "Succeeded", properties: { output: { value: [entry] } } });
    expect(await sim.arm(header(accepted, "location"))).toMatchObject({
      status: 200,
      body: JSON.stringify({ value: [entry] }),
    });
  });

  test.each<{ what: string; body: object; script: string }>([
    { what: "lines are joined and ended by newlines", body: { script: ["a", "b"] }, script: "a\nb\n" },
    {
      what: "a missing script is the sample",
      body: {},
      script: "echo This is a sample script\necho Optional parameters: $0 $1\n",
    },
    {
      what: "an empty script is the sample",
      body: { script: [] },
      script: "echo This is a sample script\necho Optional parameters: $0 $1\n",
    },
    {
      what: "null is the sample",
      body: { script: null, parameters: null },
      script: "echo This is a sample script\necho Optional parameters: $0 $1\n",
    },
    {
      what: "parameters are pasted in, unquoted",
      body: {
        script: ["echo $0 $1"],
        parameters: [
          { name: "arg1", value: "hello" },
          { name: "arg2", value: "a b;c" },
        ],
      },
      script: "export arg1=hello arg2=a b;c\nset -- hello a b;c\necho $0 $1\n",
    },
    {
      what: "parameters go after a shebang",
      body: { script: ["#!/bin/bash", "echo $x"], parameters: [{ name: "x", value: "1" }] },
      script: "#!/bin/bash\nexport x=1\nset -- 1\necho $x\n",
    },
    { what: "the id's case does not matter", body: { commandId: "runshellscript", script: ["x"] }, script: "x\n" },
  ])("$what", async ({ body, script }) => {
    expect(await runToEnd({ commandId: "RunShellScript", ...body })).toMatchObject({ status: "Succeeded" });
    expect(sim.guest.scripts).toEqual([script]);
  });

  test("ifconfig runs something that lists interfaces", async () => {
    expect(await runToEnd({ commandId: "ifconfig" })).toMatchObject({ status: "Succeeded" });
    expect(sim.guest.scripts[0]).toContain("ifconfig");
  });

  test("bad settings fail the operation, as the recorded failure", async () => {
    sim.guest.answer = () => ({ status: "error", message: "Enable failed: failed to get configuration: x" });
    expect(await runToEnd()).toMatchObject({
      status: "Failed",
      error: {
        code: "VMExtensionProvisioningError",
        message:
          "VM has reported a failure when processing extension 'RunCommandLinux'. Error message: \"Enable failed: failed to get configuration: x\".",
      },
    });
  });

  test("a guest that breaks fails the operation and is told to the person at the simulator", async () => {
    sim.guest.answer = () => Promise.reject(new Error("the disk is full"));
    expect(await runToEnd()).toMatchObject({ status: "Failed", error: { code: "VMExtensionManagementInternalError" } });
    expect(sim.warnings).toContain("'vm1': Error: the disk is full");
  });

  test("keeps the VM until it ends: a second one is refused with 409 Conflict, and taken afterwards", async () => {
    const release = held();
    const first = await sim.runCommand();
    await clock.advance(60_000);
    const second = await sim.runCommand();
    expect(second).toMatchObject({
      status: 409,
      body: '{\r\n  "error": {\r\n    "code": "Conflict",\r\n    "message": "Run command extension execution is in progress. Please wait for completion before invoking a run command."\r\n  }\r\n}',
    });
    expect(JSON.parse((await sim.arm(header(first, "azure-asyncoperation"))).body)).toMatchObject({
      status: "InProgress",
    });
    release();
    await clock.advance(1_000);
    sim.guest.answer = () => succeeded("");
    expect(await runToEnd()).toMatchObject({ status: "Succeeded" });
  });
});

describe("removing the extension", () => {
  test("uninstalls it in the guest and has no output", async () => {
    await runToEnd();
    expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body).vmAgent.extensionHandlers).toHaveLength(1);
    expect(await runToEnd({ commandId: "RemoveRunCommandLinuxExtension" })).toMatchObject({
      status: "Succeeded",
      properties: { output: { value: [] } },
    });
    expect(sim.guest.calls).toContain("uninstall");
    expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body).vmAgent.extensionHandlers).toEqual([]);
  });

  test("is accepted while a script runs and ends it", async () => {
    held();
    const script = await sim.runCommand();
    await clock.advance(1_000);
    expect(await runToEnd({ commandId: "RemoveRunCommandLinuxExtension" })).toMatchObject({ status: "Succeeded" });
    const poll = JSON.parse((await sim.arm(header(script, "azure-asyncoperation"))).body);
    expect(poll.properties.output.value[0].message).toBe("Enable succeeded: Last script execution didn't finish.");
  });

  test("is refused while another removal runs", async () => {
    expect((await sim.runCommand({ commandId: "RemoveRunCommandLinuxExtension" })).status).toBe(202);
    expect((await sim.runCommand({ commandId: "RemoveRunCommandLinuxExtension" })).status).toBe(409);
    await clock.advance(1_000);
  });
});

describe("an operation URL", () => {
  test.each(["s", "h", "t", "c", "p"])("without its %s is refused", async (name) => {
    const url = new URL(header(await sim.runCommand(), "azure-asyncoperation"));
    url.searchParams.delete(name);
    expect(await sim.arm(url.href)).toMatchObject({ status: 403 });
    await clock.advance(1_000);
  });

  test("with a changed signature is refused", async () => {
    const url = header(await sim.runCommand(), "azure-asyncoperation");
    expect(await sim.arm(url.replace(/&s=./, (start) => (start.endsWith("A") ? "&s=B" : "&s=A")))).toMatchObject({
      status: 403,
    });
    await clock.advance(1_000);
  });

  test("may be polled with another api-version, as az does", async () => {
    const url = header(await sim.runCommand(), "azure-asyncoperation");
    expect(await sim.arm(url.replace("api-version=2024-11-01", "api-version=2026-04-01"))).toMatchObject({
      status: 200,
    });
    await clock.advance(1_000);
  });

  test("of an operation that never was is not found", async () => {
    const url = header(await sim.runCommand(), "azure-asyncoperation");
    expect(
      await sim.arm(url.replace(/operations\/[^?]+/, "operations/00000000-0000-0000-0000-000000000000")),
    ).toMatchObject({ status: 404 });
    await clock.advance(1_000);
  });

  test("needs a token", async () => {
    const url = header(await sim.runCommand(), "azure-asyncoperation");
    expect(await sim.call(url)).toMatchObject({ status: 401 });
    await clock.advance(1_000);
  });
});

describe("when the VM goes off during a run", () => {
  const start = async (): Promise<void> => {
    await sim.post(`${sim.machine}/start`);
    await clock.advance(1_000);
  };

  test.each(["powerOff", "deallocate"])("by %s, the run is canceled", async (action) => {
    held();
    const script = await sim.runCommand();
    await clock.advance(1_000);
    expect((await sim.post(`${sim.machine}/${action}`)).status).toBe(202);
    await clock.advance(1_000);
    expect(JSON.parse((await sim.arm(header(script, "azure-asyncoperation"))).body)).toMatchObject({
      status: "Canceled",
      error: {
        code: "OperationPreempted",
        message: "Operation execution has been preempted by a more recent operation.",
      },
    });
    await start();
    sim.guest.answer = () => succeeded("");
    expect((await sim.runCommand()).status).toBe(202);
    await clock.advance(1_000);
  });

  test("by a restart, the run goes on until the VM is up, and then did not finish", async () => {
    held();
    const script = await sim.runCommand();
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/restart`);
    expect(JSON.parse((await sim.arm(header(script, "azure-asyncoperation"))).body)).toMatchObject({
      status: "InProgress",
    });
    await clock.advance(1_000);
    const poll = JSON.parse((await sim.arm(header(script, "azure-asyncoperation"))).body);
    expect(poll).toMatchObject({
      status: "Succeeded",
      properties: { output: { value: [{ message: "Enable succeeded: Last script execution didn't finish." }] } },
    });
  });

  test("by itself, the VM is stopped and the platform misses the agent", async () => {
    held();
    const script = await sim.runCommand();
    await clock.advance(1_000);
    sim.guest.powerCut();
    await clock.advance(1_000);
    expect(JSON.parse((await sim.arm(header(script, "azure-asyncoperation"))).body)).toMatchObject({
      status: "Failed",
      error: { code: "VMAgentStatusCommunicationError" },
    });
    expect(JSON.parse((await sim.arm(`${sim.machine}/instanceView`)).body).statuses[1].code).toBe("PowerState/stopped");
    await start();
  });
});
