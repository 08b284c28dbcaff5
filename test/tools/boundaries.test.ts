/** The rules of the design's layout hold because a tool fails without them: here each rule is broken once, in a tree of its own. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../..");
jest.setTimeout(60_000);

describe("dependency-cruiser", () => {
  const PACKAGES = {
    "node_modules/@pulumi/pulumi/package.json": '{"name":"@pulumi/pulumi","main":"index.js"}',
    "node_modules/@pulumi/pulumi/index.js": "",
    "node_modules/aws-cdk-lib/package.json": '{"name":"aws-cdk-lib","main":"index.js"}',
    "node_modules/aws-cdk-lib/index.js": "",
    "node_modules/jest/package.json": '{"name":"jest","main":"index.js"}',
    "node_modules/jest/index.js": "",
    "package.json": JSON.stringify({
      devDependencies: { "@pulumi/pulumi": "*", "aws-cdk-lib": "*", jest: "*" },
      peerDependencies: { "@pulumi/pulumi": "*", "aws-cdk-lib": "*" },
    }),
  };

  test.each<{ rule: string; when: string; files: Record<string, string> }>([
    { rule: "core-stands-alone", when: "core imports the provider", files: importing("core/a.ts", "provider/b.ts") },
    { rule: "core-stands-alone", when: "core imports the simulator", files: importing("core/a.ts", "simulator/b.ts") },
    {
      rule: "core-stands-alone",
      when: "core imports a type of the constructs",
      files: importingType("core/a.ts", "constructs/b.ts"),
    },
    { rule: "core-knows-no-engine", when: "core imports Pulumi", files: { "core/a.ts": 'import "@pulumi/pulumi";' } },
    { rule: "core-knows-no-engine", when: "core imports the CDK", files: { "core/a.ts": 'import "aws-cdk-lib";' } },
    {
      rule: "front-ends-are-apart",
      when: "the provider imports the constructs",
      files: importing("provider/a.ts", "constructs/b.ts"),
    },
    {
      rule: "front-ends-are-apart",
      when: "the constructs import the provider",
      files: importing("constructs/a.ts", "provider/b.ts"),
    },
    {
      rule: "simulator-stands-alone",
      when: "the simulator imports core",
      files: importing("simulator/a.ts", "core/b.ts"),
    },
    {
      rule: "simulator-stands-alone",
      when: "the simulator imports the provider",
      files: importing("simulator/a.ts", "provider/b.ts"),
    },
    {
      rule: "nothing-shipped-imports-tests",
      when: "the command line imports a test's file",
      files: importing("cli/a.ts", "test/b.ts"),
    },
    {
      rule: "nothing-shipped-imports-development-packages",
      when: "the provider imports jest",
      files: { "provider/a.ts": 'import "jest";' },
    },
    {
      rule: "shim-imports-types-only",
      when: "the shim imports a value of core",
      files: importing("provider/shim.ts", "core/b.ts"),
    },
    {
      rule: "shim-imports-types-only",
      when: "the shim imports a value of Pulumi",
      files: { "provider/shim.ts": 'import { b } from "@pulumi/pulumi"; b;' },
    },
    {
      rule: "no-cycles",
      when: "two files import each other",
      files: {
        "core/a.ts": 'import { b } from "./b";\nexport const a = 1;\nb;',
        "core/b.ts": 'import { a } from "./a";\nexport const b = 1;\na;',
      },
    },
    { rule: "imports-can-be-found", when: "a path is misspelt", files: { "core/a.ts": 'import "./nowhere";' } },
  ])("$rule fails when $when", ({ rule, files }) => {
    const { exitCode, violated } = cruise(files);
    expect(violated).toEqual([rule]);
    expect(exitCode).toBeGreaterThan(0);
  });

  test("nothing fails when the front ends import core, and the shim imports types", () => {
    const files = {
      ...importing("provider/a.ts", "core/b.ts"),
      ...importing("cli/a.ts", "simulator/b.ts"),
      ...importingType("provider/shim.ts", "core/b.ts"),
      "provider/c.ts": 'import "@pulumi/pulumi";',
      "constructs/c.ts": 'import "aws-cdk-lib"; import "node:crypto";',
    };
    expect(cruise(files)).toEqual({ exitCode: 0, violated: [] });
  });

  function cruise(files: Record<string, string>): { exitCode: number | null; violated: string[] } {
    const own = {
      ...Object.fromEntries(
        ["core", "provider", "simulator", "cli", "constructs"].map((f) => [`${f}/empty.ts`, "export {};"]),
      ),
    };
    return inTree({ ...PACKAGES, ...own, ...files }, ["tsconfig.json", ".dependency-cruiser.cjs"], (folder) => {
      const cruiser = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
      const folders = ["core", "provider", "simulator", "cli", "constructs"];
      const args = [cruiser, "--config", ".dependency-cruiser.cjs", "--output-type", "err", ...folders];
      const { status, stdout } = spawnSync(process.execPath, args, {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1" },
      });
      const violated = [...stdout.toString().matchAll(/^ *error ([a-z-]+):/gm)].map((line) => line[1] ?? "");
      return { exitCode: status, violated: [...new Set(violated)] };
    });
  }

  function importing(from: string, to: string): Record<string, string> {
    const path = `${"../".repeat(from.split("/").length - 1)}${to.replace(/[.]ts$/, "")}`;
    return { [to]: "export const b = 1;", [from]: `import { b } from "${path}";\nexport const a = b;` };
  }

  function importingType(from: string, to: string): Record<string, string> {
    const path = `${"../".repeat(from.split("/").length - 1)}${to.replace(/[.]ts$/, "")}`;
    return { [to]: "export type B = 1;", [from]: `import type { B } from "${path}";\nexport type A = B;` };
  }
});

describe("Biome", () => {
  const OUTSIDE_ONLY =
    "outside-only: only core/outside.ts touches the clock, randomness and the environment; take an `Outside` instead";

  test.each<{ rule: string; when: string; code: string }>([
    { rule: OUTSIDE_ONLY, when: "Date.now is called", code: "export const a = Date.now();\n" },
    { rule: OUTSIDE_ONLY, when: "Date.now is passed on", code: "export const a = [Date.now];\n" },
    { rule: OUTSIDE_ONLY, when: "new Date() reads the clock", code: "export const a = new Date();\n" },
    { rule: OUTSIDE_ONLY, when: "Math.random is called", code: "export const a = Math.random();\n" },
    { rule: OUTSIDE_ONLY, when: "process.env is read", code: "export const a = process.env.HOME;\n" },
    { rule: OUTSIDE_ONLY, when: "process is taken apart", code: "export const { env } = process;\n" },
    { rule: OUTSIDE_ONLY, when: "fetch hides behind globalThis", code: 'export const a = globalThis.fetch("x");\n' },
    { rule: OUTSIDE_ONLY, when: "an UUID is drawn", code: "export const a = crypto.randomUUID();\n" },
    { rule: "lint/style/noRestrictedGlobals", when: "fetch is called", code: 'export const a = fetch("x");\n' },
    {
      rule: "lint/style/noRestrictedGlobals",
      when: "a timer is set",
      code: "export const a = setTimeout(() => {}, 1);\n",
    },
    {
      rule: "lint/style/noRestrictedGlobals",
      when: "an interval is set",
      code: "export const a = setInterval(() => {}, 1);\n",
    },
    {
      rule: "lint/style/noRestrictedImports",
      when: "a timer is imported",
      code: 'import { setTimeout as delay } from "node:timers/promises";\n\nexport const a = delay(1);\n',
    },
    {
      rule: "lint/style/noRestrictedImports",
      when: "randomness is imported",
      code: 'import { randomBytes } from "node:crypto";\n\nexport const a = randomBytes(1);\n',
    },
    { rule: "lint/style/noDefaultExport", when: "something is exported without a name", code: "export default 1;\n" },
    { rule: "lint/performance/noReExportAll", when: "everything is exported", code: 'export * from "./b";\n' },
  ])("fails with $rule when $when, in core and in provider", ({ rule, code }) => {
    for (const path of ["core/a.ts", "provider/nested/a.ts"]) {
      const { exitCode, output } = lint({ [path]: code });
      expect(output).toContain(rule);
      expect(output).toContain("Found 1 error.");
      expect(exitCode).toBe(1);
    }
  });

  test.each<{ when: string; path: string; code: string }>([
    { when: "core/outside.ts reads the clock", path: "core/outside.ts", code: "export const a = Date.now();\n" },
    { when: "the simulator reads the clock", path: "simulator/a.ts", code: "export const a = Date.now();\n" },
    { when: "the command line reads the environment", path: "cli/a.ts", code: "export const a = process.env.HOME;\n" },
    { when: "core reads a time that it was given", path: "core/a.ts", code: "export const a = new Date(0);\n" },
    {
      when: "core makes a hash",
      path: "core/a.ts",
      code: 'import { createHash } from "node:crypto";\n\nexport const a = createHash("sha256");\n',
    },
  ])("finds nothing when $when", ({ path, code }) => {
    expect(lint({ [path]: code }).exitCode).toBe(0);
  });

  function lint(files: Record<string, string>): { exitCode: number | null; output: string } {
    return inTree(files, ["biome.json", ".gitignore", "tools/outside-only.grit"], (folder) => {
      const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
      const args = [biome, "lint", "--error-on-warnings", "--colors=off", "."];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder });
      return { exitCode: status, output: `${stdout}${stderr}` };
    });
  }
});

/** A temporary folder with these files, and with copies of some of the repository's. */
function inTree<T>(files: Record<string, string>, copies: readonly string[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "boundaries-"));
  const place = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  try {
    for (const [path, text] of Object.entries(files)) writeFileSync(place(path), text);
    for (const path of copies) copyFileSync(join(ROOT, path), place(path));
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
