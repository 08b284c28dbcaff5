/** What one process shares among all its resources: settings, client, and a lane for each VM. */
import { type ArmClient, createArmClient } from "../arm/arm-client";
import { caselessVmId, isSameVm, type VmTarget } from "../arm/invocation";
import { Pace } from "../arm/pace";
import { looksOf } from "../arm/vm-looks";
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
  /**
   * Whether it never has two things to do on a VM at once, as in a process that does one thing at a time: what comes is sent at
   * once then, and waits for no company.
   *
   * @default false
   */
  readonly isAlone?: boolean;
  readonly loadCredential: LoadCredential;
  /** Ends every wait when it aborts. */
  readonly signal?: AbortSignal;
}

export function openSession(options: SessionOptions): Session {
  const { settings, outside, waitSliceSeconds, isAlone, signal } = options;
  /** By the VM's id without its subscription: where that is not known, any will do. */
  const lanes = new Map<string, { readonly target: VmTarget; readonly lane: Lane }[]>();
  const pace = new Pace();
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
  const session: Session = {
    settings,
    outside,
    client,
    lane: async (target) => {
      const armClient = await client();
      const id = caselessVmId({ ...target, subscriptionId: "" });
      const namesakes = lanes.get(id) ?? [];
      const known = namesakes.find((entry) => isSameVm(entry.target, target));
      if (known !== undefined) {
        return known.lane;
      }
      const onTheWay = () => looksOf(session).underWay(target);
      const shared = { client: armClient, outside, waitSliceSeconds, isAlone, pace, signal };
      const lane = new Lane({ ...shared, target, onTheWay });
      lanes.set(id, [...namesakes, { target, lane }]);
      if (startsNothing) {
        lane.startNothing();
      }
      return lane;
    },
    startNothing: () => {
      startsNothing = true;
      for (const interrupt of interruptions) interrupt();
      for (const { lane } of [...lanes.values()].flat()) lane.startNothing();
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
  return session;
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
