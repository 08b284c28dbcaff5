/** The values of a template's parameters. */
import type { Template, TemplateParameter } from "../template/template";

/** A request that CloudFormation refuses. */
export class Refused extends Error {}

type StoredParameter = (name: string) => string | undefined;

/** @throws {Refused} when a value is missing. */
export function readParameters(
  template: Template,
  given: Readonly<Record<string, string>>,
  stored: StoredParameter,
): Readonly<Record<string, string>> {
  const values = Object.entries(template.Parameters ?? {}).map(
    ([name, parameter]) => [name, readParameter(name, parameter, given[name], stored)] as const,
  );
  return Object.fromEntries(values);
}

function readParameter(
  name: string,
  { Type, Default }: TemplateParameter,
  given: string | undefined,
  stored: StoredParameter,
): string {
  const value = given ?? (Default === undefined ? undefined : String(Default));
  if (value === undefined) {
    throw new Refused(`Parameters: [${name}] must have values`);
  }
  if (!Type.startsWith("AWS::SSM::Parameter::Value<")) {
    return value;
  }
  const found = stored(value);
  if (found === undefined) {
    throw new Refused(`Unable to fetch parameters [${value}] from parameter store for this account.`);
  }
  return found;
}
