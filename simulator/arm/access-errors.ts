/** What ARM refuses to one who may not do it: for the token, the rights, or a lock; and its exact words. */
import type { Action } from "./actions";
import type { ArmError } from "./arm-error";
import type { LockedOperation } from "./locks";

export type AccessRefusal =
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
  | {
      readonly kind: "AuthorizationFailed";
      readonly clientId: string;
      readonly objectId: string;
      readonly action: Action;
      readonly scope: string;
    }
  | {
      readonly kind: "ScopeLocked";
      readonly scope: string;
      readonly operation: LockedOperation;
      readonly locked: readonly string[];
    };

/**
 * Sources: missing header: Azure's answer as quoted in the documentation of the Cost Management API and many logs; invalid:
 * Azure/azure-powershell#27882; expired: microsoft/foundry-dev-tools#461; audience: JetBrains/azure-tools-for-intellij#16;
 * tenant: Microsoft Learn, "InvalidAuthenticationTokenTenant". Unreadable header: Azure/azure-xplat-cli#123. No permission:
 * docs#123239; locks: Azure/azure-sdk-for-java#2560, Azure/apiops#606; how several locked scopes are listed: assumed.
 */
export function describeAccess(refusal: AccessRefusal): ArmError {
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
    case "AuthorizationFailed":
      return {
        status: 403,
        code: "AuthorizationFailed",
        message: `The client '${refusal.clientId}' with object id '${refusal.objectId}' does not have authorization to perform action '${refusal.action}' over scope '${refusal.scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
        speaker: "gateway",
      };
    case "ScopeLocked":
      return {
        status: 409,
        code: "ScopeLocked",
        message: `The scope '${refusal.scope}' cannot perform ${refusal.operation} operation because following scope(s) are locked: '${refusal.locked.join("','")}'. Please remove the lock and try again.`,
        speaker: "gateway",
      };
  }
}
