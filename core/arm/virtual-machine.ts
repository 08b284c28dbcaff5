/** Looks at a VM before something is asked of it, and waits for one that is about to be ready. */
import { RunFailedError, type RunFailure } from "../failures/errors";
import type { Reporter } from "../outside";
import type { Session } from "../run/session";
import {
  READ_VM_ACTION,
  readVmFacts,
  type VmFacts,
  type VmTarget,
  vmResourceId,
  vmWithInstanceViewPath,
} from "./invocation";
import { readArmError, retryAfterMs } from "./lro";
import { classifyRefusal } from "./refusal";

export type LookedUpVm =
  | { readonly kind: "there"; readonly facts: VmFacts }
  /** Azure says that the VM, or its group, does not exist. */
  | GoneVm;

export interface GoneVm {
  readonly kind: "gone";
  /** In Azure's words. */
  readonly message: string;
  readonly missing: "vm" | "resourceGroup";
}

/** Codes of a 404 that mean that the VM is not there. A subscription that is not found may be a wrong sign-in. */
const GONE_CODES: readonly string[] = ["ResourceNotFound", "ResourceGroupNotFound"];

/**
 * @throws RunFailedError when Azure does not answer, or refuses to say.
 */
export async function lookUpVm(target: VmTarget, session: Session, signal?: AbortSignal): Promise<LookedUpVm> {
  const reply = await (await session.client()).get(vmWithInstanceViewPath(target), signal);
  if (reply.status === 200) {
    return { kind: "there", facts: readVmFacts(reply.body) };
  }
  const error = readArmError(reply.body);
  if (reply.status === 404 && GONE_CODES.includes(error.code)) {
    return {
      kind: "gone",
      message: error.message,
      missing: error.code === "ResourceGroupNotFound" ? "resourceGroup" : "vm",
    };
  }
  const waitMs = retryAfterMs(reply.header("retry-after"), session.outside.nowMs());
  throw new RunFailedError(classifyRefusal(reply.status, error, target, READ_VM_ACTION, waitMs));
}

/** Looks that are under way, for each session: many resources of one VM begin at the same moment. */
const underWay = new WeakMap<Session, Map<string, Promise<LookedUpVm>>>();

/** One look for all who want one at the same time. */
function shareLook(target: VmTarget, session: Session): Promise<LookedUpVm> {
  const looks = underWay.get(session) ?? new Map<string, Promise<LookedUpVm>>();
  underWay.set(session, looks);
  const id = vmResourceId(target).toLowerCase();
  const look = looks.get(id) ?? lookUpVm(target, session).finally(() => looks.delete(id));
  looks.set(id, look);
  return look;
}

export type Readiness =
  | { readonly kind: "ready" }
  /** It will be, if nothing goes wrong; `why` goes on after "waiting for 'vm': ". */
  | { readonly kind: "soon"; readonly why: string }
  | { readonly kind: "not"; readonly failure: RunFailure };

/** Whether a command can run on a VM now. What Azure does not say holds nothing up. */
export function readinessOf(vmName: string, facts: VmFacts): Readiness {
  const { osType, powerState, provisioningState, agentStatus } = facts;
  if (osType !== undefined && osType.toLowerCase() !== "linux") {
    return { kind: "not", failure: { kind: "VmNotLinux", vmName, osType } };
  }
  const isBeingMade = powerState === undefined && provisioningState?.toLowerCase() === "creating";
  if (powerState === "starting" || isBeingMade) {
    return { kind: "soon", why: `its power state is '${powerState ?? "not known yet"}'` };
  }
  if (powerState !== undefined && powerState !== "running") {
    return { kind: "not", failure: { kind: "VmNotRunning", vmName, powerState } };
  }
  return agentStatus === undefined || agentStatus.toLowerCase() === "ready"
    ? { kind: "ready" }
    : { kind: "soon", why: `its agent's status is '${agentStatus}'` };
}

/** How long between two looks at a VM that is not ready. Source: our own choice; a fresh VM takes a minute or more. */
const LOOK_INTERVAL_MS = 5_000;

export interface Patience {
  /** How long to wait for a VM that starts, and for its agent; 0 for one look. */
  readonly timeoutSeconds: number;
  readonly reporter: Pick<Reporter, "progress">;
  readonly signal?: AbortSignal | undefined;
}

export type AwaitedVm =
  | { readonly kind: "ready"; readonly facts: VmFacts }
  | GoneVm
  /** It cannot take a command: it is off, no Linux, or was not ready in time. */
  | { readonly kind: "not"; readonly failure: RunFailure; readonly facts: VmFacts };

/**
 * Waits until a VM can take a command, and tells what it waits for.
 *
 * @throws RunFailedError when Azure does not answer, or refuses to say.
 */
export async function awaitVm(target: VmTarget, session: Session, patience: Patience): Promise<AwaitedVm> {
  const { vmName } = target;
  const { outside } = session;
  const { reporter, signal, timeoutSeconds } = patience;
  const startedAtMs = outside.nowMs();
  for (;;) {
    signal?.throwIfAborted();
    const vm = await unlessAborted(shareLook(target, session), signal);
    if (vm.kind === "gone") {
      return vm;
    }
    const { facts } = vm;
    const readiness = readinessOf(vmName, facts);
    if (readiness.kind === "ready") {
      return { kind: "ready", facts };
    }
    if (readiness.kind === "not") {
      return { kind: "not", failure: readiness.failure, facts };
    }
    const waitedMs = outside.nowMs() - startedAtMs;
    const leftMs = timeoutSeconds * 1_000 - waitedMs;
    if (leftMs <= 0) {
      const { powerState, agentStatus } = facts;
      const waitedSeconds = Math.round(waitedMs / 1_000);
      return { kind: "not", facts, failure: { kind: "AgentNotReady", vmName, waitedSeconds, powerState, agentStatus } };
    }
    reporter.progress(`waiting for '${vmName}' for ${Math.round(waitedMs / 1_000)} s: ${readiness.why}`);
    await outside.sleep(Math.min(LOOK_INTERVAL_MS, leftMs), signal);
  }
}

/** The look goes on for others who share it. */
function unlessAborted<Result>(look: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) {
    return look;
  }
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    look.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/**
 * The VM's facts when a script can run on it.
 *
 * @throws RunFailedError `VmNotFound`, `VmNotLinux`, `VmNotRunning` or `AgentNotReady`.
 */
export async function requireReadyVm(target: VmTarget, session: Session, patience: Patience): Promise<VmFacts> {
  const { vmName, resourceGroupName } = target;
  const vm = await awaitVm(target, session, patience);
  switch (vm.kind) {
    case "ready":
      return vm.facts;
    case "gone":
      throw new RunFailedError({
        kind: "VmNotFound",
        vmName,
        resourceGroupName,
        message: vm.message,
        missing: vm.missing,
      });
    case "not":
      throw new RunFailedError(vm.failure);
  }
}
