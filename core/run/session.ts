/** What one process shares among all its resources: settings, client, and a lane for each VM. */
import { type ArmClient, createArmClient } from "../arm/arm-client";
import { isSameVm, type VmTarget } from "../arm/invocation";
import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import { createCredential } from "../sign-in/credentials";
import type { LoadCredential } from "../sign-in/identity-library";
import { resolveCloud } from "../sign-in/resolve-cloud";
import type { Settings } from "../sign-in/settings";
import { Lane } from "./lane";

export interface Session {
  readonly settings: Settings;
  readonly outside: Outside;
  /** @throws RunFailedError when the cloud cannot be found out. */
  client(): Promise<ArmClient>;
  lane(target: VmTarget): Promise<Lane>;
  /** The deployment was interrupted: scripts that have not been sent yet are refused from now on. */
  startNothing(): void;
  /** Aborts when the deployment is interrupted, with a `RunFailedError` that says so. */
  interruption(vmName: string): AbortSignal;
  /** Fills in the subscription of the settings where a target has none. */
  complete(target: VmTarget): VmTarget;
}

export interface SessionOptions {
  readonly settings: Settings;
  readonly outside: Outside;
  /** Name and version of what calls, for the User-Agent header. */
  readonly userAgent: string;
  /** How long one invocation waits inside the VM for scripts to end. */
  readonly waitSliceSeconds: number;
  readonly loadCredential: LoadCredential;
  /** Ends every wait when it aborts. */
  readonly signal?: AbortSignal;
}

export function openSession(options: SessionOptions): Session {
  const { settings, outside, waitSliceSeconds, signal } = options;
  const lanes: { readonly target: VmTarget; readonly lane: Lane }[] = [];
  let startsNothing = false;
  const interruptions: (() => void)[] = [];
  let connected: Promise<ArmClient> | undefined;
  const client = () => {
    connected ??= connect(options);
    // A cloud that could not be reached may be reached by the next resource: do not keep the failure.
    connected.catch(() => {
      connected = undefined;
    });
    return connected;
  };
  return {
    settings,
    outside,
    client,
    lane: async (target) => {
      const armClient = await client();
      const known = lanes.find((entry) => isSameVm(entry.target, target));
      if (known !== undefined) {
        return known.lane;
      }
      const lane = new Lane({ client: armClient, outside, target, waitSliceSeconds, signal });
      lanes.push({ target, lane });
      if (startsNothing) {
        lane.startNothing();
      }
      return lane;
    },
    startNothing: () => {
      startsNothing = true;
      for (const interrupt of interruptions) interrupt();
      for (const { lane } of lanes) lane.startNothing();
    },
    interruption: (vmName) => {
      const interrupted = new AbortController();
      const interrupt = () => interrupted.abort(new RunFailedError({ kind: "InterruptedBefore", vmName }));
      if (startsNothing) {
        interrupt();
      } else {
        interruptions.push(interrupt);
      }
      return interrupted.signal;
    },
    complete: (target) => {
      if (target.subscriptionId !== "") {
        return target;
      }
      if (settings.subscriptionId === undefined) {
        throw new RunFailedError({ kind: "SubscriptionUnknown" });
      }
      return { ...target, subscriptionId: settings.subscriptionId.value };
    },
  };
}

async function connect({ settings, outside, userAgent, loadCredential }: SessionOptions): Promise<ArmClient> {
  const cloud = await resolveCloud(settings.cloud, outside);
  return createArmClient({
    cloud,
    credential: createCredential(settings.credential, cloud, outside, loadCredential),
    outside,
    userAgent,
  });
}
