// After `npm install` from a registry that lacks packages of other platforms: names these packages in the lock file all the
// same. npm leaves them out, and `npm ci` then refuses the lock file on every platform. Their integrity stays unknown.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./pulumi/versions.mjs";

const OPERATING_SYSTEMS = ["android", "darwin", "linux", "win32", "freebsd", "openharmony"];
const PROCESSORS = ["arm64", "x64", "ia32", "arm", "ppc64", "s390x", "loong64", "riscv64"];

const path = join(repositoryRoot, "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const before = Object.keys(lock.packages).length;
for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies)) addUnlessThere(parent, name, version, dev);

/** The order in which npm itself writes them. */
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${sorted.length - before} packages of other platforms added\n`);

function addUnlessThere(parent, name, version, dev) {
  const place = `node_modules/${name}`;
  if (lock.packages[place] !== undefined || lock.packages[`${parent}/${place}`] !== undefined) return;
  const words = name.split("/").at(-1).split("-");
  const os = OPERATING_SYSTEMS.filter((word) => words.includes(word));
  const cpu = PROCESSORS.filter((word) => words.includes(word));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`for which platform is ${name}, which ${parent} may need?`);
  const ofDevelopment = dev === true ? { dev } : {};
  lock.packages[place] = { version, cpu, ...ofDevelopment, ...libraryOf(words, os[0]), optional: true, os };
}

function libraryOf(words, os) {
  if (os !== "linux") return {};
  if (words.some((word) => word.startsWith("musl"))) return { libc: ["musl"] };
  return words.some((word) => word.startsWith("gnu")) ? { libc: ["glibc"] } : {};
}
