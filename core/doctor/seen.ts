/** What was seen in one checkup, before it is judged: types only. */
import type { VmTarget } from "../arm/invocation";
import type { LocksOfVm } from "../arm/locks";
import type { LookedUpVm } from "../arm/vm-looks";
import type { RunFailedError } from "../failures/errors";
import type { CredentialChoice } from "../sign-in/credential-choice";
import type { Probed } from "./probe";
import type { SeenPermissions } from "./rights";
import type { Subscription } from "./subscriptions";

export type Look<Value> =
  | { readonly kind: "seen"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: RunFailedError }
  /** Nobody looked; `why` is a sentence. */
  | { readonly kind: "skipped"; readonly why: string };

export interface Seen {
  /** Its subscription is empty where none is known. */
  readonly target: VmTarget;
  readonly credential: CredentialChoice;
  readonly subscriptions: Look<readonly Subscription[]>;
  readonly vm: Look<LookedUpVm>;
  readonly permissions: Look<SeenPermissions>;
  readonly locks: Look<LocksOfVm>;
  readonly probe: Look<Probed>;
}
