// Compiles the sources to dist/ and puts beside them what TypeScript does not carry: the runner, the fixtures of the simulator,
// and the code of the Lambda functions in one file.
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { step } from "../progress.mjs";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { run } from "../run.mjs";
import { bundleHandler, HANDLER_BUNDLE } from "./handler.mjs";

const SOURCE_FOLDERS = ["core", "provider", "azure-native", "constructs", "simulator", "cli"];
const SETTINGS = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "tools/set-up/dist.mjs",
  "tools/set-up/handler.mjs",
  "tools/set-up/licences.mjs",
];
/** Inside dist/, so that it comes and goes with what it describes; not in the package. */
const STAMP = ".built-from";

export async function buildUnlessUpToDate() {
  if (readStamp() !== fingerprint()) await build();
}

export function build() {
  return step({ title: "Compile the sources to dist/", usually: "5 to 15 s" }, compile);
}

/** Into a folder of its own first: whoever uses dist/ at this moment keeps a whole one, and a failure changes nothing. */
async function compile(say) {
  const builtFrom = fingerprint();
  const folder = join(repositoryRoot, `dist.making-${process.pid}`);
  try {
    const typescript = join(repositoryRoot, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [typescript, "-p", "tsconfig.build.json", "--outDir", folder], { cwd: repositoryRoot });
    for (const path of sourceFiles().filter((path) => !path.endsWith(".ts"))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(join(repositoryRoot, path), join(folder, path));
    }
    chmodSync(join(folder, "cli/main.js"), 0o755);
    const { bytes, sha256 } = await bundleHandler(folder);
    say(`${HANDLER_BUNDLE}: ${bytes} bytes, sha256 ${sha256}`);
    writeFileSync(join(folder, STAMP), builtFrom);
    putInPlace(folder, join(repositoryRoot, "dist"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function putInPlace(folder, place) {
  const former = `${folder}.former`;
  if (existsSync(place)) renameSync(place, former);
  renameSync(folder, place);
  rmSync(former, { recursive: true, force: true });
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const path of [...SETTINGS, ...sourceFiles()])
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(repositoryRoot, path)))
      .update("\n");
  return hash.digest("hex");
}

function sourceFiles() {
  return SOURCE_FOLDERS.flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(repositoryRoot.length + 1)),
  ).sort();
}

function readStamp() {
  try {
    return readFileSync(join(repositoryRoot, "dist", STAMP), "utf8");
  } catch {
    return undefined;
  }
}
