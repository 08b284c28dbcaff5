/** The lock file works for everybody, wherever it was made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
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
