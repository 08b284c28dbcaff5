/** A simulated AWS account in one region: deploys cloud assemblies and really runs their Lambda functions. */
import { readFileSync, rmSync } from "node:fs";
import { trustInAzure } from "./azure-trust";
import type { Clock } from "./clock";
import type { CloudOptions, DeployOptions } from "./cloud-options";
import { type CloudParts, startParts } from "./cloud-parts";
import type { StackResult } from "./engine/cloudformation";
import type { RequestRecord } from "./engine/custom-resource-request";
import type { StackEvent } from "./engine/stack";
import type { Faults } from "./faults";
import type { Roles } from "./iam/roles";
import type { Invocation, LogLine } from "./lambda/function";
import type { ServiceCall } from "./services/endpoint";
import type { Buckets } from "./services/s3";
import type { Secrets } from "./services/secrets-manager";
import type { SystemsManager } from "./services/ssm";
import type { Federation } from "./services/sts";
import type { Execution } from "./step-functions/execution";
import { readAssembly } from "./template/assembly";

export class Cloud {
  private constructor(private readonly parts: CloudParts) {}

  /** @throws when an option is wrong. */
  static async start(options: CloudOptions = {}): Promise<Cloud> {
    return new Cloud(await startParts(options));
  }

  /**
   * Publishes the assets of a stack and creates it, or updates the one that has its name, as `cdk deploy` does.
   *
   * @param folder where `app.synth()` or `cdk synth` has written the cloud assembly.
   * @throws when the template has something that the simulator does not know, or CloudFormation refuses the request.
   */
  async deploy(folder: string, { stackName, parameters }: DeployOptions = {}): Promise<StackResult> {
    const stack = readAssembly(folder, stackName);
    for (const asset of stack.assets) {
      const bucket = this.#resolvePlaceholders(asset.bucket);
      const key = this.#resolvePlaceholders(asset.key);
      if (asset.packaging === "zip") {
        this.parts.code.publish(bucket, key, asset.path);
      } else {
        this.parts.buckets.putObject(bucket, key, readFileSync(asset.path));
      }
    }
    return this.parts.cloudFormation.deploy(stack.stackName, stack.template, parameters);
  }

  #resolvePlaceholders(name: string): string {
    const { accountId, region } = this.parts.account;
    const values: Readonly<Record<string, string>> = { AccountId: accountId, Region: region, Partition: "aws" };
    return name.replace(/\$\{AWS::(AccountId|Region|Partition)\}/g, (_, key: string) => values[key] ?? "");
  }

  /** Deletes a stack; one that is being created is first called off. `retain`: of a stack that is DELETE_FAILED. */
  destroy(stackName: string, retain: readonly string[] = []): Promise<StackResult> {
    return this.parts.cloudFormation.destroy(stackName, retain);
  }

  /** Calls off an update that is under way: it rolls back. */
  cancelUpdate(stackName: string): void {
    this.parts.cloudFormation.cancelUpdate(stackName);
  }

  /** Goes on with a rollback that failed. `skip`: resources that are left as they are. */
  continueUpdateRollback(stackName: string, skip: readonly string[] = []): Promise<StackResult> {
    return this.parts.cloudFormation.continueUpdateRollback(stackName, skip);
  }

  /** The first event of a stack that matches, now or later. */
  until(stackName: string, matches: (event: StackEvent) => boolean): Promise<StackEvent> {
    return this.parts.cloudFormation.until(stackName, matches);
  }

  /** All events of a stack; also of one that was deleted, by its ARN. */
  events(stackNameOrId: string): readonly StackEvent[] {
    return this.parts.cloudFormation.find(stackNameOrId)?.events ?? [];
  }

  /** The outputs of a stack that is there, as DescribeStacks shows them. */
  outputs(stackName: string): Readonly<Record<string, string>> {
    const outputs = this.parts.cloudFormation.find(stackName)?.outputs ?? [];
    return Object.fromEntries(outputs.map(({ key, value }) => [key, value]));
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  /** What goes wrong, as a test asks. */
  get faults(): Faults {
    return this.parts.faults;
  }

  /** To make roles that no template has. */
  get roles(): Roles {
    return this.parts.roles;
  }

  get secrets(): Secrets {
    return this.parts.secrets;
  }

  get buckets(): Buckets {
    return this.parts.buckets;
  }

  get systemsManager(): SystemsManager {
    return this.parts.systemsManager;
  }

  /** `enabled = false`: the account has outbound identity federation switched off. */
  get federation(): Federation {
    return this.parts.federation;
  }

  /** What every function has logged, in order. */
  get log(): readonly LogLine[] {
    return this.parts.functions.log;
  }

  get invocations(): readonly Invocation[] {
    return this.parts.functions.invocations;
  }

  /** The runs of all state machines, with their history. */
  get executions(): readonly Execution[] {
    return this.parts.stateMachines.executions;
  }

  /** What CloudFormation has sent to custom resources, and what came back. */
  get requests(): readonly RequestRecord[] {
    return this.parts.customResources.requests;
  }

  /** What functions have asked of the services, and whether they were allowed to. */
  get calls(): readonly ServiceCall[] {
    return this.parts.endpoint.calls;
  }

  /** The ARN of a role, also of one that is not there yet. */
  roleArn(roleName: string): string {
    return `arn:aws:iam::${this.parts.account.accountId}:role/${roleName}`;
  }

  /** Gives an app in the Azure simulator federated credentials for these roles of this account, and takes all others from it. */
  async trustRoles(roleNames: readonly string[], audience = "api://AzureADTokenExchange"): Promise<void> {
    const { options, federation } = this.parts;
    if (options.azure === undefined) {
      throw new Error("this cloud knows no Azure simulator; start it with `azure`, its environment");
    }
    const { issuer, jwks } = federation;
    const credentials = roleNames.map((name) => ({ issuer, subject: this.roleArn(name), audience, jwks }));
    await trustInAzure(options.azure, credentials);
  }

  /** Waits until no function runs, no event waits for one, and no state machine is under way. */
  async settled(): Promise<void> {
    const { functions, stateMachines } = this.parts;
    const underWay = () => [...functions.underWay, ...stateMachines.underWay];
    for (let work = underWay(); work.length > 0; work = underWay()) {
      await Promise.all(work);
    }
  }

  /** Ends every process, and removes all files. */
  async stop(): Promise<void> {
    const { clock, functions, endpoint, folder } = this.parts;
    clock.stop();
    await functions.stop();
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  return Cloud.start(options);
}
