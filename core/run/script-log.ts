/** Puts what a script printed into the log, as far as the resource asks for it. */
import type { RunSettings } from "../inputs/desired-state";
import type { Reporter } from "../outside";
import type { RunResult } from "./outcome";

/** @param result its texts are masked already. */
export function logStreams(
  result: RunResult,
  { logging, outputMaxBytes }: Pick<RunSettings, "logging" | "outputMaxBytes">,
  reporter: Pick<Reporter, "info">,
): void {
  const tell = (name: string, text: string | undefined, totalBytes: number | undefined, truncated: boolean) => {
    if (text !== undefined && (text !== "" || truncated)) {
      const [kept, total] = [outputMaxBytes, totalBytes].map((bytes) => bytes?.toLocaleString("en-US") ?? "?");
      const cut = truncated ? ` (the last ${kept} of ${total} bytes)` : "";
      reporter.info(text === "" ? `${name}${cut}` : `${name}${cut}:\n${text}`);
    }
  };
  const { stdout, stderr } = result;
  if (logging === "stdout" || logging === "stdoutAndStderr") {
    tell("stdout", stdout, result.stdoutTotalBytes, result.stdoutTruncated === true);
  }
  if (logging === "stderr" || logging === "stdoutAndStderr") {
    tell("stderr", stderr, result.stderrTotalBytes, result.stderrTruncated === true);
  }
}
