/** What is true around a failure, in words that all sentences share. Pure. */
import type { RunFailure, Subject } from "./run-failure";

export interface Circumstances {
  readonly subject: Subject;
  /** Names what was to run: `the script`, `the check`. */
  readonly script: string;
  /** What becomes of what is on the VM. */
  readonly takenUp: string;
  /** What is still true when Azure did not take the command. */
  readonly left: string;
  /** What to do once the cause is gone, what Azure said (if that matters), and what is still true. */
  readonly thenAgain: (said?: string) => string;
  /** Where to find what it printed, as a part that ends with a separator; empty where that is nowhere. */
  readonly printed: string;
  /** What makes it run again. */
  readonly again: string;
  /** What the time limits are called where they are set. */
  readonly limits: { readonly timeout: string; readonly readyTimeout: string };
  /** Whether it can have begun on the VM. */
  readonly mayHaveRun: boolean;
  /** The sentence of a failure within a failure. */
  readonly describe: (failure: RunFailure) => string;
}

/** A rollback that has failed takes no other deployment. Source: AWS CloudFormation, "Continue rolling back an update". */
export const CONTINUE_ROLLBACK =
  "continue the rollback with 'aws cloudformation continue-update-rollback', or let that skip this resource ('--resources-to-skip')";

const RESOURCE_LIMITS = { timeout: "timeoutInSeconds", readyTimeout: "readyTimeoutInSeconds" } as const;
const COMMAND_LINE_LIMITS = { timeout: "--timeout", readyTimeout: "--ready-timeout" } as const;

export function circumstancesOf(
  subject: Subject,
  mayHaveRun: boolean,
  describe: Circumstances["describe"],
): Circumstances {
  const isFromCommandLine = ["invocation", "reading", "question"].includes(subject);
  const limits = isFromCommandLine ? COMMAND_LINE_LIMITS : RESOURCE_LIMITS;
  const shared = { subject, limits, mayHaveRun, describe, ...printedAndAgain(subject) };
  switch (subject) {
    case "run": {
      const takenUp = "the next deployment takes up what is there";
      const left = whatIsLeft("the script", mayHaveRun, takenUp);
      const thenAgain = (said?: string) => parts("then deploy again", said, left);
      return { ...shared, script: "the script", takenUp, left, thenAgain };
    }
    case "request": {
      const takenUp = "the next deployment runs it again";
      const left = whatIsLeft("the script", mayHaveRun, takenUp);
      const thenAgain = (said?: string) => parts("then deploy again", said, left);
      return { ...shared, script: "the script", takenUp, left, thenAgain };
    }
    case "rollback": {
      const takenUp = "the rollback runs it again when it is continued";
      const left = whatIsLeft("the script", mayHaveRun, takenUp);
      const thenAgain = (said?: string) => parts(`then ${CONTINUE_ROLLBACK}`, said, left);
      return { ...shared, script: "the script", takenUp, left, thenAgain };
    }
    case "command": {
      // It leaves no receipt: whether it was carried out, nobody can tell.
      const takenUp = "the next deployment runs it again";
      const left = whatIsLeft("the command", mayHaveRun, takenUp);
      const thenAgain = (said?: string) => parts("then deploy again", said, left);
      return { ...shared, script: "the command", takenUp, left, thenAgain };
    }
    case "probe": {
      const takenUp = "the next deployment tries again";
      const thenAgain = (said?: string) => parts("then deploy again", said);
      return { ...shared, script: "the probe", takenUp, left: takenUp, thenAgain };
    }
    case "deletion": {
      const takenUp = "delete again: it goes on where it stopped";
      const thenAgain = (said?: string) => parts(`then ${takenUp}`, said);
      return { ...shared, script: "the script", takenUp, left: takenUp, thenAgain };
    }
    case "removal": {
      const takenUp = "'az vm run-command invoke --command-id RemoveRunCommandLinuxExtension' removes it";
      const thenAgain = (said?: string) => parts(takenUp, said);
      return { ...shared, script: "the removal", takenUp, left: takenUp, thenAgain };
    }
    case "check": {
      const takenUp = "the next refresh checks again";
      const left = whatIsLeft("the check", mayHaveRun, takenUp);
      const thenAgain = (said?: string) => parts("then refresh again", said, left);
      return { ...shared, script: "the check", takenUp, left, thenAgain };
    }
    case "list": {
      const left = "nothing was run";
      const takenUp = `it was only a look: ${left}`;
      const thenAgain = (said?: string) => parts("then deploy again", said, left);
      return { ...shared, script: "the look for earlier runs", takenUp, left, thenAgain };
    }
    case "invocation": {
      const takenUp = "'azure-run-command runs' shows what is on the VM";
      const left = whatIsLeft("the script", mayHaveRun, takenUp);
      // No state knows of it: what may have run would run once more.
      const thenAgain = (said?: string) =>
        parts(mayHaveRun ? "then look what came of it" : "then try again", said, left);
      return { ...shared, script: "the script", takenUp, left, thenAgain };
    }
    case "reading":
    case "question": {
      const takenUp = "try again: nothing is done twice";
      const thenAgain = (said?: string) => parts("then try again", said);
      const script = subject === "reading" ? "the script" : "the request";
      return { ...shared, script, takenUp, left: "nothing was changed", thenAgain };
    }
  }
}

function printedAndAgain(subject: Subject): Pick<Circumstances, "printed" | "again"> {
  switch (subject) {
    case "run":
    case "command":
    case "probe":
      return {
        printed: "what it printed before is in the stack's state; ",
        again: "the next deployment runs it again",
      };
    case "request":
      return { printed: "", again: "the next deployment runs it again" };
    case "rollback":
      return { printed: "", again: "the rollback runs it again when it is continued" };
    case "deletion":
    case "removal":
      return { printed: "", again: "the next deletion runs it again" };
    case "check":
      return { printed: "", again: "the next refresh checks again" };
    case "list":
      return { printed: "", again: "the next deployment looks again" };
    case "invocation":
      // What it printed stands above.
      return { printed: "", again: "'azure-run-command invoke' runs it again" };
    case "reading":
    case "question":
      return { printed: "", again: "whoever asked for it can run it again" };
  }
}

function whatIsLeft(script: string, mayHaveRun: boolean, takenUp: string): string {
  return mayHaveRun ? `${script} had been sent already and may have run; ${takenUp}` : "nothing was run";
}

/** What is still true when Azure took the command and did not say how it ended. */
export function whatMayBe({ subject, script, takenUp }: Circumstances): string {
  return ["deletion", "probe", "removal", "list", "reading", "question"].includes(subject)
    ? takenUp
    : `${script} may have run; ${takenUp}`;
}

function parts(...given: readonly (string | undefined)[]): string {
  return given.filter((part) => part !== undefined).join("; ");
}

/** One line, whatever is in it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Azure's own code and words, also where it gave none. */
export function azureSays({ code, message }: { readonly code?: string; readonly message: string }): string {
  const words = message === "" ? "nothing more" : quote(message);
  return code === undefined || code === "" ? `Azure says ${words}` : `Azure says ${code}: ${words}`;
}
