/** Everything that ARM and Compute refuse, and the exact words in which they do. */
import { type AccessRefusal, describeAccess } from "./access-errors";
import type { ArmError } from "./arm-error";
import { describeScaleSetRefusal, type ScaleSetRefusal } from "./scale-set-errors";

export type Refusal =
  | AccessRefusal
  | ScaleSetRefusal
  | { readonly kind: "ApiVersionMissing" }
  | { readonly kind: "ApiVersionInvalid"; readonly given: string; readonly supported: readonly string[] }
  | { readonly kind: "SubscriptionNotFound"; readonly subscriptionId: string }
  | { readonly kind: "ResourceGroupNotFound"; readonly name: string }
  | { readonly kind: "ResourceNotFound"; readonly type: string; readonly name: string; readonly resourceGroup: string }
  | { readonly kind: "NamespaceInvalid"; readonly namespace: string }
  | {
      readonly kind: "ResourceTypeInvalid";
      readonly type: string;
      readonly namespace: string;
      readonly apiVersion: string;
    }
  | { readonly kind: "PathNotFound"; readonly path: string }
  | { readonly kind: "MethodNotAllowed"; readonly method: string }
  /** Azure has it: something would be made, changed or deleted. */
  | { readonly kind: "MethodNotImitated"; readonly method: string }
  | { readonly kind: "BodyUnreadable"; readonly detail: string }
  | { readonly kind: "BodyTooLarge" }
  | { readonly kind: "ParameterMissing"; readonly name: string }
  | { readonly kind: "ParameterInvalid"; readonly name: string; readonly detail: string }
  | { readonly kind: "EntityNotFound" }
  | { readonly kind: "WindowsCommandOnLinux"; readonly commandId: string }
  | { readonly kind: "OperationUrlChanged" }
  | { readonly kind: "RunInProgress" }
  | { readonly kind: "VmNotRunning" }
  | { readonly kind: "ExtensionsDisallowed" }
  | { readonly kind: "PowerChanging"; readonly vmName: string; readonly to: string; readonly operation: string };

/** What is said and by whom. One function per group keeps each short; the union makes sure that none is forgotten. */
export function describeRefusal(refusal: Refusal): ArmError {
  switch (refusal.kind) {
    case "NoAuthorization":
    case "AuthorizationUnreadable":
    case "TokenInvalid":
    case "TokenExpired":
    case "TokenForOtherAudience":
    case "TokenOfOtherTenant":
    case "AuthorizationFailed":
    case "ScopeLocked":
      return describeAccess(refusal);
    case "InstanceIdNotNumber":
    case "InstanceNotActive":
      return describeScaleSetRefusal(refusal);
    case "ApiVersionMissing":
    case "ApiVersionInvalid":
    case "SubscriptionNotFound":
    case "ResourceGroupNotFound":
    case "ResourceNotFound":
    case "NamespaceInvalid":
    case "ResourceTypeInvalid":
    case "PathNotFound":
    case "MethodNotAllowed":
    case "MethodNotImitated":
    case "OperationUrlChanged":
    case "BodyUnreadable":
    case "BodyTooLarge":
      return describeGateway(refusal);
    case "ParameterMissing":
    case "ParameterInvalid":
    case "EntityNotFound":
    case "WindowsCommandOnLinux":
    case "RunInProgress":
    case "VmNotRunning":
    case "ExtensionsDisallowed":
    case "PowerChanging":
      return describeCompute(refusal);
  }
}

type GatewayKind =
  | "ApiVersionMissing"
  | "ApiVersionInvalid"
  | "SubscriptionNotFound"
  | "ResourceGroupNotFound"
  | "ResourceNotFound"
  | "NamespaceInvalid"
  | "ResourceTypeInvalid"
  | "PathNotFound"
  | "MethodNotAllowed"
  | "MethodNotImitated"
  | "OperationUrlChanged"
  | "BodyUnreadable"
  | "BodyTooLarge";

/** Ours, behind Azure's words: else one looks for a mistake in a request that Azure would take. */
const NOT_IMITATED = "(This simulator does not imitate it: see docs/simulator.md#limits.)";

/**
 * Sources: azure-wire.md section 6 (resource, group, api-version); Azure/autorest-clientruntime-for-java#511 and
 * Azure/azure-cli#33657 (subscription, 404); the other texts are in ASSUMED.
 */
