// Starts the simulated AWS of test/cloudformation in this process. It is TypeScript, and is bundled for that.
import { createRequire } from "node:module";
import { join } from "node:path";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { MARK } from "./processes.mjs";

const SIMULATOR = join(repositoryRoot, "test/cloudformation/simulator");

export const REGION = "eu-west-1";
/** So many seconds pass there in one of this machine: half a minute of waiting is nothing to look at. */
export const SPEED = 5;

/**
 * @param {{ folder: string, azure: Record<string, string>, onEvent: (event: object) => void }} options `folder` is the
 *   workspace's, `azure` the environment in which clients find Azure, `onEvent` is told what CloudFormation tells of a stack.
 */
export async function startAws({ folder, azure, onEvent }) {
  const { build } = await import("esbuild");
  const common = { bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "silent" };
  const [cloud, lambdaProcess] = ["cloud", "lambda-process"].map((name) => join(folder, `${name}.cjs`));
  await build({ ...common, entryPoints: [join(SIMULATOR, "cloud.ts")], outfile: cloud, packages: "external" });
  // In one file: it runs in the folder of a function, far from all packages.
  await build({ ...common, entryPoints: [join(SIMULATOR, "lambda/process/main.ts")], outfile: lambdaProcess });
  const { startCloud } = createRequire(import.meta.url)(cloud);
  process.env.TMPDIR = folder; // so that nothing stays in the machine's own
  return startCloud({ region: REGION, scale: SPEED, azure, onEvent, lambdaProcess, environment: { [MARK]: folder } });
}
