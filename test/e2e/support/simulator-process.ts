/** The simulator as users start it: the built command line, in a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TRUST_VARIABLES } from "../../../simulator/environment-file";
import { ROOT } from "./engine";
import { type Ended, endMarked, start } from "./processes";

export interface SimulatorOptions {
  /** @default the simulator's own: one VM, "vm1" */
  readonly vms?: readonly string[];
  /** @default "fast" */
  readonly timing?: "fast" | "realistic";
  /** Kept by the caller; else a temporary folder that `stop` removes. */
  readonly stateFolder?: string;
  /** More arguments of `simulate`. */
  readonly args?: readonly string[];
  /** @default 3,600,000: longer than any file of tests takes on any machine, and still an end for one that nobody stops. */
  readonly lifetimeMs?: number;
}

/** One ARM operation, as the simulator kept it. */
export interface SimulatedOperation {
  readonly id: string;
  readonly vm: string;
  readonly action: string;
  readonly commandId: string | null;
  readonly postedAt: string;
  readonly start: string;
  /** null while it runs. */
  readonly end: string | null;
  readonly status: string;
}

export interface Executed {
  /** undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a VM comes up; what is not said does not keep anybody waiting. */
export interface ComingUp {
  /** How long it is being created: power state starting, 409 for commands. */
  readonly startsAfterMs?: number;
  /** How long, after that, its agent takes to report; commands wait for it. */
  readonly agentReadyAfterMs?: number;
  readonly allowExtensionOperations?: boolean;
}

/** What is not said stays as it is. */
export interface AgentChange {
  /** NotReady: shown so; Silent: shown as ready. Neither runs a command; both end in a failed operation. */
  readonly status?: "Ready" | "NotReady" | "Silent";
  readonly version?: string;
  /** closed: scripts run, and their operations fail. */
  readonly outbound443?: "open" | "closed";
  /** How long Azure waits for the agent; milliseconds with the timing "fast". */
  readonly agentTimeoutMs?: number;
  readonly allowExtensionOperations?: boolean;
}

export interface Lock {
  /** The id of the subscription, a resource group or a VM. */
  readonly scope: string;
  readonly level: "ReadOnly" | "CanNotDelete";
  readonly notes?: string;
}

export interface CustomCommand {
  readonly id: string;
  readonly script: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[];
}

export interface SimulatorProcess {
  /** `https://localhost:…` */
  readonly endpoint: string;
  /** What a client needs to find and trust the simulator, from its env-file. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number;
  /** What the simulator printed. */
  output(): string;
  operations(): Promise<readonly SimulatedOperation[]>;
  requests(): Promise<readonly Record<string, unknown>[]>;
  /** Runs a program inside the guest, past Azure's ways. */
  exec(vm: string, argv: readonly string[], stdin?: string): Promise<Executed>;
  /** Makes a VM, in the place of one of that name. @returns its `vmId` */
  createVm(name: string, comingUp?: ComingUp): Promise<string>;
  setAgent(vm: string, change: AgentChange): Promise<void>;
  setLock(name: string, lock: Lock): Promise<void>;
  removeLock(name: string): Promise<void>;
  /** Takes the place of what was denied before; [] allows everything. */
  denyActions(actions: readonly string[]): Promise<void>;
  /** With its VMs, at once. */
  deleteGroup(name: string): Promise<void>;
  /** Adds a command to the catalogue. */
  addRunCommand(command: CustomCommand): Promise<void>;
  /** The id of a VM in the group `rg`; of that group; of the subscription. */
  readonly ids: { vm(name: string): string; readonly group: string; readonly subscription: string };
  /** One request to the simulator's own interface, below `/_simulator`. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<Ended>;
}

const READY_TIMEOUT_MS = 60_000;

export async function startSimulatorProcess(options: SimulatorOptions = {}): Promise<SimulatorProcess> {
  const folder = mkdtempSync(join(tmpdir(), "simulator-"));
  const environmentFile = join(folder, "environment");
  const args = [
    ...["simulate", "--env-file", environmentFile, "--timing", options.timing ?? "fast"],
    ...["--state", options.stateFolder ?? join(folder, "state")],
    ...(options.vms ?? []).flatMap((name) => ["--vm", name]),
    ...(options.args ?? []),
  ];
  const simulator = start(process.execPath, ["--", join(ROOT, "dist/cli/main.js"), ...args], {
    environment: withoutTrust(process.env),
    mark: folder,
    timeoutMs: options.lifetimeMs ?? 3_600_000,
  });
  const end = async (signal: NodeJS.Signals) => {
    simulator.kill(signal);
    const ended = await simulator.ended;
    endMarked(folder);
    rmSync(folder, { recursive: true, force: true });
    return ended;
  };
  try {
    const [endpoint] = await simulator.waitForOutput(/https:\/\/localhost:\d+/, READY_TIMEOUT_MS);
    const environment = readEnvironmentFile(environmentFile);
    const admin = adminClient(endpoint, environment);
    return {
      endpoint,
      environment,
      pid: simulator.pid,
      output: simulator.output,
      admin,
      operations: () => admin("GET", "operations") as Promise<readonly SimulatedOperation[]>,
      requests: () => admin("GET", "requests") as Promise<readonly Record<string, unknown>[]>,
      exec: (vm, argv, stdin) => execute(admin, vm, argv, stdin),
      ...situations(admin),
      ids: idsIn(`/subscriptions/${environment.ARM_SUBSCRIPTION_ID}`),
      stop: () => end("SIGTERM"),
    };
  } catch (fault) {
    await end("SIGKILL");
    throw fault;
  }
}

/**
 * Without this machine's own certificates (a company proxy's), so that the file of certificates has the simulator's root
 * alone: to read a hundred more takes every connection 40 ms of a core, and every start of Node as long.
 */
function withoutTrust(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !(TRUST_VARIABLES as readonly string[]).includes(name)),
  );
}

