/** Reads as whom and where a script runs, and how its run is watched and told of. Pure. */

import { OUTPUT_DEFAULT_BYTES, OUTPUT_MAX_BYTES, READY_TIMEOUT_DEFAULT_SECONDS } from "../limits";
import { isGiven, makeReader, type Reader, readOptionalText, wrongKind } from "./input";
import { pathProblem } from "./input-path";

/** How a run is watched and told of. A change of these runs nothing. */
export interface RunSettings {
  /** Since the start of the script on the VM; `null` for no limit. */
  readonly timeoutInSeconds: number | null;
  readonly rebootPolicy: RebootPolicy;
  /** Whether its scripts neither wait for other scripts of the VM nor let those wait for them. */
  readonly parallelOnVm: boolean;
  /** Which exit codes are a success. Never empty. */
  readonly successExitCodes: readonly number[];
  /** Whether a script that failed fails the deployment; else its result is stored as it is and counts as done. */
  readonly treatFailureAsDeploymentFailure: boolean;
  /** How long to wait for a VM that starts, and for its agent. */
  readonly readyTimeoutInSeconds: number;
  readonly outputMaxBytes: number;
  readonly logging: Logging;
  /** What a `delete` script that failed means. */
  readonly deleteFailure: DeleteFailure;
  readonly removeExtension: RemoveExtension;
}

/** What a restart of the VM in mid-script means: a failure, another run from the beginning, or a run that goes on. */
export type RebootPolicy = (typeof REBOOT_POLICIES)[number];

/** Which streams go to the deployment's log when the script has ended. */
export type Logging = (typeof LOGGINGS)[number];

/** Whether a `delete` script that failed keeps the resource, or is only told of. */
export type DeleteFailure = (typeof DELETE_FAILURES)[number];

/** When a deletion takes the extension along: with the last resource on the VM, whatever else is there, or never. */
export type RemoveExtension = (typeof REMOVE_EXTENSION_WORDS)[number];

const DELETE_FAILURES = ["fail", "ignore"] as const;
const REMOVE_EXTENSION_WORDS = ["whenLast", "always", "never"] as const;
const REBOOT_POLICIES = ["fail", "rerun", "continue"] as const;
const LOGGINGS = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

/** What counts where nothing is given, as in states of a version that had none of these. */
export const DEFAULT_SETTINGS: RunSettings = {
  timeoutInSeconds: null,
  rebootPolicy: "fail",
  parallelOnVm: false,
  successExitCodes: [0],
  treatFailureAsDeploymentFailure: true,
  readyTimeoutInSeconds: READY_TIMEOUT_DEFAULT_SECONDS,
  outputMaxBytes: OUTPUT_DEFAULT_BYTES,
  logging: "none",
  deleteFailure: "fail",
  removeExtension: "whenLast",
};

/** In the order in which they are documented. */
export const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as readonly (keyof RunSettings)[];

/** About three years. Source: our own choice; the shell's arithmetic on the VM may have 32 bits. */
const TIMEOUT_MAX_SECONDS = 10 ** 8;

type Raw = Readonly<Record<string, unknown>>;

type EachSetting = { readonly [Name in keyof RunSettings]: RunSettings[Name] | undefined };

export function readRunSettings(raw: Raw, reader: Reader): RunSettings | undefined {
  const settings = readEach(raw, reader);
  return areKnown(settings) ? settings : undefined;
}

/** What a state says: each setting by itself, or its default where this version does not understand it. */
export function readStoredSettings(raw: Raw): RunSettings {
  const read = readEach(
    raw,
    makeReader({ isUnknown: () => false }, () => {}),
  );
  const understood = Object.entries(read).filter(([, setting]) => setting !== undefined);
  return { ...DEFAULT_SETTINGS, ...Object.fromEntries(understood) };
}

function readEach(raw: Raw, reader: Reader): EachSetting {
  const defaults = DEFAULT_SETTINGS;
  const timeout = { least: 1, most: TIMEOUT_MAX_SECONDS, unit: "seconds" };
  const ready = { least: 0, most: TIMEOUT_MAX_SECONDS, unit: "seconds" };
  const output = { least: 0, most: OUTPUT_MAX_BYTES, unit: "bytes" };
  return {
    timeoutInSeconds: readCount(raw, "timeoutInSeconds", timeout, defaults.timeoutInSeconds, reader),
    rebootPolicy: readWord(raw, "rebootPolicy", REBOOT_POLICIES, defaults.rebootPolicy, reader),
    parallelOnVm: readFlag(raw, "parallelOnVm", defaults.parallelOnVm, reader),
    successExitCodes: readExitCodes(raw, "successExitCodes", defaults.successExitCodes, reader),
    treatFailureAsDeploymentFailure: readFlag(
      raw,
      "treatFailureAsDeploymentFailure",
      defaults.treatFailureAsDeploymentFailure,
      reader,
    ),
    readyTimeoutInSeconds: readCount(raw, "readyTimeoutInSeconds", ready, defaults.readyTimeoutInSeconds, reader),
    outputMaxBytes: readCount(raw, "outputMaxBytes", output, defaults.outputMaxBytes, reader),
    logging: readWord(raw, "logging", LOGGINGS, defaults.logging, reader),
    deleteFailure: readWord(raw, "deleteFailure", DELETE_FAILURES, defaults.deleteFailure, reader),
    removeExtension: readWord(raw, "removeExtension", REMOVE_EXTENSION_WORDS, defaults.removeExtension, reader),
  };
}

