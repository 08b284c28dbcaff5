/** Looks at all that a run command on one VM needs: asks in order, and goes on as far as that makes sense. */
import type { ArmClient } from "../arm/arm-client";
import type { VmTarget } from "../arm/invocation";
import { type LocksOfVm, locksOf } from "../arm/locks";
import { lookUpVm } from "../arm/virtual-machine";
import { diagnose } from "../failures/diagnose";
import { RunFailedError } from "../failures/errors";
import type { Session } from "../run/session";
import type { Checkup } from "./checkup";
import { judge } from "./judge";
import { permissionsAt } from "./permissions";
import { placeOf } from "./place";
import { type ProbeWatcher, probe } from "./probe";
import { PLACES, type SeenPermissions, scopeAt } from "./rights";
import type { Look, Seen } from "./seen";
import { listSubscriptions } from "./subscriptions";

export interface ExamineOptions {
  /** Whether our own runner is to tell that it runs there. It brings the extension, where that is not there yet. */
  readonly probes: boolean;
  readonly watcher: Watcher;
}

export interface Watcher extends ProbeWatcher {
  /** What is looked at now. */
  looking(at: string): void;
}

/** Never throws for what is wrong with Azure or the VM: that is what it tells. */
export async function examine(named: VmTarget, session: Session, options: ExamineOptions): Promise<Checkup> {
  const { credential } = session.settings;
  const target = { ...named, subscriptionId: subscriptionOf(named, session) };
  const seen: Seen = { target, credential, ...NOTHING_SEEN };
  return judge(await lookAt(seen, session, options));
}

const NOT_LOOKED: Look<never> = { kind: "skipped", why: "not looked at" };
const NOTHING_SEEN = {
  subscriptions: NOT_LOOKED,
  vm: NOT_LOOKED,
  permissions: NOT_LOOKED,
  locks: NOT_LOOKED,
  probe: NOT_LOOKED,
} as const;

function subscriptionOf({ subscriptionId }: VmTarget, { settings }: Session): string {
  return subscriptionId === "" ? (settings.subscriptionId?.value ?? "") : subscriptionId;
}

async function lookAt(nothing: Seen, session: Session, options: ExamineOptions): Promise<Seen> {
  const { target } = nothing;
  const { watcher } = options;
  const { vmName } = target;
  watcher.looking("signing in");
  const subscriptions = await look(async () => listSubscriptions(target, await session.client(), session.outside));
  const signedIn: Seen = { ...nothing, subscriptions };
  if (subscriptions.kind === "failed") {
    return withoutMore(signedIn, placeOf(subscriptions.error.failure, "sign-in"));
  }
  if (target.subscriptionId === "") {
    const error = new RunFailedError({ kind: "SubscriptionUnknown" });
    return { ...withoutMore(signedIn, "subscription"), vm: { kind: "failed", error } };
  }
  watcher.looking(`looking at '${vmName}'`);
  const client = await session.client();
  const [vm, permissions, locks] = await Promise.all([
    look(() => lookUpVm(target, session)),
    look(() => permissionsOf(target, client)),
    look((): Promise<LocksOfVm> => locksOf(target, client)),
  ]);
  const looked: Seen = { ...signedIn, vm, permissions, locks };
  return { ...looked, probe: await tryOut(looked, session, options) };
}

async function permissionsOf(target: VmTarget, client: ArmClient): Promise<SeenPermissions> {
  const found = await Promise.all(
    PLACES.map(async (place) => [place, await permissionsAt(scopeAt(place, target), client)] as const),
  );
  return Object.fromEntries(found) as SeenPermissions;
}

/** Only where nothing is known to be in its way: what is wrong before would only be said in other words. */
async function tryOut(seen: Seen, session: Session, options: ExamineOptions): Promise<Seen["probe"]> {
  const { target } = seen;
  const { probes, watcher } = options;
  const wrong = judge(seen).checks.find(({ name, status }) => status === "problem" && name !== "extension");
  if (wrong !== undefined) {
    return { kind: "skipped", why: `not tried: see '${wrong.name}'` };
  }
  if (!probes) {
    return { kind: "skipped", why: "not tried, as it was asked for" };
  }
  watcher.looking(`letting the runner tell from '${target.vmName}' that it is there`);
  const tried = await look(() => probe(target, session, watcher));
  return tried.kind === "failed" ? { kind: "failed", error: await withLog(tried.error, target, session) } : tried;
}

/** The handler's log tells more where the VM still answers. All else has been looked at already. */
async function withLog(error: RunFailedError, target: VmTarget, session: Session): Promise<RunFailedError> {
  const { failure } = error;
  const hasLog =
    failure.kind === "ReportUnreadable" ||
    (failure.kind === "OperationFailed" && failure.code === "VMExtensionProvisioningError");
  return hasLog ? diagnose(error, target, session, "vm and log") : error;
}

function withoutMore(seen: Seen, place: string): Seen {
  const skipped = { kind: "skipped", why: `not looked at: see '${place}'` } as const;
  return { ...seen, vm: skipped, permissions: skipped, locks: skipped, probe: skipped };
}

async function look<Value>(at: () => Promise<Value>): Promise<Look<Value>> {
  try {
    return { kind: "seen", value: await at() };
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    return { kind: "failed", error };
  }
}
