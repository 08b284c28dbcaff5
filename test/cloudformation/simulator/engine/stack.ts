/** A stack: its resources, its events, and what names in its template stand for. */
import type { Account } from "../account";
import { conditionHolds, type Scope, TemplateError } from "../template/intrinsics";
import { dependenciesOf, type Template, type TemplateResource } from "../template/template";
import { type Properties, type Provisioned, ResourceFailure } from "./kind";
import type { Step } from "./schedule";

/** One line of DescribeStackEvents. */
export interface StackEvent {
  readonly atMs: number;
  readonly logicalId: string;
  readonly physicalId: string | undefined;
  readonly type: string;
  /** `CREATE_IN_PROGRESS`, … */
  readonly status: string;
  readonly reason: string | undefined;
  /** Of a resource: those that are asked for. Undefined where CloudFormation shows none. */
  readonly properties: Properties | undefined;
}

/** What is there of a resource. */
export interface DeployedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly definition: TemplateResource;
  /** Undefined until CloudFormation has learnt it. */
  readonly physicalId: string | undefined;
  readonly properties: Properties;
  readonly provisioned: Provisioned | undefined;
  /** Whether anything was asked of it: else there is nothing to delete. */
  readonly asked: boolean;
  readonly status: string;
  readonly reason?: string | undefined;
}

/** What a template is deployed with. */
export interface Plan {
  readonly template: Template;
  /** Values of the template's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description: string | undefined;
  readonly exportName: string | undefined;
}

/** What takes the place of hidden values. Source: custom resource response objects, `NoEcho`. */
const MASK = "*****";

export class Stack {
  readonly events: StackEvent[] = [];
  readonly resources = new Map<string, DeployedResource>();
  status = "REVIEW_IN_PROGRESS";
  reason: string | undefined;
  outputs: readonly StackOutput[] = [];

  constructor(
    readonly account: Account,
    readonly id: string,
    readonly name: string,
    private readonly nowMs: () => number,
    /** Is told of each event when it has happened. */
    private readonly told: (event: StackEvent) => void,
  ) {}

  setStatus(status: string, reason?: string): void {
    this.status = status;
    this.reason = reason;
    this.note({ logicalId: this.name, physicalId: this.id, type: "AWS::CloudFormation::Stack", status, reason });
  }

  /** @param properties that the event shows. */
  setResource(resource: DeployedResource, properties = resource.properties): void {
    this.resources.set(resource.logicalId, resource);
    this.note({ ...resource, properties });
  }

  note({
    logicalId,
    physicalId,
    type,
    status,
    reason,
    properties,
  }: Omit<StackEvent, "atMs" | "reason" | "properties"> & Partial<Pick<StackEvent, "reason" | "properties">>): void {
    const event = { atMs: this.nowMs(), logicalId, physicalId, type, status, reason, properties };
    this.events.push(event);
    this.told(event);
  }

  /** @param masked whether attributes that are hidden read as `*****`. */
  scope({ template, parameters }: Plan, masked = false): Scope {
    return {
      template,
      ref: (name) => parameters[name] ?? this.#pseudoParameter(name) ?? this.resources.get(name)?.physicalId,
      attribute: (logicalId, name) => this.#attribute(logicalId, name, masked),
    };
  }

  #pseudoParameter(name: string): string | undefined {
    const { accountId, region } = this.account;
    const values: Readonly<Record<string, string>> = {
      "AWS::AccountId": accountId,
      "AWS::Region": region,
      "AWS::Partition": "aws",
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackId": this.id,
      "AWS::StackName": this.name,
    };
    return values[name];
  }

  #attribute(logicalId: string, name: string, masked: boolean): unknown {
    const provisioned = this.resources.get(logicalId)?.provisioned;
    if (provisioned === undefined) {
      throw new TemplateError(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`);
    }
    const value = provisioned.attributes[name];
    if (value === undefined && provisioned.attributesFrom !== undefined) {
      // Source: aws-solutions-library-samples/guidance-for-intelligent-document-processing-agents-on-aws#2 (2025).
      throw new ResourceFailure(
        `CustomResource attribute error: Vendor response doesn't contain ${name} attribute in object ${provisioned.attributesFrom}`,
      );
    }
    if (value === undefined) {
      throw new TemplateError(
        `the simulator does not know the attribute ${name} of ${this.resources.get(logicalId)?.type}; add it to kinds`,
      );
    }
    return masked && provisioned.noEcho === true ? MASK : value;
  }

  /** The resources of a template whose conditions hold, with what they wait for. */
  steps(plan: Plan): readonly Step[] {
    const { template } = plan;
    const scope = this.scope(plan);
    return Object.entries(template.Resources)
      .filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope))
      .map(([id]) => ({ id, after: dependenciesOf(template, id) }));
  }
}
