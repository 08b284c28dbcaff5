/** Every answer of Azure that is no success, as it comes over the wire, and the failure that it must become. */
import type { RunFailure } from "../../../core/failures/run-failure";
import type { Answer } from "../../support/virtual-outside";

/** To what Azure answers so: the command itself, a question how its operation goes, or the look at the VM before it. */
export type Question = "command" | "operation" | "look";

export interface AzureAnswer {
  /** Finishes the sentence "Azure answers so when …". */
  readonly when: string;
  readonly to: Question;
  readonly answer: Answer;
  readonly kind: RunFailure["kind"];
  /** @default "RunShellScript" */
  readonly commandId?: string;
  /** What there is to say of this answer beyond what is said of its kind. */
  readonly means?: string;
}

const SUBSCRIPTION = "00000000-1111-2222-3333-444444444444";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines/web1`;

function refusal(
  status: number,
  code: string,
  message: string,
  {
    headers = {},
    ...more
  }: { readonly headers?: Readonly<Record<string, string>>; readonly [name: string]: unknown } = {},
): Answer {
  return { status, headers, body: { error: { code, message, ...more } } };
}

function ended(status: "Failed" | "Canceled", code: string, message: string): Answer {
  return { status: 200, body: { status, error: { code, message } } };
}

function succeeded(message: string): Answer {
  return { status: 200, body: { status: "Succeeded", properties: { output: { value: [{ message }] } } } };
}

function vm(osType: string, powerState: string, agentStatus: string | undefined): Answer {
  const agent = {
    vmAgentVersion: "2.15.1.3",
    statuses: [{ displayStatus: agentStatus, message: "VM status blob is found but not yet populated." }],
  };
  return {
    status: 200,
    body: {
      location: "westeurope",
      properties: {
        provisioningState: "Succeeded",
        storageProfile: { osDisk: { osType } },
        instanceView: {
          statuses: [{ code: `PowerState/${powerState}` }],
          ...(agentStatus === undefined ? {} : { vmAgent: agent }),
        },
      },
    },
  };
}

const notAllowed = (message: string) => refusal(409, "OperationNotAllowed", message);
const unauthorized = (action: string, scope: string) =>
  refusal(
    403,
    "AuthorizationFailed",
    `The client 'app' with object id 'oid' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );

const MEASURED = JSON.stringify({
  operationGroup: "UpdateVM30Min",
  startTime: "2026-11-26T01:00:00+00:00",
  endTime: "2026-11-26T01:30:00+00:00",
  allowedRequestCount: 1_200,
  measuredRequestCount: 1_217,
});
const TOO_MANY = "The server rejected the request because too many requests have been received for this subscription.";

/**
 * Sources: the collected answers of Learn's "Azure VM error messages" and of GitHub issues (Azure/azure-cli#32305, #21137;
 * Azure/azure-powershell#7331, #12115, #23622; MicrosoftDocs/azure-docs#123239; Azure/azure-sdk-for-java#2560;
 * Azure/azure-sdk-for-python#4369; Learn, "Troubleshooting API throttling errors").
 */
