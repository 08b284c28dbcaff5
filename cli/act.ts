/** Carries out a subcommand: whatever goes wrong becomes one sentence on stderr and an exit code. */
import { RunFailedError, type RunFailure, type Subject } from "../core/failures/errors";
import { openProgress, type Progress } from "./progress";
import { say, USAGE_EXIT_CODE, UsageError } from "./usage";
import { UnwrittenError } from "./write-out";

/** The exit code where something went wrong that is neither the script's nor the command line's. */
const FAILURE_EXIT_CODE = 1;

export interface Acting {
  /** The subcommand's name. */
  readonly command: string;
  /** What its failures are about. */
  readonly subject: Subject;
}

/** @param work gives the exit code. */
export async function act({ command, subject }: Acting, work: (progress: Progress) => Promise<number>): Promise<void> {
  const progress = await openProgress(command);
  try {
    process.exitCode = await work(progress);
  } catch (error) {
    progress.stop();
    if (!(error instanceof RunFailedError || error instanceof UsageError || error instanceof UnwrittenError)) {
      throw error;
    }
    say(command, error instanceof RunFailedError ? error.about(subject).message : error.message);
    process.exitCode = exitCodeOf(error);
  } finally {
    progress.stop();
  }
}

function exitCodeOf(error: RunFailedError | UsageError | UnwrittenError): number {
  if (error instanceof UnwrittenError) {
    return FAILURE_EXIT_CODE;
  }
  return error instanceof UsageError || isForUser(error.failure) ? USAGE_EXIT_CODE : FAILURE_EXIT_CODE;
}

/** What the surrounding lacks before anything is asked of Azure. */
function isForUser({ kind }: RunFailure): boolean {
  return kind === "CredentialsMissing" || kind === "CredentialsUnusable" || kind === "SubscriptionUnknown";
}
