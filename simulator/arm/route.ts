/** What a route of ARM is: its address, what answers it, and what that needs. */
import type { Identity } from "../entra/tokens";
import type { OperationFault } from "../faults/effect";
import type { World } from "../world";
import { describeRefusal, type Refusal } from "./errors";
import type { OperationUrls } from "./operation-urls";
import type { Needs } from "./permission";
import { type ArmReply, refused } from "./reply";
import type { PathNames } from "./scope";

export interface ArmContext {
  readonly world: World;
  /** `https://localhost:43210` */
  readonly endpoint: () => string;
  readonly identity: Identity;
  readonly urls: OperationUrls;
}

/** What a handler sees of a request. */
export interface ArmCall {
  readonly method: string;
  readonly path: string;
  readonly names: PathNames;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly apiVersion: string;
  readonly body: unknown;
  /** The `User-Agent`. */
  readonly client: string | undefined;
  /** What is to go wrong with the operation that this request starts. */
  readonly fault: OperationFault | undefined;
}

export type ArmHandler = (call: ArmCall) => ArmReply;
export type ArmMethod = "GET" | "POST" | "DELETE";

export interface ArmRouteEntry {
  readonly url: string;
  readonly handlers: { readonly [method in ArmMethod]?: ArmHandler };
  /** Source of the actions: azure-wire.md section 8; that the instance view in `$expand` needs no more than the VM: assumed. */
  readonly needs?: { readonly [method in ArmMethod]?: Needs };
  /** JSON schema of the body of POST. */
  readonly schema?: object;
}

export const SUBSCRIPTION = "/subscriptions/:subscription";
export const GROUP = `${SUBSCRIPTION}/resourceGroups/:group`;
export const COMPUTE = "providers/Microsoft.Compute";
export const MACHINES = `${GROUP}/${COMPUTE}/virtualMachines`;
export const MACHINE = `${MACHINES}/:vm`;
export const SCALE_SETS = `${GROUP}/${COMPUTE}/virtualMachineScaleSets`;
export const SCALE_SET = `${SCALE_SETS}/:scaleSet`;
export const INSTANCES = `${SCALE_SET}/virtualMachines`;
export const INSTANCE = `${INSTANCES}/:instance`;
export const LOCATION = `${SUBSCRIPTION}/${COMPUTE}/locations/:location`;

export function refuse(refusal: Refusal, headers: Readonly<Record<string, string>> = {}): ArmReply {
  return refused(describeRefusal(refusal), headers);
}
