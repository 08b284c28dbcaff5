/** Commands of the Azure CLI, and our own, about one VM, as lines for a shell. Pure. */
import { REMOVE_EXTENSION_COMMAND_ID, type VmTarget, vmResourceId } from "../arm/invocation";
import { shellQuote } from "../guest/shell-quote";

/** Azure's own command for it, which also ends one that hangs. */
export function removeExtension(target: VmTarget): string {
  return target.instance === undefined
    ? ofVm("run-command invoke", target, ["--command-id", REMOVE_EXTENSION_COMMAND_ID])
    : az("vmss run-command invoke", [...instanceOptions(target), "--command-id", REMOVE_EXTENSION_COMMAND_ID]);
}

/** Our own command that shows which scripts of this package go on. */
export function showRuns(target: VmTarget): string {
  const { instance, resourceGroupName, vmName } = target;
  const options =
    instance === undefined
      ? ["-g", resourceGroupName, "-n", vmName, ...inSubscription(target)]
      : ["--vm-id", vmResourceId(target)];
  return ["npx azure-run-command runs", ...options.map(word)].join(" ");
}

export function ofVm(command: string, target: VmTarget, more: readonly string[] = []): string {
  const { instance, resourceGroupName, vmName } = target;
  return instance === undefined
    ? az(`vm ${command}`, ["--resource-group", resourceGroupName, "--name", vmName, ...inSubscription(target), ...more])
    : az(`vmss ${command}`, [...instancesOptions(command, target), ...more]);
}

/** `az vmss` names one instance in two ways, and a setting of all in none. */
function instancesOptions(command: string, target: VmTarget): readonly string[] {
  const { instance, resourceGroupName } = target;
  const scaleSet = ["--resource-group", resourceGroupName, "--name", instance?.scaleSetName ?? ""];
  const id = instance?.instanceId ?? "";
  const one =
    command === "update" ? [] : command === "get-instance-view" ? ["--instance-id", id] : ["--instance-ids", id];
  return [...scaleSet, ...one, ...inSubscription(target)];
}

function instanceOptions(target: VmTarget): readonly string[] {
  return instancesOptions("get-instance-view", target);
}

export function inSubscription({ subscriptionId }: VmTarget): readonly string[] {
  return subscriptionId === "" ? [] : ["--subscription", subscriptionId];
}

export function az(command: string, options: readonly string[]): string {
  return ["az", command, ...options.map(word)].join(" ");
}

/** As little quoting as a shell needs. */
export function word(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : shellQuote(text);
}