function areKnown(settings: EachSetting): settings is RunSettings {
  return Object.values(settings).every((setting) => setting !== undefined);
}

/** Longest that a name may be, in characters. Source: Linux, LOGIN_NAME_MAX (include/uapi/linux/limits.h and glibc). */
const USER_NAME_MAX_CHARACTERS = 256;

/** Blanks and control characters, and what separates fields in /etc/passwd or parts of a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const NOT_IN_USER_NAME = /[\s\u0000-\u001f\u007f-\u009f:/\\]/;

/** @returns null for root, undefined when it is not known or has a problem. */
export function readUser(value: unknown, reader: Reader): string | null | undefined {
  const expected = typeof value === "number" ? "text: the name of a user on the VM, not its number" : "text";
  return readOptionalText("runAsUser", value, userProblem, reader, expected);
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

/** @returns null for the user's home, undefined when it is not known or has a problem. */
export function readWorkingDirectory(value: unknown, reader: Reader): string | null | undefined {
  return readOptionalText("workingDirectory", value, directoryProblem, reader);
}

function directoryProblem(path: string): string | undefined {
  if (!path.startsWith("/")) {
    return "is no absolute path; begin it with '/', or leave it out for the user's home";
  }
  return pathProblem(path);
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

function readCount<Default>(
  raw: Raw,
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
  const expected = `a whole number of ${unit} from ${least} to ${most.toLocaleString("en-US")}`;
  const how = typeof value === "string" ? "; use config.requireNumber, or Number(...)" : "";
  reader.report(
    property,
    typeof value === "number" ? `is ${value}, expected ${expected}` : `${wrongKind(value, expected)}${how}`,
  );
  return undefined;
}

/** What may be a misspelt word is shown; other texts may have come here by mistake, and be secret. */
const LIKE_A_WORD = /^[A-Za-z]{0,20}$/;

function readWord<Word extends string>(
  raw: Raw,
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
    const quoted = words.map((word) => `"${word}"`);
    const expected = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
    const seen = typeof value === "string" && LIKE_A_WORD.test(value) ? `"${value}"` : "another text";
    reader.report(
      property,
      typeof value === "string" ? `is ${seen}, expected ${expected}` : wrongKind(value, expected),
    );
  }
  return found;
}

function readFlag(raw: Raw, property: string, absent: boolean, reader: Reader): boolean | undefined {
  const value = raw[property];
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return absent;
  }
  if (typeof value === "boolean") {
    return value;
  }
  const how = typeof value === "string" ? "; use config.requireBoolean" : "";
  reader.report(property, `${wrongKind(value, "true or false")}${how}`);
  return undefined;
}

/** Source: POSIX, `exit`: 8 bits. */
const EXIT_CODE_MAX = 255;

function readExitCodes(
  raw: Raw,
  property: string,
  absent: readonly number[],
  reader: Reader,
): readonly number[] | undefined {
  const value = raw[property];
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return absent;
  }
  const problems = exitCodeProblems(value);
  for (const problem of problems) {
    reader.report(property, problem);
  }
  return Array.isArray(value) && problems.length === 0 ? [...new Set(value.map(Number))] : undefined;
}

function exitCodeProblems(value: unknown): readonly string[] {
  const expected = `a whole number from 0 to ${EXIT_CODE_MAX}`;
  if (!Array.isArray(value)) {
    return [wrongKind(value, `a list of whole numbers from 0 to ${EXIT_CODE_MAX}, such as [0]`)];
  }
  if (value.length === 0) {
    return ["is an empty list, with which no script could succeed; give [0], or leave it out"];
  }
  return value.flatMap((code, index) => {
    const isExitCode = typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= EXIT_CODE_MAX;
    const found = typeof code === "number" ? `is ${code}, expected ${expected}` : wrongKind(code, expected);
    return isExitCode ? [] : [`has at position ${index + 1} a value that ${found}`];
  });
}
