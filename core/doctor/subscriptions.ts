/** The subscriptions that these credentials see. */
import type { ArmClient } from "../arm/arm-client";
import type { VmTarget } from "../arm/invocation";
import { retryAfterMs } from "../arm/lro";
import { readPages } from "../arm/pages";
import { classifyRefusal } from "../arm/refusal";
import { RunFailedError } from "../failures/errors";
import { textAt } from "../json";
import type { Outside } from "../outside";

export interface Subscription {
  readonly subscriptionId: string;
  readonly name: string | undefined;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`. */
  readonly state: string | undefined;
}

/** What `az` asks first, too, once it has a token. Source: az 2.91.0, observed (November 2026). */
const SUBSCRIPTIONS_PATH = "/subscriptions?api-version=2022-12-01";

/** The right that lists subscriptions. Source: Learn, "Azure permissions for General". */
const READ_SUBSCRIPTIONS_ACTION = "Microsoft.Resources/subscriptions/read";

/**
 * Needs a token and no right: it is the first proof that one can sign in.
 *
 * @param target the VM that this is about, for messages.
 * @throws RunFailedError when there is no token, no answer, or a refusal.
 */
export async function listSubscriptions(
  target: VmTarget,
  client: ArmClient,
  outside: Pick<Outside, "nowMs">,
): Promise<readonly Subscription[]> {
  const listed = await readPages(SUBSCRIPTIONS_PATH, client);
  if (listed.kind === "refused") {
    const { reply, error } = listed;
    const waitMs = retryAfterMs(reply.header("retry-after"), outside.nowMs());
    throw new RunFailedError(classifyRefusal(reply.status, error, target, READ_SUBSCRIPTIONS_ACTION, waitMs));
  }
  return listed.entries.flatMap(readSubscription);
}

function readSubscription(entry: unknown): readonly Subscription[] {
  const subscriptionId = textAt(entry, "subscriptionId");
  return subscriptionId === undefined
    ? []
    : [{ subscriptionId, name: textAt(entry, "displayName"), state: textAt(entry, "state") }];
}
