/** Intrinsic functions of templates, as far as such templates use them. Pure. */
import { isRecord, readGetAtt, SUB_VARIABLE, type Template } from "./template";

/** Where names lead to. */
export interface Scope {
  readonly template: Template;
  /** Value of a parameter, a pseudo parameter or a resource; undefined: there is no such name. */
  ref(name: string): unknown;
  /** @throws {TemplateError} when the resource has no such attribute. */
  attribute(logicalId: string, name: string): unknown;
}

/** A fault of the template, or something in it that the simulator does not know. */
export class TemplateError extends Error {}

/** Stands for a property that is left out: what `AWS::NoValue` gives. */
const NO_VALUE = Symbol("AWS::NoValue");

/** @returns the value with every intrinsic function replaced by what it gives. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = resolveInner(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

function resolveInner(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveInner(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (!isRecord(value)) {
    return value;
  }
  const [only, ...others] = Object.keys(value);
  if (only !== undefined && others.length === 0 && (only === "Ref" || only.startsWith("Fn::"))) {
    return call(only, value[only], scope);
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, resolveInner(inner, scope)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== NO_VALUE));
}

function call(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case "Ref":
      return reference(String(argument), scope);
    case "Fn::GetAtt": {
      const { logicalId, attribute } = readGetAtt(argument);
      return scope.attribute(logicalId, String(resolve(attribute, scope)));
    }
    case "Fn::Join": {
      const [separator, parts] = listOf(argument, name);
      return listOf(resolve(parts, scope), name).join(String(separator));
    }
    case "Fn::Sub":
      return substitute(argument, scope);
    case "Fn::Select": {
      const [index, list] = listOf(argument, name);
      const chosen = listOf(resolve(list, scope), name)[Number(resolve(index, scope))];
      if (chosen === undefined) {
        throw new TemplateError("Template error: Fn::Select cannot select nonexistent value at index");
      }
      return chosen;
    }
    case "Fn::Split": {
      const [separator, text] = listOf(argument, name);
      return String(resolve(text, scope)).split(String(separator));
    }
    case "Fn::If": {
      const [condition, then, otherwise] = listOf(argument, name);
      return resolveInner(conditionHolds(String(condition), scope) ? then : otherwise, scope);
    }
    case "Fn::FindInMap": {
      const [map, first, second] = listOf(argument, name).map((part) => String(resolve(part, scope)));
      return scope.template.Mappings?.[map ?? ""]?.[first ?? ""]?.[second ?? ""];
    }
    case "Fn::Base64":
      return Buffer.from(String(resolve(argument, scope))).toString("base64");
    default:
      throw new TemplateError(`the simulator does not know the intrinsic function ${name}; add it to intrinsics.ts`);
  }
}

function reference(name: string, scope: Scope): unknown {
  if (name === "AWS::NoValue") {
    return NO_VALUE;
  }
  const value = scope.ref(name);
  if (value === undefined) {
    throw new TemplateError(`Template format error: Unresolved resource dependencies [${name}] in the template`);
  }
  return value;
}

function substitute(argument: unknown, scope: Scope): string {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const given = isRecord(variables) ? variables : {};
  return String(text)
    .replace(SUB_VARIABLE, (_, name: string) => {
      if (name in given) {
        return String(resolve(given[name], scope));
      }
      const dot = name.indexOf(".");
      return String(dot < 0 ? reference(name, scope) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
    })
    .replaceAll("${!", "${");
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TemplateError(`Template error: every ${name} object requires a list`);
  }
  return value;
}

/** Whether a condition of the template holds. */
export function conditionHolds(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) {
    throw new TemplateError(`Template format error: Unresolved condition dependency ${name}`);
  }
  return evaluate(condition, scope);
}

function evaluate(condition: unknown, scope: Scope): boolean {
  const [name, argument] = isRecord(condition) ? (Object.entries(condition)[0] ?? []) : [];
  switch (name) {
    case "Condition":
      return conditionHolds(String(argument), scope);
    case "Fn::Equals": {
      const [left, right] = listOf(argument, name).map((side) => resolve(side, scope));
      return String(left) === String(right);
    }
    case "Fn::And":
      return listOf(argument, name).every((part) => evaluate(part, scope));
    case "Fn::Or":
      return listOf(argument, name).some((part) => evaluate(part, scope));
    case "Fn::Not":
      return !listOf(argument, name).some((part) => evaluate(part, scope));
    default:
      throw new TemplateError(`the simulator does not know the condition ${String(name)}; add it to intrinsics.ts`);
  }
}
