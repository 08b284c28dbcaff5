/** A Lambda execution environment: this file is the process, and calls the function's handler for one event after the other. */
import { format } from "node:util";
import { callHandler, type Handler, loadHandler } from "./handler";
import {
  type AnswerMessage,
  END_OF_LOG,
  type FunctionErrorDocument,
  type InvokeMessage,
  type ProcessSettings,
  type ReadyMessage,
} from "./protocol";
import { redirectResponses } from "./response-redirect";
import { cloudNowMs, scaleTime, skipTime } from "./scaled-time";

/** Exit codes of the runtime itself. Source: aws/aws-lambda-nodejs-runtime-interface-client, src/index.mjs. */
const EXIT_UNCAUGHT_EXCEPTION = 129;
const EXIT_UNHANDLED_REJECTION = 128;

const settings = JSON.parse(process.argv[2] ?? "{}") as ProcessSettings;
// The arguments of a handler's process are Lambda's, not the simulator's.
process.argv.length = 2;
scaleTime(settings.time);
redirectResponses(settings.responsePort);

let current: InvokeMessage | undefined;

/** One line of the log: `time TAB request TAB level TAB text`; line feeds in it become carriage returns. */
for (const [method, level] of [
  ["log", "INFO"],
  ["info", "INFO"],
  ["debug", "DEBUG"],
  ["warn", "WARN"],
  ["error", "ERROR"],
  ["trace", "TRACE"],
] as const) {
  console[method] = (...values: unknown[]) => {
    const text = format(...values).replaceAll("\n", "\r");
    process.stdout.write(`${new Date().toISOString()}\t${current?.requestId ?? "undefined"}\t${level}\t${text}\n`);
  };
}

process.on("uncaughtException", (error) => fail(error, EXIT_UNCAUGHT_EXCEPTION));
process.on("unhandledRejection", (reason) => {
  const error = new Error(String(reason));
  error.name = "Runtime.UnhandledPromiseRejection";
  fail(error, EXIT_UNHANDLED_REJECTION);
});
// Nobody is left to ask for anything.
process.on("disconnect", () => process.exit(0));
process.on("message", (message: InvokeMessage) => {
  current = message;
  skipTime(message.skippedMs);
  void invoke(message).then(answer);
});

const loaded: Promise<Handler> = loadHandler(process.env.LAMBDA_TASK_ROOT ?? "", process.env._HANDLER ?? "");
const ready = () => process.send?.({ kind: "ready" } satisfies ReadyMessage);
void loaded.then(ready, ready);

async function invoke(message: InvokeMessage): Promise<AnswerMessage> {
  try {
    const handler = await loaded;
    if (message.crash === "beforeHandler") {
      process.kill(process.pid, "SIGKILL");
    }
    const result = await callHandler(handler, JSON.parse(message.payload), contextOf(message));
    if (message.crash === "afterHandler") {
      process.kill(process.pid, "SIGKILL");
    }
    return { kind: "returned", payload: JSON.stringify(result ?? null) };
  } catch (error) {
    const document = errorDocument(error);
    console.error(`Invoke Error \t${JSON.stringify(document)}`);
    return { kind: "threw", error: document, fatal: false };
  }
}

function answer(message: AnswerMessage): void {
  process.stdout.write(`${END_OF_LOG}\n`);
  process.send?.(message);
}

/** Tells what went wrong, then ends, as the runtime does after an error that nobody caught. */
function fail(error: Error, exitCode: number): void {
  console.error(`${error.name} \t${JSON.stringify(errorDocument(error))}`);
  process.stdout.write(`${END_OF_LOG}\n`);
  const message: AnswerMessage = { kind: "threw", error: errorDocument(error), fatal: true };
  process.send?.(message, () => process.exit(exitCode));
}

/** Source: aws/aws-lambda-nodejs-runtime-interface-client, src/Errors.js (toRapidResponse). */
function errorDocument(error: unknown): FunctionErrorDocument {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function contextOf({ requestId, functionArn, deadlineMs }: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadlineMs - cloudNowMs(settings.time))),
  };
}
