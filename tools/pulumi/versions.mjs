// Which Pulumi engine development uses, and where its parts are.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The engine that everything here is tried with; the newest that is to be had as Go modules. */
export const ENGINE_VERSION = "3.220.0";
/** The Node.js language host; later ones are not to be had as modules. Tried with the engine above and SDK 3.270. */
export const LANGUAGE_HOST_VERSION = "3.68.0";
/** An engine on the PATH is used from this version on. Older ones may work; they have not been tried. */
export const ENGINE_VERSION_MIN = ENGINE_VERSION;
/** The oldest Go that can read the two go.mod files, and fetch the newer tool chain that they name. */
export const GO_VERSION_MIN = "1.21";

/** The three programs that must lie in one folder: then the engine takes them for its own and warns of nothing. */
export const ENGINE = "pulumi";
export const LANGUAGE_HOST = "pulumi-language-nodejs";
/** The SDK's own wrapper of dynamic providers. It finds its script from the folder of the Pulumi program, so a copy works. */
export const DYNAMIC_PROVIDER = "pulumi-resource-pulumi-nodejs";

export const dynamicProviderPath = join(repositoryRoot, "node_modules/@pulumi/pulumi", DYNAMIC_PROVIDER);

/** @returns {number} Below zero when `a` is the older one. Takes "v3.220.0", "3.220.0-dev" and "1.21". */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, "").split(/[.+-]/, 3).map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] || 0) - (right[i] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
