/** The session of one command with Azure: signed in as the environment says, as a deployment would be. */
import type { VmTarget } from "../core/arm/invocation";
import { realOutside } from "../core/outside";
import { openSession, type Session } from "../core/run/session";
import { loadCredential } from "../core/sign-in/identity-library";
import { readSettings } from "../core/sign-in/settings";
import { VERSION } from "../core/version";
import { requireSubscriptionId, type TargetOptions, targetOf } from "./target";
import { UsageError } from "./usage";

/** What Azure's logs call the command line by. */
const USER_AGENT = `azure-run-command/${VERSION} cli`;

/**
 * @param subscription goes before that of the environment.
 * @param signal ends every wait.
 * @throws UsageError when a setting makes no sense.
 */
export function openAzureSession(subscription: string | undefined, signal?: AbortSignal): Session {
  const outside = realOutside();
  const settings = readSettings((name) => (name === "subscriptionId" ? subscription : undefined), outside.environment);
  const { waitSliceSeconds: waitSlice } = settings;
  if (waitSlice.kind === "problem") {
    throw new UsageError(waitSlice.problem);
  }
  return openSession({
    settings,
    outside,
    loadCredential,
    userAgent: USER_AGENT,
    waitSliceSeconds: waitSlice.value,
    isAlone: true,
    ...(signal === undefined ? {} : { signal }),
  });
}

export interface AskedVm {
  readonly target: VmTarget;
  readonly session: Session;
}

/** The VM that is meant, and the session to ask it in. @param signal ends every wait. @throws UsageError */
export function openVm(options: TargetOptions, signal?: AbortSignal): AskedVm {
  const target = targetOf(options);
  const session = openAzureSession(options.subscription, signal);
  if (target.subscriptionId === "") {
    requireSubscription(session, ", or give --vm-id <id>");
  }
  return { target: session.complete(target), session };
}

/** @throws UsageError when no subscription is known, or it is none. */
export function requireSubscription(session: Session, instead: string): string {
  const subscription = session.settings.subscriptionId;
  if (subscription === undefined) {
    throw new UsageError(
      `no subscription is known; give --subscription <guid>, set ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID${instead}`,
    );
  }
  requireSubscriptionId(subscription.source, subscription.value);
  return subscription.value;
}
