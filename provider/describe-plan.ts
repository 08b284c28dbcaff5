/** Says in one line which script an update would run and why, or that none does. Pure. */
import type { Desired } from "../core/inputs/desired-state";
import type { Cause, Plan } from "../core/plan";
import { quotedNames } from "../core/words";
import type { Stored } from "./state";

/** What is known of the new inputs. */
export interface News {
  readonly desired: Pick<Desired, "update" | "command">;
  /** Whether an update takes up the run of which it is not known how it ended. */
  readonly takesUp: boolean;
  /** Whether an input, or a part of it, is not known yet. */
  isUnknown(input: string): boolean;
}

/** @returns undefined where the engine itself says all there is to say. */
export function describePlan(plan: Plan, stored: Stored, news: News): string | undefined {
  switch (plan.action) {
    case "create":
    case "keep":
    case "replace":
      return undefined;
    case "update":
      return noScriptRuns(plan.because, news);
    case "rerun":
      return plan.cause === undefined
        ? `an update ${doing(stored, news)}: ${changes(plan.because, news)}`
        : describeCause(plan.cause, stored, news);
  }
}

export function noScriptRuns(because: readonly string[], news: Pick<News, "isUnknown">): string {
  return `no script runs: ${changes(because, news)}, which counts from the next run on`;
}

function describeCause(cause: Cause, stored: Stored, news: News): string {
  const { command, target } = stored.prior;
  switch (cause.kind) {
    case "lastRun":
      if (cause.executionState !== "Unknown") {
        return `the last run did not succeed (${cause.executionState}): an update ${doing(stored, news)} again`;
      }
      return news.takesUp
        ? "how the last run ended is not known: an update takes it up where it is"
        : `how the last run ended is not known: an update ${doing(stored, news)}${command === null ? "" : " again"}`;
    case "drift":
      return `the VM is not as it should be: ${describeDrift(stored)}; an update ${doing(stored, news)} to mend it`;
    case "rebuilt": {
      const fresh = { ...stored, prior: { ...stored.prior, created: false } };
      return `'${target.vmName}' is another VM than the one that the state knows: an update ${doing(fresh, news)} there as for the first time`;
    }
  }
}

/** Longest piece of what `check` printed that a line holds, in characters. Source: our own choice; all of it is an output. */
const SAID_MAX_CHARACTERS = 200;

function describeDrift({ drift }: Stored): string {
  const code = drift?.exitCode === undefined ? "failed" : `exited with ${drift.exitCode}`;
  const output = drift?.output.trim() ?? "";
  const end = output.length > SAID_MAX_CHARACTERS ? `…${output.slice(-SAID_MAX_CHARACTERS)}` : output;
  return `'check' ${code}${end === "" ? "" : ` and printed ${JSON.stringify(end)}`}`;
}

function doing({ kind, prior }: Stored, { desired: { update, command = prior.command } }: News): string {
  if (kind === "RunCommandExtension") {
    return "tries whether Run Command works";
  }
  if (command !== null) {
    return `runs the command '${command.commandId}'`;
  }
  // Of an `update` script that is not known yet it is known that it is there.
  return prior.created && update !== null ? "runs the 'update' script" : "runs the script";
}

/** What changed, and what is not known yet, of these inputs. */
export function changes(names: readonly string[], { isUnknown }: Pick<News, "isUnknown">): string {
  const known = names.filter((name) => !isUnknown(name));
  const unknown = names.filter((name) => isUnknown(name));
  return [
    ...(known.length === 0 ? [] : [`${quotedNames(known)} changed`]),
    ...(unknown.length === 0 ? [] : [`${quotedNames(unknown)} ${unknown.length === 1 ? "is" : "are"} not known yet`]),
  ].join(" and ");
}
