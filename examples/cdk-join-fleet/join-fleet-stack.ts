import { CfnOutput, Duration, aws_iam as iam, Stack, type StackProps, aws_ssm as ssm } from "aws-cdk-lib";
import {
  AzureCredentials,
  AzureRunCommand,
  AzureRunCommandProvider,
  AzureVirtualMachine,
  RunCommandScript,
  RunCommandSecret,
} from "azure-run-command/constructs";
import type { Construct } from "constructs";
import { FleetMember } from "./fleet-member";
import { HybridActivation } from "./hybrid-activation";

export interface JoinFleetStackProps extends StackProps {
  readonly virtualMachineId: string;
  readonly tenantId: string;
  readonly clientId: string;
  /**
   * Any text: another one brings the agent to its latest version.
   *
   * @default "1"
   */
  readonly agentTrigger?: string | undefined;
  /**
   * Where the VM gets AWS's installer from: a URL, or a folder that is on the VM. It has `debian_amd64/ssm-setup-cli`.
   *
   * @default AWS's bucket of the stack's region
   */
  readonly installers?: string | undefined;
}

/** Makes an Azure VM a managed node of AWS Systems Manager, and hands its id on to the rest of the stack. */
export class JoinFleetStack extends Stack {
  constructor(scope: Construct, id: string, props: JoinFleetStackProps) {
    super(scope, id, props);
    const { tenantId, clientId, agentTrigger = "1" } = props;

    // With a name of its own, since Entra must know the role before the first deployment.
    const role = new iam.Role(this, "AzureRole", {
      roleName: `${this.stackName}-azure-${this.region}`,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    const provider = AzureRunCommandProvider.getOrCreate(this, {
      credentials: AzureCredentials.webIdentity({ tenantId, clientId }),
      role,
    });
    const vm = AzureVirtualMachine.fromResourceId(this, "Vm", props.virtualMachineId);

    const [, , , , group = "", , , , name = ""] = props.virtualMachineId.split("/");
    const activation = new HybridActivation(this, "Activation", { name, description: `${group}/${name}` });
    const agent = RunCommandScript.fromAsset("scripts/agent.sh");
    const install = new AzureRunCommand(this, "InstallAgent", {
      vm,
      provider,
      script: agent,
      unless: `grep -q '"mi-' /var/lib/amazon/ssm/registration`,
      update: agent, // by itself, since the guard is asked about `script` alone
      delete: RunCommandScript.fromAsset("scripts/leave.sh"),
      parameters: {
        ACTIVATION_ID: activation.activationId,
        INSTALLERS: props.installers ?? `https://amazon-ssm-${this.region}.s3.${this.region}.${this.urlSuffix}/latest`,
        REGION: this.region,
      },
      protectedParameters: { ACTIVATION_CODE: RunCommandSecret.fromSecretsManager(activation.code) },
      triggers: [agentTrigger],
      timeout: Duration.minutes(15),
    });
    const node = new AzureRunCommand(this, "ManagedNode", {
      vm,
      provider,
      script: RunCommandScript.fromAsset("scripts/node.sh"),
      triggers: [install.runId],
    });

    const managedInstanceId = node.output("managed_instance_id");
    new FleetMember(this, "FleetMember", { managedInstanceId, tags: { Fleet: this.stackName, Cloud: "azure" } });
    new ssm.StringParameter(this, "Parameter", {
      parameterName: `/${this.stackName}/managed-instance-id`,
      stringValue: managedInstanceId,
    });
    new CfnOutput(this, "ManagedInstanceId", { value: managedInstanceId });
    new CfnOutput(this, "AgentVersion", { value: node.output("agent_version") });
    new CfnOutput(this, "FederatedSubject", { value: provider.federatedSubject });
  }
}
