/** Answers how a run has ended: with attributes, or with the reason why it is a failure. */
import type { RunSettings } from "../../core/inputs/desired-state";
import { isDone, type RunOutcome } from "../../core/run/outcome";
import { logStreams } from "../../core/run/script-log";
import type { Mask } from "../../core/secrets/secret-texts";
import { type AnsweredRun, attributesOf } from "./attributes";
import { describeOutcome, subjectOf } from "./failures";
import type { FollowedRun, Next } from "./handed-on";
import { type ResourceOptions, readOptions } from "./inputs";
import type { Invocation } from "./invocation";
import { logSkip } from "./log";
import { keepOutput, type Output, placesIn } from "./output-bucket";
import { reasonOf } from "./reason";
import type { Envelope } from "./response";

export interface EndedRun {
  readonly outcome: RunOutcome;
  readonly run: AnsweredRun;
  readonly vmName: string;
  readonly settings: RunSettings;
  readonly envelope: Envelope;
  /** In which state the stack was when the request was met; `undefined` when that could not be seen. */
  readonly stackStatus: string | undefined;
  /** Takes out the secrets that the run was given. */
  readonly mask: Mask;
}

export function answeredRun(
  { key, runId, secretVersions = "", last = "" }: Pick<FollowedRun, "key" | "runId" | "secretVersions" | "last">,
  { handsOver }: Pick<ResourceOptions, "handsOver">,
): AnsweredRun {
  return handsOver
    ? { key, runId, secretVersions, lastRunId: last }
    : { key, runId, secretVersions: "", lastRunId: "" };
}

/** How the run ended, for the answer of `isComplete`. */
export type Answer = Extract<Next, { readonly kind: "answer" | "fail" }>;

export async function answerOf(ended: EndedRun, invocation: Invocation): Promise<Answer> {
  const { outcome, run, vmName, settings, envelope, stackStatus, mask } = ended;
  const { request, properties, outside } = invocation;
  const log = invocation.log.masked(mask);
  const { result } = outcome;
  const { isSensitive, outputBucket, outputNames } = readOptions(properties);
  logSkip(outcome, vmName, log);
  if (!isSensitive) {
    logStreams(result, settings, log);
  }
  const texts = { stdout: result.stdout ?? "", stderr: result.stderr ?? "" };
  const places = placesIn(outputBucket, run.key, run.runId);
  const output: Output | undefined = outputBucket === undefined ? undefined : { bucket: outputBucket, ...run, texts };
  const why = describeOutcome(outcome, { subject: subjectOf(request, stackStatus), isSensitive });
  if (why !== undefined) {
    const sentence = mask(why);
    if (!isDone(result.executionState, settings)) {
      const printed = (["stdout", "stderr"] as const).filter((stream) => texts[stream] !== "");
      const isKept = output !== undefined && printed.length > 0 && (await keepOutput(output, printed, outside, log));
      const where = isKept ? `; what it printed is in ${printed.map((stream) => places?.[stream]).join(" and ")}` : "";
      return { kind: "fail", reason: reasonOf(`${sentence}${where}`) };
    }
    log.warn(`${sentence}; the deployment goes on all the same (treatFailureAsDeploymentFailure is false)`);
  }
  const toAnswer = { run, result, outputNames, envelope };
  const made = attributesOf({ ...toAnswer, places });
  if (made.kind === "problem") {
    return { kind: "fail", reason: reasonOf(`the script on '${vmName}' ${made.problem}`) };
  }
  const isKept = output === undefined || (await keepOutput(output, made.kept, outside, log));
  const final = isKept ? made : attributesOf({ ...toAnswer, places: undefined });
  return { kind: "answer", attributes: final.kind === "made" ? final.attributes : made.attributes };
}
