/** Whether a script fits into one request, said before anything is sent. Pure. */

import type { RunRequest } from "../guest/protocol";
import { encodeCall, measureCall } from "../guest/requests";
import { OUTPUT_MAX_BYTES, RESUME_WINDOW_SECONDS, SCRIPT_BASE64_MAX_CHARACTERS, WAIT_SLICE_SECONDS } from "../limits";
import type { Desired, Problem } from "./desired-state";

/** Names as long as real ones, so that the measure is that of the real request. */
const KEY = "0".repeat(20);
const RUN_ID = `100000-create-${"0".repeat(12)}`;
const VM_ID = "0".repeat(36);

/** Room for the variables that every run is given beside the user's own. */
const RUNNER_VARIABLES = { AZURE_RUN_COMMAND_: "0".repeat(512) };

/** @returns undefined when it fits, or while the script is not known. */
export function sizeProblem(desired: Desired): Problem | undefined {
  if (desired.script === undefined) {
    return undefined;
  }
  const environment = desired.environment ?? {};
  const protectedEnvironment = desired.protectedEnvironment ?? {};
  const request: RunRequest = {
    verb: "run",
    key: KEY,
    runId: RUN_ID,
    vmId: VM_ID,
    script: desired.script,
    environment: { ...environment, ...protectedEnvironment, ...RUNNER_VARIABLES },
    arguments: desired.arguments ?? [],
    user: desired.runAsUser ?? undefined,
    workingDirectory: desired.workingDirectory ?? undefined,
    timeoutSeconds: desired.settings?.timeoutInSeconds ?? 0,
    continues: RUN_ID,
    resumeWindowSeconds: RESUME_WINDOW_SECONDS,
    outputMaxBytes: OUTPUT_MAX_BYTES,
  };
  const text = encodeCall({ nonce: "0".repeat(32), waitSliceSeconds: WAIT_SLICE_SECONDS, requests: [request] });
  const { base64Bytes } = measureCall(text);
  if (base64Bytes <= SCRIPT_BASE64_MAX_CHARACTERS) {
    return undefined;
  }
  const texts = (values: readonly string[]) => values.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const parts = {
    script: Buffer.byteLength(desired.script),
    parameters: texts(Object.values(environment)),
    protectedParameters: texts(Object.values(protectedEnvironment)),
    arguments: texts(request.arguments),
  };
  const sizes = Object.entries(parts)
    .filter(([name, bytes]) => name === "script" || bytes > 0)
    .map(([name, bytes]) => `'${name}' ${bytes.toLocaleString("en-US")}`)
    .join(", ");
  const requestBytes = base64Bytes.toLocaleString("en-US");
  const limitBytes = SCRIPT_BASE64_MAX_CHARACTERS.toLocaleString("en-US");
  return {
    property: "script",
    sentence: `script, parameters, protectedParameters and arguments are too large together: ${sizes} bytes; with the runner that makes a request of ${requestBytes} bytes of base64 text, of which Azure takes at most ${limitBytes} (above that it reports success and runs nothing); let the script download the bulk`,
  };
}