function idsIn(subscription: string): SimulatorProcess["ids"] {
  const group = `${subscription}/resourceGroups/rg`;
  return { vm: (name) => `${group}/providers/Microsoft.Compute/virtualMachines/${name}`, group, subscription };
}

type Situations = Pick<
  SimulatorProcess,
  "createVm" | "setAgent" | "setLock" | "removeLock" | "denyActions" | "deleteGroup" | "addRunCommand"
>;

function situations(admin: SimulatorProcess["admin"]): Situations {
  const change = async (method: string, path: string, body?: unknown): Promise<void> =>
    void (await admin(method, path, body));
  return {
    createVm: async (name, comingUp = {}) => ((await admin("PUT", `vms/${name}`, comingUp)) as { vmId: string }).vmId,
    setAgent: (vm, agent) => change("PUT", `vms/${vm}/agent`, agent),
    setLock: (name, lock) => change("PUT", `locks/${name}`, lock),
    removeLock: (name) => change("DELETE", `locks/${name}`),
    denyActions: (actions) => change("PUT", "denied-actions", { actions }),
    deleteGroup: (name) => change("DELETE", `groups/${name}`),
    addRunCommand: (command) => change("POST", "run-commands", command),
  };
}

/** Lines `export NAME='value'`; a quote inside a value is written as '\''. */
function readEnvironmentFile(path: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [, name, value] of readFileSync(path, "utf8").matchAll(/^export ([A-Z0-9_]+)='((?:[^']|'\\'')*)'$/gm))
    if (name !== undefined) environment[name] = (value ?? "").replaceAll("'\\''", "'");
  return environment;
}

/** The streams travel in base64, since they may be no text. */
async function execute(
  admin: SimulatorProcess["admin"],
  vm: string,
  argv: readonly string[],
  stdin: string | undefined,
): Promise<Executed> {
  const body = { argv, ...(stdin === undefined ? {} : { stdin: Buffer.from(stdin).toString("base64") }) };
  const reply = (await admin("POST", `vms/${vm}/exec`, body)) as {
    exitCode: number | null;
    stdout: string;
    stderr: string;
  };
  return {
    exitCode: reply.exitCode ?? undefined,
    stdout: Buffer.from(reply.stdout, "base64").toString(),
    stderr: Buffer.from(reply.stderr, "base64").toString(),
  };
}

function adminClient(endpoint: string, environment: Readonly<Record<string, string>>) {
  const ca = readFileSync(environment.NODE_EXTRA_CA_CERTS ?? "");
  const headers = {
    "content-type": "application/json",
    "x-simulator-key": environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "",
  };
  return (method: string, path: string, body?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      // Without an agent: a connection that is kept may be closed by the other side at that very moment.
      const sent = request(`${endpoint}/_simulator/${path}`, { method, headers, ca, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => {
          if ((response.statusCode ?? 0) < 300) resolve(text === "" ? undefined : JSON.parse(text));
          else reject(new Error(`${method} /_simulator/${path} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
