/** What is found out about a failure, by the real client and lane, from an Azure that a test makes up. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diagnose } from "../../../core/failures/diagnose";
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import { textAt } from "../../../core/json";
import { type Answer, type Exchange, type VirtualOutside, virtualOutside } from "../../support/virtual-outside";
import { sessionOn, TARGET } from "./ask-azure";
import { EXAMPLES } from "./examples";

const READY = { displayStatus: "Ready", message: "Guest Agent is running" };
const HANDLER = {
  type: "Microsoft.CPlat.Core.RunCommandLinux",
  typeHandlerVersion: "1.0.12",
  status: { displayStatus: "Ready", message: "Plugin enabled" },
};

interface VmParts {
  readonly power?: string;
  readonly agent?: object;
  readonly handlers?: readonly object[];
  readonly osProfile?: object;
}

function vm({ power = "running", agent = READY, handlers = [HANDLER], osProfile }: VmParts = {}): Answer {
  const vmAgent = { vmAgentVersion: "2.15.1.3", statuses: [agent], extensionHandlers: handlers };
  return {
    status: 200,
    body: {
      location: "westeurope",
      properties: {
        provisioningState: "Succeeded",
        osProfile,
        instanceView: {
          statuses: [{ code: `PowerState/${power}` }],
          ...(power === "running" ? { vmAgent } : {}),
        },
      },
    },
  };
}

const forbidden = (action: string): Answer => ({
  status: 403,
  body: {
    error: { code: "AuthorizationFailed", message: `no authorization to perform action '${action}' over scope 's'.` },
  },
});

interface Azure {
  readonly vm?: Answer;
  readonly locks?: Answer;
  readonly catalogue?: Answer;
  /** The message of the operation of a command; without it, it takes some minutes. */
  readonly message?: string;
}

const RUNNING: Answer = { status: 200, body: { status: "InProgress" } };
const OPERATION: Answer = {
  status: 202,
  headers: { "azure-asyncoperation": "https://management.azure.com/operations/o" },
};

/** By when even the slowest operation has ended. */
const LATE_MS = 300_000;

function answerOf({ method, url, atMs }: Exchange, azure: Azure, startedAtMs: number): Answer {
  if (method === "POST") {
    return OPERATION;
  }
  if (url.includes("/operations/")) {
    const body = { status: "Succeeded", properties: { output: { value: [{ message: azure.message }] } } };
    return azure.message === undefined && atMs - startedAtMs < LATE_MS ? RUNNING : { status: 200, body };
  }
  const answer = url.includes("/locks?") ? azure.locks : url.includes("/runCommands?") ? azure.catalogue : azure.vm;
  if (answer === undefined) {
    throw new Error(`nobody answers ${method} ${url}`);
  }
  return answer;
}

async function diagnosed(failure: RunFailure, azure: Azure) {
  const outside: VirtualOutside = virtualOutside((exchange) => answerOf(exchange, azure, startedAtMs));
  const startedAtMs = outside.nowMs();
  const error = await diagnose(new RunFailedError(failure, true), TARGET, sessionOn(outside));
  return { error, outside, tookMs: outside.nowMs() - startedAtMs };
}

const asked = ({ outside }: Awaited<ReturnType<typeof diagnosed>>) =>
  outside.exchanges.map(
    ({ method, url }) => `${method} ${new URL(url).pathname.split("/providers/").slice(1).join(" ")}`,
  );

const VM_LINES = [
  "the VM's power state is 'running', its provisioning state 'Succeeded'",
  "the agent's status is 'Ready', version 2.15.1.3: \"Guest Agent is running\"",
  "the status of the extension RunCommandLinux 1.0.12 is 'Ready': \"Plugin enabled\"",
];

