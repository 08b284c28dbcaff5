/** What all examples of a Pulumi program have in common, whatever they show. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./support/engine";
import { filesOf } from "./support/examples";

const FOLDER = join(ROOT, "examples");
/** With a project of its own; the quick start is run from the repository's root. */
const examples = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, "Pulumi.yaml")));

interface PackageJson {
  readonly name: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Required<PackageJson>;

test("they are there", () => {
  expect(examples).toEqual(expect.arrayContaining(["ci", "post-deploy", "provisioning", "teardown"]));
});

test.each(examples)("'%s' is a project of its own, which a stranger can copy", (name) => {
  const files = filesOf(name);
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(["Pulumi.yaml", "README.md", "index.ts", "package.json", "tsconfig.json"]),
  );
  expect(parse(files["Pulumi.yaml"] ?? "")).toMatchObject({ name, runtime: { name: "nodejs" } });
  const { name: packageName, dependencies = {} } = JSON.parse(files["package.json"] ?? "") as PackageJson;
  expect(packageName).toBe(name);
  // Below 1.0 the second number says what fits together.
  expect(dependencies["azure-run-command"]?.split(".").slice(0, 2)).toEqual(`^${own.version}`.split(".").slice(0, 2));
  const programs = Object.entries(files).filter(([path]) => path.endsWith(".ts"));
  const imported = programs.flatMap(([, text]) => [...text.matchAll(/from "([^"]+)"/g)].map(([, from = ""]) => from));
  const packages = imported
    .filter((from) => !/^(\.\/|node:)/.test(from))
    .map((from) => /^(@[^/]+\/)?[^/]+/.exec(from)?.[0]);
  expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
});

const RELEASED = !/^## 0\.1\.0 \(not released\)$/m.test(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"));
const UNTIL_RELEASED =
  "(Until 0.1.0 is released, `npm ci` and `npm pack` in a clone of the repository make a file; `npm install` that file first.)";

test.each([...examples, "cdk-join-fleet"])(
  "'%s' says how it is installed as long as the registry does not have it",
  (name) => {
    expect(filesOf(name)["README.md"]?.includes(`\n\n${UNTIL_RELEASED}\n\n`)).toBe(!RELEASED);
  },
);

test.each(examples)("'%s' is run by a test, on the real engine", (name) => {
  expect(existsSync(join(__dirname, `example-${name}.test.ts`))).toBe(true);
});

test.each(examples)("the scripts of '%s' can be run by hand", (name) => {
  const scripts = Object.keys(filesOf(name)).filter((path) => path.endsWith(".sh"));
  expect(scripts.filter((path) => (statSync(join(FOLDER, name, path)).mode & 0o111) === 0)).toEqual([]);
});
