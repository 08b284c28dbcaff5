/** A client that sends the script and polls at fixed times, obeying `Retry-After`: how az and Terraform wait. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientKind, Job } from "./messages";
import { Conflict, need, type Printed, type ScriptClient, stdoutOf } from "./script-client";

type Schedule = Extract<ClientKind, { kind: "schedule" }>;

interface Reply {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
}

interface Call {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const API_VERSION = "2024-11-01";
/** As this package has. Without a limit, this machine is busy with opening a thousand at once, which says nothing of a schedule. */
const CONNECTIONS_MAX = 64;

export async function scheduleClient(schedule: Schedule): Promise<ScriptClient> {
  const send = sender();
  const endpoint = `https://${need("ARM_METADATA_HOSTNAME")}`;
  let token: Promise<string> | undefined;
  const run = async ({ virtualMachineId, script }: Job): Promise<Printed> => {
    token ??= signIn(send, endpoint);
    const headers = { authorization: `Bearer ${await token}`, "content-type": "application/json" };
    const url = `${endpoint}${virtualMachineId}/runCommand?api-version=${API_VERSION}`;
    const body = JSON.stringify({ commandId: "RunShellScript", script: script.split("\n"), parameters: [] });
    const accepted = await send({ method: "POST", url, headers, body });
    if (accepted.status !== 202) {
      throw accepted.status === 409 ? new Conflict(accepted.body) : new Error(`POST answered ${accepted.status}`);
    }
    const pollUrl = followed(accepted, "azure-asyncoperation");
    await untilItEnds(schedule, () => send({ method: "GET", url: pollUrl, headers }));
    const result = await send({ method: "GET", url: followed(accepted, "location"), headers });
    const { value } = JSON.parse(result.body) as { readonly value: readonly { readonly message: string }[] };
    return { stdout: stdoutOf(value[0]?.message ?? ""), exitCode: undefined, stdoutSha256: undefined };
  };
  return { prepare: async (job) => ({ job, run: () => run(job) }) };
}

async function untilItEnds({ firstPollMs, intervalMs }: Schedule, poll: () => Promise<Reply>): Promise<void> {
  await sleep(firstPollMs);
  for (;;) {
    const reply = await poll();
    if (reply.status === 200) {
      const { status } = JSON.parse(reply.body) as { readonly status: string };
      if (status === "Succeeded") {
        return;
      }
      if (status !== "InProgress") {
        throw new Error(`the operation ended as ${status}: ${reply.body}`);
      }
    } else if (reply.status !== 429) {
      throw new Error(`a poll answered ${reply.status}: ${reply.body}`);
    }
    const askedSeconds = Number(reply.header("retry-after"));
    await sleep(askedSeconds > 0 ? askedSeconds * 1_000 : intervalMs);
  }
}

function followed(accepted: Reply, header: string): string {
  const url = accepted.header(header);
  if (url === undefined) {
    throw new Error(`the answer to the POST has no header ${header}`);
  }
  return url;
}

async function signIn(send: (call: Call) => Promise<Reply>, endpoint: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: need("ARM_CLIENT_ID"),
    client_secret: need("ARM_CLIENT_SECRET"),
    scope: "https://management.core.windows.net//.default",
  });
  const reply = await send({
    method: "POST",
    url: `${endpoint}/${need("ARM_TENANT_ID")}/oauth2/v2.0/token`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  return (JSON.parse(reply.body) as { readonly access_token: string }).access_token;
}

function sender(): (call: Call) => Promise<Reply> {
  const ca = readFileSync(need("NODE_EXTRA_CA_CERTS"));
  const agent = new Agent({ ca, keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const send = (call: Call): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { method, url, headers, body = "" } = call;
      const allHeaders = { ...headers, "content-length": String(Buffer.byteLength(body)) };
      const sent = request(url, { method, agent, headers: allHeaders });
      // A connection that was kept, and that the server has closed meanwhile. Source: Node.js, `request.reusedSocket`.
      sent.on("error", (error) => (sent.reusedSocket ? resolve(send(call)) : reject(error)));
      sent.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        const header = (name: string) => {
          const value = response.headers[name];
          return typeof value === "string" ? value : undefined;
        };
        response.on("end", () => resolve({ status: response.statusCode ?? 0, header, body: text }));
      });
      sent.end(body);
    });
  return send;
}
