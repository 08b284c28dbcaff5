/** Prints what a script prints, each stream where it belongs: lines as they come, and the rest when it has ended. */
import type { StreamNews } from "../core/guest/protocol";
import { OUTPUT_MAX_BYTES } from "../core/limits";
import type { RunResult } from "../core/run/outcome";
import type { RunBytes } from "../core/run/run-output";
import type { PieceMask } from "../core/secrets/secret-texts";
import { type Difference, type Ending, FollowedStream, type Printable } from "./followed-stream";
import type { Progress } from "./progress";
import { say } from "./usage";
import { UnwrittenError, writeOut } from "./write-out";

type StreamName = keyof StreamNews;

const LINE_END = 0x0a;

export interface PrinterOptions {
  /** The subcommand's name. */
  readonly command: string;
  /** What takes secrets out of what is printed; `undefined` where nothing is secret. */
  readonly secrets: PieceMask | undefined;
  readonly progress: Progress;
}

export class StreamPrinter {
  private readonly streams: Readonly<Record<StreamName, FollowedStream>>;
  private hasSeenRun = false;
  private bytes: RunBytes | undefined;
  private readonly unwritten = new Map<StreamName, UnwrittenError>();
  /** The last byte of each stream that was printed ends a line, or there is none. */
  private readonly endsLine: Record<StreamName, boolean> = { stdout: true, stderr: true };
  /** Whatever is to be written comes behind this. */
  private written: Promise<void> = Promise.resolve();

  constructor(private readonly options: PrinterOptions) {
    const { secrets } = options;
    this.streams = { stdout: new FollowedStream(secrets), stderr: new FollowedStream(secrets) };
  }

  /** Whether the script was seen to go on, whatever it had printed by then. */
  get sawRun(): boolean {
    return this.hasSeenRun;
  }

  /** See `RunIntent`. What cannot be written is told at the end. */
  readonly printing = (news: StreamNews): void => {
    this.hasSeenRun = true;
    this.write("stdout", [this.streams.stdout.take(news.stdout)]);
    this.write("stderr", [this.streams.stderr.take(news.stderr)]);
  };

  /** See `RunIntent`. It is printed at the end. */
  readonly printed = (bytes: RunBytes): void => {
    this.bytes = bytes;
  };

  /**
   * The rest of a script that has ended, as far as it is known, and what is to be said of it.
   *
   * @throws UnwrittenError
   */
  async end(result: RunResult): Promise<void> {
    const stdout = this.rest("stdout", result.stdoutTotalBytes);
    const stderr = this.rest("stderr", result.stderrTotalBytes);
    await this.written;
    for (const [name, { difference }] of [
      ["stdout", stdout],
      ["stderr", stderr],
    ] as const) {
      if (difference !== undefined && difference.kind !== "Gap") {
        this.say(describeDifference(name, difference));
      }
    }
    for (const error of this.unwritten.values()) {
      throw error;
    }
  }

  /** Says something on a line of its own, also where the script's last one has no end. */
  say(sentence: string): void {
    const isOneTerminal = process.stdout.isTTY && process.stderr.isTTY;
    if (!this.endsLine.stderr || (isOneTerminal && !this.endsLine.stdout)) {
      process.stderr.write("\n");
      this.endsLine.stderr = true;
      this.endsLine.stdout = true;
    }
    say(this.options.command, sentence);
  }

  private rest(name: StreamName, totalBytes: number | undefined): Ending {
    const bytes = this.bytes?.[name];
    const isKnown = bytes !== undefined && totalBytes !== undefined;
    const ending = this.streams[name].end(isKnown ? { bytes, totalBytes } : undefined);
    const { difference } = ending;
    const [before, ...rest] = ending.text;
    this.write(name, before === undefined ? [] : [before]);
    if (difference?.kind === "Gap") {
      // Where the bytes are missing, as far as both streams go to one place.
      this.written = this.written.then(() => this.say(describeDifference(name, difference)));
    }
    this.write(name, rest);
    return ending;
  }

  private write(name: StreamName, text: readonly Printable[]): void {
    for (const piece of text.filter(({ length }) => length > 0)) {
      this.written = this.written.then(() => this.options.progress.aside(() => this.writeNow(name, piece)));
    }
  }

  /** Once it could not be written, nothing more is: what comes later would stand in the wrong place. */
  private async writeNow(name: StreamName, piece: Printable): Promise<void> {
    if (this.unwritten.has(name)) {
      return;
    }
    try {
      await writeOut(process[name], piece);
      this.endsLine[name] = Buffer.from(piece).at(-1) === LINE_END;
    } catch (error) {
      if (!(error instanceof UnwrittenError)) {
        throw error;
      }
      this.unwritten.set(name, error);
    }
  }
}

const MORE = `'invoke' with a larger --output-max-bytes brings more of it, at most ${inEnglish(OUTPUT_MAX_BYTES)}`;

function describeDifference(name: StreamName, difference: Difference): string {
  switch (difference.kind) {
    case "OnlyEnd":
      return `only the end of ${name} came, which has ${inEnglish(difference.totalBytes)} bytes; ${MORE}`;
    case "Gap":
      return `${inEnglish(difference.missingBytes)} bytes of ${name} are missing behind its first ${inEnglish(difference.printedBytes)}, which were printed while the script ran; ${MORE}`;
    case "Changed":
      return `${name} was cut or written over on the VM after it had been printed here: 'output' has it as it is now`;
  }
}

function inEnglish(number: number): string {
  return number.toLocaleString("en-US");
}
