/** A Pulumi project in a temporary folder, run by the real engine against this checkout's built package (`npm run build`). */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { compileCache } from "./compiled-code";
import { engineFolder, ROOT } from "./engine";
import { type Ended, endMarked, type Running, start } from "./processes";

export interface ProjectOptions {
  /** The text of `index.js`, or of `index.ts`. */
  readonly program: string;
  /** @default "javascript", which starts about two seconds faster. */
  readonly language?: "javascript" | "typescript";
  /** More files, by their path in the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** Stack configuration, by key. */
  readonly config?: Readonly<Record<string, string>>;
  /** Added to this process's environment, which has lost its `ARM_*`, `AZURE_*` and `PULUMI_*`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default "project" */
  readonly name?: string;
  /** For each single command of the engine. @default 120,000 */
  readonly commandTimeoutMs?: number;
}

/** Verbs of the engine that work on the stack. */
export type Verb = "up" | "preview" | "refresh" | "destroy";

export interface PulumiProject {
  readonly folder: string;
  readonly stack: string;
  up(...args: string[]): Promise<Ended>;
  preview(...args: string[]): Promise<Ended>;
  refresh(...args: string[]): Promise<Ended>;
  destroy(...args: string[]): Promise<Ended>;
  /** `pulumi cancel`: gives back the lock of a killed engine. */
  cancel(...args: string[]): Promise<Ended>;
  /** Any other command, without a stack: `pulumi("stack", "rm")`. */
  pulumi(...args: string[]): Promise<Ended>;
  /** Does not wait for the end: for tests that kill. */
  start(verb: Verb, ...args: string[]): Running;
  /** `pulumi stack export`, secrets encrypted. */
  export(): Promise<StackExport>;
  /** The stack's outputs, secrets in clear. */
  outputs(): Promise<Record<string, unknown>>;
  write(path: string, text: string): void;
  /** Replaces the program. */
  program(text: string): void;
  setConfig(key: string, value: string, ...args: string[]): Promise<void>;
  /** For the commands that come. */
  setEnvironment(values: Readonly<Record<string, string>>): void;
  /** Ends what still runs, and removes the folder. */
  cleanUp(): void;
}

export interface StackExport {
  readonly deployment: {
    readonly resources?: readonly StoredResource[];
    readonly pending_operations?: readonly { readonly resource: StoredResource; readonly type: string }[];
  };
}

export interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: readonly string[];
}

const STACK = "test";
const COMMAND_TIMEOUT_MS = 120_000;

export async function pulumiProject(options: ProjectOptions): Promise<PulumiProject> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-project-")));
  const extension = options.language === "typescript" ? "ts" : "js";
  let environment: NodeJS.ProcessEnv = { ...ownEnvironment(folder), ...options.environment };

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const begin = (args: readonly string[]) =>
    start("pulumi", ["--non-interactive", "--color", "never", ...args], {
      cwd: folder,
      environment,
      mark: folder,
      timeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    });
  const pulumi = (...args: string[]) => begin(args).ended;
  const must = async (...args: string[]) => {
    const ended = await pulumi(...args);
    if (ended.exitCode !== 0)
      throw new Error(`'pulumi ${args.join(" ")}' ended with ${ended.exitCode}:\n${ended.output}`);
    return ended;
  };
  const startVerb = (verb: Verb, ...args: string[]) => begin([verb, "--stack", STACK, ...ANSWERS[verb], ...args]);

  writeProject(folder, options, extension, write);
  await must("stack", "init", STACK);
  const setConfig = async (key: string, value: string, ...args: string[]) => {
    await must("config", "set", "--stack", STACK, ...args, "--", key, value);
  };
  for (const [key, value] of Object.entries(options.config ?? {})) await setConfig(key, value);

  return {
    folder,
    stack: STACK,
    up: (...args) => startVerb("up", ...args).ended,
    preview: (...args) => startVerb("preview", ...args).ended,
    refresh: (...args) => startVerb("refresh", ...args).ended,
    destroy: (...args) => startVerb("destroy", ...args).ended,
    cancel: (...args) => pulumi("cancel", STACK, "--yes", ...args),
    pulumi,
    start: startVerb,
    export: async () => JSON.parse((await must("stack", "export", "--stack", STACK)).stdout),
    outputs: async () =>
      JSON.parse((await must("stack", "output", "--stack", STACK, "--json", "--show-secrets")).stdout),
    write,
    program: (text) => write(`index.${extension}`, text),
    setConfig,
    setEnvironment: (values) => {
      environment = { ...environment, ...values };
    },
    cleanUp: () => {
      endMarked(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What each verb needs so that it asks nothing. */
const ANSWERS: Readonly<Record<Verb, readonly string[]>> = {
  up: ["--yes", "--skip-preview"],
  preview: [],
  refresh: ["--yes", "--skip-preview"],
  destroy: ["--yes", "--skip-preview"],
};

function writeProject(
  folder: string,
  { program, name = "project", language = "javascript", files = {} }: ProjectOptions,
  extension: string,
  write: (path: string, text: string) => void,
): void {
  const runtime = { name: "nodejs", options: { typescript: language === "typescript", nodeargs: "" } };
  write("Pulumi.yaml", JSON.stringify({ name, runtime, main: `index.${extension}` }));
  write("package.json", JSON.stringify({ name, private: true }));
  write(`index.${extension}`, program);
  for (const [path, text] of Object.entries(files)) write(path, text);
  mkdirSync(join(folder, "node_modules"));
  mkdirSync(join(folder, "state"));
  symlinkSync(ROOT, join(folder, "node_modules/azure-run-command"));
  for (const shared of ["@pulumi", "@types", "typescript"])
    symlinkSync(join(ROOT, "node_modules", shared), join(folder, "node_modules", shared));
}

/** This process's environment without what would lead to a real cloud, or to a developer's own stacks. */
function ownEnvironment(folder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ARM|AZURE|PULUMI)_|^NODE_OPTIONS$/.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...compileCache(),
    PATH: `${engineFolder()}${delimiter}${process.env.PATH}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
  };
}