describe("the VM", () => {
  test("is looked at once, and its state follows the sentence", async () => {
    const result = await diagnosed(EXAMPLES.AgentSilent, {
      vm: vm({ agent: { displayStatus: "Not Ready", message: "no heartbeat" }, handlers: [] }),
    });
    expect(result.error.message).toBe(
      `${new RunFailedError(EXAMPLES.AgentSilent, true).message}
  - the VM's power state is 'running', its provisioning state 'Succeeded'
  - the agent's status is 'Not Ready', version 2.15.1.3: "no heartbeat"
  - the extension RunCommandLinux is not on the VM: the first run command brings it`,
    );
    expect(asked(result)).toEqual(["GET Microsoft.Compute/virtualMachines/web1"]);
    expect(result.error).toMatchObject({ mayHaveRun: true, subject: "run", failure: EXAMPLES.AgentSilent });
  });

  test.each<{ what: string; azure: Azure; evidence: readonly string[] }>([
    { what: "is well", azure: { vm: vm() }, evidence: VM_LINES },
    {
      what: "is off",
      azure: { vm: vm({ power: "deallocated" }) },
      evidence: [
        "the VM's power state is 'deallocated', its provisioning state 'Succeeded'",
        "Azure has no report of the VM's agent",
      ],
    },
    {
      what: "takes no extensions",
      azure: {
        vm: vm({ osProfile: { allowExtensionOperations: false, linuxConfiguration: { provisionVMAgent: false } } }),
      },
      evidence: [
        ...VM_LINES,
        "the VM was made without an agent (osProfile.linuxConfiguration.provisionVMAgent is false)",
        "the VM takes no extensions (osProfile.allowExtensionOperations is false)",
      ],
    },
    {
      what: "says nothing at all",
      azure: { vm: { status: 200, body: {} } },
      evidence: [
        "the VM's power state is not known, its provisioning state not known",
        "Azure has no report of the VM's agent",
      ],
    },
    {
      what: "is gone",
      azure: { vm: { status: 404, body: { error: { code: "ResourceNotFound", message: "m" } } } },
      evidence: ["the VM is not there any more"],
    },
    {
      what: "may not be looked at",
      azure: { vm: forbidden("Microsoft.Compute/virtualMachines/read") },
      evidence: ["the VM's state cannot be seen: the right 'Microsoft.Compute/virtualMachines/read' is missing"],
    },
    {
      what: "is not shown",
      azure: { vm: { status: 400, body: "" } },
      evidence: ["the VM's state cannot be seen: Azure did not show it"],
    },
  ])("that $what", async ({ azure, evidence }) => {
    expect((await diagnosed(EXAMPLES.OperationFailed, azure)).error.evidence).toEqual(evidence);
  });
});

describe("a VM of which Azure only says that it does not run", () => {
  const NOT_RUNNING: RunFailure = { kind: "VmNotRunning", vmName: "web1", powerState: "not running" };

  test.each<{ when: string; azure: Azure; powerState: string }>([
    { when: "it is seen", azure: { vm: vm({ power: "deallocated" }) }, powerState: "deallocated" },
    { when: "it runs again by now", azure: { vm: vm() }, powerState: "not running" },
    { when: "it is not shown", azure: { vm: { status: 400, body: "" } }, powerState: "not running" },
  ])("is '$powerState' when $when", async ({ azure, powerState }) => {
    const { error } = await diagnosed(NOT_RUNNING, azure);
    expect(error.failure).toEqual({ ...NOT_RUNNING, powerState });
    expect(error.message).toContain(`its power state is '${powerState}', expected 'running'`);
  });
});

