/** What users get: the packed package, installed into an empty folder as npm does it. Uses dist/ as it is (`npm run build`). */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Page, readPages } from "../docs/pages";
import { compileCache } from "../e2e/support/compiled-code";
import { engineFolder } from "../e2e/support/engine";
import { endMarked, type Running, start } from "../e2e/support/processes";
import { firstSteps } from "./first-steps";

const ROOT = join(__dirname, "../..");
const MANIFEST: { version: string; files: readonly string[] } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);
/** Source: our own choice: an installation should not feel it; the code of the Lambda functions is a third of it. */
const PACKED_MAX_BYTES = 1_500_000;
jest.setTimeout(900_000);

let folder: string;
let archive: string;
let packedBytes: number;
let packed: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "packed-package-"));
  const pack = runOrThrow("npm", ["pack", ROOT, "--ignore-scripts", "--json", "--loglevel=error"]);
  const [{ filename, files, size }] = JSON.parse(pack);
  archive = join(folder, filename);
  packedBytes = size;
  packed = files.map(({ path }: { path: string }) => path);
  writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true }');
  const quick = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  runOrThrow("npm", ["install", "--omit=peer", "--legacy-peer-deps", ...quick, `./${filename}`]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the archive", () => {
  test("has what package.json names, what npm adds to that, and nothing else at its top", () => {
    const named = MANIFEST.files.filter((name) => !name.startsWith("!"));
    const top = [...new Set(packed.map((path) => path.split("/")[0]))].sort();
    expect(top).toEqual([...new Set([...named, "LICENSE", "README.md", "package.json"])].sort());
  });

  test("has six folders of JavaScript with types, the runner, the simulator's page, and the licences of what is bundled", () => {
    const built = packed.filter((path) => path.startsWith("dist/"));
    expect([...new Set(built.map((path) => path.split("/")[1]))].sort()).toEqual([
      "azure-native",
      "cli",
      "constructs",
      "core",
      "provider",
      "simulator",
    ]);
    const others = built.filter((path) => !/[.](js|d[.]ts)$/.test(path));
    expect(others.filter((path) => !path.startsWith("dist/simulator/page/browser/"))).toEqual([
      "dist/constructs/lambda/LICENSES.txt",
      "dist/core/guest/runner.sh",
    ]);
  });

  test("has no tests, no source maps, and no file of a build tool", () => {
    expect(packed.filter((path) => /(^|\/)tests?\/|[.]test[.]|[.]map$|tsbuildinfo|built-from/.test(path))).toEqual([]);
  });

  test("has what its README and its documents link to, but for how to contribute", () => {
    const there = new Set(packed.flatMap((path) => [path, dirname(path)]));
    const documents = readPages().filter(({ path }) => packed.includes(path));
    const leaving = documents.flatMap(({ path: from, links }) =>
      links
        .map(({ href }) => href.split("#")[0] ?? "")
        .filter((href) => href !== "" && !href.startsWith("https://"))
        .map((href) => join(dirname(from), href))
        .filter((path) => !there.has(path) && path !== "CONTRIBUTING.md")
        .map((path) => `${from}: ${path}`),
    );
    expect(leaving).toEqual([]);
  });

  test("is small", () => expect(packedBytes).toBeLessThan(PACKED_MAX_BYTES));

  test("has the runner byte for byte", () => {
    const installed = readFileSync(join(folder, "node_modules/azure-run-command/dist/core/guest/runner.sh"));
    expect(installed.equals(readFileSync(join(ROOT, "core/guest/runner.sh")))).toBe(true);
  });
});

