/** Whether each script fits into one request, said before anything is sent. Pure. */

import type { RunRequest } from "../guest/protocol";
import { encodeCall, measureCall } from "../guest/requests";
import { OUTPUT_MAX_BYTES, RESUME_WINDOW_SECONDS, SCRIPT_BASE64_MAX_CHARACTERS, WAIT_SLICE_SECONDS } from "../limits";
import type { DesiredWork, Problem } from "./desired-state";
import { GUARD_NAMES, NO_GUARDS } from "./input-guards";
import { SCRIPT_NAMES, type ScriptName } from "./input-texts";

/** Names as long as real ones, so that the measure is that of the real request. */
const KEY = "0".repeat(20);
const RUN_ID = `100000-create-${"0".repeat(12)}`;
const VM_ID = "0".repeat(36);

/** Room for the variables that every run is given beside the user's own. */
const RUNNER_VARIABLES = { AZURE_RUN_COMMAND_: "0".repeat(512) };

/** One for each script that does not fit; none for what is not known yet. */
export function sizeProblems(desired: DesiredWork): readonly Problem[] {
  return SCRIPT_NAMES.flatMap((property) => {
    const script = desired[property];
    // Nothing of ours is sent along with one of Azure's own commands.
    const isSent = typeof script === "string" && script !== "";
    const problem = isSent ? sizeProblem(property, script, desired) : undefined;
    return problem === undefined ? [] : [problem];
  });
}

function sizeProblem(property: ScriptName, script: string, desired: DesiredWork): Problem | undefined {
  const request = requestOf(property, script, desired);
  const text = encodeCall({ nonce: "0".repeat(32), waitSliceSeconds: WAIT_SLICE_SECONDS, requests: [request] });
  const { base64Bytes } = measureCall(text);
  if (base64Bytes <= SCRIPT_BASE64_MAX_CHARACTERS) {
    return undefined;
  }
  const texts = (values: readonly string[]) => values.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const guards = GUARD_NAMES.map((name) => [name, texts([request.guards[name] ?? ""])] as const);
  const parts = [
    [property, Buffer.byteLength(script)] as const,
    ...guards,
    ["parameters", texts(Object.values(desired.environment ?? {}))] as const,
    ["protectedParameters", texts(Object.values(desired.protectedEnvironment ?? {}))] as const,
    ["arguments", texts(request.arguments)] as const,
  ];
  const sizes = parts
    .filter(([name, bytes]) => name === property || bytes > 0)
    .map(([name, bytes]) => `'${name}' ${bytes.toLocaleString("en-US")}`)
    .join(", ");
  const names = [property, ...(texts(guards.map(([name]) => request.guards[name] ?? "")) > 0 ? ["guards"] : [])];
  const requestBytes = base64Bytes.toLocaleString("en-US");
  const limitBytes = SCRIPT_BASE64_MAX_CHARACTERS.toLocaleString("en-US");
  return {
    property,
    sentence: `${names.join(", ")}, parameters, protectedParameters and arguments are too large together: ${sizes} bytes; with the runner that makes a request of ${requestBytes} bytes of base64 text, of which Azure takes at most ${limitBytes} (above that it reports success and runs nothing); let the script download the bulk`,
  };
}

function requestOf(property: ScriptName, script: string, desired: DesiredWork): RunRequest {
  const guards = property === "script" ? (desired.guards ?? NO_GUARDS) : NO_GUARDS;
  return {
    verb: "run",
    key: KEY,
    runId: RUN_ID,
    vmId: VM_ID,
    script,
    environment: { ...desired.environment, ...desired.protectedEnvironment, ...RUNNER_VARIABLES },
    arguments: desired.arguments ?? [],
    user: desired.runAsUser ?? undefined,
    workingDirectory: desired.workingDirectory ?? undefined,
    timeoutSeconds: desired.settings?.timeoutInSeconds ?? 0,
    continues: RUN_ID,
    guards: {
      creates: guards.creates ?? undefined,
      unless: guards.unless ?? undefined,
      onlyIf: guards.onlyIf ?? undefined,
    },
    last: RUN_ID,
    beside: false,
    endsOthers: false,
    onlyAfterRuns: false,
    retryUnless: undefined,
    retryWindowSeconds: undefined,
    resumeWindowSeconds: RESUME_WINDOW_SECONDS,
    outputMaxBytes: OUTPUT_MAX_BYTES,
  };
}
