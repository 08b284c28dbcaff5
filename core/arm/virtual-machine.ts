/** Looks at a VM before something is asked of it. */
import { RunFailedError } from "../failures/errors";
import type { Session } from "../run/session";
import { READ_VM_ACTION, readVmFacts, type VmFacts, type VmTarget, vmWithInstanceViewPath } from "./invocation";
import { classifyRefusal } from "./invoke";
import { readArmError } from "./lro";

export type LookedUpVm =
  | { readonly kind: "there"; readonly facts: VmFacts }
  /** Azure says that the VM, or its group, does not exist. */
  | { readonly kind: "gone"; readonly message: string };

/** Codes of a 404 that mean that the VM is not there. A subscription that is not found may be a wrong sign-in. */
const GONE_CODES: readonly string[] = ["ResourceNotFound", "ResourceGroupNotFound"];

/**
 * @throws RunFailedError when Azure does not answer, or refuses to say.
 */
export async function lookUpVm(target: VmTarget, session: Session): Promise<LookedUpVm> {
  const reply = await (await session.client()).get(vmWithInstanceViewPath(target));
  if (reply.status === 200) {
    return { kind: "there", facts: readVmFacts(reply.body) };
  }
  const error = readArmError(reply.body);
  if (reply.status === 404 && GONE_CODES.includes(error.code)) {
    return { kind: "gone", message: error.message };
  }
  throw new RunFailedError(classifyRefusal(reply.status, error, target, READ_VM_ACTION));
}

/**
 * The VM's facts when a script can run on it now.
 *
 * @throws RunFailedError `VmNotFound`, `VmNotLinux` or `VmNotRunning`.
 */
export async function requireRunningVm(target: VmTarget, session: Session): Promise<VmFacts> {
  const { vmName, resourceGroupName } = target;
  const vm = await lookUpVm(target, session);
  if (vm.kind === "gone") {
    throw new RunFailedError({ kind: "VmNotFound", vmName, resourceGroupName, message: vm.message });
  }
  const { osType, powerState } = vm.facts;
  if (osType !== undefined && osType.toLowerCase() !== "linux") {
    throw new RunFailedError({ kind: "VmNotLinux", vmName, osType });
  }
  if (powerState !== undefined && powerState !== "running") {
    throw new RunFailedError({ kind: "VmNotRunning", vmName, powerState });
  }
  return vm.facts;
}