export const AZURE_ANSWERS: readonly AzureAnswer[] = [
  {
    when: "another run command is in progress on the VM, or has just ended",
    to: "command",
    kind: "Busy",
    answer: refusal(
      409,
      "Conflict",
      "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
    ),
  },
  {
    when: "something else is being done to the VM at the same moment",
    to: "command",
    kind: "VmChanging",
    answer: refusal(
      409,
      "Conflict",
      "The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
    ),
  },
  {
    when: "another operation on the VM is under way",
    to: "command",
    kind: "VmChanging",
    answer: notAllowed("Operation 'runCommand' is not allowed on VM 'web1' since another operation is in progress."),
  },
  {
    when: "the VM starts, stops or restarts",
    to: "command",
    kind: "VmChanging",
    answer: notAllowed(
      "An ongoing operation is changing power state of Virtual Machine web1 to running. Please perform operation runCommand after some time.",
    ),
  },
  {
    when: "the VM does not run",
    to: "command",
    kind: "VmNotRunning",
    answer: notAllowed("The operation requires the VM to be running (or set to run)."),
  },
  {
    when: "the VM is deallocated, or about to be",
    to: "command",
    kind: "VmNotRunning",
    answer: notAllowed(
      "Operation 'runCommand' is not allowed on VM 'web1' since the VM is either deallocated or marked to be deallocated.",
    ),
  },
  {
    when: "the VM is being deleted",
    to: "command",
    kind: "VmBeingDeleted",
    answer: notAllowed(
      "Operation 'runCommand' is not allowed on VM 'web1' since the VM is marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to complete).",
    ),
  },
  {
    when: "the VM was made without an agent, or without extensions",
    to: "command",
    kind: "ExtensionsDisallowed",
    answer: notAllowed(
      "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true.",
    ),
  },
  {
    when: "there is no command with this id in the VM's location",
    to: "command",
    kind: "CommandUnknown",
    commandId: "ipconfigg",
    answer: refusal(404, "NotFound", "The entity was not found in this Azure location."),
  },
  {
    when: "there is no such VM",
    to: "command",
    kind: "VmNotFound",
    answer: refusal(
      404,
      "ResourceNotFound",
      "The Resource 'Microsoft.Compute/virtualMachines/web1' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
      { headers: { "x-ms-failure-cause": "gateway" } },
    ),
  },
  {
    when: "there is no such VM, in Azure's words until 2018",
    to: "command",
    kind: "VmNotFound",
    answer: refusal(
      404,
      "ResourceNotFound",
      "The Resource 'Microsoft.Compute/virtualMachines/web1' under resource group 'rg' was not found.",
    ),
  },
  {
    when: "there is no such resource group",
    to: "command",
    kind: "VmNotFound",
    means: "Whoever has rights on the group only gets status 403 and `AuthorizationFailed` instead.",
    answer: refusal(404, "ResourceGroupNotFound", "Resource group 'rg' could not be found."),
  },
  {
    when: "there is no such subscription, or the credentials do not see it",
    to: "command",
    kind: "VmNotFound",
    answer: refusal(404, "SubscriptionNotFound", `The subscription '${SUBSCRIPTION}' could not be found.`),
  },
  {
    when: "the right to run commands is missing",
    to: "command",
    kind: "NotAuthorized",
    answer: unauthorized("Microsoft.Compute/virtualMachines/runCommand/action", VM),
  },
  {
    when: "the right to run commands is missing, in the bare form of older answers",
    to: "command",
    kind: "NotAuthorized",
    answer: { status: 403, body: { code: "AuthorizationFailed", message: "The client 'app' is not allowed." } },
  },
  {
    when: "a ReadOnly lock is on the VM, its group or its subscription",
    to: "command",
    kind: "ScopeLocked",
    answer: refusal(
      409,
      "ScopeLocked",
      `The scope '${VM}' cannot perform write operation because following scope(s) are locked: '${GROUP}'. Please remove the lock and try again.`,
    ),
  },
  {
    when: "the cloud does not know our api-version",
    to: "command",
    kind: "ApiVersionRefused",
    answer: refusal(
      400,
      "InvalidApiVersionParameter",
      "The api-version '2024-11-01' is invalid. The supported versions are '2020-06-01,2019-12-01'.",
    ),
  },
  {
    when: "an instance of a Flexible scale set is asked by the URL of the scale set",
    to: "command",
    kind: "RequestRefused",
    means: "An instance id that is no number is refused before anything is sent, so this should not be seen.",
    answer: refusal(400, "InvalidParameter", "Virtual Machine Scale Set VM instanceId must be a number.", {
      target: "instanceId",
    }),
  },
  {
    when: "the command is for Windows",
    to: "command",
    kind: "RequestRefused",
    commandId: "RunPowerShellScript",
    means: "This sentence of Azure's is assumed.",
    answer: refusal(
      400,
      "BadRequest",
      "The command 'RunPowerShellScript' is not supported on the OS type 'Linux' of this virtual machine.",
    ),
  },
  {
    when: "a proxy, or a policy without a sentence, refuses the command",
    to: "command",
    kind: "RequestRefused",
    answer: { status: 403, body: "" },
  },
  {
    when: "Compute has had too many requests",
    to: "command",
    kind: "Throttled",
    answer: refusal(429, "OperationNotAllowed", TOO_MANY, {
      headers: { "retry-after": "1800" },
      details: [{ code: "TooManyRequests", target: "UpdateVM30Min", message: MEASURED }],
    }),
  },
  {
    when: "Compute has had too many requests, in its newer form",
    to: "command",
    kind: "Throttled",
    answer: refusal(429, "OperationNotAllowed", TOO_MANY, {
      innererror: { internalErrorCode: "TooManyRequestsReceived" },
    }),
  },
  {
    when: "Azure Resource Manager itself has had too many requests",
    to: "command",
    kind: "Throttled",
    answer: refusal(
      429,
      "SubscriptionRequestsThrottled",
      "Number of requests for subscription exceeded the limit. Please try again after '6' seconds.",
      { headers: { "retry-after": "6" } },
    ),
  },
  {
    when: "the token has expired",
    to: "command",
    kind: "TokenRefused",
    answer: refusal(
      401,
      "ExpiredAuthenticationToken",
      "The access token expiry UTC time '11/26/2026 1:00:00 AM' is earlier than current UTC time '11/26/2026 1:01:00 AM'.",
    ),
  },
  {
    when: "the token is of another tenant",
    to: "command",
    kind: "TokenRefused",
    answer: refusal(
      401,
      "InvalidAuthenticationTokenTenant",
      "The access token is from the wrong issuer 'https://sts.windows.net/a/'. It must match the tenant 'https://sts.windows.net/b/' associated with this subscription.",
    ),
  },
  {
    when: "the token is for another cloud",
    to: "command",
    kind: "TokenRefused",
    answer: refusal(
      401,
      "InvalidAuthenticationTokenAudience",
      "The access token has been obtained for wrong audience or resource 'https://management.chinacloudapi.cn'.",
    ),
  },
  {
    when: "the token cannot be read",
    to: "command",
    kind: "TokenRefused",
    answer: refusal(401, "InvalidAuthenticationToken", "The access token is invalid."),
  },
  {
    when: "Azure has a fault of its own",
    to: "command",
    kind: "AnswerLost",
    means:
      "Whether the command was taken is not known. It is sent again because our runner on the VM runs it once only.",
    answer: refusal(500, "InternalServerError", "Encountered internal server error."),
  },
  {
    when: "the connection breaks before the answer",
    to: "command",
    kind: "AnswerLost",
    answer: { lost: "ECONNRESET" },
  },
  {
    when: "the connection is refused",
    to: "command",
    kind: "Unreachable",
    answer: { lost: "ECONNREFUSED" },
  },
  {
    when: "Azure takes the command, and names no operation",
    to: "command",
    kind: "AnswerLost",
    answer: { status: 202 },
  },
  {
    when: "Azure answers at once, with nothing",
    to: "command",
    kind: "ReportUnreadable",
    answer: { status: 200, body: {} },
  },
  {
    when: "Azure names an operation on a foreign host",
    to: "command",
    kind: "ForeignUrl",
    answer: { status: 202, headers: { location: "https://evil.example/operations/o" } },
  },
  {
    when: "the VM's agent does not report",
    to: "operation",
    kind: "AgentSilent",
    answer: ended(
      "Failed",
      "VMAgentStatusCommunicationError",
      "VM 'web1' has not reported status for VM agent or extensions. Verify the OS is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting information.",
    ),
  },
  {
    when: "the VM's agent reports, but nothing of Run Command",
    to: "operation",
    kind: "AgentSilent",
    answer: ended(
      "Failed",
      "VMAgentStatusCommunicationError",
      "VM agent on VM 'web1' has not reported latest status for extension 'RunCommandLinux'.",
    ),
  },
  {
    when: "the extension could not be installed in time",
    to: "operation",
    kind: "OperationFailed",
    answer: ended(
      "Failed",
      "VMExtensionProvisioningTimeout",
      "Provisioning of VM extension 'RunCommandLinux' has timed out. Extension installation may be taking too long, or extension status could not be obtained.",
    ),
  },
  {
    when: "a command takes longer than 90 minutes",
    to: "operation",
    kind: "OperationFailed",
    means:
      "A script of ours does not meet this limit: it runs apart from the command, which asks after it again and again.",
    answer: ended(
      "Failed",
      "VMExtensionProvisioningTimeout",
      'Extension provisioning has taken too long to complete. The extension last reported "Enable in progress".',
    ),
  },
  {
    when: "the extension's handler fails for good",
    to: "operation",
    kind: "OperationFailed",
    answer: ended(
      "Failed",
      "VMExtensionHandlerNonTransientError",
      "Handler 'Microsoft.CPlat.Core.RunCommandLinux' has reported failure for VM Extension 'RunCommandLinux' with terminal error code '1009' and error message: 'Failed to download'",
    ),
  },
  {
    when: "the extension's handler fails",
    to: "operation",
    kind: "OperationFailed",
    answer: ended(
      "Failed",
      "VMExtensionProvisioningError",
      "VM has reported a failure when processing extension 'RunCommandLinux'. Error message: \"Enable failed: failed to get configuration\".",
    ),
  },
  {
    when: "Compute has a fault of its own while the command runs",
    to: "operation",
    kind: "OperationFailed",
    answer: ended("Failed", "VMExtensionManagementInternalError", "An internal error occurred."),
  },
  {
    when: "a newer operation pushed the command aside",
    to: "operation",
    kind: "ReportUnreadable",
    answer: ended(
      "Canceled",
      "OperationPreempted",
      "Operation execution has been preempted by a more recent operation.",
    ),
  },
  {
    when: "the right to follow operations is missing",
    to: "operation",
    kind: "NotAuthorized",
    means:
      "Operations are under the subscription and the location. Rights on the VM alone let a command begin, and nobody sees its end.",
    answer: unauthorized(
      "Microsoft.Compute/locations/operations/read",
      `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations/o`,
    ),
  },
  {
    when: "Azure has forgotten the operation",
    to: "operation",
    kind: "ReportUnreadable",
    answer: refusal(404, "NotFound", "The entity was not found in this Azure location."),
  },
  {
    when: "Azure ran its own sample script, because the request lost ours on its way",
    to: "operation",
    kind: "ReportUnreadable",
    answer: succeeded("Enable succeeded: \n[stdout]\nThis is a sample script\nOptional parameters: \n\n[stderr]\n"),
  },
  {
    when: "the VM, its agent or the handler was restarted in mid-command",
    to: "operation",
    kind: "ReportUnreadable",
    answer: succeeded("Enable succeeded: Last script execution didn't finish."),
  },
  {
    when: "the operation succeeds without a word",
    to: "operation",
    kind: "ReportUnreadable",
    answer: { status: 200, body: { status: "Succeeded" } },
  },
  {
    when: "Azure's answers are cut off",
    to: "operation",
    kind: "Unreachable",
    answer: { status: 200, body: '{"startTime": "2026-11-26T01:' },
  },
  {
    when: "the operation never ends",
    to: "operation",
    kind: "DeadlinePassed",
    answer: { status: 200, body: { status: "InProgress" } },
  },
  {
    when: "the VM is deallocated",
    to: "look",
    kind: "VmNotRunning",
    answer: vm("Linux", "deallocated", undefined),
  },
  {
    when: "the VM is a Windows",
    to: "look",
    kind: "VmNotLinux",
    answer: vm("Windows", "running", "Ready"),
  },
  {
    when: "the VM runs, and its agent is not ready",
    to: "look",
    kind: "AgentNotReady",
    answer: vm("Linux", "running", "Not Ready"),
  },
  {
    when: "the right to look at the VM is missing",
    to: "look",
    kind: "NotAuthorized",
    answer: unauthorized("Microsoft.Compute/virtualMachines/read", VM),
  },
  {
    when: "Azure refuses looks at VMs because of too many requests",
    to: "look",
    kind: "Throttled",
    answer: refusal(429, "OperationNotAllowed", TOO_MANY, { headers: { "retry-after": "60" } }),
  },
];
