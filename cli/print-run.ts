/** Prints what a script printed, each stream on its own, or all that is known of its run as JSON. */
import type { Subject } from "../core/failures/errors";
import type { RunName } from "../core/guest/protocol";
import { OUTPUT_MAX_BYTES } from "../core/limits";
import type { RunOutcome } from "../core/run/outcome";
import { fullName } from "../core/run/run-name";
import type { RunBytes } from "../core/run/run-output";
import { describeEnd } from "./end-of-run";
import { say } from "./usage";
import { writeOut } from "./write-out";

export interface RunToPrint {
  /** The subcommand's name. */
  readonly command: string;
  /** What its failures are about. */
  readonly subject: Subject;
  readonly name: RunName;
  readonly vmName: string;
  readonly outcome: RunOutcome;
  /** As the script wrote them; `undefined` where the text without secrets is to be printed. */
  readonly bytes: Pick<RunBytes, "stdout" | "stderr"> | undefined;
  readonly isJson: boolean;
}

/**
 * Streams first, whole; what is to be said of them last, on stderr, also where stdout cannot be written.
 *
 * @throws UnwrittenError
 */
export async function printRun(run: RunToPrint): Promise<void> {
  const end = describeEnd(run.outcome, run.subject);
  try {
    await (run.isJson ? printJson(run, end) : printStreams(run));
  } finally {
    if (end !== undefined) {
      say(run.command, end);
    }
  }
}

async function printJson({ name, vmName, outcome }: RunToPrint, end: string | undefined): Promise<void> {
  const known = Object.entries(outcome.result).map(([property, value]) => [property, value ?? null]);
  const all = { run: fullName(name), ...name, vmName, ...Object.fromEntries(known), failure: end ?? null };
  await writeOut(process.stdout, `${JSON.stringify(all, undefined, 2)}\n`);
}

async function printStreams({ command, outcome, bytes }: RunToPrint): Promise<void> {
  const { result } = outcome;
  try {
    await writeOut(process.stdout, bytes?.stdout ?? result.stdout ?? "");
  } finally {
    await writeOut(process.stderr, bytes?.stderr ?? result.stderr ?? "");
    for (const cut of describeCuts(outcome)) {
      say(command, cut);
    }
  }
}

/** A sentence for each stream of which only the end came. */
function describeCuts({ result }: RunOutcome): readonly string[] {
  const cut = (name: string, isCut: boolean | undefined, totalBytes: number | undefined) =>
    isCut === true
      ? [
          `only the end of ${name} came, which has ${totalBytes?.toLocaleString("en-US") ?? "more"} bytes; 'invoke' with a larger --output-max-bytes brings more of it, at most ${OUTPUT_MAX_BYTES.toLocaleString("en-US")}`,
        ]
      : [];
  return [
    ...cut("stdout", result.stdoutTruncated, result.stdoutTotalBytes),
    ...cut("stderr", result.stderrTruncated, result.stderrTotalBytes),
  ];
}
