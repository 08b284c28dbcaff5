/** The programs of `examples/`, as they are there, on the real engine. */
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { engineFolder, ROOT } from "./engine";
import { type PulumiProject, pulumiProject } from "./pulumi-project";
import type { SimulatorProcess } from "./simulator-process";

const EXAMPLES = join(ROOT, "examples");
const PLUGIN = "pulumi-resource-azure-native";

export interface ExampleOptions {
  /** By full keys: `provisioning:greeting`. Secrets are set by `setConfig`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether the program has resources of azure-native. @default false */
  readonly azureNative?: boolean;
  /** In place of what leads to the simulator. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** @param name of the folder below `examples/`. */
export async function exampleProject(
  simulator: SimulatorProcess,
  name: string,
  { config, azureNative = false, environment = simulator.environment }: ExampleOptions,
): Promise<PulumiProject> {
  const { "index.ts": program = "", ...files } = filesOf(name);
  const project = await pulumiProject({
    program,
    language: "typescript",
    files: { ...files, "Pulumi.test.yaml": JSON.stringify({ config }) },
    // The types are compiled with all others; here it would take the most time of all.
    environment: { ...environment, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  if (azureNative) await putPlugin(project);
  return project;
}

/** The files that are in the repository, by their path. */
export function filesOf(name: string): Record<string, string> {
  const folder = join(EXAMPLES, name);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/(^|\/)(node_modules|bin)\/|^Pulumi\.[^.]+\.yaml$/.test(path));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** A plugin on the PATH is taken whatever version the program asks for. */
async function putPlugin(project: PulumiProject): Promise<void> {
  const folder = join(project.folder, "plugin");
  const bundle = join(folder, `${PLUGIN}.cjs`);
  await build({
    entryPoints: [join(__dirname, "azure-native-plugin.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
  });
  project.write(
    `plugin/${PLUGIN}`,
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(bundle)} "$@"\n`,
  );
  chmodSync(join(folder, PLUGIN), 0o755);
  project.setEnvironment({ PATH: [engineFolder(), folder, process.env.PATH].join(delimiter) });
}
