/** What Azure's refusals and failed operations mean: from a code and a sentence of Azure's to a kind of failure. Pure. */
import type { RunFailure, ThrottleLimit } from "../failures/run-failure";
import { at, parseJson, textAt } from "../json";
import { FOLLOW_OPERATION_ACTION, runCommandAction, type VmTarget } from "./invocation";
import type { ArmError, PostMeaning } from "./lro";

/** Why Azure did not take a run command. */
export function classifyRefusedCommand(
  status: number,
  error: ArmError,
  target: VmTarget,
  commandId: string,
): RunFailure {
  if (status === 404 && error.code === "NotFound") {
    // Of the catalogue, not of the VM: that would be ResourceNotFound. Source: Azure/azure-powershell#7331.
    return { kind: "CommandUnknown", vmName: target.vmName, commandId, message: error.message, knownIds: undefined };
  }
  return classifyRefusal(status, error, target, runCommandAction(target));
}

/** Why Azure does not tell how an operation goes. */
export function classifyRefusedPoll(status: number, error: ArmError, target: VmTarget): RunFailure {
  return classifyRefusal(status, error, target, FOLLOW_OPERATION_ACTION);
}

/**
 * Azure's refusals, each with its own meaning. Source: the collected answers in Learn, "Azure VM error messages".
 *
 * @param neededAction the right that was needed, for the case that Azure's sentence does not name it.
 * @param retryAfterMs how long Azure asks to wait; undefined when it does not say.
 */
export function classifyRefusal(
  status: number,
  error: ArmError,
  target: VmTarget,
  neededAction: string,
  retryAfterMs?: number,
): RunFailure {
  const { vmName, resourceGroupName } = target;
  const { code, message } = error;
  if (status === 404 && Object.hasOwn(MISSING, code)) {
    return { kind: "VmNotFound", vmName, resourceGroupName, message, missing: MISSING[code] };
  }
  if (isGoneInstance(status, error, target)) {
    return { kind: "VmNotFound", vmName, resourceGroupName, message, missing: "vm" };
  }
  if (status === 401) {
    return { kind: "TokenRefused", vmName, code, message };
  }
  if (status === 429) {
    return throttled(error, vmName, undefined, retryAfterMs);
  }
  switch (code) {
    case "AuthorizationFailed":
      return {
        kind: "NotAuthorized",
        vmName,
        action: /perform action '([^']+)'/.exec(message)?.[1] ?? neededAction,
        message,
      };
    case "ScopeLocked":
      return { kind: "ScopeLocked", vmName, message };
    case "InvalidApiVersionParameter":
      return { kind: "ApiVersionRefused", vmName, message };
    case "OperationNotAllowed":
      return classifyNotAllowed(status, error, vmName);
  }
  return { kind: "RequestRefused", vmName, status, code, message };
}

/**
 * An instance of a Uniform scale set that is deleted, or being deleted.
 * Source: microsoft/onefuzz#2547, Azure/azure-cli#25476 (the answer to a POST), kubernetes-sigs/cloud-provider-azure#2356.
 */
export function isGoneInstance(status: number, { message }: ArmError, { instance }: VmTarget): boolean {
  return instance !== undefined && status === 400 && /is not an active Virtual Machine Scale Set VM/i.test(message);
}

/** What is missing by the code of a 404. */
const MISSING: Readonly<Record<string, "vm" | "resourceGroup" | "subscription">> = {
  ResourceNotFound: "vm",
  ResourceGroupNotFound: "resourceGroup",
  SubscriptionNotFound: "subscription",
};

/** One code for everything that the VM's own state forbids. Source: Learn, "Azure VM error messages". */
function classifyNotAllowed(status: number, { code, message }: ArmError, vmName: string): RunFailure {
  if (/requires the VM to be running/.test(message)) {
    return { kind: "VmNotRunning", vmName, powerState: "not running" };
  }
  if (/is either deallocated or marked/.test(message)) {
    return { kind: "VmNotRunning", vmName, powerState: "deallocated, or about to be" };
  }
  if (/marked for deletion/.test(message)) {
    return { kind: "VmBeingDeleted", vmName, message };
  }
  if (/extension operations are disallowed|allowExtensionOperations/.test(message)) {
    return { kind: "ExtensionsDisallowed", vmName, message };
  }
  return { kind: "RequestRefused", vmName, status, code, message };
}

/** What is said when Azure went on refusing the command for now, until our patience ended. */
export function classifyLongRefusal(
  meaning: Extract<PostMeaning, { kind: "busy" | "throttled" }>,
  vmName: string,
  waitedSeconds: number,
): RunFailure {
  const { message } = meaning.error;
  switch (meaning.kind) {
    case "throttled":
      return throttled(meaning.error, vmName, waitedSeconds, meaning.retryAfterMs);
    case "busy":
      // Azure's other conflicts do not tell what else is done to the VM. Source: Azure/azure-cli#32305.
      return /run command/i.test(message)
        ? { kind: "Busy", vmName, waitedSeconds, message }
        : { kind: "VmChanging", vmName, waitedSeconds, message };
  }
}

/** Why an operation failed that Azure had taken. Source of the code: Learn, "Azure VM error messages". */
export function classifyFailedOperation({ code, message }: ArmError, { vmName }: VmTarget): RunFailure {
  return code === "VMAgentStatusCommunicationError"
    ? { kind: "AgentSilent", vmName, code, message }
    : { kind: "OperationFailed", vmName, code, message };
}

function throttled(
  error: ArmError,
  vmName: string,
  waitedSeconds: number | undefined,
  retryAfterMs: number | undefined,
): RunFailure {
  // ARM says it in its sentence too. Source: Learn, "Understand how Azure Resource Manager throttles requests".
  const said = /try again after '(\d+)' seconds/i.exec(error.message)?.[1];
  const saidMs = said === undefined ? undefined : Number(said) * 1_000;
  const askedMs = retryAfterMs ?? saidMs;
  return {
    kind: "Throttled",
    vmName,
    waitedSeconds,
    retryAfterSeconds: askedMs === undefined ? undefined : Math.ceil(askedMs / 1_000),
    limit: throttleLimit(error),
    message: error.message,
  };
}

/** The message of Compute's detail is JSON text. Source: Learn, "Troubleshooting API throttling errors". */
function throttleLimit(error: ArmError): ThrottleLimit | undefined {
  const detail = error.details?.find(({ code }) => code === "TooManyRequests");
  const measured = parseJson(detail?.message ?? "");
  const operationGroup = textAt(measured, "operationGroup");
  return operationGroup === undefined
    ? undefined
    : {
        operationGroup,
        allowedRequests: numberAt(measured, "allowedRequestCount"),
        measuredRequests: numberAt(measured, "measuredRequestCount"),
      };
}

function numberAt(value: unknown, name: string): number | undefined {
  const found = at(value, name);
  return typeof found === "number" ? found : undefined;
}
