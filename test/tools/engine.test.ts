/** `npm run engine` on machines that have this or that: programs of the name `pulumi` and `go` stand in for the real ones. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
const ENGINE_SAYS_3_220 = "echo v3.220.0";
/** Writes the program that is asked for, and a line for each time that it is asked. */
const GO = `
case $1 in
  version) echo "go version go1.26.8 linux/amd64" ;;
  build)
    echo "$PWD" >> "$GO_LOG"
    sleep "\${GO_SLEEP:-0}"
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v3.220.0\\n' > "$2"
    chmod 755 "$2" ;;
esac`;
jest.setTimeout(60_000);

let machine: string;
let bin: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "engine-"));
  bin = join(machine, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  for (const name of ["sh", "tar", "gzip", "sleep", "chmod"]) symlinkSync(findProgram(name), join(bin, name));
});

afterEach(() => rmSync(machine, { recursive: true, force: true }));

describe("an engine on the PATH", () => {
  test("is used where it is, when all three programs lie together", () => {
    for (const name of PROGRAMS) program(name, ENGINE_SAYS_3_220);
    expect(engine()).toEqual({ exitCode: 0, folder: bin, stderr: "" });
  });

  test("gets a folder with all three, when the wrapper of dynamic providers is not beside it", () => {
    program("pulumi", ENGINE_SAYS_3_220);
    program("pulumi-language-nodejs", "");
    const { exitCode, folder, stderr } = engine();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(folder).toMatch(/\/cache\/azure-run-command\/engine-on-path-[0-9a-f]{12}$/);
    expect(readdirSync(folder).sort()).toEqual(PROGRAMS);
    expect(engine().folder).toBe(folder);
  });

  test.each([
    {
      when: "it is too old",
      text: "echo v3.100.0",
      because: "is version 3.100.0, older than 3.220.0, the oldest that has been tried",
    },
    { when: "it does not run", text: "exit 7", because: "version' ended with 7 and named no version" },
    {
      when: "it has no language host",
      text: ENGINE_SAYS_3_220,
      because: "no 'pulumi-language-nodejs' beside it or on the PATH",
    },
  ])("is not used when $when, and the reason is said", ({ text, because }) => {
    program("pulumi", text);
    program("go", GO);
    const { exitCode, folder, stderr } = engine();
    expect(exitCode).toBe(0);
    expect(folder).toContain("/cache/azure-run-command/engine-3.220.0-");
    expect(stderr).toContain(because);
  });
});

