/** One program that runs inside a guest, as this machine sees it: never trusted to end, to be brief, or to speak sense. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { CommandResult } from "./guest";
import type { Invocation } from "./sandbox";

/** Most bytes of one stream that are taken from a command in a guest. Source: assumed, a guard for this machine's memory. */
export const COMMAND_OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** Starts it in a process group of its own: a signal to the group in the guest must not reach the simulator. */
export function startInside(invocation: Invocation): ChildProcess {
  const child = spawnApart(invocation);
  child.stdin.on("error", () => undefined); // it may end without reading all
  return child;
}

/**
 * Starts a program with three pipes, in a process group of its own, and without the descriptors that this process got from
 * its parent: one that names a folder of this machine would be a way out of the guest.
 */
export function spawnApart({ file, args, env }: Invocation): ChildProcessWithoutNullStreams {
  const inherited = inheritedDescriptors();
  const stdio: ("pipe" | "ignore")[] = ["pipe", "pipe", "pipe"];
  // Neither can Node close them nor does "ignore": a pipe takes the place of each, and its other end is closed.
  for (const descriptor of inherited) {
    while (stdio.length < descriptor) stdio.push("ignore");
    stdio[descriptor] = "pipe";
  }
  const child = spawn(file, [...args], { env: { ...env }, stdio, detached: true });
  for (const descriptor of inherited) child.stdio[descriptor]?.destroy();
  return child as ChildProcessWithoutNullStreams;
}

/** Descriptors above 2 that a child of this process would get: Node opens its own with close-on-exec. */
function inheritedDescriptors(): readonly number[] {
  return readdirSync("/proc/self/fdinfo")
    .map(Number)
    .filter((descriptor) => descriptor > 2 && !closesOnExec(descriptor))
    .sort((a, b) => a - b);
}

function closesOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1];
    return (Number.parseInt(flags ?? "0", 8) & O_CLOEXEC) !== 0;
  } catch {
    return true; // closed meanwhile: it was the one that listed the folder
  }
}

/** Source: include/uapi/asm-generic/fcntl.h; the same on x86-64 and arm64. */
const O_CLOEXEC = 0o2000000;

/**
 * Stops listening to a program. It is not killed from here: our child is only the door to it, and without that parent what
 * runs inside would wait for this machine's init to be collected, and the guest's end with it. It ends with its guest.
 */
export function letGo(child: ChildProcess): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

/** Runs it to its end. A stream above the limit ends it, with what came so far. */
export function runInside(
  invocation: Invocation,
  stdin: Buffer,
  start = startInside,
  maxBytes = COMMAND_OUTPUT_MAX_BYTES,
): Promise<CommandResult> {
  return new Promise((settle, reject) => {
    const child = start(invocation);
    const [stdout, stderr] = [collect(child, "stdout", maxBytes), collect(child, "stderr", maxBytes)];
    child.once("error", reject);
    let exit: { code: number | undefined; signal: string | undefined } | undefined;
    const end = (): void => settle({ exitCode: exit?.code, signal: exit?.signal, stdout: stdout(), stderr: stderr() });
    child.once("exit", (code, signal) => {
      exit = { code: code ?? undefined, signal: signal ?? undefined };
      // Children left in the background hold the pipes open: theirs is waited for only so long.
      afterRest(COMMAND_GRACE_MS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
    });
    child.once("close", end);
    child.stdin?.end(stdin);
  });
}

/** How long output is read on after a command's end, while a child of it holds the pipe. Source: our own choice. */
const COMMAND_GRACE_MS = 5_000;
/** The same for a handler, of which nothing but its last answer is wanted. Source: our own choice. */
const HANDLER_GRACE_MS = 200;

/**
 * What a program has written is in the pipe when it ends. However late this timer comes, that is read before `stop`: the loop
 * reads all that is there between a timer and an immediate (https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick).
 */
function afterRest(graceMs: number, stop: () => void): void {
  setTimeout(() => setImmediate(() => setImmediate(stop)), graceMs).unref();
}

function collect(child: ChildProcess, name: "stdout" | "stderr", maxBytes: number): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child[name]?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes)
      child[name]?.destroy(); // the next write ends it (SIGPIPE)
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

/**
 * Reads answers that begin with a line `<nonce> <word> …`. Bytes between such lines belong to the one before.
 * Bounded: more than `maxBytes` in one part end the reading.
 */
export class AnswerReader {
  private buffer = Buffer.alloc(0);
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  constructor(
    child: ChildProcess,
    private readonly nonce: string,
    private readonly maxBytes: number,
  ) {
    child.stdout?.on("data", (chunk: Buffer) => {
      this.buffer = Buffer.concat([this.buffer, chunk]);
      if (this.buffer.length > this.maxBytes) this.end();
      this.wake();
    });
    child.once("exit", () => setImmediate(() => this.finish(child)));
    child.once("error", () => this.end());
  }

  /** The words of the next answer line. @returns undefined when none comes any more. */
  async line(): Promise<readonly string[] | undefined> {
    const content = await this.until("\n");
    const words = content?.toString("latin1").split(" ");
    return words?.[0] === this.nonce ? words.slice(1) : undefined;
  }

  /** The bytes up to the next answer line, which must be `word`. @returns undefined when it does not come. */
  part(word: string): Promise<Buffer | undefined> {
    return this.until(`\n${this.nonce} ${word}\n`);
  }

  private async until(mark: string): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.buffer.indexOf(mark, 0, "latin1");
      if (at >= 0) {
        const part = this.buffer.subarray(0, at);
        this.buffer = this.buffer.subarray(at + Buffer.byteLength(mark, "latin1"));
        return part;
      }
      if (this.closed) return undefined;
      await new Promise<void>((wake) => this.waiting.push(wake));
    }
  }

  /** Whoever holds the pipe after the process's end has nothing to say here. */
  private finish(child: ChildProcess): void {
    if (child.stdout?.readableEnded === true) this.end();
    else {
      child.stdout?.once("end", () => this.end());
      afterRest(HANDLER_GRACE_MS, () => this.end());
    }
  }

  private end(): void {
    this.closed = true;
    this.wake();
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
