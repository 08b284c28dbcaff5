/** The compiled command line as a process, and the guests of a simulator that was started so. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:https";

export interface CliProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stdoutBytes: () => Buffer;
  readonly stderr: () => string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** With nothing of this process's environment but its path. */
export function startCli(
  main: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): CliProcess {
  const child = spawn(process.execPath, ["--", main, ...args], { env: { PATH: process.env.PATH, ...environment } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk) => stdout.push(chunk));
  child.stderr?.on("data", (chunk) => stderr.push(chunk));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal })),
  );
  return {
    child,
    stdout: () => Buffer.concat(stdout).toString(),
    stdoutBytes: () => Buffer.concat(stdout),
    stderr: () => Buffer.concat(stderr).toString(),
    ended,
  };
}

/** Waits for the first line on stdout. @throws when it ended before. */
export function firstLine({ child, stdout, stderr, ended }: CliProcess): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => stdout().includes("\n") && resolve(stdout()));
    void ended.then(() => reject(new Error(`it ended: ${stderr()}`)));
  });
}

/** What `--env-file` has. */
export function readEnvironment(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, "utf8").matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value]));
}

/** Runs a command in a guest by the admin interface. @returns its stdout, or what kept it from that. */
export async function execInGuest(
  environment: Readonly<Record<string, string>>,
  vm: string,
  argv: readonly string[],
): Promise<string> {
  const { status, body } = await askAdmin(environment, "POST", `/vms/${vm}/exec`, { argv });
  return status === 200 ? Buffer.from(JSON.parse(body).stdout, "base64").toString() : `${status} ${body}`;
}

/** Asks the admin interface of a simulator. */
export function askAdmin(
  environment: Readonly<Record<string, string>>,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body: unknown,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const {
    ARM_METADATA_HOSTNAME: host,
    AZURE_RUN_COMMAND_SIMULATOR_KEY: key = "",
    NODE_EXTRA_CA_CERTS: ca = "",
  } = environment;
  return new Promise((resolve, reject) => {
    const call = request(
      `https://${host}/_simulator${path}`,
      {
        method,
        ca: readFileSync(ca),
        agent: false,
        headers: { "x-simulator-key": key, "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, body: text }));
      },
    );
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}
