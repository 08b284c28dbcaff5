/** AWS::Lambda::*. Source of shapes and defaults: AWS CloudFormation Template Reference. */
import { arn, generatedName } from "../account";
import { ResourceFailure, type ResourceKind } from "../engine/kind";
import { isRecord } from "../template/template";
import type { World } from "../world";
import { recordKind, text } from "./record-kind";

const DEFAULTS = { timeoutSeconds: 3, memoryMegabytes: 128, retryAttempts: 2, eventAgeSeconds: 21_600 } as const;

export function lambdaKinds(world: World): Readonly<Record<string, ResourceKind>> {
  const { account, functions, code } = world;
  return {
    "AWS::Lambda::Function": recordKind({
      put({ logicalId, stackName }, properties, physicalId) {
        const name = text(properties.FunctionName) ?? physicalId ?? generatedName(stackName, logicalId);
        const functionArn = arn(account, "lambda", `function:${name}`);
        const runtime = String(properties.Runtime);
        if (!runtime.startsWith("nodejs")) {
          throw new ResourceFailure(`the simulator runs functions of nodejs alone, and ${logicalId} wants ${runtime}`);
        }
        const { Variables } = isRecord(properties.Environment) ? properties.Environment : {};
        const before = functions.find(functionArn);
        functions.put({
          logicalId,
          name,
          arn: functionArn,
          roleArn: String(properties.Role),
          handler: String(properties.Handler),
          runtime,
          taskRoot: code.folderOf(properties.Code),
          timeoutSeconds: Number(properties.Timeout ?? DEFAULTS.timeoutSeconds),
          memoryMegabytes: Number(properties.MemorySize ?? DEFAULTS.memoryMegabytes),
          environment: Object.fromEntries(
            Object.entries(isRecord(Variables) ? Variables : {}).map(([key, value]) => [key, String(value)]),
          ),
          maximumRetryAttempts: before?.maximumRetryAttempts ?? DEFAULTS.retryAttempts,
          maximumEventAgeSeconds: before?.maximumEventAgeSeconds ?? DEFAULTS.eventAgeSeconds,
        });
        return { physicalId: name, attributes: { Arn: functionArn } };
      },
      remove: (name) => functions.delete(arn(account, "lambda", `function:${name}`)),
    }),
    "AWS::Lambda::EventInvokeConfig": recordKind({
      put({ stackName, logicalId }, { FunctionName, MaximumRetryAttempts, MaximumEventAgeInSeconds }, physicalId) {
        const lambda = functions.find(String(FunctionName));
        if (lambda === undefined) {
          throw new ResourceFailure(`Function not found: ${String(FunctionName)}`);
        }
        functions.put({
          ...lambda,
          maximumRetryAttempts: Number(MaximumRetryAttempts ?? DEFAULTS.retryAttempts),
          maximumEventAgeSeconds: Number(MaximumEventAgeInSeconds ?? DEFAULTS.eventAgeSeconds),
        });
        return { physicalId: physicalId ?? generatedName(stackName, logicalId), attributes: {} };
      },
      remove: () => undefined,
    }),
    "AWS::Lambda::Permission": recordKind({
      put: ({ stackName, logicalId }, _properties, physicalId) => ({
        physicalId: physicalId ?? generatedName(stackName, logicalId),
        attributes: {},
      }),
      remove: () => undefined,
    }),
  };
}
