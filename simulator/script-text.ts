/** The text that the service hands to the extension: the caller's lines with the parameters pasted in. */

export interface ScriptParameter {
  readonly name: string;
  readonly value: string;
}

/**
 * What RunShellScript runs when no script is given. Source: recording vm-runcommand-e2e.api-2020-06-01, Get of RunShellScript;
 * cli#32286 (a missing script). With an empty list as well: assumed.
 */
export const SAMPLE_SCRIPT: readonly string[] = ["echo This is a sample script", "echo Optional parameters: $0 $1"];

/** Lists the interfaces with what the guest has. Source: assumed (no recording of `ifconfig`). */
export const IFCONFIG_SCRIPT: readonly string[] = [
  "if command -v ifconfig >/dev/null 2>&1; then ifconfig; elif command -v ip >/dev/null 2>&1; then ip addr; else cat /proc/net/dev; fi",
];

/**
 * Lines are joined by newlines and one is added at the end. Source: cli#22245 (`"ls -la"` becomes 7 bytes), cli#8084.
 * Parameters: `export name=value …` and `set -- value …`, unquoted, before the text, after a shebang. Source: cli#10400, ps#14415.
 */
export function buildScript(lines: readonly string[], parameters: readonly ScriptParameter[]): string {
  const text = `${lines.join("\n")}\n`;
  if (parameters.length === 0) {
    return text;
  }
  const exported = `export ${parameters.map(({ name, value }) => `${name}=${value}`).join(" ")}\n`;
  const positional = `set -- ${parameters.map(({ value }) => value).join(" ")}\n`;
  const shebangEnd = text.startsWith("#!") ? text.indexOf("\n") + 1 : 0;
  return `${text.slice(0, shebangEnd)}${exported}${positional}${text.slice(shebangEnd)}`;
}
