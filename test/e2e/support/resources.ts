/** A Pulumi project whose resources are of any type of the package, with options, and a simulator for it to run against. */
import { type PulumiProject, pulumiProject } from "./pulumi-project";
import type { SimulatorProcess } from "./simulator-process";

/** One resource: its arguments, beside what is not an argument. */
export interface Declared {
  readonly [argument: string]: unknown;
  /** @default "RunCommand" */
  readonly type?: "RunCommand" | "RunCommandExtension" | "RunCommandFleet";
  /** Names of resources above it. */
  readonly dependsOn?: readonly string[];
  readonly customTimeouts?: Readonly<Record<string, string>>;
}

export type Resources = Readonly<Record<string, Declared>>;

const PROGRAM = `
const types = require("azure-run-command");
const all = JSON.parse(require("fs").readFileSync("resources.json", "utf8"));
const made = {};
for (const [name, { type = "RunCommand", dependsOn = [], customTimeouts, ...args }] of Object.entries(all)) {
  made[name] = new types[type](name, args, { customTimeouts, dependsOn: dependsOn.map((other) => made[other]) });
  exports[name] = made[name];
}
`;

export interface ResourceProject extends PulumiProject {
  /** What the program declares from now on. */
  declare(resources: Resources): void;
}

export async function resourceProject(
  simulator: SimulatorProcess,
  resources: Resources,
  name = "project",
  files: Readonly<Record<string, string>> = {},
): Promise<ResourceProject> {
  const project = await pulumiProject({
    name,
    program: PROGRAM,
    files: { ...files, "resources.json": JSON.stringify(resources) },
    environment: simulator.environment,
  });
  return { ...project, declare: (next) => project.write("resources.json", JSON.stringify(next)) };
}

/** On a VM of the simulator's own group. */
export const on = (vmName: string) => ({ resourceGroupName: "rg", vmName });
