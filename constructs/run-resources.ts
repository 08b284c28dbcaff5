/** The resources of the template that stand for one run command: the one that begins the run, and those that follow it. */
import { CustomResource, Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import {
  type AttributeName,
  type BegunRun,
  type ResourceProperties,
  RUN_RESOURCE_TYPE,
  WAIT_RESOURCE_TYPE,
} from "./resource-properties";
import { resourceCount, serviceTimeoutSeconds } from "./timing";

export interface RunResourcesProps {
  readonly serviceToken: string;
  readonly properties: ResourceProperties;
  readonly timeoutSeconds: number;
  readonly removalPolicy: RemovalPolicy | undefined;
}

/** @returns the resource that has the attributes of the whole run: the last one. */
export function createRunResources(scope: Construct, props: RunResourcesProps): CustomResource {
  const count = resourceCount(props.timeoutSeconds);
  const followers = Array.from({ length: count - 1 }, (_, index) => index + 1);
  const run = createResource(scope, "Resource", props, {
    type: RUN_RESOURCE_TYPE,
    properties: handingOver(props.properties, followers.length > 0),
    removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
  });
  const attribute = (name: AttributeName) => run.getAttString(name);
  const Continues: BegunRun = {
    Key: attribute("Key"),
    RunId: attribute("RunId"),
    SecretVersions: attribute("SecretVersions"),
    LastRunId: attribute("LastRunId"),
    ExecutionState: attribute("ExecutionState"),
  };
  return followers.reduce((before, number) => {
    const wait = createResource(scope, `Wait${number}`, props, {
      type: WAIT_RESOURCE_TYPE,
      properties: handingOver({ ...props.properties, Continues }, number < followers.length),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    wait.node.addDependency(before);
    return wait;
  }, run);
}

function handingOver(properties: ResourceProperties, handsOver: boolean): ResourceProperties {
  return handsOver ? { ...properties, HandsOver: true } : properties;
}

interface ResourceOptions {
  readonly type: string;
  readonly properties: ResourceProperties;
  readonly removalPolicy: RemovalPolicy;
}

function createResource(
  scope: Construct,
  id: string,
  { serviceToken, timeoutSeconds }: RunResourcesProps,
  { type, properties, removalPolicy }: ResourceOptions,
): CustomResource {
  return new CustomResource(scope, id, {
    serviceToken,
    serviceTimeout: Duration.seconds(serviceTimeoutSeconds(timeoutSeconds)),
    resourceType: type,
    properties,
    removalPolicy,
  });
}
