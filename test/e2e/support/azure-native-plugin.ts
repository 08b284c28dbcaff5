/**
 * Stands in for azure-native's engine plugin, so that a program with its resources runs unchanged on the real engine: a VM is
 * made and deleted in the simulator, and of all else only what was asked for is kept. Bundled, and run by the engine.
 */

import type { CreateResult, Provider } from "@pulumi/pulumi/provider";
import * as provider from "@pulumi/pulumi/provider";

type Properties = Readonly<Record<string, unknown>>;

interface Kind {
  /** The id, or what of it is below the subscription; in braces the inputs with its names, the resource's own last. */
  readonly path: string;
  /** What Azure adds. */
  readonly outputs?: Properties;
}

const NETWORK = "resourceGroups/{resourceGroupName}/providers/Microsoft.Network";
const IDENTITIES = "resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const AUTHORIZATION = "{scope}/providers/Microsoft.Authorization";
const VIRTUAL_MACHINE = "azure-native:compute:VirtualMachine";

const KINDS: Readonly<Record<string, Kind>> = {
  "azure-native:resources:ResourceGroup": { path: "resourceGroups/{resourceGroupName}" },
  "azure-native:network:NetworkSecurityGroup": { path: `${NETWORK}/networkSecurityGroups/{networkSecurityGroupName}` },
  "azure-native:network:SecurityRule": {
    path: `${NETWORK}/networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}`,
  },
  "azure-native:network:VirtualNetwork": { path: `${NETWORK}/virtualNetworks/{virtualNetworkName}` },
  "azure-native:network:Subnet": { path: `${NETWORK}/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}` },
  "azure-native:network:PublicIPAddress": {
    path: `${NETWORK}/publicIPAddresses/{publicIpAddressName}`,
    outputs: { ipAddress: "203.0.113.10" },
  },
  "azure-native:network:NetworkInterface": { path: `${NETWORK}/networkInterfaces/{networkInterfaceName}` },
  "azure-native:managedidentity:UserAssignedIdentity": {
    path: `${IDENTITIES}/{resourceName}`,
    // Of the one identity that the simulator knows.
    outputs: { clientId: process.env.ARM_CLIENT_ID, tenantId: process.env.ARM_TENANT_ID, principalId: "its-object-id" },
  },
  "azure-native:managedidentity:FederatedIdentityCredential": {
    path: `${IDENTITIES}/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}`,
  },
  "azure-native:authorization:RoleDefinition": { path: `${AUTHORIZATION}/roleDefinitions/{roleDefinitionId}` },
  "azure-native:authorization:RoleAssignment": { path: `${AUTHORIZATION}/roleAssignments/{roleAssignmentName}` },
  [VIRTUAL_MACHINE]: {
    path: "resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachines/{vmName}",
  },
};

/** In place of eight random hexadecimal digits, with which azure-native ends the names that it makes. */
export const NAME_END = "0a1b2c3d";

/** The engine compares it with that of the program's SDK. */
const { version } = require("@pulumi/azure-native/package.json") as { readonly version: string };

const azureNative: Provider = {
  version,
  check: async (urn, olds: Properties, news: Properties) => {
    const name = ownNameOf(kindOf(urn));
    const made = `${urn.split("::").at(-1)}${NAME_END}`;
    return { inputs: { ...news, [name]: news[name] ?? olds[name] ?? made } };
  },
  // The engine compares the inputs itself; another name is another resource.
  diff: async (_id, urn, olds: Properties, news: Properties) => {
    const name = ownNameOf(kindOf(urn));
    return olds[name] === news[name] ? {} : { changes: true, replaces: [name] };
  },
  create: async (urn, inputs: Properties) => {
    if (typeOf(urn) === VIRTUAL_MACHINE) await createVm(inputs);
    return created(urn, inputs);
  },
  update: async (_id, urn, _olds, news: Properties) => ({ outs: created(urn, news).outs }),
  read: async (id, _urn, props) => ({ id, props }),
  invoke: async (token, { resourceGroupName }) => {
    if (token !== "azure-native:resources:getResourceGroup")
      throw new Error(`the stand-in for azure-native has no ${token}`);
    const id = `/subscriptions/${process.env.ARM_SUBSCRIPTION_ID}/resourceGroups/${resourceGroupName}`;
    return { outputs: { id, name: resourceGroupName } };
  },
  delete: async (id, urn) => {
    if (typeOf(urn) === VIRTUAL_MACHINE) await deleteVm(id);
  },
};

function typeOf(urn: string): string {
  return urn.split("::").at(-2)?.split("$").at(-1) ?? "";
}

function kindOf(urn: string): Kind {
  const kind = KINDS[typeOf(urn)];
  if (kind === undefined) throw new Error(`the stand-in for azure-native has no ${typeOf(urn)}`);
  return kind;
}

function ownNameOf({ path }: Kind): string {
  return /\{(\w+)\}$/.exec(path)?.[1] ?? "";
}

function created(urn: string, inputs: Properties): CreateResult {
  const kind = kindOf(urn);
  const path = kind.path.replace(/\{(\w+)\}/g, (_braces, name: string) => String(inputs[name]));
  const id = path.startsWith("/") ? path : `/subscriptions/${process.env.ARM_SUBSCRIPTION_ID}/${path}`;
  return { id, outs: { ...inputs, ...kind.outputs, name: inputs[ownNameOf(kind)] } };
}

/** It takes a moment until its agent reports, as with a real one. */
async function createVm({ vmName, resourceGroupName }: Properties): Promise<void> {
  const reply = await send("PUT", `/_simulator/vms/${vmName}`, {
    headers: { "x-simulator-key": process.env.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "" },
    body: JSON.stringify({ agentReadyAfterMs: 300 }),
  });
  const { resourceGroup } = (await reply.json()) as { resourceGroup: string };
  if (resourceGroup !== resourceGroupName)
    throw new Error(`the simulator makes VMs in '${resourceGroup}', and not in '${resourceGroupName}'`);
}

async function deleteVm(id: string): Promise<void> {
  const { ARM_TENANT_ID, ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = process.env;
  const signedIn = await send("POST", `/${ARM_TENANT_ID}/oauth2/v2.0/token`, {
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope: "https://management.core.windows.net//.default",
    }),
  });
  const { access_token } = (await signedIn.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  const accepted = await send("DELETE", `${id}?api-version=2024-11-01`, { headers });
  const operation = new URL(accepted.headers.get("azure-asyncoperation") ?? "");
  for (;;) {
    const state = await send("GET", `${operation.pathname}${operation.search}`, { headers });
    if (((await state.json()) as { status: string }).status !== "InProgress") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function send(method: string, path: string, init: RequestInit): Promise<Response> {
  const isJson = typeof init.body === "string";
  const headers = { ...init.headers, ...(isJson ? { "content-type": "application/json" } : {}) };
  const reply = await fetch(`https://${process.env.ARM_METADATA_HOSTNAME}${path}`, { ...init, method, headers });
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${await reply.text()}`);
  return reply;
}

// The bundle is the program; whoever imports this file does not run it.
if (process.argv[1]?.endsWith("pulumi-resource-azure-native.cjs") === true)
  void provider.main(azureNative, process.argv.slice(2));
