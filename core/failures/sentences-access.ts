/** Sentences for what keeps us from Azure: settings, credentials, network, rights, locks. Pure. */
import { FOLLOW_OPERATION_ACTION } from "../arm/invocation";
import { azureSays, type Circumstances } from "./circumstances";
import type { FailureOf } from "./run-failure";

export type AccessFailure = FailureOf<
  | "SubscriptionUnknown"
  | "CredentialsMissing"
  | "CredentialsRefused"
  | "CredentialsUnusable"
  | "CloudUnknown"
  | "Unreachable"
  | "ForeignUrl"
  | "TokenRefused"
  | "NotAuthorized"
  | "ScopeLocked"
>;

export function describeAccess(failure: AccessFailure, { subject, script, left, thenAgain }: Circumstances): string {
  switch (failure.kind) {
    case "SubscriptionUnknown":
      return ["question", "reading", "invocation"].includes(subject)
        ? `no subscription is known: give '--subscription', set ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or name the VM by '--vm-id'; ${left}`
        : "no subscription is known for 'resourceGroupName' and 'vmName': set azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or give 'virtualMachineId'; nothing was run";
    case "CredentialsMissing":
      return `no credentials for Azure were found: ${failure.detail}; sign in with 'az login', or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET; ${left}`;
    case "CredentialsRefused":
      return `${describeRefusedCredentials(failure.code, failure.source)}; ${left}`;
    case "CredentialsUnusable":
      return `the credentials that ${failure.source} asks for cannot be used: ${failure.detail}; ${left}`;
    case "CloudUnknown":
      return `the Azure cloud in ${failure.setting} cannot be used: ${failure.detail}; ${left}`;
    case "Unreachable":
      return `${describeNoAnswer(failure)}, ${thenAgain()}`;
    case "ForeignUrl":
      return `stopped following an operation: ${failure.host} named a URL on '${failure.foreignHost}' for it, and the token must not go there; ${script} may be running on the VM`;
    case "TokenRefused":
      return `Azure did not take the token for '${failure.vmName}': ${whatToDoAboutToken(failure.code)}, ${thenAgain(azureSays(failure))}`;
    case "NotAuthorized":
      return failure.action.toLowerCase() === FOLLOW_OPERATION_ACTION.toLowerCase()
        ? `not allowed to follow a run command on '${failure.vmName}': the right '${failure.action}' is missing; operations belong to the subscription, not to the VM: give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group or its subscription, not on the VM alone; ${saidBefore(failure.message)}${left}`
        : `not allowed to use Run Command on '${failure.vmName}': the right '${failure.action}' is missing; give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group; ${saidBefore(failure.message)}${left}`;
    case "ScopeLocked":
      return `a lock keeps Run Command from '${failure.vmName}': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; ${saidBefore(failure.message)}${left}`;
  }
}

function describeNoAnswer({ host, detail, afterTries, came }: FailureOf<"Unreachable">): string {
  const tries = `after ${afterTries} ${afterTries === 1 ? "try" : "tries"}`;
  switch (came) {
    case undefined:
      return `no answer from ${host} ${tries}: ${detail}; check this machine's network, proxy and name resolution`;
    case "half":
      return `no whole answer from ${host} ${tries}: ${detail}; name resolution and connection work, so see what lies between (a proxy, TLS inspection)`;
    case "serverError":
      return `no token from ${host} ${tries}: it answers with ${detail}, a trouble of its own or of a proxy; wait some minutes`;
    case "tooMany":
      return `no token from ${host} ${tries}: it answers with ${detail}, since there were too many sign-ins; wait some minutes, or sign in less often`;
  }
}

/** As a part that ends with a separator; empty where Azure was not asked. */
function saidBefore(message: string | undefined): string {
  return message === undefined ? "" : `${azureSays({ message })}; `;
}

