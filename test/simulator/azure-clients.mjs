// Microsoft's own clients, as a user would write them; started by azure-clients.test.ts with the env-file's variables.
import { ComputeManagementClient } from "@azure/arm-compute";
import { ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";

const env = process.env;
const [what, argument] = process.argv.slice(2);

function credential(disableInstanceDiscovery) {
  return new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, {
    authorityHost: env.AZURE_AUTHORITY_HOST,
    disableInstanceDiscovery,
    retryOptions: { maxRetries: 0 },
  });
}

const actions = {
  async token() {
    const { token, expiresOnTimestamp } = await credential(argument === "true").getToken(
      "https://management.azure.com/.default",
    );
    const response = await fetch(`https://${env.ARM_METADATA_HOSTNAME}/subscriptions?api-version=2022-12-01`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, lifetimeSeconds: Math.round((expiresOnTimestamp - Date.now()) / 1000) };
  },
  async compute() {
    const client = new ComputeManagementClient(credential(true), env.AZURE_SUBSCRIPTION_ID, {
      endpoint: `https://${env.ARM_METADATA_HOSTNAME}`,
      credentials: { scopes: ["https://management.azure.com/.default"] },
    });
    const ran = await client.virtualMachines.beginRunCommandAndWait(
      "rg",
      "vm1",
      { commandId: "RunShellScript", script: ["echo hello"] },
      { updateIntervalInMs: 20 },
    );
    const machine = await client.virtualMachines.get("rg", "vm1", { expand: "instanceView" });
    const view = await client.virtualMachines.instanceView("rg", "vm1");
    const unknown = await client.virtualMachines
      .runCommand("rg", "nope", { commandId: "RunShellScript" })
      .catch((error) => ({ statusCode: error.statusCode, code: error.code }));
    const commands = [];
    for await (const command of client.virtualMachineRunCommands.list("westeurope")) commands.push(command.id);
    await client.virtualMachines.beginDeallocateAndWait("rg", "vm1", { updateIntervalInMs: 20 });
    const off = await client.virtualMachines
      .runCommand("rg", "vm1", { commandId: "RunShellScript" })
      .catch((error) => ({ statusCode: error.statusCode, code: error.code }));
    return {
      message: ran.value[0].message,
      vmId: machine.vmId,
      power: view.statuses[1].code,
      unknown,
      commands: commands.length,
      off,
    };
  },
  async scaleSets() {
    const client = new ComputeManagementClient(credential(true), env.AZURE_SUBSCRIPTION_ID, {
      endpoint: `https://${env.ARM_METADATA_HOSTNAME}`,
      credentials: { scopes: ["https://management.azure.com/.default"] },
    });
    const collect = async (pages) => {
      const all = [];
      for await (const each of pages) all.push(each);
      return all;
    };
    const modes = (await collect(client.virtualMachineScaleSets.list("rg"))).map((set) => set.orchestrationMode);
    const web = await client.virtualMachineScaleSets.get("rg", "web");
    const filter = `'virtualMachineScaleSet/id' eq '${web.id}'`;
    const members = await collect(client.virtualMachines.list("rg", { filter, expand: "instanceView" }));
    const instances = await collect(client.virtualMachineScaleSetVMs.list("rg", "pool", { expand: "instanceView" }));
    const ran = await client.virtualMachineScaleSetVMs.beginRunCommandAndWait(
      "rg",
      "pool",
      "1",
      { commandId: "RunShellScript", script: ["echo hello"] },
      { updateIntervalInMs: 20 },
    );
    const view = await client.virtualMachineScaleSetVMs.getInstanceView("rg", "pool", "1");
    const refusal = (call) => call.catch(({ statusCode, code }) => ({ statusCode, code }));
    const notActive = await refusal(
      client.virtualMachineScaleSetVMs.runCommand("rg", "pool", "77", { commandId: "x" }),
    );
    const before = (await client.virtualMachineScaleSetVMs.get("rg", "pool", "1")).vmId;
    await client.virtualMachineScaleSetVMs.beginReimageAndWait("rg", "pool", "1", { updateIntervalInMs: 20 });
    const after = (await client.virtualMachineScaleSetVMs.get("rg", "pool", "1")).vmId;
    return {
      modes,
      members: members.map((vm) => [vm.virtualMachineScaleSet.id === web.id, vm.instanceView.statuses[1].code]),
      instances: instances.length,
      ids: instances.slice(0, 2).map((vm) => [vm.name, vm.instanceId, vm.instanceView.statuses[1].code]),
      message: ran.value[0].message,
      handlers: view.vmAgent.extensionHandlers.map(({ type }) => type),
      notActive,
      reimaged: before !== after,
    };
  },
  async default() {
    const { token } = await new DefaultAzureCredential({ disableInstanceDiscovery: true }).getToken(
      "https://management.azure.com/.default",
    );
    return { parts: token.split(".").length };
  },
};

try {
  process.stdout.write(JSON.stringify(await actions[what]()));
} catch (error) {
  process.stdout.write(JSON.stringify({ name: error.name, message: error.message }));
}