describe("a lock", () => {
  const lock = (scope: string, name: string, level: string) => ({
    name,
    id: `${scope}/providers/Microsoft.Authorization/locks/${name}`,
    properties: { level },
  });

  test("is named, with its level and its place, and none that holds for something else", async () => {
    const vmScope = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
    const value = [
      lock("/subscriptions/s", "all", "CanNotDelete"),
      lock("/subscriptions/S/resourceGroups/RG", "freeze", "ReadOnly"),
      lock(vmScope, "mine", "ReadOnly"),
      lock(`${vmScope}0`, "other", "ReadOnly"),
    ];
    const result = await diagnosed(EXAMPLES.ScopeLocked, { locks: { status: 200, body: { value } } });
    expect(result.error.evidence).toEqual([
      "lock 'all', CanNotDelete, on /subscriptions/s",
      "lock 'freeze', ReadOnly, on /subscriptions/S/resourceGroups/RG",
      `lock 'mine', ReadOnly, on ${vmScope}`,
    ]);
    expect(asked(result)).toEqual(["GET Microsoft.Compute/virtualMachines/web1 Microsoft.Authorization/locks"]);
  });

  test.each<{ what: string; locks: Answer; line: string }>([
    {
      what: "that may not be seen",
      locks: forbidden("x"),
      line: "which lock it is cannot be seen: the right 'Microsoft.Authorization/locks/read' is missing",
    },
    {
      what: "that Azure does not show",
      locks: { status: 404, body: "" },
      line: "which lock it is cannot be seen: Azure answered with status 404",
    },
    {
      what: "that is gone already",
      locks: { status: 200, body: { value: [] } },
      line: "no lock holds for the VM any more",
    },
  ])("$what", async ({ locks, line }) => {
    expect((await diagnosed(EXAMPLES.ScopeLocked, { locks })).error.evidence).toEqual([line]);
  });
});

describe("a command that Azure does not know", () => {
  const failure = { ...EXAMPLES.CommandUnknown, knownIds: undefined };

  test("is told with those that are there for a Linux", async () => {
    const value = [
      { id: "RunShellScript", osType: "Linux" },
      { id: "IPConfig", osType: "Windows" },
      { id: "ifconfig", osType: "Linux" },
    ];
    const result = await diagnosed(failure, { vm: vm(), catalogue: { status: 200, body: { value } } });
    expect(result.error.message).toBe(
      "Azure knows no command 'ipconfig' for 'web1': those that are there: RunShellScript, ifconfig; Azure says \"not found.\"; the script had been sent already and may have run; the next deployment takes up what is there",
    );
    expect(asked(result)[1]).toBe("GET Microsoft.Compute/locations/westeurope/runCommands");
  });

  test("is told with the right that would show them", async () => {
    const result = await diagnosed(failure, { vm: vm(), catalogue: forbidden("x") });
    expect(result.error.evidence).toEqual([
      "the list of commands in 'westeurope' cannot be seen: the right 'Microsoft.Compute/locations/runCommands/read' is missing",
    ]);
    expect(result.error.failure).toEqual(failure);
  });
});

