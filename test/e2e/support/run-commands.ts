/** A Pulumi project whose resources are `RunCommand`s, and a simulator for it to run against. */
import type { Ended } from "./processes";
import { type PulumiProject, pulumiProject, type StoredResource } from "./pulumi-project";
import { type SimulatorProcess, startSimulatorProcess } from "./simulator-process";

/** The arguments of each `RunCommand`, by its name. */
export type RunCommands = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PROGRAM = `
const { RunCommand } = require("azure-run-command");
const all = JSON.parse(require("fs").readFileSync("run-commands.json", "utf8"));
for (const [name, args] of Object.entries(all)) exports[name] = new RunCommand(name, args);
`;

export interface RunCommandProject extends PulumiProject {
  /** What the program declares from now on. */
  declare(commands: RunCommands): void;
  /** The stack's outputs of one `RunCommand`. */
  outputsOf(name: string): Promise<Record<string, unknown>>;
  /** The `RunCommand`s in the state. */
  stored(): Promise<readonly StoredResource[]>;
}

export async function runCommandProject(
  simulator: SimulatorProcess,
  commands: RunCommands,
): Promise<RunCommandProject> {
  const project = await pulumiProject({
    program: PROGRAM,
    files: { "run-commands.json": JSON.stringify(commands) },
    environment: simulator.environment,
  });
  return {
    ...project,
    declare: (next) => project.write("run-commands.json", JSON.stringify(next)),
    outputsOf: async (name) => (await project.outputs())[name] as Record<string, unknown>,
    stored: async () => {
      const { deployment } = await project.export();
      return (deployment.resources ?? []).filter(({ type }) => type.endsWith(":RunCommand"));
    },
  };
}

/** The commands that reached Azure, in their order: `vm1 RunShellScript`. */
export async function commandsOf(simulator: SimulatorProcess): Promise<string[]> {
  return (await simulator.operations()).map(({ vm, commandId }) => `${vm} ${commandId}`);
}

export async function inGuest(simulator: SimulatorProcess, vm: string, command: string): Promise<string> {
  return (await simulator.exec(vm, ["/bin/sh", "-c", command])).stdout;
}

/** The errors in the output of the engine, one line each. */
export function errorsIn({ output }: Ended): string[] {
  return output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(error:|\* |\d+ errors? occurred)/.test(line));
}

export { startSimulatorProcess };
