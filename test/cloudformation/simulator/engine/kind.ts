/** What CloudFormation asks of every kind of resource. */

/** Properties after all intrinsic functions. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Subject {
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** Calls off what is under way. */
  readonly signal: AbortSignal;
}

export interface Provisioned {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether the attributes are hidden from whoever looks at the stack. */
  readonly noEcho?: boolean;
  /** Names the attributes of a custom resource in the error about one that is missing. */
  readonly attributesFrom?: string;
}

export interface Prior {
  readonly physicalId: string;
  readonly properties: Properties;
}

export interface ResourceKind {
  create(subject: Subject, properties: Properties): Promise<Provisioned>;
  /** Another physical id in the answer makes it a replacement. */
  update(subject: Subject, properties: Properties, prior: Prior): Promise<Provisioned>;
  /** Puts the former properties back, after an update that did not replace it. */
  revert(subject: Subject, properties: Properties, prior: Prior): Promise<Provisioned>;
  /** `physicalId` undefined: CloudFormation has never learnt one. */
  delete(subject: Subject, properties: Properties, physicalId: string | undefined): Promise<void>;
}

/** Why a resource could not be made, changed or deleted, as the stack's events say it. */
export class ResourceFailure extends Error {
  constructor(
    reason: string,
    /** The one that came with the failure. */
    readonly physicalId?: string,
  ) {
    super(reason);
  }
}

/** Nothing was asked of the resource: there is nothing to undo. */
export class NotBegun extends ResourceFailure {}

/** CloudFormation does not wait for the resource any more. */
export class Cancelled extends Error {}

export type KindOf = (type: string) => ResourceKind;

/** Source: AWS::CloudFormation::CustomResource, "Specifying custom resource type names". */
export function isCustom(type: string): boolean {
  return type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
