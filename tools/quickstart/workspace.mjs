// The private folder of a quick start: a copy of the program, its own Pulumi state, nothing that git tracks.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { endMarked, isAlive } from "./processes.mjs";

const FOLDERS = join(repositoryRoot, ".quickstart");
const PROGRAM = "examples/quick-start";
const CDK_APP = "examples/cdk-join-fleet";
/** What the user may have made beside the app by hand. */
const MADE = /\/(?:node_modules|build|cdk[.]out|cdk[.]context[.]json)$/;

/**
 * @param {{ kind: "simulated" } | { kind: "cdk" } | { kind: "azure", virtualMachineId: string }} target
 * @returns {{ folder: string, script: string, app: string, resumed: boolean }} `script` of the Pulumi program, `app` is the
 *   folder of the CDK app; `resumed`: an earlier quick start for the same VM left its state.
 */
export function openWorkspace(target) {
  removeAbandoned();
  const folder = join(FOLDERS, nameOf(target));
  const pidFile = join(folder, "pid");
  const other = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : undefined;
  if (other !== undefined && other !== process.pid && isAlive(other))
    throw new Error(`process ${other} runs the quick start for this VM at this moment; wait for its end`);
  endMarked(folder);
  const resumed = existsSync(join(folder, "state"));
  mkdirSync(join(folder, "state"), { recursive: true });
  writeFileSync(pidFile, String(process.pid));
  const app = join(folder, CDK_APP);
  if (target.kind === "cdk") copyApp(app);
  else {
    cpSync(join(repositoryRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    cpSync(join(repositoryRoot, PROGRAM), join(folder, PROGRAM), { recursive: true });
  }
  return { folder, script: join(folder, PROGRAM, "prepare.sh"), app, resumed };
}

/** With this package as `npm install` puts it beside a user's app; the other packages are found further up. */
function copyApp(app) {
  cpSync(join(repositoryRoot, CDK_APP), app, { recursive: true, filter: (path) => !MADE.test(path) });
  mkdirSync(join(app, "node_modules"));
  symlinkSync(repositoryRoot, join(app, "node_modules/azure-run-command"));
}

/** The state for a real VM stays until that VM is clean: without it, nobody would know what is to be removed there. */
export function closeWorkspace({ folder }, { keep }) {
  endMarked(folder);
  rmSync(keep ? join(folder, "pid") : folder, { recursive: true, force: true });
}

/** A quick start that was killed had no chance to clean up; its simulator and its engine have its mark. */
function removeAbandoned() {
  if (!existsSync(FOLDERS)) return;
  for (const name of readdirSync(FOLDERS)) {
    const pid = /^(?:simulated|cdk)-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || (isAlive(Number(pid)) && Number(pid) !== process.pid)) continue;
    endMarked(join(FOLDERS, name));
    rmSync(join(FOLDERS, name), { recursive: true, force: true });
  }
}

function nameOf(target) {
  return target.kind === "azure" ? azureName(target.virtualMachineId) : `${target.kind}-${process.pid}`;
}

function azureName(virtualMachineId) {
  return `azure-${createHash("sha256").update(virtualMachineId.toLowerCase()).digest("hex").slice(0, 12)}`;
}
