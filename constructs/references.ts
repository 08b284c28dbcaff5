/** Which resources of the app a resource names, in its properties (`Ref`, `Fn::GetAtt`) or as its dependencies. */
import {
  CfnElement,
  CfnResource,
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  StringConcat,
  Tokenization,
} from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * What a construct by itself refers to, without what is in it. `Fn.ref("…")` and a reference that is written out as an object
 * name no construct, and are not seen.
 */
export function referencesOf(construct: IConstruct): readonly IConstruct[] {
  if (!CfnElement.isCfnElement(construct)) {
    return [];
  }
  const resolver = new ReferenceCollector();
  // What the CDK itself looks through for references. Source: aws-cdk-lib, core/lib/private/refs.ts.
  const { _toCloudFormation: template } = construct as unknown as { _toCloudFormation(): unknown };
  try {
    Tokenization.resolve(template.call(construct), { scope: construct, resolver, preparing: true });
  } catch {
    // What cannot be rendered fails the synthesis a little later, with the CDK's own sentence.
  }
  const dependencies = CfnResource.isCfnResource(construct) ? construct.obtainDependencies() : [];
  return [...resolver.found, ...dependencies.filter((needed) => CfnResource.isCfnResource(needed))];
}

class ReferenceCollector extends DefaultTokenResolver {
  readonly found = new Set<IConstruct>();

  constructor() {
    super(new StringConcat());
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      this.found.add(token.target);
    }
    return super.resolveToken(token, context, postProcessor);
  }
}
