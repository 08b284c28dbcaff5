/**
 * One provider process: the real provider code, called over IPC as the engine calls it over gRPC, so that it can be killed.
 *
 * `begin` stands for a new process: everything that the provider's modules remember is forgotten, what the libraries and
 * the sign-in remember is not. Starting Node anew for each of hundreds of commands would take minutes.
 */
const { join } = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");

const BUILT_FOLDER = process.env.MODEL_BUILT_FOLDER;
/** So many times faster than Azure's pace: what is asked every 150 ms there is asked every 6 ms here. */
const SPEED = 25;
/** How long after a request was sent the process dies, when it dies with the request on its way. */
const ON_ITS_WAY_MS = 4;

// It parses with WebAssembly, which costs more than all the rest of a command; no script here is wrong.
require(join(BUILT_FOLDER, "core/script/syntax.js")).findFault = async () => undefined;

// Signing in is the same for every command of a process: the first one does it for all.
const signIn = require(join(BUILT_FOLDER, "core/sign-in/credentials.js"));
const clouds = require(join(BUILT_FOLDER, "core/sign-in/resolve-cloud.js"));
signIn.createCredential = onceOf(signIn.createCredential);
clouds.resolveCloud = onceOf(clouds.resolveCloud);

function onceOf(make) {
  let made;
  return (...given) => {
    made ??= make(...given);
    return made;
  };
}

const outside = require(join(BUILT_FOLDER, "core/outside.js"));
const real = outside.realOutside();
/** Its connections are shared by all commands. */
const client = real.httpClient();
/** Steps into the outside world (requests, answers, waits) until this process dies; undefined: it lives. */
let stepsLeft;

function step() {
  if (stepsLeft !== undefined && --stepsLeft <= 0) process.kill(process.pid, "SIGKILL");
}

outside.realOutside = () => {
  const startedAtMs = Date.now();
  return {
    ...real,
    nowMs: () => startedAtMs + (Date.now() - startedAtMs) * SPEED,
    sleep: async (ms, signal) => {
      step();
      await delay(ms / SPEED, undefined, signal === undefined ? {} : { signal });
    },
    httpClient: async () => ({ sendRequest: send }),
  };
};

async function send(request) {
  // The library leaves its timer running after a lost answer.
  request.timeout = 0;
  step();
  const answer = (await client).sendRequest(request);
  if (stepsLeft === 1) setTimeout(step, ON_ITS_WAY_MS);
  try {
    return await answer;
  } finally {
    step();
  }
}

/** What the provider itself remembers is in its own modules; the core's remember nothing beyond what they are given. */
function forget() {
  const provider = join(BUILT_FOLDER, "provider/");
  for (const path of Object.keys(require.cache)) if (path.startsWith(provider)) delete require.cache[path];
}

/** The real engine answers "Unexpected struct type." and loses the resource; JSON would leave it out silently. */
function requireSendable(value, path) {
  if (value === undefined) throw new Error(`the provider returned undefined at ${path}`);
  if (typeof value === "object" && value !== null)
    for (const [name, part] of Object.entries(value)) requireSendable(part, `${path}.${name}`);
}

async function call(method, given) {
  if (method === "begin") {
    forget();
    stepsLeft = given[0].diesAtStep ?? undefined;
    method = "configure";
    given = [{ config: { get: () => undefined } }];
  }
  const result = await require(join(BUILT_FOLDER, "provider/lifecycle.js"))[method](...given);
  if (result !== undefined) requireSendable(result, method);
  return result;
}

process.on("message", ({ number, method, given }) => {
  call(method, given).then(
    (result) => process.send({ number, result }),
    ({ message, stack, id, properties, reasons }) => {
      const isNamed = id !== undefined;
      try {
        if (isNamed) requireSendable({ id, properties, reasons }, `the error of ${method}`);
        process.send({ number, error: { message, stack, ...(isNamed ? { id, properties, reasons } : {}) } });
      } catch (fault) {
        process.send({ number, error: { message: fault.message, stack: "" } });
      }
    },
  );
});
process.on("disconnect", () => process.exit());
