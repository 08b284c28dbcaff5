/** The one network rule that Run Command needs. */
import { runCommandEgressRule } from "../../azure-native";
import { registeredBy } from "./support";

const NETWORK = { resourceGroupName: "vms", networkSecurityGroupName: "vms-nsg" };

test("it lets the VMs reach Azure on port 443, and opens nothing inbound", async () => {
  const [rule, ...others] = await registeredBy(() => runCommandEgressRule("run-command", NETWORK));
  expect(others).toEqual([]);
  expect(rule).toMatchObject({ type: "azure-native:network:SecurityRule", name: "run-command" });
  expect(rule?.inputs).toEqual({
    ...NETWORK,
    priority: 1_000,
    description: "Run Command: the guest agent fetches commands and reports their results",
    direction: "Outbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "VirtualNetwork",
    sourcePortRange: "*",
    destinationAddressPrefix: "AzureCloud",
    destinationPortRange: "443",
  });
});

test("its place, its source and its options are the user's to say", async () => {
  const [rule] = await registeredBy(() =>
    runCommandEgressRule(
      "run-command",
      { ...NETWORK, priority: 200, sourceAddressPrefix: "10.0.1.0/24" },
      { protect: true },
    ),
  );
  expect(rule?.inputs).toMatchObject({ priority: 200, sourceAddressPrefix: "10.0.1.0/24" });
  expect(rule?.protect).toBe(true);
});
