/**
 * The lines of `/var/log/azure/run-command/handler.log`.
 *
 * Source: the log of a working run in Microsoft's public support wiki (azure-wire.md 4.6, "WIKI") and the calls of
 * `ctx.Log` in Azure/run-command-extension-linux main/main.go and main/cmds.go, in their order.
 */
import { DATA_FOLDER, EXTENSION_FOLDER, HANDLER_VERSION } from "./handler";

type Operation = "install" | "enable" | "uninstall";
type Field = readonly [name: string, value: string];

/** How the run of the script went, for the log: the only place that keeps the exit code. */
export type RunEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "not-run" }
  | { readonly kind: "refused"; readonly message: string };

/** Writes lines of one operation with one sequence number at one time. */
class Lines {
  readonly #lines: string[] = [];
  constructor(
    private readonly operation: Operation,
    private readonly seq: number,
    private readonly time: string,
  ) {}
  add(...fields: Field[]): this {
    const all: Field[] = [
      ["time", this.time],
      ["version", `v${HANDLER_VERSION}/git@simulated-clean`],
      ["operation", this.operation],
      ["seq", String(this.seq)],
      ...fields,
    ];
    this.#lines.push(all.map(([name, value]) => `${name}=${logfmt(value)}`).join(" "));
    return this;
  }
  event(event: string, ...fields: Field[]): this {
    return this.add(["event", event], ...fields);
  }
  raw(line: string): this {
    this.#lines.push(line);
    return this;
  }
  toString(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/** Quotes as go-logfmt: only values with blanks, quotes, equals signs or control characters. */
function logfmt(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about control characters
  return /[\s"=\u0000-\u001f]/.test(value) ? JSON.stringify(value) : value;
}

const NOT_REPORTED: Field = ["status", "not reported for operation (by design)"];
const outputFolder = (seq: number): string => `${DATA_FOLDER}/download/${seq}`;

export function installLog(seq: number, time: string): string {
  return new Lines("install", seq, time)
    .raw(`+ ${EXTENSION_FOLDER}/bin/run-command-extension install`)
    .event("start")
    .add(NOT_REPORTED)
    .event("migrate to mrseq", ["error", `Can't find out seqnum from ${EXTENSION_FOLDER}/status, not enough files.`])
    .event("created data dir", ["path", DATA_FOLDER])
    .event("installed")
    .add(NOT_REPORTED)
    .event("end")
    .toString();
}

/** From the shim to the sequence check. */
export function enableStartLog(seq: number, time: string): string {
  return new Lines("enable", seq, time)
    .raw(
      `Writing a placeholder status file indicating progress before forking: ${EXTENSION_FOLDER}/status/${seq}.status`,
    )
    .raw(`+ nohup ${EXTENSION_FOLDER}/bin/run-command-extension enable`)
    .event("start")
    .event("pre-check")
    .event("comparing seqnum", ["path", "mrseq"])
    .toString();
}

/** From the sequence check to the start of the script. */
export function enableRunLog(seq: number, time: string, refused: boolean): string {
  const lines = new Lines("enable", seq, time)
    .event("seqnum saved", ["path", "mrseq"])
    .event("reading configuration")
    .event("read configuration")
    .event("validating json schema")
    .event("json schema valid")
    .event("parsing configuration json")
    .event("parsed configuration json")
    .event("validating configuration logically");
  if (refused) return lines.toString();
  return lines
    .event("validated configuration")
    .event("creating output directory", ["path", outputFolder(seq)])
    .event("created output directory")
    .add(["files", "0"])
    .event("executing command", ["output", outputFolder(seq)])
    .event("executing protected script", ["output", outputFolder(seq)])
    .toString();
}

/** After the script. A script that was not run leaves no reason here, as observed (azure-wire.md 4.8). */
export function enableEndLog(seq: number, time: string, end: RunEnd): string {
  const lines = new Lines("enable", seq, time);
  const cleared = "config folder cleared successfully";
  switch (end.kind) {
    case "refused":
      return lines.event("failed to handle", ["error", end.message]).toString();
    case "not-run":
      return lines.event("enable script failed").add(["message", cleared]).event("end").toString();
    case "exited":
      if (end.code === 0) lines.event("executed command", ["output", outputFolder(seq)]).event("enabled");
      else {
        const error = `command terminated with exit status=${end.code}`;
        lines.event("failed to execute command", ["error", error], ["output", outputFolder(seq)]);
        lines.event("enable script failed");
      }
      return lines.add(["message", cleared]).event("end").toString();
  }
}

/** For a sequence number that was taken before. Source: main/cmds.go `enablePre`. */
export function processedLog(seq: number, time: string, transitioning: boolean): string {
  const lines = new Lines("enable", seq, time).event("exit", [
    "message",
    "this script configuration is already processed, will not run again",
  ]);
  if (transitioning) {
    const message = "transitioning status detected but no process to handle it - set to success status";
    lines.event("check status", ["message", message]);
  }
  return lines.toString();
}

export function uninstallLog(seq: number, time: string): string {
  const path: Field = ["path", DATA_FOLDER];
  return new Lines("uninstall", seq, time)
    .raw(`+ ${EXTENSION_FOLDER}/bin/run-command-extension uninstall`)
    .event("start")
    .add(NOT_REPORTED)
    .add(path, ["event", "removing data dir"], path)
    .add(path, ["event", "removed data dir"])
    .event("uninstalled")
    .add(NOT_REPORTED)
    .event("end")
    .toString();
}
