/** The parts of a CloudFormation template that the simulator reads. Pure. */

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Description?: string;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly NoEcho?: boolean | string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a resource waits for: its `DependsOn` and all resources that its properties name. */
export function dependenciesOf(template: Template, logicalId: string): ReadonlySet<string> {
  const resource = template.Resources[logicalId];
  const named = new Set<string>([resource?.DependsOn ?? []].flat());
  collectNames(resource?.Properties, named);
  named.delete(logicalId);
  return new Set([...named].filter((name) => name in template.Resources));
}

function collectNames(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      collectNames(item, into);
    }
    return;
  }
  if (!isRecord(value)) {
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === "Ref" && typeof inner === "string") {
      into.add(inner);
    } else if (key === "Fn::GetAtt") {
      into.add(readGetAtt(inner).logicalId);
    } else if (key === "Fn::Sub") {
      for (const name of namesInSub(inner)) {
        into.add(name);
      }
    }
    collectNames(inner, into);
  }
}

function namesInSub(value: unknown): readonly string[] {
  const text = Array.isArray(value) ? value[0] : value;
  return [...String(text).matchAll(SUB_VARIABLE)].map(([, name]) => String(name).split(".")[0] ?? "");
}

/** `${Name}` or `${Name.Attribute}`; `${!Name}` stands for itself. */
export const SUB_VARIABLE = /\$\{([^!}][^}]*)\}/g;

/** The short form `A.b.c` names the attribute `b.c` of `A`. */
export function readGetAtt(value: unknown): { readonly logicalId: string; readonly attribute: unknown } {
  if (typeof value === "string") {
    const dot = value.indexOf(".");
    return { logicalId: value.slice(0, dot), attribute: value.slice(dot + 1) };
  }
  const [logicalId, attribute] = Array.isArray(value) ? value : [];
  return { logicalId: String(logicalId), attribute };
}
