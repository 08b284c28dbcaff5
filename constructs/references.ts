/** Which resources of the app a resource names, in its properties (`Ref`, `Fn::GetAtt`, `Fn::Sub`) or as its dependencies. */
import {
  CfnElement,
  CfnResource,
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  type Stack,
  Tokenization,
} from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { isMap } from "../core/inputs/input";

/** Finds what has this logical id in the template. */
export type FindByName = (logicalId: string) => IConstruct | undefined;

/** Looks through the stack when it is first asked, and knows nothing of what is added later. */
export function finderIn(stack: Stack): FindByName {
  let elements: ReadonlyMap<unknown, IConstruct> | undefined;
  return (logicalId) => {
    elements ??= new Map(
      stack.node
        .findAll()
        .filter(CfnElement.isCfnElement)
        .filter((element) => element.stack === stack)
        .map((element) => [stack.resolve(element.logicalId), element]),
    );
    return elements.get(logicalId);
  };
}

/**
 * What a construct by itself refers to, without what is in it.
 *
 * @param byName for `Fn.ref("…")` and the like, which name no construct.
 */
export function referencesOf(construct: IConstruct, byName: FindByName): readonly IConstruct[] {
  if (!CfnElement.isCfnElement(construct)) {
    return [];
  }
  const resolver = new ReferenceCollector();
  // What the CDK itself looks through for references. Source: aws-cdk-lib, core/lib/private/refs.ts.
  const { _toCloudFormation: template } = construct as unknown as { _toCloudFormation(): unknown };
  let names: readonly string[] = [];
  try {
    names = namesIn(Tokenization.resolve(template.call(construct), { scope: construct, resolver, preparing: true }));
  } catch {
    // What cannot be rendered fails the synthesis a little later, with the CDK's own sentence.
  }
  const named = names.map(byName).filter((found) => found !== undefined);
  const dependencies = CfnResource.isCfnResource(construct) ? construct.obtainDependencies() : [];
  return [...resolver.found, ...named, ...dependencies.filter((needed) => CfnResource.isCfnResource(needed))];
}

/** As the CDK itself writes a text with references in it. */
const JOINED = { join: (left: unknown, right: unknown) => ({ "Fn::Join": ["", [left, right]] }) };

/** What stands for a reference that has been seen: any property can have it. */
const SEEN = { Ref: "AWS::NoValue" };

class ReferenceCollector extends DefaultTokenResolver {
  readonly found = new Set<IConstruct>();

  constructor() {
    super(JOINED);
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      this.found.add(token.target);
      // Not by its name, too: that can be one of another stack.
      return SEEN;
    }
    return super.resolveToken(token, context, postProcessor);
  }
}

/** The logical ids in what has been resolved. Source: AWS CloudFormation, "Intrinsic function reference". */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap(namesIn);
  }
  if (!isMap(value)) {
    return [];
  }
  const { Ref: ref, "Fn::GetAtt": attribute, "Fn::Sub": text } = value;
  return [
    ...(typeof ref === "string" ? [ref] : []),
    ...[attribute].flat().slice(0, 1).flatMap(beforeDot),
    ...[text].flat().slice(0, 1).flatMap(namesInText),
    ...Object.values(value).flatMap(namesIn),
  ];
}

function beforeDot(value: unknown): readonly string[] {
  return typeof value === "string" ? value.split(".", 1) : [];
}

/** `${!Name}` is text. */
function namesInText(value: unknown): readonly string[] {
  return typeof value === "string"
    ? [...value.matchAll(/\$\{([^!}][^}]*)\}/g)].flatMap(([, name]) => beforeDot(name?.trim()))
    : [];
}
