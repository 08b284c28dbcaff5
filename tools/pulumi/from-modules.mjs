// Builds the Pulumi engine and its Node.js language host from their Go modules.
import { join } from "node:path";
import { attempt, run } from "../run.mjs";
import {
  compareVersions,
  ENGINE,
  ENGINE_VERSION,
  GO_VERSION_MIN,
  LANGUAGE_HOST,
  LANGUAGE_HOST_VERSION,
  repositoryRoot,
} from "./versions.mjs";

/** Each program in a module of its own: the two versions of the SDK cannot be in one. */
const PROGRAMS = [
  {
    name: LANGUAGE_HOST,
    version: LANGUAGE_HOST_VERSION,
    module: "tools/pulumi/language-nodejs",
    source: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
  {
    name: ENGINE,
    version: ENGINE_VERSION,
    module: "tools/pulumi/engine",
    source: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  },
];

/** The Go variable that `pulumi version` prints. */
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/**
 * Puts both programs into `folder`, which is there and empty. Go's own settings (proxy, flags) are the user's.
 *
 * @param {string} folder
 * @param {(line: string) => void} say
 */
export async function buildInto(folder, say) {
  await requireGo();
  for (const { name, version, module, source } of PROGRAMS) {
    say(`building ${name} ${version} from its Go module`);
    const flags = ["-trimpath", "-ldflags", `-s -w -X ${VERSION_VARIABLE}=v${version}`];
    await run("go", ["build", ...flags, "-o", join(folder, name), source], { cwd: join(repositoryRoot, module) });
  }
}

async function requireGo() {
  const { exitCode, output } = await attempt("go", ["version"], { cwd: repositoryRoot });
  const version = /go version go(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
  if (exitCode === 0 && version !== undefined && compareVersions(version, GO_VERSION_MIN) >= 0) return;
  const seen = version === undefined ? "no 'go' is on the PATH" : `'go' on the PATH is ${version}`;
  throw new Error(
    `${seen}, and building the engine needs Go ${GO_VERSION_MIN} or newer: install Go, or put 'pulumi' ${ENGINE_VERSION} or newer on the PATH, then try again`,
  );
}
