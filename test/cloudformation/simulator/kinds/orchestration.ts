/** State machines, wait conditions, and what the CDK adds to every stack. */
import { arn, generatedName, stackArn } from "../account";
import { SleepAborted } from "../clock";
import { Cancelled, ResourceFailure, type ResourceKind } from "../engine/kind";
import { readDefinition } from "../step-functions/definition";
import type { World } from "../world";
import { recordKind, text } from "./record-kind";

export function orchestrationKinds(world: World): Readonly<Record<string, ResourceKind>> {
  const { account, stateMachines, clock } = world;
  /** Nothing signals a wait condition here: one that wants a signal fails when its time is over. */
  const waitCondition: ResourceKind = {
    async create({ logicalId, stackName, signal }, { Timeout, Count }) {
      const count = Number(Count ?? 1);
      if (count > 0) {
        await sleep(Number(Timeout ?? 0) * 1_000, signal);
        throw new ResourceFailure(`WaitCondition timed out. Received 0 conditions when expecting ${count}`);
      }
      return { physicalId: stackArn(account, `${stackName}/${logicalId}`), attributes: { Data: "{}" } };
    },
    update: () =>
      Promise.reject(
        new ResourceFailure("Update to resource type AWS::CloudFormation::WaitCondition is not supported."),
      ),
    revert: (_subject, _properties, { physicalId }) => Promise.resolve({ physicalId, attributes: { Data: "{}" } }),
    delete: () => Promise.resolve(),
  };

  async function sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      throw error instanceof SleepAborted ? new Cancelled() : error;
    }
  }

  /**
   * No type of AWS: fails so many milliseconds after it began, in the operations that `On` names (`Create`, `Update`,
   * `Delete`; default: Create and Update). Its other properties are there to be changed.
   */
  const fails = async (operation: string, properties: Readonly<Record<string, unknown>>, signal: AbortSignal) => {
    const on = [properties.On ?? ["Create", "Update"]].flat().map(String);
    if (on.includes(operation)) {
      await sleep(Number(properties.AfterMs ?? 0), signal);
      throw new ResourceFailure(text(properties.Reason) ?? "asked for by a test");
    }
  };
  const failing: ResourceKind = {
    async create({ stackName, logicalId, signal }, properties) {
      await fails("Create", properties, signal);
      return { physicalId: generatedName(stackName, logicalId), attributes: {} };
    },
    async update({ signal }, properties, { physicalId }) {
      await fails("Update", properties, signal);
      return { physicalId, attributes: {} };
    },
    revert: (_subject, _properties, { physicalId }) => Promise.resolve({ physicalId, attributes: {} }),
    delete: ({ signal }, properties) => fails("Delete", properties, signal),
  };
  return {
    "AWS::StepFunctions::StateMachine": recordKind({
      put({ stackName, logicalId }, { StateMachineName, DefinitionString, RoleArn }, physicalId) {
        const name = text(StateMachineName) ?? physicalId?.split(":").at(-1) ?? generatedName(stackName, logicalId);
        const machineArn = arn(account, "states", `stateMachine:${name}`);
        stateMachines.put({
          arn: machineArn,
          roleArn: String(RoleArn),
          definition: readDefinition(String(DefinitionString)),
        });
        return { physicalId: machineArn, attributes: { Arn: machineArn, Name: name } };
      },
      remove: (machineArn) => stateMachines.delete(machineArn),
    }),
    "AWS::CloudFormation::WaitConditionHandle": recordKind({
      put: ({ stackName, logicalId }, _properties, physicalId) => ({
        physicalId: physicalId ?? generatedName(stackName, logicalId),
        attributes: {},
      }),
      remove: () => undefined,
    }),
    "AWS::CloudFormation::WaitCondition": waitCondition,
    "AWS::CDK::Metadata": recordKind({
      put: (_subject, _properties, physicalId) => ({
        physicalId: physicalId ?? generatedName("", "CDKMetadata"),
        attributes: {},
      }),
      remove: () => undefined,
    }),
    "Simulator::Fails": failing,
  };
}
