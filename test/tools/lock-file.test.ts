/** The lock file works for everybody, wherever it was made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { minVersion, satisfies } from "semver";

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly engines?: { readonly node?: string };
}

const lock: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(join(__dirname, "../../package-lock.json"), "utf8"),
);

test("the lock file names the packages of every platform, or npm ci refuses it (node tools/complete-lock-file.mjs)", () => {
  const missing = Object.entries(lock.packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${parent}/node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  const resolved = Object.entries(lock.packages).filter(([, locked]) => locked.resolved !== undefined);
  expect(resolved).toEqual([]);
});

// light-my-request, which fastify brings for its tests, is a dependency of ours for this alone: from 6.8 on it brings a cookie
// that refuses Node 20, and an override of ours would not hold for whoever installs this package.
test("whatever comes with this package takes the oldest Node that the package takes", () => {
  const oldest = minVersion(lock.packages[""]?.engines?.node ?? "") ?? "none";
  const refusing = Object.entries(lock.packages).flatMap(([path, { dev, devOptional, peer, engines }]) =>
    dev || devOptional || peer || satisfies(oldest, engines?.node ?? "*") ? [] : [`${path}: ${engines?.node}`],
  );
  expect([String(oldest), refusing]).toEqual(["20.0.0", []]);
});
