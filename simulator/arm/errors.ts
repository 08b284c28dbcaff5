/** Everything that ARM and Compute refuse, and the exact words in which they do. */
import { printDocument } from "./document";

/**
 * - `gateway`: Azure Resource Manager itself; one line, and the header `x-ms-failure-cause: gateway`.
 * - `compute`: the resource provider; indented, as all that Compute prints.
 */
export type Speaker = "gateway" | "compute";

export interface ArmError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly { readonly code: string; readonly target: string; readonly message: string }[];
  readonly speaker: Speaker;
}

export type Refusal =
  | { readonly kind: "NoAuthorization" }
  | { readonly kind: "AuthorizationUnreadable" }
  | { readonly kind: "TokenInvalid" }
  | { readonly kind: "TokenExpired"; readonly expiredAt: string; readonly now: string }
  | { readonly kind: "TokenForOtherAudience"; readonly audience: string; readonly allowed: readonly string[] }
  | {
      readonly kind: "TokenOfOtherTenant";
      readonly issuer: string;
      readonly wanted: string;
      readonly authority: string;
    }
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
  | { readonly kind: "MethodNotAllowed"; readonly method: string }
  | { readonly kind: "BodyUnreadable"; readonly detail: string }
  | { readonly kind: "BodyTooLarge" }
  | { readonly kind: "ParameterMissing"; readonly name: string }
  | { readonly kind: "ParameterInvalid"; readonly name: string; readonly detail: string }
  | { readonly kind: "EntityNotFound" }
  | { readonly kind: "WindowsCommandOnLinux"; readonly commandId: string }
  | { readonly kind: "OperationUrlChanged" }
  | { readonly kind: "RunInProgress" }
  | { readonly kind: "VmNotRunning" }
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
      return describeUnauthorized(refusal);
    case "ApiVersionMissing":
    case "ApiVersionInvalid":
    case "SubscriptionNotFound":
    case "ResourceGroupNotFound":
    case "ResourceNotFound":
    case "NamespaceInvalid":
    case "ResourceTypeInvalid":
    case "MethodNotAllowed":
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
    case "PowerChanging":
      return describeCompute(refusal);
  }
}

type UnauthorizedKind =
  | "NoAuthorization"
  | "AuthorizationUnreadable"
  | "TokenInvalid"
  | "TokenExpired"
  | "TokenForOtherAudience"
  | "TokenOfOtherTenant";

/**
 * Sources: missing header: Azure's answer as quoted in the documentation of the Cost Management API and many logs; invalid:
 * Azure/azure-powershell#27882; expired: microsoft/foundry-dev-tools#461; audience: JetBrains/azure-tools-for-intellij#16;
 * tenant: Microsoft Learn, "InvalidAuthenticationTokenTenant". Unreadable header: Azure/azure-xplat-cli#123.
 */
function describeUnauthorized(refusal: Extract<Refusal, { kind: UnauthorizedKind }>): ArmError {
  const unauthorized = (code: string, message: string): ArmError => ({
    status: 401,
    code,
    message,
    speaker: "gateway",
  });
  switch (refusal.kind) {
    case "NoAuthorization":
      return unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
    case "AuthorizationUnreadable":
      return unauthorized(
        "AuthenticationFailedInvalidHeader",
        "Authentication failed. The 'Authorization' header is not present or provided in an invalid format.",
      );
    case "TokenInvalid":
      return unauthorized("InvalidAuthenticationToken", "The access token is invalid.");
    case "TokenExpired":
      return unauthorized(
        "ExpiredAuthenticationToken",
        `The access token expiry UTC time '${refusal.expiredAt}' is earlier than current UTC time '${refusal.now}'.`,
      );
    case "TokenForOtherAudience":
      return unauthorized(
        "InvalidAuthenticationTokenAudience",
        `The access token has been obtained for wrong audience or resource '${refusal.audience}'. It should exactly match with one of the allowed audiences ${refusal.allowed.map((audience) => `'${audience}'`).join(",")}.`,
      );
    case "TokenOfOtherTenant":
      return unauthorized(
        "InvalidAuthenticationTokenTenant",
        `The access token is from the wrong issuer '${refusal.issuer}'. It must match the tenant '${refusal.wanted}' associated with this subscription. Please use the authority (URL) '${refusal.authority}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
      );
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
  | "MethodNotAllowed"
  | "OperationUrlChanged"
  | "BodyUnreadable"
  | "BodyTooLarge";

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
      return gateway(404, "InvalidResourceNamespace", `The resource namespace '${refusal.namespace}' is invalid.`);
    case "ResourceTypeInvalid":
      return gateway(
        404,
        "InvalidResourceType",
        `The resource type '${refusal.type}' could not be found in the namespace '${refusal.namespace}' for api version '${refusal.apiVersion}'.`,
      );
    case "MethodNotAllowed":
      return gateway(
        405,
        "MethodNotAllowed",
        `The requested resource does not support http method '${refusal.method}'.`,
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
    case "PowerChanging":
      return compute(
        409,
        "OperationNotAllowed",
        `An ongoing operation is changing power state of Virtual Machine ${refusal.vmName} to ${refusal.to}. Please perform operation ${refusal.operation} after some time.`,
      );
  }
}

/** `{"error": {"code", "message", "target"?, "details"?}}`. Source: azure-wire.md section 6. */
export function printError(error: ArmError): string {
  const { code, message, target, details } = error;
  const document = { error: { code, message, target, details: details?.map((detail) => ({ ...detail })) } };
  switch (error.speaker) {
    case "gateway":
      return JSON.stringify(document);
    case "compute":
      return printDocument(document);
  }
}
