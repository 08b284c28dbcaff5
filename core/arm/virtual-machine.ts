/** Looks at a VM before something is asked of it, and waits for one that is about to be ready. */
import { RunFailedError, type RunFailure } from "../failures/errors";
import type { Reporter } from "../outside";
import type { Session } from "../run/session";
import { readVmAction, type VmTarget, vmWithInstanceViewPath } from "./invocation";
import { type ArmError, readArmError, retryAfterMs } from "./lro";
import { classifyRefusal, isGoneInstance } from "./refusal";
import { readVmFacts, type VmFacts } from "./vm-facts";
import { type GoneVm, type LookedUpVm, looksOf } from "./vm-looks";

/** Codes of a 404 that mean that the VM is not there. A subscription that is not found may be a wrong sign-in. */
const GONE_CODES: readonly string[] = ["ResourceNotFound", "ResourceGroupNotFound"];

/** Azure Resource Manager does not know instances: their 404 is Compute's own. Source: apcera/libretto#54. */
const GONE_INSTANCE_CODES: readonly string[] = [...GONE_CODES, "NotFound"];

function isGone(status: number, error: ArmError, target: VmTarget): boolean {
  const codes = target.instance === undefined ? GONE_CODES : GONE_INSTANCE_CODES;
  return (status === 404 && codes.includes(error.code)) || isGoneInstance(status, error, target);
}

/**
 * @throws RunFailedError when Azure does not answer, or refuses to say.
 */
export async function lookUpVm(target: VmTarget, session: Session, signal?: AbortSignal): Promise<LookedUpVm> {
  const reply = await (await session.client()).get(vmWithInstanceViewPath(target), signal);
  if (reply.status === 200) {
    return { kind: "there", facts: readVmFacts(reply.body) };
  }
  const error = readArmError(reply.body);
  if (isGone(reply.status, error, target)) {
    return {
      kind: "gone",
      message: error.message,
      missing: error.code === "ResourceGroupNotFound" ? "resourceGroup" : "vm",
    };
  }
  const waitMs = retryAfterMs(reply.header("retry-after"), session.outside.nowMs());
  throw new RunFailedError(classifyRefusal(reply.status, error, target, readVmAction(target), waitMs));
}

/**
 * How long what was seen of a VM counts. Source: our own choice; many resources of one VM begin, or are read, within seconds, and
 * Azure gives 36 looks at it, and 12 more each minute.
 */
const SEEN_FOR_MS = 1_000;

/**
 * One look for all who read a VM within a moment.
 *
 * @throws RunFailedError when Azure does not answer, or refuses to say.
 */
export async function seeVm(target: VmTarget, session: Session): Promise<LookedUpVm> {
  return seenJustNow(target, session) ?? (await shareLook(target, session));
}

function seenJustNow(target: VmTarget, session: Session): LookedUpVm | undefined {
  return looksOf(session).seenSince(target, session.outside.nowMs() - SEEN_FOR_MS);
}

function shareLook(target: VmTarget, session: Session): Promise<LookedUpVm> {
  return looksOf(session).share(target, () => lookUpVm(target, session), session.outside.nowMs);
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
  /** Whether it may have changed just now, so that nothing counts that was seen before. @default false */
  readonly mayHaveChanged?: boolean;
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
  const { reporter, signal, timeoutSeconds, mayHaveChanged = false } = patience;
  const startedAtMs = outside.nowMs();
  const known = mayHaveChanged ? undefined : seenJustNow(target, session);
  if (known?.kind === "there" && readinessOf(vmName, known.facts).kind === "ready") {
    signal?.throwIfAborted();
    return { kind: "ready", facts: known.facts };
  }
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
