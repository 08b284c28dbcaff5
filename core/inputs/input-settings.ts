/** Reads as whom and where a script runs, and how its run is watched and told of. Pure. */

import { OUTPUT_DEFAULT_BYTES, OUTPUT_MAX_BYTES } from "../limits";
import { isGiven, kindOf, type Reader } from "./input";

/** How a run is watched and told of. A change of these runs nothing. */
export interface RunSettings {
  /** Since the start of the script on the VM; `null` for no limit. */
  readonly timeoutInSeconds: number | null;
  readonly rebootPolicy: RebootPolicy;
  readonly outputMaxBytes: number;
  readonly logging: Logging;
}

/** What a restart of the VM in mid-script means: a failure, another run from the beginning, or a run that goes on. */
export type RebootPolicy = (typeof REBOOT_POLICIES)[number];

/** Which streams go to the deployment's log when the script has ended. */
export type Logging = (typeof LOGGINGS)[number];

const REBOOT_POLICIES = ["fail", "rerun", "continue"] as const;
const LOGGINGS = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

/** What counts where nothing is given, as in states of a version that had none of these. */
export const DEFAULT_SETTINGS: RunSettings = {
  timeoutInSeconds: null,
  rebootPolicy: "fail",
  outputMaxBytes: OUTPUT_DEFAULT_BYTES,
  logging: "none",
};

/** About three years. Source: our own choice; the shell's arithmetic on the VM may have 32 bits. */
const TIMEOUT_MAX_SECONDS = 10 ** 8;

export function readRunSettings(raw: Readonly<Record<string, unknown>>, reader: Reader): RunSettings | undefined {
  const defaults = DEFAULT_SETTINGS;
  const timeout = { least: 1, most: TIMEOUT_MAX_SECONDS, unit: "seconds" };
  const output = { least: 0, most: OUTPUT_MAX_BYTES, unit: "bytes" };
  const timeoutInSeconds = readCount(raw, "timeoutInSeconds", timeout, defaults.timeoutInSeconds, reader);
  const rebootPolicy = readWord(raw, "rebootPolicy", REBOOT_POLICIES, defaults.rebootPolicy, reader);
  const outputMaxBytes = readCount(raw, "outputMaxBytes", output, defaults.outputMaxBytes, reader);
  const logging = readWord(raw, "logging", LOGGINGS, defaults.logging, reader);
  return timeoutInSeconds === undefined ||
    rebootPolicy === undefined ||
    outputMaxBytes === undefined ||
    logging === undefined
    ? undefined
    : { timeoutInSeconds, rebootPolicy, outputMaxBytes, logging };
}

/** Longest that a name may be, in characters. Source: Linux, LOGIN_NAME_MAX (include/uapi/linux/limits.h and glibc). */
const USER_NAME_MAX_CHARACTERS = 256;

/** Blanks and control characters, and what separates fields in /etc/passwd or parts of a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const NOT_IN_USER_NAME = /[\s\u0000-\u001f\u007f-\u009f:/\\]/;

/** @returns null for root, undefined when it is not known or has a problem. */
export function readUser(value: unknown, reader: Reader): string | null | undefined {
  const expected = typeof value === "number" ? "text: the name of a user on the VM, not its number" : "text";
  return readText("runAsUser", value, { expected, problemOf: userProblem }, reader);
}

function userProblem(name: string): string | undefined {
  if (name === "") {
    return "is empty; give the name of a user on the VM, or leave it out to run as root";
  }
  if (name.length > USER_NAME_MAX_CHARACTERS) {
    return `has ${name.length} characters; the name of a Linux user has at most ${USER_NAME_MAX_CHARACTERS}`;
  }
  if (name.startsWith("-")) {
    return "begins with '-', as no name of a Linux user does";
  }
  return NOT_IN_USER_NAME.test(name)
    ? "has a character that no name of a Linux user has (a blank, a control character, ':', '/' or '\\')"
    : undefined;
}

/** Longest that a path may be, in bytes. Source: Linux, include/uapi/linux/limits.h: PATH_MAX is 4,096 with the final NUL. */
const PATH_MAX_BYTES = 4_095;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** @returns null for the user's home, undefined when it is not known or has a problem. */
export function readWorkingDirectory(value: unknown, reader: Reader): string | null | undefined {
  return readText("workingDirectory", value, { expected: "text", problemOf: directoryProblem }, reader);
}

function directoryProblem(path: string): string | undefined {
  if (!path.startsWith("/")) {
    return "is no absolute path; begin it with '/', or leave it out for the user's home";
  }
  if (path.includes("\0")) {
    return "has a NUL byte; no path can hold one";
  }
  if (CONTROL_CHARACTER.test(path)) {
    return "has a control character, such as a line break at its end; give the path without it";
  }
  const bytes = Buffer.byteLength(path);
  return bytes > PATH_MAX_BYTES ? `has ${bytes} bytes; Linux takes a path of at most ${PATH_MAX_BYTES}` : undefined;
}

interface TextRule {
  readonly expected: string;
  readonly problemOf: (text: string) => string | undefined;
}

function readText(
  property: string,
  value: unknown,
  { expected, problemOf }: TextRule,
  reader: Reader,
): string | null | undefined {
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return null;
  }
  const problem = typeof value === "string" ? problemOf(value) : `is ${kindOf(value)}, expected ${expected}`;
  if (problem !== undefined) {
    reader.report(property, problem);
    return undefined;
  }
  return String(value);
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

function readCount<Default>(
  raw: Readonly<Record<string, unknown>>,
  property: string,
  { least, most, unit }: Range,
  absent: Default,
  reader: Reader,
): number | Default | undefined {
  const value = raw[property];
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return absent;
  }
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  const seen = typeof value === "number" ? String(value) : kindOf(value);
  const range = `from ${least} to ${most.toLocaleString("en-US")}`;
  const how = typeof value === "string" ? "; use config.requireNumber, or Number(...)" : "";
  reader.report(property, `is ${seen}, expected a whole number of ${unit} ${range}${how}`);
  return undefined;
}

/** What may be a misspelt word is shown; other texts may have come here by mistake, and be secret. */
const LIKE_A_WORD = /^[A-Za-z]{0,20}$/;

function readWord<Word extends string>(
  raw: Readonly<Record<string, unknown>>,
  property: string,
  words: readonly Word[],
  absent: Word,
  reader: Reader,
): Word | undefined {
  const value = raw[property];
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return absent;
  }
  const found = words.find((word) => word === value);
  if (found === undefined) {
    const another = typeof value === "string" && LIKE_A_WORD.test(value) ? `"${value}"` : "another text";
    const seen = typeof value === "string" ? another : kindOf(value);
    const quoted = words.map((word) => `"${word}"`);
    reader.report(property, `is ${seen}, expected ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`);
  }
  return found;
}
