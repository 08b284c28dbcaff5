/** Asks the simulated Azure for what somebody else would do there, as any client would: start, deallocate, delete a VM. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { SimulatorProcess } from "./simulator-process";

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function send(simulator: SimulatorProcess, { method, url, headers, body }: Call): Promise<Reply> {
  const ca = readFileSync(simulator.environment.NODE_EXTRA_CA_CERTS ?? "");
  return new Promise((resolve, reject) => {
    const allHeaders = { "content-length": String(body?.length ?? 0), ...headers };
    const sent = request(url, { method, ca, agent: false, headers: allHeaders });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.end(body);
  });
}

async function tokenOf(simulator: SimulatorProcess): Promise<string> {
  const { ARM_TENANT_ID, ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = simulator.environment;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: ARM_CLIENT_ID,
    client_secret: ARM_CLIENT_SECRET,
    scope: "https://management.core.windows.net//.default",
  });
  const reply = await send(simulator, {
    method: "POST",
    url: `${simulator.endpoint}/${ARM_TENANT_ID}/oauth2/v2.0/token`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  return (JSON.parse(reply.body) as { access_token: string }).access_token;
}

/** Starts an operation on a VM of the group `rg` and waits for its end. */
export async function changeVm(
  simulator: SimulatorProcess,
  vm: string,
  change: "start" | "powerOff" | "deallocate" | "restart" | "delete",
): Promise<void> {
  const [method, action] = change === "delete" ? ["DELETE", ""] : ["POST", `/${change}`];
  await operate(simulator, vm, { method, action, body: undefined });
}

/** Runs a command on a VM as any client does. @returns the last document of its operation. */
export function runCommand(simulator: SimulatorProcess, vm: string, body: unknown): Promise<string> {
  return operate(simulator, vm, { method: "POST", action: "/runCommand", body: JSON.stringify(body) });
}

/** Many times what a power action takes. */
const PATIENCE_MS = 60_000;

interface Operation {
  readonly method: string;
  readonly action: string;
  readonly body: string | undefined;
}

async function operate(simulator: SimulatorProcess, vm: string, { method, action, body }: Operation): Promise<string> {
  const authorization = `Bearer ${await tokenOf(simulator)}`;
  const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const path = `/subscriptions/${simulator.environment.ARM_SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${vm}`;
  const url = `${simulator.endpoint}${path}${action}?api-version=2024-11-01`;
  const accepted = await send(simulator, { method, url, headers, ...(body === undefined ? {} : { body }) });
  const operation = accepted.headers["azure-asyncoperation"];
  if (typeof operation !== "string") {
    throw new Error(`${method} ${url} answered ${accepted.status}: ${accepted.body}`);
  }
  for (const endMs = Date.now() + PATIENCE_MS; Date.now() < endMs; ) {
    const document = (await send(simulator, { method: "GET", url: operation, headers: { authorization } })).body;
    if ((JSON.parse(document) as { status: string }).status !== "InProgress") {
      return document;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${method} ${action} of '${vm}' did not end`);
}
