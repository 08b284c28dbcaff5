/**
 * What Entra says of a client assertion that it does not take. Pure.
 *
 * Source of numbers and texts: 700021 and 700023 from Learn, "error codes" of certificate credentials; 700024 from
 * AzureAD/microsoft-authentication-library-for-dotnet#4951; 700027 from AzureAD/microsoft-authentication-library-for-js#8339
 * and Learn, "troubleshoot Microsoft Entra Connect"; 70025 from public deployment logs; 700211 from
 * Azure/azure-workload-identity#1200; 700212 from GitLab's documentation; 700213 from dotnet/maui#31978; 7002138 from
 * Azure/login#515. That all of them are 401 invalid_client, and the text of 50027: assumed.
 */
import type { EntraError } from "./token-request";

const CERTIFICATE_DOCS = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials";
const FEDERATION_DOCS = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
const CHECK = `Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${FEDERATION_DOCS}`;

export type AssertionProblem =
  | { readonly kind: "Malformed" }
  | { readonly kind: "CertificateUnknown"; readonly thumbprint: string; readonly clientId: string }
  | { readonly kind: "CertificateExpired"; readonly thumbprint: string; readonly start: string; readonly end: string }
  | { readonly kind: "SignatureWrong"; readonly thumbprint: string }
  | { readonly kind: "ForOtherClient" }
  | { readonly kind: "ForOtherAudience" }
  | { readonly kind: "OutOfTime"; readonly nowMs: number; readonly notBeforeMs: number; readonly expiresAtMs: number }
  | { readonly kind: "NoFederation"; readonly clientId: string }
  | { readonly kind: "IssuerUnknown"; readonly issuer: string }
  | { readonly kind: "SubjectUnknown"; readonly subject: string }
  | { readonly kind: "SubjectInOtherCase"; readonly subject: string }
  | { readonly kind: "AudienceUnknown"; readonly audience: string };

export function assertionError(problem: AssertionProblem): EntraError {
  const { number, message } = describe(problem);
  return { status: 401, error: "invalid_client", number, message };
}

function describe(problem: AssertionProblem): { readonly number: number; readonly message: string } {
  switch (problem.kind) {
    case "Malformed":
      return { number: 50027, message: "JWT token is invalid or malformed." };
    case "CertificateUnknown":
      return {
        number: 700027,
        message: `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${problem.thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${problem.clientId}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/${problem.clientId}'].`,
      };
    case "CertificateExpired":
      return {
        number: 700027,
        message: `The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Thumbprint of key used by client: '${problem.thumbprint}', Found key 'Start=${problem.start}, End=${problem.end}'].`,
      };
    case "SignatureWrong":
      return {
        number: 700027,
        message: `Client assertion contains an invalid signature. [Reason - The provided signature value did not match the expected signature value., Thumbprint of key used by client: '${problem.thumbprint}'].`,
      };
    case "ForOtherClient":
      return {
        number: 700021,
        message: `Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at ${CERTIFICATE_DOCS}.`,
      };
    case "ForOtherAudience":
      return {
        number: 700023,
        message: `Client assertion audience claim does not match Realm issuer. Review the documentation at ${CERTIFICATE_DOCS}.`,
      };
    case "OutOfTime":
      return {
        number: 700024,
        message: `Client assertion is not within its valid time range. Current time: ${dotNetTime(problem.nowMs)}, assertion valid from ${dotNetTime(problem.notBeforeMs)}, expiry time of assertion ${dotNetTime(problem.expiresAtMs)}. Review the documentation at ${CERTIFICATE_DOCS} .`,
      };
    case "NoFederation":
      return {
        number: 70025,
        message: `The client '${problem.clientId}'(simulator) has no configured federated identity credentials.`,
      };
    case "IssuerUnknown":
      return federation(700211, `issuer '${problem.issuer}'`);
    case "AudienceUnknown":
      return federation(700212, `audience '${problem.audience}'`);
    case "SubjectUnknown":
      return federation(700213, `subject '${problem.subject}'`);
    case "SubjectInOtherCase":
      return {
        number: 7002138,
        message: `No matching federated identity record found for presented assertion subject '${problem.subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. See documentation at: ${FEDERATION_DOCS}. See breaking change notification and remediation at: https://learn.microsoft.com/en-us/entra/identity-platform/reference-breaking-changes#august-2024.`,
      };
  }
}

function federation(number: number, what: string): { readonly number: number; readonly message: string } {
  return { number, message: `No matching federated identity record found for presented assertion ${what}. ${CHECK}` };
}

/** `2024-10-02T22:05:03.6750000Z`: seven digits, of which the clock here knows three. */
function dotNetTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "0000Z");
}
