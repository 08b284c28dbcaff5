/** Which shell a script is for, by its `#!` line. Pure. */

/**
 * - `posix`: `/bin/sh`, which is dash on Debian and Ubuntu, and bash elsewhere.
 * - `bash`.
 * - `busybox`: knows some of what bash knows.
 */
export type Dialect = "posix" | "bash" | "busybox";

const SHEBANG = /^#![ \t]*(\S+)[ \t]*(.*)/;

/** @returns undefined for what is no shell that we can judge: another interpreter, or one that is called in another way. */
export function dialectOf(text: string): Dialect | undefined {
  const [, interpreter, rest = ""] = SHEBANG.exec(text) ?? [];
  if (interpreter === undefined) {
    return text.startsWith("#!") ? undefined : "posix";
  }
  const argument = rest.trim().split(/\s+/)[0] ?? "";
  const name = baseName(interpreter);
  switch (name) {
    case "env":
      return dialectOfName(argument);
    case "busybox":
      return argument === "sh" || argument === "ash" ? "busybox" : undefined;
    default:
      return dialectOfName(name);
  }
}

function dialectOfName(name: string): Dialect | undefined {
  switch (name) {
    case "sh":
    case "dash":
      return "posix";
    case "bash":
      return "bash";
    case "ash":
      return "busybox";
    default:
      return undefined;
  }
}

function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
