/** One `enable` of the handler, seen from this machine: the talk with `ENABLE_SCRIPT`, which runs inside the guest. */
import type { ChildProcess } from "node:child_process";
import type { HandlerStatus } from "./guest";
import {
  DID_NOT_FINISH,
  type PreparedScript,
  parseStatusFile,
  prepareScript,
  refusalStatus,
  runMessage,
  statusFile,
} from "./handler";
import { enableEndLog, enableRunLog, enableStartLog, processedLog, type RunEnd } from "./handler-log";
import { ENABLE_SCRIPT } from "./handler-script";
import { AnswerReader, letGo } from "./inside";

export interface HandlerRun {
  readonly seq: number;
  readonly script: Buffer;
  /** Marks the handler's answers; random, since the script could print anything. */
  readonly nonce: string;
  readonly base: string;
  readonly stepTimeoutMs: number;
  readonly shell: readonly string[];
  start(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcess;
  /** Called with the handler's process id in the guest once the script runs. */
  handlerIs(pid: number): void;
}

/** Most bytes that the handler's answer can have: a status file of 128 KiB. */
const ANSWER_MAX_BYTES = 262_144;

/** systemd's default PATH, which the agent's service has. Source: systemd.exec(5). */
const SCRIPT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What is told to the handler at the end: how the log ends and what the status file says. */
interface Ending {
  readonly log: string;
  readonly status: HandlerStatus;
  /** False when the file says it already. */
  readonly write: boolean;
}

/** @returns undefined when the handler died or hung before it could say how the run ended. */
export async function runHandler(run: HandlerRun): Promise<HandlerStatus | undefined> {
  const prepared = prepareScript(run.script);
  const content = prepared.kind === "run" ? prepared.content : Buffer.alloc(0);
  const child = run.start([...run.shell, "-c", ENABLE_SCRIPT], environment(run, prepared, content.length));
  child.stderr?.resume();
  child.stdin?.write(content);
  const answers = new AnswerReader(child, run.nonce, ANSWER_MAX_BYTES);
  try {
    const ending = await follow(run, prepared, answers);
    if (ending === undefined) return undefined;
    await conclude(run, child, answers, ending);
    return ending.status;
  } finally {
    letGo(child);
  }
}

function environment(run: HandlerRun, prepared: PreparedScript, bytes: number): Record<string, string> {
  const time = now();
  return {
    SEQ: String(run.seq),
    NONCE: run.nonce,
    BASE: run.base,
    MODE: prepared.kind,
    LOG_BEFORE: enableStartLog(run.seq, time),
    LOG_RUN: enableRunLog(run.seq, time, prepared.kind === "refused"),
    PLACEHOLDER: statusFile("transitioning", "Enable in progress", time),
    SCRIPT_BYTES: String(bytes),
    SCRIPT_PATH_ENV: SCRIPT_PATH,
  };
}

async function follow(run: HandlerRun, prepared: PreparedScript, answers: AnswerReader): Promise<Ending | undefined> {
  const [word, pid] = (await within(run, answers.line())) ?? [];
  switch (word) {
    case "processed":
      return processed(run.seq, await within(run, answers.part("end")));
    case "refused":
      return prepared.kind === "refused" ? refused(run.seq, prepared.message) : undefined;
    case "swallowed":
      return ran(run.seq, { kind: "not-run" }, Buffer.alloc(0), Buffer.alloc(0));
    case "running":
      run.handlerIs(Number(pid));
      return await ended(run, answers);
    case undefined:
      return undefined;
  }
  return undefined;
}

/** The only wait without a limit: a script may run for ever. Source: azure-wire.md 4.2, point 7. */
async function ended(run: HandlerRun, answers: AnswerReader): Promise<Ending | undefined> {
  const [word, code] = (await answers.line()) ?? [];
  if (word !== "ended") return undefined;
  const stdout = await within(run, answers.part("stderr"));
  const stderr = await within(run, answers.part("end"));
  if (stdout === undefined || stderr === undefined) return undefined;
  return ran(run.seq, { kind: "exited", code: Number(code) }, stdout, stderr);
}

function ran(seq: number, end: RunEnd, stdout: Buffer, stderr: Buffer): Ending {
  return { log: enableEndLog(seq, now(), end), status: runMessage({ stdout, stderr }), write: true };
}

function refused(seq: number, message: string): Ending {
  return { log: enableEndLog(seq, now(), { kind: "refused", message }), status: refusalStatus(message), write: true };
}

/** Source: main/cmds.go `enablePre`. A status file that says neither end nor `transitioning` counts as the latter: assumed. */
function processed(seq: number, file: Buffer | undefined): Ending {
  const status = parseStatusFile(file?.toString("utf8") ?? "");
  return {
    log: processedLog(seq, now(), status === undefined),
    status: status ?? DID_NOT_FINISH,
    write: status === undefined,
  };
}

async function conclude(run: HandlerRun, child: ChildProcess, answers: AnswerReader, ending: Ending): Promise<void> {
  const log = Buffer.from(ending.log);
  const status = Buffer.from(ending.write ? statusFile(ending.status.status, ending.status.message, now()) : "");
  child.stdin?.write(Buffer.concat([Buffer.from(`${log.length} ${status.length}\n`), log, status]));
  const exit = new Promise<undefined>((settle) => child.once("exit", () => settle(undefined)));
  child.stdin?.end();
  await within(run, answers.line());
  if (child.exitCode === null && child.signalCode === null) await within(run, exit);
}

/** @returns undefined when it takes too long. */
async function within<T>(run: HandlerRun, answer: Promise<T | undefined>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((settle) => {
    timer = setTimeout(settle, run.stepTimeoutMs, undefined);
  });
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