describe("what checks packages", () => {
  const tool = (name: string, ...args: readonly string[]) => run(join(ROOT, "node_modules/.bin", name), args);

  test("Are The Types Wrong finds types for each entry point, in every way in which TypeScript resolves modules", () => {
    const { stdout } = tool("attw", archive, "--format", "json", "--no-color");
    const { analysis, problems } = JSON.parse(stdout) as {
      analysis: { entrypoints: Readonly<Record<string, { resolutions: object }>> };
      problems?: object;
    };
    expect(problems ?? {}).toEqual({});
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(
      [".", "./azure-native", "./constructs", "./package.json", "./provider/lifecycle"].sort(),
    );
    for (const { resolutions } of Object.values(analysis.entrypoints))
      expect(Object.keys(resolutions).sort()).toEqual(["bundler", "node10", "node16-cjs", "node16-esm"]);
  });

  test("publint has nothing to say, not even to suggest", () => {
    const { exitCode, stdout } = tool("publint", "run", archive, "--strict");
    expect(stdout).toContain("All good!");
    expect(exitCode).toBe(0);
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
      stdout: `${MANIFEST.version}\n`,
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

  beforeAll(linkPulumi);

  test("the package can be loaded, and exports its resources and functions", () => {
    expect(node('console.log(Object.keys(require("azure-run-command")).sort().join(" "))')).toBe(
      "RunCommand RunCommandExtension RunCommandFleet getRunCommandDocument getRunCommandDocumentOutput getRunCommandDocuments getRunCommandDocumentsOutput getRunCommandOutput\n",
    );
  });

  test("an ES module finds the same names", () => {
    const code = 'import { RunCommand } from "azure-run-command"; console.log(RunCommand.name);';
    expect(runOrThrow(process.execPath, ["--input-type=module", "--eval", code])).toBe("RunCommand\n");
  });

  /** What Are The Types Wrong has seen resolved is compiled here: `bundler` finds what `node16` finds. */
  test.each([
    { module: "commonjs", moduleResolution: "node" },
    { module: "node16", moduleResolution: "node16" },
  ])(
    "TypeScript compiles a program with moduleResolution $moduleResolution, and refuses an input that does not exist",
    (resolution) => {
      const { exitCode, output } = compile(resolution, {
        "index.ts": PROGRAM,
        "wrong.ts": PROGRAM.replace("vmName:", "nameOfVm:"),
      });
      expect(output).toMatch(
        /^project\/wrong[.]ts\(7,\d+\): error TS2353: .*'nameOfVm' does not exist in type 'RunCommandArgs'[.]\n$/,
      );
      expect(exitCode).toBe(2);
    },
  );

  function compile(
    resolution: object,
    files: Readonly<Record<string, string>>,
  ): { exitCode: number | null; output: string } {
    const project = join(folder, "project");
    mkdirSync(project, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
    const compilerOptions = { ...TEMPLATE, module: "commonjs", ...resolution, types: ["node"], pretty: false };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    const { exitCode, stdout } = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project]);
    return { exitCode, output: stdout };
  }
});

describe("what the README tells somebody new to do", () => {
  const steps = firstSteps(readPages().find(({ path }) => path === "README.md") as Page);
  const MARK = `newcomer-${process.pid}`;

  /** As in a terminal of theirs, where nobody is to be asked. */
  function inTerminal(commands: string, timeoutMs = 300_000): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(ARM|AZURE|PULUMI|npm)_/.test(name));
    const environment = {
      ...Object.fromEntries(inherited),
      ...compileCache(),
      PATH: `${engineFolder()}${delimiter}${process.env.PATH}`,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_SKIP_CONFIRMATIONS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    return start("bash", ["-ec", commands], { cwd: folder, environment, mark: MARK, timeoutMs });
  }

  async function type(commands: string): Promise<string> {
    const { exitCode, output, stdout } = await inTerminal(`${steps.enter}\n${commands}`).ended;
    if (exitCode !== 0) throw new Error(`'${commands}' ended with ${exitCode}:\n${output}`);
    return stdout;
  }

  const outputs = async () => JSON.parse(await type("pulumi stack output --json"));

  beforeAll(linkPulumi);
  afterAll(() => endMarked(MARK));

  test("its program runs its script once, again after a change, and leaves nothing on the VM in the end", async () => {
    for (const [name, text] of Object.entries(steps.files)) writeFileSync(join(folder, name), text);
    // Its end is that of the test, however long that takes.
    const simulator = inTerminal(steps.simulate, 3_600_000);
    await simulator.waitForOutput(/clients find their variables in 'azure[.]env'/, 120_000);

    const ups = await type(steps.deploy);
    expect(ups).toContain("+ 2 created");
    expect(ups.split("+ 2 created")[1]).toContain("2 unchanged");
    const kernel = expect.stringMatching(/^[0-9]+[.]/);
    expect(await outputs()).toEqual({ exitCode: 0, outputs: { kernel }, stdout: steps.stdout });

    writeFileSync(join(folder, "prepare.sh"), steps.files["prepare.sh"]?.replace("prepared", "changed") ?? "");
    expect(await type("pulumi up --skip-preview")).toContain("an update runs the script: 'script' changed");
    expect(await outputs()).toMatchObject({ exitCode: 0, stdout: steps.stdout.replace("prepared", "changed") });

    expect(await type("pulumi destroy --skip-preview")).toContain(
      "the extension RunCommandLinux was removed from 'vm1'",
    );
  });
});

/** In place of its installation, which would take its time. */
function linkPulumi(): void {
  for (const name of ["@pulumi", "@types"]) {
    rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
}

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
