// Looks for a Pulumi engine that is installed already.
import { accessSync, constants, copyFileSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { attempt } from "../run.mjs";
import {
  compareVersions,
  DYNAMIC_PROVIDER,
  dynamicProviderPath,
  ENGINE,
  ENGINE_VERSION_MIN,
  LANGUAGE_HOST,
} from "./versions.mjs";

/**
 * @typedef {{ kind: "usable", folder: string, version: string }
 *   | { kind: "incomplete", engine: string, languageHost: string, version: string }
 *   | { kind: "unusable", because: string }} Found
 * @returns {Promise<Found>}
 */
export async function findOnPath(path = process.env.PATH ?? "") {
  const engine = which(ENGINE, path);
  if (engine === undefined) return { kind: "unusable", because: "there is no 'pulumi' on the PATH" };
  const { exitCode, output } = await attempt(engine, ["version"], {
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const version = /^v?(\d+\.\d+\.\d+\S*)$/m.exec(output)?.[1];
  if (exitCode !== 0 || version === undefined)
    return { kind: "unusable", because: `'${engine} version' ended with ${exitCode} and named no version` };
  if (compareVersions(version, ENGINE_VERSION_MIN) < 0)
    return {
      kind: "unusable",
      because: `'${engine}' is version ${version}, older than ${ENGINE_VERSION_MIN}, the oldest that has been tried`,
    };
  const languageHost = which(LANGUAGE_HOST, `${dirname(realpathSync(engine))}${delimiter}${path}`);
  if (languageHost === undefined)
    return { kind: "unusable", because: `'${engine}' is there, but no '${LANGUAGE_HOST}' beside it or on the PATH` };
  const folder = dirname(engine);
  const complete = [LANGUAGE_HOST, DYNAMIC_PROVIDER].every((name) => which(name, folder) !== undefined);
  return complete ? { kind: "usable", folder, version } : { kind: "incomplete", engine, languageHost, version };
}

/** Puts into `folder` what an engine on the PATH lacks, beside links to what it has. */
export function complete({ engine, languageHost }, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(engine, join(folder, ENGINE));
  symlinkSync(languageHost, join(folder, LANGUAGE_HOST));
  copyFileSync(dynamicProviderPath, join(folder, DYNAMIC_PROVIDER));
}

/** @returns {string | undefined} The first executable file of this name in a folder of `path`. */
export function which(name, path = process.env.PATH ?? "") {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