function describeGateway(refusal: Extract<Refusal, { kind: GatewayKind }>): ArmError {
  const gateway = (status: number, code: string, message: string): ArmError => ({
    status,
    code,
    message,
    speaker: "gateway",
  });
  switch (refusal.kind) {
    case "ApiVersionMissing":
      return gateway(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
      );
    case "ApiVersionInvalid":
      return gateway(
        400,
        "InvalidApiVersionParameter",
        `The api-version '${refusal.given}' is invalid. The supported versions are '${refusal.supported.join(",")}'.`,
      );
    case "SubscriptionNotFound":
      return gateway(404, "SubscriptionNotFound", `The subscription '${refusal.subscriptionId}' could not be found.`);
    case "ResourceGroupNotFound":
      return gateway(404, "ResourceGroupNotFound", `Resource group '${refusal.name}' could not be found.`);
    case "ResourceNotFound":
      return gateway(
        404,
        "ResourceNotFound",
        `The Resource '${refusal.type}/${refusal.name}' under resource group '${refusal.resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
      );
    case "NamespaceInvalid":
      return gateway(
        404,
        "InvalidResourceNamespace",
        `The resource namespace '${refusal.namespace}' is invalid. ${NOT_IMITATED}`,
      );
    case "ResourceTypeInvalid":
      return gateway(
        404,
        "InvalidResourceType",
        `The resource type '${refusal.type}' could not be found in the namespace '${refusal.namespace}' for api version '${refusal.apiVersion}'. ${NOT_IMITATED}`,
      );
    case "PathNotFound":
      return gateway(404, "NotFound", `No HTTP resource was found that matches the request URI '${refusal.path}'.`);
    case "MethodNotAllowed":
      return gateway(
        405,
        "MethodNotAllowed",
        `The requested resource does not support http method '${refusal.method}'.`,
      );
    case "MethodNotImitated":
      return gateway(
        405,
        "MethodNotAllowed",
        `The requested resource does not support http method '${refusal.method}'. ${NOT_IMITATED}`,
      );
    case "OperationUrlChanged":
      return gateway(
        403,
        "Forbidden",
        "The signature of the operation URL is missing or does not match; use the URL exactly as it was given.",
      );
    case "BodyUnreadable":
      return gateway(
        400,
        "InvalidRequestContent",
        `The request content was invalid and could not be deserialized: '${refusal.detail}'.`,
      );
    case "BodyTooLarge":
      return gateway(413, "RequestEntityTooLarge", "The request content size exceeds the maximum size of 4 MB.");
  }
}

type ComputeKind =
  | "ParameterMissing"
  | "ParameterInvalid"
  | "EntityNotFound"
  | "WindowsCommandOnLinux"
  | "RunInProgress"
  | "VmNotRunning"
  | "ExtensionsDisallowed"
  | "PowerChanging";

/** Source: azure-wire.md section 6 (cli#32305, ps#7331, net#34076, Learn "Azure VM error messages"); parameters: ASSUMED. */
function describeCompute(refusal: Extract<Refusal, { kind: ComputeKind }>): ArmError {
  const compute = (status: number, code: string, message: string): ArmError => ({
    status,
    code,
    message,
    speaker: "compute",
  });
  switch (refusal.kind) {
    case "ParameterMissing":
      return {
        ...compute(400, "InvalidParameter", `Required parameter '${refusal.name}' is missing (null).`),
        target: refusal.name,
      };
    case "ParameterInvalid":
      return {
        ...compute(400, "InvalidParameter", `The value of parameter ${refusal.name} is invalid. ${refusal.detail}`),
        target: refusal.name,
      };
    case "EntityNotFound":
      return compute(404, "NotFound", "The entity was not found in this Azure location.");
    case "WindowsCommandOnLinux":
      return compute(
        400,
        "BadRequest",
        `The command '${refusal.commandId}' is not supported on the OS type 'Linux' of this virtual machine.`,
      );
    case "RunInProgress":
      return compute(
        409,
        "Conflict",
        "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
      );
    case "VmNotRunning":
      return compute(409, "OperationNotAllowed", "The operation requires the VM to be running (or set to run).");
    case "ExtensionsDisallowed":
      return compute(
        409,
        "OperationNotAllowed",
        "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true.",
      );
    case "PowerChanging":
      return compute(
        409,
        "OperationNotAllowed",
        `An ongoing operation is changing power state of Virtual Machine ${refusal.vmName} to ${refusal.to}. Please perform operation ${refusal.operation} after some time.`,
      );
  }
}
