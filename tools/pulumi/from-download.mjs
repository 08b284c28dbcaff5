// Downloads the official Pulumi release, and takes it only when its checksum is the published one.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "../run.mjs";
import { ENGINE, ENGINE_VERSION } from "./versions.mjs";

/** A mirror can be named by this variable. */
const RELEASES_VARIABLE = "AZURE_RUN_COMMAND_PULUMI_RELEASES";
const RELEASES = "https://get.pulumi.com/releases/sdk";
/** Where the host cannot be reached at all, that must not cost much time. */
const FIRST_ANSWER_TIMEOUT_MS = 5_000;
/** A download that brings nothing for so long has ended. */
const STALL_TIMEOUT_MS = 20_000;

/**
 * Puts the programs of the release into `folder`, which is there and empty.
 *
 * @param {string} folder
 * @param {(line: string) => void} say
 */
export async function downloadInto(folder, say) {
  const releases = process.env[RELEASES_VARIABLE] ?? RELEASES;
  const name = archiveName(ENGINE_VERSION);
  const published = await readChecksum(`${releases}/pulumi-${ENGINE_VERSION}-checksums.txt`, name);
  const archive = join(folder, name);
  say(`downloading ${releases}/${name} (about 100 MB)`);
  await download(`${releases}/${name}`, archive);
  const actual = await sha256Of(archive);
  if (actual !== published)
    throw new Error(`${name} has the SHA-256 ${actual}, but ${published} is published; it is not used`);
  await run("tar", ["-xzf", archive, "-C", folder]);
  rmSync(archive);
  lift(folder);
}

function archiveName(version) {
  const architecture = { x64: "x64", arm64: "arm64" }[process.arch];
  const system = { linux: "linux", darwin: "darwin" }[process.platform];
  if (architecture === undefined || system === undefined)
    throw new Error(`there is no official Pulumi release for ${process.platform} on ${process.arch}`);
  return `pulumi-v${version}-${system}-${architecture}.tar.gz`;
}

async function readChecksum(url, name) {
  const response = await ask(url, AbortSignal.timeout(FIRST_ANSWER_TIMEOUT_MS));
  for (const line of (await response.text()).split("\n")) {
    const [checksum, file] = line.trim().split(/\s+\*?/);
    if (file === name) return checksum;
  }
  throw new Error(`${url} has no checksum of ${name}`);
}

async function download(url, file) {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), FIRST_ANSWER_TIMEOUT_MS);
  const watch = new Transform({
    transform(chunk, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), STALL_TIMEOUT_MS);
      done(null, chunk);
    },
  });
  try {
    const response = await ask(url, stalled.signal);
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file), { signal: stalled.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function ask(url, signal) {
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (fault) {
    throw new Error(`${url} cannot be reached: ${fault.cause?.code ?? fault.message}`, { cause: fault });
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function sha256Of(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** The archive has the programs in `pulumi/`, older ones in `pulumi/bin/`. */
function lift(folder) {
  const inside = ["pulumi/bin", "pulumi"]
    .map((path) => join(folder, path))
    .find((path) => existsSync(join(path, ENGINE)));
  if (inside === undefined) throw new Error("the release has no program 'pulumi' in it");
  const unpacked = `${folder}/unpacked`;
  renameSync(inside, unpacked);
  rmSync(join(folder, "pulumi"), { recursive: true, force: true });
  for (const name of readdirSync(unpacked)) renameSync(join(unpacked, name), join(folder, name));
  rmSync(unpacked, { recursive: true });
}
