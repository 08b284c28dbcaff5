/** What users get: the packed package, installed into an empty folder as npm does it. Uses dist/ as it is (`npm run build`). */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
jest.setTimeout(180_000);

let folder: string;
let packed: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "packed-package-"));
  const pack = runOrThrow("npm", ["pack", ROOT, "--ignore-scripts", "--json", "--loglevel=error"]);
  const [{ filename, files }] = JSON.parse(pack);
  packed = files.map(({ path }: { path: string }) => path);
  writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true }');
  const quick = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  runOrThrow("npm", ["install", "--omit=peer", "--legacy-peer-deps", ...quick, `./${filename}`]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the archive", () => {
  test("has the built sources, the description, and nothing else at its top", () => {
    const texts = ["CHANGELOG.md", "LICENSE", "README.md"].filter((name) => existsSync(join(ROOT, name)));
    const top = [...new Set(packed.map((path) => path.split("/")[0]))].sort();
    expect(top).toEqual([...texts, "dist", "package.json"].sort());
  });

  test("has five folders of JavaScript with types, the runner, and the licences of what is bundled", () => {
    const built = packed.filter((path) => path.startsWith("dist/"));
    expect([...new Set(built.map((path) => path.split("/")[1]))].sort()).toEqual([
      "cli",
      "constructs",
      "core",
      "provider",
      "simulator",
    ]);
    expect(built.filter((path) => !/[.](js|d[.]ts)$/.test(path))).toEqual([
      "dist/constructs/lambda/LICENSES.txt",
      "dist/core/guest/runner.sh",
    ]);
  });

  test("has no tests, no source maps, and no file of a build tool", () => {
    expect(packed.filter((path) => /(^|\/)tests?\/|[.]test[.]|[.]map$|tsbuildinfo|built-from/.test(path))).toEqual([]);
  });

  test("has the runner byte for byte", () => {
    const installed = readFileSync(join(folder, "node_modules/azure-run-command/dist/core/guest/runner.sh"));
    expect(installed.equals(readFileSync(join(ROOT, "core/guest/runner.sh")))).toBe(true);
  });
});

describe("without any peer", () => {
  test("no peer is installed", () => {
    for (const peer of ["@pulumi", "aws-cdk-lib", "constructs"])
      expect(existsSync(join(folder, "node_modules", peer))).toBe(false);
  });

  test("the code that the provider process loads can be loaded, and has every method", () => {
    const loaded = node('console.log(Object.keys(require("azure-run-command/provider/lifecycle")).sort().join(" "))');
    expect(loaded).toBe("check configure create delete diff read update\n");
  });

  test("azure-run-command --version prints the version", () => {
    expect(run("npx", ["--no-install", "azure-run-command", "--version"])).toMatchObject({
      exitCode: 0,
      stdout: `${VERSION}\n`,
    });
  });

  test("azure-run-command simulate --help says how to use it", () => {
    const { exitCode, stdout } = run("npx", ["--no-install", "azure-run-command", "simulate", "--help"]);
    expect(stdout).toContain("Usage: azure-run-command simulate [options]");
    expect(exitCode).toBe(0);
  });

  test("simulate has --env-file for itself, although Node.js 20 has an option of that name", () => {
    const command = join(folder, "node_modules/.bin/azure-run-command");
    const { exitCode, stderr } = run(command, ["simulate", "--env-file", "nowhere.env", "--port", "x"]);
    expect(stderr).not.toContain("nowhere.env: not found");
    expect(stderr).toContain("--port");
    expect(exitCode).toBe(2);
  });
});

describe("with @pulumi/pulumi, and without aws-cdk-lib", () => {
  const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as azureRunCommand from "azure-run-command";

const prepare = new azureRunCommand.RunCommand(
  "prepare",
  { resourceGroupName: "rg", vmName: pulumi.output("vm1"), script: new pulumi.asset.StringAsset("uptime"), triggers: [1] },
  { protect: true },
);
new azureRunCommand.RunCommandExtension("works", { virtualMachineId: prepare.virtualMachineId, triggers: [prepare.runId] });
export const labels: pulumi.Output<(string | undefined)[]> = azureRunCommand
  .getRunCommandDocumentsOutput({ location: pulumi.output("westeurope") })
  .apply((documents) => documents.map(({ label }) => label));
export const stdout: pulumi.Output<string> = prepare.stdout;
export const next: pulumi.Output<number> = prepare.exitCode.apply((exitCode) => exitCode + 1);
`;
  /** As `pulumi new typescript` writes it; the resolution differs. */
  const TEMPLATE = {
    strict: true,
    outDir: "bin",
    target: "es2020",
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  };

  beforeAll(() => {
    for (const name of ["@pulumi", "@types"]) {
      rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    }
  });

  test("the package can be loaded, and exports its resources and functions", () => {
    expect(node('console.log(Object.keys(require("azure-run-command")).sort().join(" "))')).toBe(
      "RunCommand RunCommandExtension RunCommandFleet getRunCommandDocument getRunCommandDocumentOutput getRunCommandDocuments getRunCommandDocumentsOutput getRunCommandOutput\n",
    );
  });

  test("an ES module finds the same names", () => {
    const code = 'import { RunCommand } from "azure-run-command"; console.log(RunCommand.name);';
    expect(runOrThrow(process.execPath, ["--input-type=module", "--eval", code])).toBe("RunCommand\n");
  });

  test.each([
    { module: "commonjs", moduleResolution: "node" },
    { module: "node16", moduleResolution: "node16" },
    { module: "esnext", moduleResolution: "bundler" },
  ])("TypeScript compiles a program with moduleResolution $moduleResolution", (resolution) => {
    expect(compile(PROGRAM, resolution)).toEqual({ exitCode: 0, output: "" });
  });

  test("TypeScript refuses an input that does not exist, so the types are not any", () => {
    const { exitCode, output } = compile(PROGRAM.replace("vmName:", "virtualMachine:"), { moduleResolution: "node" });
    expect(output).toContain("'virtualMachine' does not exist in type 'RunCommandArgs'");
    expect(exitCode).not.toBe(0);
  });

  function compile(program: string, resolution: object): { exitCode: number | null; output: string } {
    const project = join(folder, "project");
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, "index.ts"), program);
    const compilerOptions = { ...TEMPLATE, module: "commonjs", ...resolution, types: ["node"], pretty: false };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["index.ts"] }));
    const { exitCode, stdout } = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project]);
    return { exitCode, output: stdout };
  }
});

function node(code: string): string {
  return runOrThrow(process.execPath, ["--eval", code]);
}

function runOrThrow(command: string, args: readonly string[]): string {
  const { exitCode, stdout, stderr } = run(command, args);
  if (exitCode !== 0) throw new Error(`'${command} ${args.join(" ")}' ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
}

function run(command: string, args: readonly string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  return { exitCode: status, stdout, stderr };
}
