// Starts the simulator for the quick start, and asks it what it was asked to do.
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say, step } from "../progress.mjs";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { attempt } from "../run.mjs";
import { marked } from "./processes.mjs";

export const VM_NAME = "vm1";

const READY_TIMEOUT_MS = 60_000;
/** How long it may take to end its guests in order. */
const STOP_TIMEOUT_MS = 10_000;

/** @returns {Promise<{ endpoint: string, environment: Record<string, string>, operations(): Promise<object[]>, stop(): Promise<void> }>} */
export async function startSimulatedAzure(folder, interrupted) {
  const simulator = await step(
    { title: `Start an Azure on this machine, with the VM '${VM_NAME}'`, usually: "3 s" },
    () => startSimulator(folder, VM_NAME, interrupted),
  );
  say(`  ${simulator.endpoint} plays Entra, Azure Resource Manager and the VM's agent; nothing leaves this machine.`);
  return simulator;
}

async function startSimulator(folder, vmName, interrupted) {
  const environmentFile = join(folder, "azure.env");
  let child;
  let ready;
  const isReady = new Promise((resolve) => {
    ready = resolve;
  });
  // "--": Node.js 20 takes any later --env-file for its own.
  const args = [
    "--",
    join(repositoryRoot, "dist/cli/main.js"),
    "simulate",
    "--vm",
    vmName,
    "--env-file",
    environmentFile,
  ];
  const ended = attempt(process.execPath, args, {
    env: marked(folder),
    detached: true,
    onStart: (started) => {
      child = started;
    },
    onLine: (line) => {
      const endpoint = /https:\/\/localhost:\d+/.exec(line)?.[0];
      if (endpoint !== undefined) ready(endpoint);
    },
  });
  const stop = async () => {
    child.kill("SIGTERM");
    if ((await Promise.race([ended, sleep(STOP_TIMEOUT_MS, "late")])) === "late") child.kill("SIGKILL");
  };
  const first = await Promise.race([isReady, ended, interrupted, sleep(READY_TIMEOUT_MS, undefined, { ref: false })]);
  if (typeof first !== "string" || !existsSync(environmentFile)) {
    await stop();
    throw new Error(`the simulator did not become ready: ${(await ended).output.trim() || "it printed nothing"}`);
  }
  const environment = readEnvironment(environmentFile);
  return { endpoint: first, environment, operations: () => get(first, "operations", environment), stop };
}

/** Lines `export NAME='value'`; a quote inside a value is written as '\''. */
function readEnvironment(path) {
  const lines = readFileSync(path, "utf8").matchAll(/^export ([A-Z0-9_]+)='((?:[^']|'\\'')*)'$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value.replaceAll("'\\''", "'")]));
}

function get(endpoint, path, environment) {
  const headers = { "x-simulator-key": environment.AZURE_RUN_COMMAND_SIMULATOR_KEY };
  const ca = readFileSync(environment.NODE_EXTRA_CA_CERTS);
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}/_simulator/${path}`, { headers, ca }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()));
        else reject(new Error(`the simulator answered ${response.statusCode} to GET /_simulator/${path}`));
      });
    });
    sent.on("error", reject).end();
  });
}
