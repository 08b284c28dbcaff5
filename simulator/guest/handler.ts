/**
 * What the RunCommandLinux handler 1.0.12 decides, as pure functions: the script's bytes, the message, status file and log.
 *
 * Source: Azure/run-command-extension-linux (main/cmds.go, main/main.go, misc/run-command-shim) and observation of
 * version 1.0.12 (azure-wire.md, section 4.8). What has no source is in `assumed.ts`.
 */
import { gunzipSync } from "node:zlib";
import type { HandlerStatus } from "./guest";

export const HANDLER_VERSION = "1.0.12";

/** Folder of the extension. Source: azure-wire.md 4.6. */
export const EXTENSION_FOLDER = `/var/lib/waagent/Microsoft.CPlat.Core.RunCommandLinux-${HANDLER_VERSION}`;

/** Data folder of the handler, the only one that its `uninstall` removes. Source: main/main.go `dataDir`. */
export const DATA_FOLDER = "/var/lib/waagent/run-command";

/** Folder of the log. Source: misc/run-command-shim `LOG_DIR`. */
export const LOG_FOLDER = "/var/log/azure/run-command";

/**
 * Most characters of the script in base64; one more and it is not run, which is reported as success.
 * Source: main/cmds.go `maxScriptSize`, observed to the byte.
 */
export const SCRIPT_BASE64_MAX_CHARS = 262_144;

/** Most bytes reported of each stream, from its end. Source: main/cmds.go `maxTailLen`. */
export const STREAM_TAIL_MAX_BYTES = 4096;

/** Most bytes that a compressed script may become here; the real handler has no limit. Source: assumed, a guard for this machine. */
const UNPACKED_MAX_BYTES = 256 * 1024 * 1024;

/** What the handler makes of the script that it was given. */
export type PreparedScript =
  | { readonly kind: "run"; readonly content: Buffer }
  /** `runCmd` fails before it opens stdout and stderr; that failure is swallowed. Source: main/cmds.go `enable`. */
  | { readonly kind: "swallowed" }
  /** The settings are refused: the only failure that a client sees. Source: main/handlersettings.go `validate`. */
  | { readonly kind: "refused"; readonly message: string };

/** Decodes as `writeTempScript` and `postProcessFile` do: size limit, gzip, BOM, line ends. */
export function prepareScript(script: Buffer): PreparedScript {
  if (script.length === 0) {
    // The settings then hold `"script": ""`, which counts as no command at all.
    return {
      kind: "refused",
      message: "failed to get configuration: invalid configuration: 'commandToExecute' is not specified",
    };
  }
  if (base64Length(script.length) > SCRIPT_BASE64_MAX_CHARS) return { kind: "swallowed" };
  const unpacked = unpack(script);
  return unpacked === undefined ? { kind: "swallowed" } : { kind: "run", content: toUnixText(unpacked) };
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** @returns undefined when it begins like gzip and is broken. Source: main/cmds.go `decodeScript`. */
function unpack(script: Buffer): Buffer | undefined {
  // Go's gzip.NewReader takes a full header (10 bytes, method 8) for gzip; a failure there means "not compressed".
  if (script.length < 10 || script[0] !== 0x1f || script[1] !== 0x8b || script[2] !== 8) return script;
  try {
    return gunzipSync(script, { maxOutputLength: UNPACKED_MAX_BYTES });
  } catch {
    return undefined;
  }
}

/** Removes a BOM (turning UTF-16 into UTF-8) and makes LF of every CRLF; a lone CR stays. Source: pkg/preprocess, azure-wire.md 4.2, 4.8. */
function toUnixText(bytes: Buffer): Buffer {
  return Buffer.from(withoutBom(bytes).toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}

function withoutBom(bytes: Buffer): Buffer {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  const bigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (!littleEndian && !bigEndian) return bytes;
  const units = Buffer.from(bytes.subarray(2, 2 + 2 * Math.floor((bytes.length - 2) / 2)));
  if (bigEndian) units.swap16();
  return Buffer.from(units.toString("utf16le"), "utf8");
}

/** The ends of both streams, as they were found after the script. */
export interface StreamTails {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The message of a run that ended, however it ended: the exit code is nowhere in it. Source: main/cmds.go `enable`, main/status.go. */
export function runMessage(tails: StreamTails): HandlerStatus {
  const stdout = decodeGoUtf8(tails.stdout);
  const stderr = decodeGoUtf8(tails.stderr);
  return { status: "success", message: `Enable succeeded: \n[stdout]\n${stdout}\n[stderr]\n${stderr}` };
}

/** Reported for a run whose handler died, by the next `enable` of the same sequence number. Source: main/cmds.go `enablePre`. */
export const DID_NOT_FINISH: HandlerStatus = {
  status: "success",
  message: "Enable succeeded: Last script execution didn't finish.",
};

export function refusalStatus(message: string): HandlerStatus {
  return { status: "error", message: `Enable failed: ${message}` };
}

/**
 * Text of UTF-8 bytes by Go's rule: each byte that does not belong to a valid character becomes its own U+FFFD.
 * `TextDecoder` makes one of several, so it cannot be used. Source: Go encoding/json, azure-wire.md 4.8.
 */
export function decodeGoUtf8(bytes: Buffer): string {
  const parts: string[] = [];
  let validFrom = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(bytes.toString("utf8", validFrom, at), "\ufffd");
    at += 1;
    validFrom = at;
  }
  parts.push(bytes.toString("utf8", validFrom, at));
  return parts.join("");
}

/** Bytes of the valid character that begins at `at`, 0 when there is none (table 3-7 of the Unicode standard, as Go's utf8 package). */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first >= 0xc2 && first <= 0xdf) return isContinuation(second) ? 2 : 0;
  const third = bytes[at + 2] ?? 0;
  if (first >= 0xe0 && first <= 0xef) {
    const low = first === 0xe0 ? 0xa0 : 0x80;
    const high = first === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && isContinuation(third) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const low = first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xf4 ? 0x8f : 0xbf;
    const valid = second >= low && second <= high && isContinuation(third) && isContinuation(bytes[at + 3] ?? 0);
    return valid ? 4 : 0;
  }
  return 0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

/** The content of `status/<seq>.status`. Source: azure-wire.md 4.6, main/status.go. */
export function statusFile(
  status: "transitioning" | HandlerStatus["status"],
  message: string,
  timestamp: string,
): string {
  const formattedMessage = { lang: "en", message };
  return `${JSON.stringify([{ version: 1, timestampUTC: timestamp, status: { operation: "Enable", status, formattedMessage } }], undefined, 2)}\n`;
}

/** Reads a status file that lies in the guest, so it can hold anything. @returns undefined unless it says how a run ended. */
export function parseStatusFile(text: string): HandlerStatus | undefined {
  try {
    const [entry] = JSON.parse(text) as { status?: { status?: unknown; formattedMessage?: { message?: unknown } } }[];
    const status = entry?.status?.status;
    const message = entry?.status?.formattedMessage?.message;
    if ((status !== "success" && status !== "error") || typeof message !== "string") return undefined;
    return { status, message };
  } catch {
    return undefined;
  }
}
