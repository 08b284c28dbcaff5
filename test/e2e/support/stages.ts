/** Where a deployment is interrupted: a VM with a script that waits for the test, and the project that it belongs to. */
import type { Running } from "./processes";
import { inGuest, type RunCommandProject, runCommandProject } from "./run-commands";
import type { SimulatedOperation, SimulatorProcess } from "./simulator-process";
import { until } from "./until";

/** Counts itself, prints, waits for the test, prints. */
export const SCRIPT =
  "echo began >> /var/tmp/count; echo first half; until [ -e /var/tmp/go ]; do sleep 0.1; done; echo second half";
export const PRINTED = "first half\nsecond half\n";

/** Each script waits for the one before it. */
const PROGRAM = `
const { RunCommand } = require("azure-run-command");
const all = JSON.parse(require("fs").readFileSync("run-commands.json", "utf8"));
let before = [];
for (const [name, args] of Object.entries(all)) before = [new RunCommand(name, args, { dependsOn: before })];
`;

/** A VM, the script on it, and the project that it belongs to. */
export interface Stage {
  readonly simulator: SimulatorProcess;
  readonly vm: string;
  readonly project: RunCommandProject;
  inGuest(command: string): Promise<string>;
  operations(): Promise<readonly SimulatedOperation[]>;
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>;
}

/** One project whose scripts run one after the other, each named after its VM. */
export async function onStages(
  simulator: SimulatorProcess,
  scripts: Readonly<Record<string, string>>,
  act: (first: Stage, ...others: readonly Stage[]) => Promise<void>,
): Promise<void> {
  const vms = Object.keys(scripts);
  await Promise.all(vms.map((vm) => simulator.admin("PUT", `vms/${vm}`, {})));
  const project = await runCommandProject(simulator, {});
  project.program(PROGRAM);
  project.declare(commands(scripts));
  try {
    const [first, ...others] = vms.map((vm) => stageOf(simulator, vm, project)) as [Stage, ...Stage[]];
    await act(first, ...others);
  } finally {
    project.cleanUp();
  }
}

function stageOf(simulator: SimulatorProcess, vm: string, project: RunCommandProject): Stage {
  return {
    simulator,
    vm,
    project,
    inGuest: (command) => inGuest(simulator, vm, command),
    operations: async () => (await simulator.operations()).filter((operation) => operation.vm === vm),
    fault: async (fault) => void (await simulator.admin("POST", "faults", { vm, ...fault })),
  };
}

export function commands(scripts: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(scripts).map(([vm, script]) => [vm, { resourceGroupName: "rg", vmName: vm, script }]),
  );
}

export const letGo = (stage: Stage) => stage.inGuest("true >/var/tmp/go");
export const count = (stage: Stage) => stage.inGuest("cat /var/tmp/count 2>/dev/null");

export function untilBegun(stage: Stage): Promise<void> {
  return until("the script has begun", async () => (await count(stage)) !== "");
}

export function untilSent(stage: Stage, operations: number): Promise<void> {
  return until(
    `Azure has got ${operations} commands for '${stage.vm}'`,
    async () => (await stage.operations()).length >= operations,
  );
}

export async function inProgress(stage: Stage): Promise<SimulatedOperation | undefined> {
  return (await stage.operations()).find(({ status }) => status === "InProgress");
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

/** Of this VM alone. */
export async function requestsOf({ simulator, vm }: Stage): Promise<readonly LoggedRequest[]> {
  const all = (await simulator.requests()) as unknown as readonly LoggedRequest[];
  return all.filter(({ path }) => `${path}/`.includes(`/virtualMachines/${vm}/`) && !path.startsWith("/_simulator"));
}

/** The script is let go before the next deployment begins. */
export async function upAfterTheEnd(stage: Stage): Promise<Running> {
  await letGo(stage);
  return stage.project.start("up");
}

/** The script waits until the next deployment has come to it. */
export async function upAttached(stage: Stage): Promise<Running> {
  const sent = (await stage.operations()).length;
  const up = stage.project.start("up");
  await untilSent(stage, sent + 1);
  await letGo(stage);
  return up;
}

export function expectTakenUp(output: string, { vm }: Stage, takenUp: boolean): void {
  const sentence = new RegExp(
    `an earlier deployment had started this run on '${vm}' already \\(state (Running|Exited)\\): it is taken up`,
  );
  if (takenUp) {
    expect(output).toMatch(sentence);
  } else {
    expect(output).not.toMatch(sentence);
  }
}

export async function expectResult({ project, vm }: Stage, stdout: string): Promise<void> {
  const stored = (await project.stored()).find(({ urn }) => urn.endsWith(`::${vm}`));
  expect(stored?.initErrors).toBeUndefined();
  expect(stored?.outputs).toMatchObject({ stdout, stderr: "", exitCode: 0, executionState: "Succeeded" });
}
