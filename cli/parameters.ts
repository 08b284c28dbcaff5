/** Reads what a script is given as environment variables: `-p NAME=VALUE`, and secrets by name alone. Pure. */
import { UsageError } from "./usage";

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** @throws UsageError */
export function readParameters(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((text): [string, string] => {
    const cut = text.indexOf("=");
    if (cut < 0) {
      throw new UsageError(
        `--parameter '${text}' has no value; write ${text}=VALUE, or --protected-parameter ${text} to take it from the environment`,
      );
    }
    if (cut === 0) {
      throw new UsageError(`--parameter '${text}' has no name; write NAME=VALUE`);
    }
    return [text.slice(0, cut), text.slice(cut + 1)];
  });
  requireOnce(
    "--parameter",
    pairs.map(([name]) => name),
  );
  return Object.fromEntries(pairs);
}

/**
 * Their values never are arguments, which every user of this machine could see in its process list.
 *
 * @throws UsageError
 */
export function readProtectedParameters(
  names: readonly string[],
  environment: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  requireOnce("--protected-parameter", names);
  const pairs = names.map((name): [string, string] => {
    const cut = name.indexOf("=");
    if (cut >= 0) {
      throw new UsageError(
        `--protected-parameter takes a name and no value, which others could see in the process list; put the value into the environment variable ${name.slice(0, cut)} and give --protected-parameter ${name.slice(0, cut)}`,
      );
    }
    const value = environment(name);
    if (value === undefined) {
      throw new UsageError(
        `the environment variable ${name} of --protected-parameter is not set; set it, for example by 'read -rs ${name} && export ${name}'`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(pairs);
}

function requireOnce(option: string, names: readonly string[]): void {
  const again = names.find((name, at) => names.indexOf(name) < at);
  if (again !== undefined) {
    throw new UsageError(`${option} ${again} is given twice; give it once`);
  }
}
