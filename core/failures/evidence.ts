/** What was found out about a failure, in lines. Pure. */
import { READ_LOCKS_ACTION } from "../arm/invocation";
import type { LocksOfVm } from "../arm/locks";
import type { VmFacts } from "../arm/vm-facts";
import { quote } from "./circumstances";
import type { RunFailure } from "./run-failure";

/** What Azure says of the VM now, which may be some seconds after the failure. */
export function vmEvidence(facts: VmFacts): readonly string[] {
  const { powerState, provisioningState, hasAgent, allowsExtensions } = facts;
  const lines = [
    `the VM's power state is ${shown(powerState)}, its provisioning state ${shown(provisioningState)}`,
    agentEvidence(facts),
  ];
  if (facts.agentStatus !== undefined) {
    lines.push(extensionEvidence(facts));
  }
  if (hasAgent === false) {
    lines.push("the VM was made without an agent (osProfile.linuxConfiguration.provisionVMAgent is false)");
  }
  if (allowsExtensions === false) {
    lines.push("the VM takes no extensions (osProfile.allowExtensionOperations is false)");
  }
  return lines;
}

/** What Azure knows of the VM's agent. */
export function agentEvidence({ agentStatus, agentVersion, agentMessage }: VmFacts): string {
  if (agentStatus === undefined) {
    return "Azure has no report of the VM's agent";
  }
  const version = agentVersion === undefined ? "" : `, version ${agentVersion}`;
  return `the agent's status is '${agentStatus}'${version}${words(agentMessage)}`;
}

/** What the agent says of the extension. */
export function extensionEvidence({ extension }: VmFacts): string {
  if (extension === undefined) {
    return "the extension RunCommandLinux is not on the VM: the first run command brings it";
  }
  const version = extension.version === undefined ? "" : ` ${extension.version}`;
  return `the status of the extension RunCommandLinux${version} is ${shown(extension.status)}${words(extension.message)}`;
}

/** Why the VM could not be looked at. */
export function unseenVmEvidence(failure: RunFailure | undefined): string {
  return failure?.kind === "NotAuthorized"
    ? `the VM's state cannot be seen: the right '${failure.action}' is missing`
    : "the VM's state cannot be seen: Azure did not show it";
}

export function lockEvidence(found: LocksOfVm): readonly string[] {
  switch (found.kind) {
    case "hidden":
      return found.status === 403
        ? [`which lock it is cannot be seen: the right '${READ_LOCKS_ACTION}' is missing`]
        : [`which lock it is cannot be seen: Azure answered with status ${found.status}`];
    case "known":
      return found.locks.length === 0
        ? ["no lock holds for the VM any more"]
        : found.locks.map(({ name, level, scope }) => `lock '${name}', ${level ?? "of an unknown level"}, on ${scope}`);
  }
}

/** The streams of a command within Azure's message. Source: Azure/run-command-extension-linux@6e9a66d, main/cmds.go. */
const STREAMS = /\n\[stdout\]\n([\s\S]*)\n\[stderr\]\n/;
/** Azure gives no more of a stream than its last bytes. Source: the same, main/logtail.go. */
const STREAM_TAIL_MAX_BYTES = 4_096;

export function handlerLogEvidence(message: string): readonly string[] {
  const printed = STREAMS.exec(message)?.[1] ?? "";
  const lines = printed.split("\n").filter((line) => line.trim() !== "");
  // A line without its beginning could begin in the middle of a secret, which then nobody would recognise.
  const whole = Buffer.byteLength(printed) < STREAM_TAIL_MAX_BYTES ? lines : lines.slice(1);
  return whole.length === 0
    ? ["handler.log on the VM says nothing"]
    : whole.slice(-HANDLER_LOG_LINES).map((line) => `handler.log: ${line.trim()}`);
}

/** How many lines of the handler's log are shown. Source: our own choice. */
export const HANDLER_LOG_LINES = 5;

function shown(value: string | undefined): string {
  return value === undefined ? "not known" : `'${value}'`;
}

function words(message: string | undefined): string {
  return message === undefined || message === "" ? "" : `: ${quote(message)}`;
}
