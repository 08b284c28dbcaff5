/** An Azure in virtual time: operations of realistic length, and the simulator's own token buckets in front of them. */
import type { HttpClient } from "@azure/core-rest-pipeline";
import { createArmClient } from "../../core/arm/arm-client";
import type { VmTarget } from "../../core/arm/invocation";
import { invoke } from "../../core/arm/invoke";
import { Pace, type Work } from "../../core/arm/pace";
import { cloudByName } from "../../core/sign-in/clouds";
import { type Arrival, Throttling } from "../../simulator/arm/throttling";
import { realisticRunMs, seededRandom } from "../../simulator/timing";
import { type Answer, type Exchange, type VirtualOutside, virtualOutside } from "./virtual-outside";

export interface MeteredAzureOptions {
  readonly seed: number;
  /** Whether Azure's buckets can be empty; else every answer says that they are full. */
  readonly throttled: boolean;
  /** How long an operation takes; without it as long as realistic ones do. */
  readonly operationMs?: (random: () => number, count: number) => number;
  /** Whether the answers say what is left. */
  readonly headers?: boolean;
  /** What is counted by itself in the bucket of polls: each operation, or all of one VM. */
  readonly pollsCountFor?: "operation" | "vm";
  /** Until when, from the beginning on, requests are on their way that then arrive all at once. @default 0 */
  readonly stalledForMs?: number;
}

export interface Detection {
  readonly latenessMs: number;
  readonly polls: number;
}

export interface MeteredAzure {
  readonly outside: VirtualOutside;
  /** How late the end of each operation was known that has ended, and what that cost. */
  readonly detections: readonly Detection[];
  /** The requests that Azure refused for their number. */
  readonly refusals: readonly string[];
  /** Told why a command waited, in the order in which they did. */
  readonly delays: readonly string[];
  /** Sends one command to a VM and follows it to its end. */
  run(vmName: string, work?: Work): Promise<void>;
  /** Looks at a VM. */
  look(vmName: string): Promise<void>;
  /** What another process of the same user does at this moment. @returns whether Azure refused it. */
  elsewhere(method: "GET" | "POST", vmName: string): boolean;
}

const SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";
const OPERATIONS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations`;
const SCRIPTS: Work = { kind: "scripts", waitsMs: 60_000 };

interface Operation {
  readonly vmName: string;
  readonly endsAtMs: number;
  polls: number;
}

export function meteredAzure(options: MeteredAzureOptions): MeteredAzure {
  const {
    seed,
    throttled,
    operationMs = (random) => realisticRunMs(random),
    headers = true,
    stalledForMs = 0,
  } = options;
  const random = seededRandom(seed);
  const throttling = new Throttling(throttled ? "azure" : "none");
  const operations: Operation[] = [];
  const detections: Detection[] = [];
  const refusals: string[] = [];
  const delays: string[] = [];

  const arrivalOf = (method: string, resource: string): Arrival => {
    return { method, resource, nowMs: outside.nowMs(), subscriptionId: SUBSCRIPTION, objectId: "me" };
  };

  const counted = ({ method, url }: Exchange, resource: string, answer: () => Answer): Answer => {
    const kind = method === "POST" ? "run" : url.includes("/operations/") ? "poll" : "getVm";
    const arrival = arrivalOf(method, resource);
    const refused = throttling.enterArm(arrival) ?? throttling.enterCompute(kind, arrival);
    if (refused !== undefined) {
      refusals.push(`${method} ${url}: ${refused.body}`);
      return { status: 429, headers: refused.headers, body: refused.body };
    }
    const given = answer();
    return headers && "status" in given
      ? { ...given, headers: { ...throttling.headers(kind, arrival), ...given.headers } }
      : given;
  };

  const poll = (operation: Operation): Answer => {
    operation.polls += 1;
    const latenessMs = outside.nowMs() - operation.endsAtMs;
    if (latenessMs < 0) {
      return { status: 200, body: { status: "InProgress" } };
    }
    detections.push({ latenessMs, polls: operation.polls });
    return { status: 200, body: { status: "Succeeded" } };
  };

  const azure = virtualOutside((exchange) => {
    const vmName = /virtualMachines\/([^/?]+)/.exec(exchange.url)?.[1];
    if (vmName === undefined) {
      const number = Number(/operations\/(\d+)$/.exec(exchange.url)?.[1]);
      const operation = operations[number];
      if (operation === undefined) {
        throw new Error(`nobody answers ${exchange.url}`);
      }
      const resource = options.pollsCountFor === "vm" ? operation.vmName : String(number);
      return counted(exchange, resource, () => poll(operation));
    }
    return counted(exchange, vmName, () => {
      if (exchange.method === "GET") {
        return { status: 200, body: {} };
      }
      operations.push({ vmName, endsAtMs: outside.nowMs() + operationMs(random, operations.length), polls: 0 });
      const url = `https://management.azure.com${OPERATIONS}/${operations.length - 1}`;
      return { status: 202, headers: { "azure-asyncoperation": url } };
    });
  });

  const httpClient = stalled(azure, stalledForMs);
  const outside: VirtualOutside = { ...azure, httpClient: () => httpClient };

  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const pace = new Pace();
  const targetOf = (vmName: string): VmTarget => ({ subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName });

  return {
    outside,
    detections,
    refusals,
    delays,
    run: async (vmName, work = SCRIPTS) => {
      await invoke({
        client: client,
        outside,
        target: targetOf(vmName),
        body: { commandId: "RunShellScript" },
        work,
        pace,
        operationMaxMs: 10 * 60 * 60_000,
        afterLoss: async () => "sendAgain",
        onDelay: (why) => delays.push(why),
      });
    },
    look: async (vmName) => {
      await client.get(
        `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${vmName}`,
      );
    },
    elsewhere: (method, vmName) => {
      const arrival = arrivalOf(method, vmName);
      const kind = method === "GET" ? "getVm" : "run";
      return (throttling.enterArm(arrival) ?? throttling.enterCompute(kind, arrival)) !== undefined;
    },
  };
}

async function stalled({ httpClient, nowMs, sleep }: VirtualOutside, forMs: number): Promise<HttpClient> {
  const untilMs = nowMs() + forMs;
  const client = await httpClient();
  return {
    sendRequest: async (request) => {
      if (nowMs() < untilMs) {
        await sleep(untilMs - nowMs());
      }
      return client.sendRequest(request);
    },
  };
}

/** The lateness that a share of the operations does not exceed. */
export function latenessMs(detections: readonly Detection[], share: number): number {
  const sorted = detections.map((detection) => detection.latenessMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