describe("without an engine on the PATH", () => {
  test("it is built from its modules, each in its own, and the next call finds it", () => {
    program("go", GO);
    const { exitCode, folder } = engine();
    expect(exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(PROGRAMS);
    expect(builds()).toEqual([join(ROOT, "tools/pulumi/language-nodejs"), join(ROOT, "tools/pulumi/engine")]);
    expect(engine()).toEqual({ exitCode: 0, folder, stderr: "" });
    expect(builds()).toHaveLength(2);
    expect(readdirSync(join(folder, ".."))).toHaveLength(1);
  });

  test("the wrapper of dynamic providers is the SDK's own", () => {
    program("go", GO);
    const wrapper = readFileSync(join(engine().folder, "pulumi-resource-pulumi-nodejs"));
    expect(wrapper.equals(readFileSync(join(ROOT, "node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs")))).toBe(
      true,
    );
  });

  test("two calls at once build it once", async () => {
    program("go", GO);
    const both = await Promise.all([started({ GO_SLEEP: "1" }), started({ GO_SLEEP: "1" })].map(endOf));
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(new Set(both.map(({ folder }) => folder)).size).toBe(1);
    expect(builds()).toHaveLength(2);
    // The other one waits, unless the first has ended before it looks.
    const waited = both.filter(({ stderr }) => /process \d+ is getting the engine at this moment/.test(stderr));
    expect(waited.length).toBeLessThanOrEqual(1);
  });

  test("a killed build leaves nothing that is taken for an engine, and does not stop the next one", async () => {
    program("go", GO);
    const killed = started({ GO_SLEEP: "30" });
    await until(() => builds().length === 1);
    process.kill(-(killed.pid ?? 0), "SIGKILL");
    await endOf(killed);
    const cache = join(machine, "cache/azure-run-command");
    expect(readdirSync(cache).filter((name) => /^engine-3[.]220[.]0-[0-9a-f]{12}$/.test(name))).toEqual([]);

    const { exitCode, folder } = engine();
    expect(exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(PROGRAMS);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("a build that fails shows what Go said, and leaves nothing", () => {
    program(
      "go",
      'case $1 in version) echo "go version go1.26.8 linux/amd64" ;; *) echo "no such module"; exit 1 ;; esac',
    );
    const { exitCode, folder, stderr } = engine();
    expect({ exitCode, folder }).toEqual({ exitCode: 1, folder: "" });
    expect(stderr).toContain("ended with 1; it printed:\nno such module");
    expect(readdirSync(join(machine, "cache/azure-run-command"))).toEqual([]);
  });

  test.each([
    { when: "there is no Go", text: undefined, seen: "no 'go' is on the PATH" },
    { when: "Go is too old", text: "echo go version go1.19.8 linux/amd64", seen: "'go' on the PATH is 1.19.8" },
  ])("one sentence says what to install when $when", ({ text, seen }) => {
    if (text !== undefined) program("go", text);
    const { exitCode, stderr } = engine();
    expect(exitCode).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      `engine: ${seen}, and building the engine needs Go 1.21 or newer: install Go, or put 'pulumi' 3.220.0 or newer on the PATH, then try again`,
    );
  });
});

describe("the official download", () => {
  const archiveName = `pulumi-v3.220.0-${process.platform}-${process.arch}.tar.gz`;
  let server: Server;
  let releases: string;
  let answers: Record<string, Buffer | string>;

  beforeEach(async () => {
    answers = {};
    server = createServer(({ url }, response) => {
      const answer = answers[url?.slice(1) ?? ""];
      response.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => server.close());

  test("is used when its checksum is the published one; nothing is built", async () => {
    const archive = makeArchive();
    answers = { [archiveName]: archive, "pulumi-3.220.0-checksums.txt": `${sha256(archive)}  ${archiveName}\n` };
    const { exitCode, folder } = await endOf(started({ AZURE_RUN_COMMAND_PULUMI_RELEASES: releases }));
    expect(exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(PROGRAMS);
  });

  test("is refused when its checksum is another, and the engine is built", async () => {
    program("go", GO);
    const archive = makeArchive();
    answers = { [archiveName]: archive, "pulumi-3.220.0-checksums.txt": `${sha256("other")}  ${archiveName}\n` };
    const { exitCode, stderr } = await endOf(started({ AZURE_RUN_COMMAND_PULUMI_RELEASES: releases }));
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      `no download: ${archiveName} has the SHA-256 ${sha256(archive)}, but ${sha256("other")} is published; it is not used`,
    );
    expect(builds()).toHaveLength(2);
  });

  test("is not tried without a list of checksums", async () => {
    program("go", GO);
    answers = { [archiveName]: makeArchive() };
    const { stderr } = await endOf(started({ AZURE_RUN_COMMAND_PULUMI_RELEASES: releases }));
    expect(stderr).toContain(`no download: ${releases}/pulumi-3.220.0-checksums.txt answered 404`);
    expect(builds()).toHaveLength(2);
  });

  function makeArchive(): Buffer {
    const content = join(machine, "content");
    mkdirSync(join(content, "pulumi"), { recursive: true });
    for (const name of PROGRAMS) executable(join(content, "pulumi", name), ENGINE_SAYS_3_220);
    spawnSync("tar", ["-czf", join(machine, "archive"), "-C", content, "pulumi"]);
    return readFileSync(join(machine, "archive"));
  }
});

function engine(): { exitCode: number | null; folder: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/engine.mjs")], {
    env: environment(),
    encoding: "utf8",
  });
  return { exitCode: status, folder: stdout.trimEnd(), stderr };
}

function started(more: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [join(ROOT, "tools/engine.mjs")], {
    env: { ...environment(), ...more },
    detached: true,
  });
}

function endOf(child: ChildProcess): Promise<{ exitCode: number | null; folder: string; stderr: string }> {
  const seen = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    seen.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    seen.stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on("close", (exitCode) => resolve({ exitCode, folder: seen.stdout.trimEnd(), stderr: seen.stderr }));
  });
}

/** Nothing listens at the address of the releases, unless a test says so. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: bin,
    HOME: machine,
    XDG_CACHE_HOME: join(machine, "cache"),
    GO_LOG: join(machine, "go.log"),
    AZURE_RUN_COMMAND_PULUMI_RELEASES: "http://127.0.0.1:9",
  };
}

function program(name: string, text: string): void {
  executable(join(bin, name), text);
}

function executable(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

function builds(): string[] {
  const log = join(machine, "go.log");
  return existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
}

function findProgram(name: string): string {
  return spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
}

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
