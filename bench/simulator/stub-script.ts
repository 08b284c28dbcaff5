/** The little of a shell that scripts of a bench need on a guest without one: `echo`, `sleep` and `exit`. Pure. */

export interface StubRun {
  readonly stdout: string;
  readonly seconds: number;
  readonly exitCode: number;
}

/** @throws Error at anything else, so that no bench measures a script that was not understood. */
export function runStubScript(script: string): StubRun {
  let stdout = "";
  let seconds = 0;
  for (const line of script.split("\n")) {
    const [, command, rest = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    switch (command) {
      case undefined:
        break;
      case "echo":
        stdout += `${rest}\n`;
        break;
      case "sleep":
        seconds += Number(rest);
        break;
      case "exit":
        return { stdout, seconds, exitCode: Number(rest) };
      default:
        throw new Error(`a stub guest knows echo, sleep and exit, not '${command}'`);
    }
  }
  return { stdout, seconds, exitCode: 0 };
}
