/** A Pulumi project for the real engine, whose processes live as fast as the bench's simulator. */
import { type PulumiProject, pulumiProject } from "../../test/e2e/support/pulumi-project";
import type { BenchSimulator } from "../simulator/simulator";
import { compiledPrograms } from "./programs";
import { TIME_VARIABLE } from "./time-scale";

/** One script for each resource; `resources.json` says on which VM. */
const PROGRAM = `
const { RunCommand } = require("azure-run-command");
const resources = JSON.parse(require("node:fs").readFileSync("resources.json", "utf8"));
for (const { name, vmName, script } of resources) {
  exports[name] = new RunCommand(name, { resourceGroupName: "rg", vmName, script }).stdout;
}
`;

export interface DeclaredScript {
  readonly name: string;
  readonly vmName: string;
  readonly script: string;
}

/** Far beyond what any bench takes. */
const COMMAND_TIMEOUT_MS = 1_800_000;

export function engineProject(simulator: BenchSimulator, resources: readonly DeclaredScript[]): Promise<PulumiProject> {
  return pulumiProject({
    name: "bench",
    program: PROGRAM,
    files: { "resources.json": JSON.stringify(resources) },
    environment: {
      ...simulator.environment,
      NODE_OPTIONS: `--require ${compiledPrograms().time}`,
      [TIME_VARIABLE]: JSON.stringify(simulator.time),
    },
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
  });
}