/** Source: Learn, "Troubleshoot common Azure Resource Manager errors"; the codes are ARM's for status 401. */
function whatToDoAboutToken(code: string): string {
  switch (code) {
    case "ExpiredAuthenticationToken":
      return "it had expired; check this machine's clock, or sign in again";
    case "InvalidAuthenticationTokenTenant":
      return "it is of another tenant than the VM's subscription; set the tenant id of that one, or sign in there";
    case "InvalidAuthenticationTokenAudience":
      return "it is for another Azure cloud; set the cloud in which the VM is (azure-native:environment, ARM_ENVIRONMENT; in the CDK 'cloud' of the credentials)";
    default:
      return "sign in again";
  }
}

function describeRefusedCredentials(code: string, source: string): string {
  return `Entra refused the credentials from ${source}: ${whatEntraRefused(code, source)}`;
}

function whereSecretIs(source: string): string {
  return source.startsWith("azure-native:")
    ? "; for 'destroy' and 'refresh' a secret in the stack's configuration is the one of the last 'up': use --run-program or the environment"
    : "";
}

/**
 * Entra's own codes.
 *
 * Source: Learn, "Microsoft Entra authentication and authorization error codes"; for certificates and federated
 * credentials: AzureAD/microsoft-authentication-library-for-js#8339, AzureAD/microsoft-authentication-library-for-dotnet#4951,
 * Azure/azure-workload-identity#616 and #1200, Azure/login#180 and #515.
 */
function whatEntraRefused(code: string, source: string): string {
  switch (code) {
    case "AADSTS7000222":
      return `the client secret has expired (${code}); make a new one and set it${whereSecretIs(source)}`;
    case "AADSTS7000215":
      return `the client secret is wrong (${code}); it must be the secret's value, not its id`;
    case "AADSTS700016":
      return `the tenant has no application with this client id (${code}); check client id and tenant id`;
    case "AADSTS7000229":
      return `the application has no service principal in this tenant (${code}); make one, or check the tenant id`;
    case "AADSTS90002":
    case "endpoints_resolution_error":
      return `there is no such tenant (${code}); check the tenant id`;
    case "AADSTS500011":
      return `the tenant does not know Azure Resource Manager under the address that was asked for (${code}); check the cloud (azure-native:environment, ARM_ENVIRONMENT; in the CDK 'cloud' of the credentials)`;
    case "AADSTS53003":
      return `a Conditional Access policy blocks it (${code}); ask the tenant's administrator which one, for example one about the network from which this runs`;
    case "AADSTS700027":
      return `the certificate is not one of the application's, or has expired (${code}); upload its public part to the application, or use the one that is there`;
    case "AADSTS700021":
    case "AADSTS700023":
      return `the signed assertion is for another application or another tenant (${code}); check client id, tenant id and cloud`;
    case "AADSTS700024":
      return `the token of the other issuer is out of time, by this machine's clock or by its own (${code}); a pipeline's token lives for minutes: give a request URL or a token file in place of the token itself`;
    case "AADSTS50027":
      return `the token of the other issuer is none (${code}); check what was given as the token, or what is in its file`;
    case "AADSTS70025":
      return `the application has no federated credential (${code}); add one for what runs here`;
    case "AADSTS700211":
      return `no federated credential of the application has this token's issuer (${code}); compare both, also a slash at the end`;
    case "AADSTS700212":
      return `no federated credential of the application has this token's audience (${code}); it must be api://AzureADTokenExchange on both sides (in Government api://AzureADTokenExchangeUSGov, in China api://AzureADTokenExchangeChina)`;
    case "AADSTS700213":
    case "AADSTS70021":
      return `no federated credential of the application has this token's subject (${code}); in GitHub Actions it names the branch, tag, environment or pull request, of an AWS role its ARN: make a credential for the one that runs`;
    case "AADSTS7002138":
      return `the federated credential's subject differs from the token's in upper and lower case (${code}); write it as the token has it`;
    default:
      return `${code}; check tenant id, client id and what ${source} names`;
  }
}
