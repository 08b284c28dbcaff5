/** Compiles what runs in processes of its own, so that nothing of the bench is in a memory that is measured. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

export interface Programs {
  /** What a process requires first, so that its time passes as fast as `TIME_VARIABLE` says. */
  readonly time: string;
  readonly client: string;
}

let programs: Programs | undefined;

/** Made when they are first asked for, and removed when this process ends. */
export function compiledPrograms(): Programs {
  if (programs === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "azure-run-command-bench-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    programs = {
      time: compile(join(__dirname, "time-process.ts"), join(folder, "time.cjs")),
      client: compile(join(__dirname, "../clients/process.ts"), join(folder, "client.cjs")),
    };
  }
  return programs;
}

function compile(entry: string, outfile: string): string {
  const settings = { bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "error" } as const;
  buildSync({ entryPoints: [entry], outfile, packages: "external", ...settings });
  return outfile;
}
