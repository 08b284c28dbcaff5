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
  /** What the imports in the other files lead to. */
  const TARGETS = Object.fromEntries(
    ["core", "provider", "constructs", "simulator", "cli", "test"].map((folder) => [
      `${folder}/target.ts`,
      "export const value = 1;\nexport type Type = 1;\n",
    ]),
  );
  const LAWFUL = {
    "provider/lawful.ts": 'import "../core/target"; import "@pulumi/pulumi"; import "node:fs";',
    "constructs/lawful.ts": 'import "../core/target"; import "aws-cdk-lib";',
    "cli/lawful.ts": 'import "../simulator/target";',
    "bench/lawful.ts":
      'import "../core/target"; import "../simulator/target"; import type { Type } from "../provider/target";',
    "provider/shim.ts":
      'import type { Type } from "../core/target"; import type * as p from "@pulumi/pulumi"; require("node:module");',
  };

  describe("in a tree with one fault of each kind", () => {
    const faults: { rule: string; when: string; file: string; text: string; to: string }[] = [
      { rule: "core-stands-alone", when: "core imports the provider", ...fault("core/a.ts", "provider") },
      { rule: "core-stands-alone", when: "core imports the simulator", ...fault("core/b.ts", "simulator") },
      {
        rule: "core-stands-alone",
        when: "core imports a type of the constructs",
        ...typeFault("core/c.ts", "constructs"),
      },
      { rule: "core-knows-no-engine", when: "core imports Pulumi", ...packageFault("core/d.ts", "@pulumi/pulumi") },
      { rule: "core-knows-no-engine", when: "core imports the CDK", ...packageFault("core/e.ts", "aws-cdk-lib") },
      {
        rule: "front-ends-are-apart",
        when: "the provider imports the constructs",
        ...fault("provider/a.ts", "constructs"),
      },
      {
        rule: "front-ends-are-apart",
        when: "the constructs import the provider",
        ...fault("constructs/a.ts", "provider"),
      },
      { rule: "simulator-stands-alone", when: "the simulator imports core", ...fault("simulator/a.ts", "core") },
      {
        rule: "simulator-stands-alone",
        when: "the simulator imports the provider",
        ...fault("simulator/b.ts", "provider"),
      },
      {
        rule: "nothing-shipped-imports-tests",
        when: "the command line imports a test's file",
        ...fault("cli/a.ts", "test"),
      },
      {
        rule: "nothing-shipped-imports-development-packages",
        when: "the provider imports jest",
        ...packageFault("provider/b.ts", "jest"),
      },
      {
        rule: "bench-measures-from-outside",
        when: "a bench imports the provider's source",
        ...fault("bench/a.ts", "provider"),
      },
      { rule: "shim-imports-types-only", when: "the shim imports a value", ...fault("provider/shim.ts", "core") },
      {
        rule: "no-cycles",
        when: "two files import each other",
        file: "core/f.ts",
        text: 'import "./g"; import type { F } from "./g"; export type G = F;',
        to: "core/g.ts",
      },
      {
        rule: "imports-can-be-found",
        when: "a path is misspelt",
        file: "core/h.ts",
        text: 'import "./nowhere";',
        to: "./nowhere",
      },
    ];
    let found: { exitCode: number | null; violations: string[] };

    beforeAll(() => {
      const files = Object.fromEntries(faults.map(({ file, text }) => [file, text]));
      found = cruise({ ...LAWFUL, ...files, "core/g.ts": 'import "./f"; export type F = 1;' });
    });

    test.each(faults)("$rule is broken when $when", ({ rule, file, to }) => {
      expect(found.violations).toContain(`${rule}: ${file} → ${to}`);
    });

    test("nothing else is, and the tool fails", () => {
      expect(found.violations).toHaveLength(faults.length);
      expect(found.exitCode).toBe(faults.length);
    });
  });

  test("nothing fails when the front ends import core, and the shim imports types", () => {
    expect(cruise(LAWFUL)).toEqual({ exitCode: 0, violations: [] });
  });

  function cruise(files: Record<string, string>): { exitCode: number | null; violations: string[] } {
    return inTree({ ...PACKAGES, ...TARGETS, ...files }, ["tsconfig.json", ".dependency-cruiser.cjs"], (folder) => {
      const cruiser = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
      const args = [cruiser, "--config", ".dependency-cruiser.cjs", "--output-type", "err"];
      const env = { ...process.env, NO_COLOR: "1" };
      const folders = ["core", "provider", "simulator", "cli", "constructs", "bench"];
      const { status, stdout } = spawnSync(process.execPath, [...args, ...folders], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      const violations = [...stdout.matchAll(/^ *error ([a-z-]+: \S+ →\s+\S+)/gm)].map(([, line = ""]) =>
        line.replace(/ →\s+/, " → ").replace(/ → node_modules\/(.*)\/index[.]js$/, " → $1"),
      );
      return { exitCode: status, violations };
    });
  }

  function fault(file: string, folder: string) {
    return { file, text: `import { value } from "../${folder}/target";\nvalue;`, to: `${folder}/target.ts` };
  }

  function typeFault(file: string, folder: string) {
    return {
      file,
      text: `import type { Type } from "../${folder}/target";\nexport type A = Type;`,
      to: `${folder}/target.ts`,
    };
  }

  function packageFault(file: string, name: string) {
    return { file, text: `import "${name}";`, to: name };
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
