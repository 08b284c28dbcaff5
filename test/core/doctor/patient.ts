/** A VM of the simulator under examination: over real HTTPS, in virtual time, so that no row waits and none is faster than another. */
import { createDefaultHttpClient, type PipelineRequest, RestError } from "@azure/core-rest-pipeline";
import { instanceTarget, type ScaleSetInstance, type VmTarget } from "../../../core/arm/invocation";
import type { Checkup } from "../../../core/doctor/checkup";
import { examine } from "../../../core/doctor/examine";
import type { Outside } from "../../../core/outside";
import { openSession } from "../../../core/run/session";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import type { Clock } from "../../../simulator/clock";
import type { RawOptions } from "../../../simulator/options";
import { type Running, run } from "../../simulator/running";
import { sentCall, stateMessage } from "../../support/guest-answers";
import { virtualClock } from "../../support/virtual-outside";

export type Values = Readonly<Record<string, string>>;

export interface Visit {
  /** In place of what the simulator gives out; an empty value takes a variable away. */
  readonly environment?: Values;
  readonly resourceGroup?: string;
  readonly vm?: string;
  readonly subscription?: string;
  /** In place of `vm`: an instance of a Uniform scale set. */
  readonly instance?: ScaleSetInstance;
  /** How the paths begin that nobody answers at. */
  readonly unreachable?: string;
  /** What Azure shows of the VM, otherwise than the simulator has it. */
  readonly shows?: (document: string) => string;
  /** @default true */
  readonly probes?: boolean;
}

export interface Practice {
  readonly sim: Running;
  examine(visit?: Visit): Promise<Checkup>;
  /** Something that goes wrong: without end, or so often. */
  fault(name: string, options?: { readonly on?: string; readonly count?: number }): Promise<void>;
  put(path: string, body: object): Promise<void>;
  /** In the time of the simulator and its client. */
  sleep(ms: number): Promise<void>;
  /** Everything is well again. */
  recover(): Promise<void>;
}

/** The runner's answer to a look: it is there, and knows of nothing but these; see `stateMessage`. */
export function runnerAnswers(script: string, receipts?: string) {
  const { nonce, requests } = sentCall(script);
  // A list of all keys names none.
  const call = { nonce, requests: requests.map((one) => ({ ...one, key: "-" })) };
  const message = stateMessage(call, "Exited", nonce, receipts);
  return { status: "success", message } as const;
}

export async function openPractice(raw: RawOptions = {}): Promise<Practice> {
  const time = virtualClock();
  const sim = await run(raw, { clock: clockOf(time) });
  const call = async (path: string, method: string, body?: object): Promise<void> => {
    const answer = await sim.admin(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    }
  };
  const reset = async () => {
    await call("/faults", "DELETE");
    await call("/denied-actions", "PUT", { actions: [] });
    await call("/client-secret", "PUT", { expired: false });
    for (const name of sim.simulator.world.locks.keys()) {
      await call(`/locks/${name}`, "DELETE");
    }
    await call("/vms/vm1", "PUT", {});
    for (const guest of sim.guests.values()) {
      guest.answer = runnerAnswers;
    }
  };
  await reset();
  return {
    sim,
    examine: (visit = {}) => examineOn(sim, time, visit),
    fault: (name, options = {}) => call("/faults", "POST", { fault: name, share: 1, ...options }),
    put: (path, body) => call(path, "PUT", body),
    sleep: (ms) => time.sleep(ms),
    recover: reset,
  };
}

type Time = ReturnType<typeof virtualClock>;

function targetOf({ resourceGroup = "rg", vm = "vm1", subscription = "", instance }: Visit): VmTarget {
  const group = { subscriptionId: subscription, resourceGroupName: resourceGroup };
  return instance === undefined ? { ...group, vmName: vm } : instanceTarget(group, instance);
}

/** The simulator waits in the same time as its client. */
function clockOf(time: Time): Clock {
  return {
    // Its client may sleep for a part of a millisecond.
    nowMs: () => Math.floor(time.nowMs()),
    at: (atMs, action) => {
      const calledOff = new AbortController();
      time.sleep(Math.max(0, atMs - time.nowMs()), calledOff.signal).then(action, () => undefined);
      return () => calledOff.abort();
    },
  };
}

function examineOn(sim: Running, time: Time, visit: Visit): Promise<Checkup> {
  const { environment = {}, unreachable, shows = (document: string) => document, probes = true } = visit;
  const home = new URL(sim.simulator.endpoint).host;
  const { ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_SUBSCRIPTION_ID } = sim.simulator.environment;
  const variables: Readonly<Record<string, string | undefined>> = {
    ARM_METADATA_HOSTNAME: home,
    ...{ ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_SUBSCRIPTION_ID },
    ...environment,
  };
  const real = createDefaultHttpClient();
  const send = async (request: PipelineRequest) => {
    const { host, pathname } = new URL(request.url);
    if (host !== home || (unreachable !== undefined && pathname.startsWith(unreachable))) {
      throw new RestError(`connect ENETUNREACH ${host}`, { code: "ENETUNREACH", request });
    }
    request.tlsSettings = { ca: sim.simulator.rootCertificate };
    // The library leaves the timer of a request that failed running, and jest would wait for it.
    request.timeout = 0;
    const response = await real.sendRequest(request);
    return request.url.includes("instanceView")
      ? { ...response, bodyAsText: shows(response.bodyAsText ?? "") }
      : response;
  };
  let drawn = 0;
  const outside: Outside = {
    nowMs: time.nowMs,
    sleep: time.sleep,
    randomHex: (bytes) => (++drawn).toString(16).padStart(bytes * 2, "0"),
    environment: (name) => variables[name],
    httpClient: async () => ({ sendRequest: (request) => time.holdStill(() => send(request)) }),
  };
  const settings = readSettings(() => undefined, outside.environment);
  const session = openSession({
    settings,
    outside,
    loadCredential,
    userAgent: "test",
    waitSliceSeconds: 60,
    isAlone: true,
  });
  const nothing = () => undefined;
  return examine(targetOf(visit), session, {
    probes,
    watcher: { looking: nothing, inProgress: nothing, delayed: nothing },
  });
}
