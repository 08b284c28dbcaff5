// Answers in which folder the Pulumi engine is; gets it first when it is nowhere.
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { say, step } from "../progress.mjs";
import { run } from "../run.mjs";
import { downloadInto } from "./from-download.mjs";
import { buildInto } from "./from-modules.mjs";
import { complete, findOnPath } from "./from-path.mjs";
import { withLock } from "./lock.mjs";
import {
  DYNAMIC_PROVIDER,
  dynamicProviderPath,
  ENGINE,
  ENGINE_VERSION,
  LANGUAGE_HOST,
  repositoryRoot,
} from "./versions.mjs";

/** @returns {Promise<string>} The folder; with it first on the PATH `pulumi` runs. */
export async function engineFolder() {
  const found = await findOnPath();
  if (found.kind === "usable") return found.folder;
  if (found.kind === "incomplete") return completed(found);

  const folder = join(cacheRoot(), `engine-${ENGINE_VERSION}-${fingerprint()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  say(`The Pulumi engine is needed: ${found.because}, and none was built here before.`);
  return withLock(
    `${folder}.lock`,
    () => (existsSync(folder) ? folder : make(folder)),
    (holder) => say(`- process ${holder} is getting the engine at this moment: waiting for it`),
  );
}

/** Outside the clone, so that a fresh clone finds what an earlier one built. */
function cacheRoot() {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "azure-run-command");
}

/** Changes with everything that the engine is built from. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const path of [
    "from-modules.mjs",
    "engine/go.mod",
    "engine/go.sum",
    "language-nodejs/go.mod",
    "language-nodejs/go.sum",
  ])
    hash.update(readFileSync(join(repositoryRoot, "tools/pulumi", path)));
  return hash.update(readFileSync(dynamicProviderPath)).digest("hex").slice(0, 12);
}

/** The caller has the lock, so what other builds left half done is nobody's. The rename is the only way to `folder`. */
async function make(folder) {
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith(`${basename(folder)}.making-`)) rmSync(join(dirname(folder), name), { recursive: true });
  const temporary = `${folder}.making-${process.pid}`;
  try {
    await fill(temporary);
    copyFileSync(dynamicProviderPath, join(temporary, DYNAMIC_PROVIDER));
    for (const name of [ENGINE, LANGUAGE_HOST, DYNAMIC_PROVIDER]) chmodSync(join(temporary, name), 0o755);
    await run(join(temporary, ENGINE), ["version"], { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function fill(temporary) {
  mkdirSync(temporary);
  try {
    await step({ title: "Get the Pulumi engine by download", usually: "less than a minute" }, (sayUnder) =>
      downloadInto(temporary, sayUnder),
    );
    return;
  } catch (fault) {
    say(`  no download: ${fault.message}`);
  }
  rmSync(temporary, { recursive: true });
  mkdirSync(temporary);
  await step({ title: "Build the Pulumi engine from its Go modules", usually: "2 to 4 minutes, once" }, (sayUnder) =>
    buildInto(temporary, sayUnder),
  );
}

function completed(found) {
  const key = createHash("sha256").update(`${found.engine}\n${found.languageHost}\n${found.version}`).digest("hex");
  const folder = join(cacheRoot(), `engine-on-path-${key.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.making-${process.pid}`;
  complete(found, temporary);
  try {
    renameSync(temporary, folder);
  } catch (fault) {
    rmSync(temporary, { recursive: true });
    if (!existsSync(folder)) throw fault; // else another process was faster
  }
  return folder;
}