describe("the handler's log", () => {
  const printed = (stdout: string) => `Enable succeeded: \n[stdout]\n${stdout}\n[stderr]\n`;

  test("is asked for when a report is missing and the VM answers", async () => {
    const result = await diagnosed(EXAMPLES.ReportUnreadable, {
      vm: vm(),
      message: printed("1\n2\n3\n4\n5\ntime=6 event=x\n"),
    });
    expect(result.error.evidence).toEqual([
      ...VM_LINES,
      "handler.log: 2",
      "handler.log: 3",
      "handler.log: 4",
      "handler.log: 5",
      "handler.log: time=6 event=x",
    ]);
    expect(asked(result)[1]).toBe("POST Microsoft.Compute/virtualMachines/web1/runCommand");
  });

  test.each<{ what: string; azure: Azure }>([
    { what: "off", azure: { vm: vm({ power: "stopped" }) } },
    { what: "without the extension, which asking would bring", azure: { vm: vm({ handlers: [] }) } },
    { what: "hidden", azure: { vm: forbidden("x") } },
  ])("is not asked for of a VM that is $what", async ({ azure }) => {
    const { outside } = await diagnosed(EXAMPLES.ReportUnreadable, azure);
    expect(outside.exchanges.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("is not asked for when something else went wrong", async () => {
    const { outside } = await diagnosed(EXAMPLES.DeadlinePassed, { vm: vm() });
    expect(outside.exchanges.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("that is empty is said to be", async () => {
    const { error } = await diagnosed(EXAMPLES.ReportUnreadable, { vm: vm(), message: printed("") });
    expect(error.evidence.slice(3)).toEqual(["handler.log on the VM says nothing"]);
  });

  test("that fills what Azure brings loses its first line, which may begin in the middle of a secret", async () => {
    const { error } = await diagnosed(EXAMPLES.ReportUnreadable, {
      vm: vm(),
      message: printed(`${"x".repeat(4_096 - 5)}\nlast`),
    });
    expect(error.evidence.slice(3)).toEqual(["handler.log: last"]);
  });

  test("is read without the lines of the command that reads it", async () => {
    const { outside } = await diagnosed(EXAMPLES.ReportUnreadable, { vm: vm(), message: printed("") });
    const folder = mkdtempSync(join(tmpdir(), "handler-log-"));
    try {
      mkdirSync(join(folder, "12"));
      const line = (seq: number, event: number) => `time=t operation=enable seq=${seq} event=${event}\n`;
      const lines = [1, 2, 3, 4, 5, 6].map((event) => line(1, event)).join("") + line(12, 7) + line(12, 8);
      writeFileSync(join(folder, "handler.log"), lines);
      const sent = textAt(outside.exchanges[1]?.body, "script", 0) ?? "";
      const text = sent.replace("/var/log/azure/run-command/handler.log", join(folder, "handler.log"));
      const stdout = execFileSync("/bin/sh", ["-c", text], { cwd: join(folder, "12"), encoding: "utf8" });
      expect(stdout).toBe([2, 3, 4, 5, 6].map((event) => line(1, event)).join(""));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("looking", () => {
  test("ends after 30 s, with what was found by then", async () => {
    const { error, outside, tookMs } = await diagnosed(EXAMPLES.ReportUnreadable, { vm: vm() });
    expect(tookMs).toBe(30_000);
    expect(error.evidence).toEqual([
      ...VM_LINES,
      "handler.log on the VM (/var/log/azure/run-command) could not be had",
      "there may be more: looking for it was given up after 30 s",
    ]);
    // The command goes on without anybody who waits for it.
    await outside.sleep(LATE_MS);
  });

  test("ends after 30 s also where Azure does not answer", async () => {
    const { error, tookMs } = await diagnosed(EXAMPLES.Busy, { vm: { lost: "ETIMEDOUT" } });
    expect(tookMs).toBe(30_000);
    expect(error.failure).toEqual(EXAMPLES.Busy);
    expect(error.evidence.at(-1)).toBe("there may be more: looking for it was given up after 30 s");
  });

  test("takes no time that it does not need", async () => {
    const { tookMs } = await diagnosed(EXAMPLES.Busy, { vm: vm() });
    expect(tookMs).toBe(0);
  });

  test("never throws, and keeps the failure, when there is no client", async () => {
    const session = sessionOn(virtualOutside(() => ({ status: 500 })));
    const broken = {
      ...session,
      client: async () => {
        throw new Error("no client");
      },
    };
    const before = new RunFailedError(EXAMPLES.ScopeLocked);
    const after = await diagnose(before, TARGET, broken);
    expect(after.message).toBe(before.message);
  });

  test.each([
    EXAMPLES.CredentialsMissing,
    EXAMPLES.Unreachable,
    EXAMPLES.NotAuthorized,
    EXAMPLES.Throttled,
    EXAMPLES.ScriptFailed,
    EXAMPLES.VmNotFound,
  ])("asks nothing for $kind", async (failure) => {
    const { error, outside } = await diagnosed(failure, {});
    expect(outside.exchanges).toEqual([]);
    expect(error.evidence).toEqual([]);
  });

  test("looks into the failure of a 'delete' script", async () => {
    const failure = { kind: "DeleteScriptFailed", vmName: "web1", failure: EXAMPLES.Busy } as const;
    expect((await diagnosed(failure, { vm: vm() })).error.evidence).toEqual(VM_LINES);
  });

  test("is not done twice", async () => {
    const outside = virtualOutside(() => vm());
    const known = new RunFailedError(EXAMPLES.Busy).withEvidence(["seen"]);
    expect(await diagnose(known, TARGET, sessionOn(outside))).toBe(known);
    expect(outside.exchanges).toEqual([]);
  });

  test("keeps what the failure is about", async () => {
    const session = sessionOn(virtualOutside(() => vm()));
    const error = await diagnose(new RunFailedError(EXAMPLES.Busy).about("deletion"), TARGET, session);
    expect(error).toMatchObject({ subject: "deletion", mayHaveRun: false, evidence: VM_LINES });
  });
});
