/** Makes the attributes of an answer, within the bytes that CloudFormation takes. Pure. */
import type { RunResult } from "../../core/run/outcome";
import { ATTRIBUTE_NAMES, type AttributeName, outputAttribute } from "../resource-properties";
import { endWithin, jsonBytes } from "./json-bytes";
import { type Attributes, type Envelope, RESPONSE_MAX_BYTES, responseBytes } from "./response";

/** Which part of the room for both streams stderr has in any case. Source: our own choice. */
const STDERR_SHARE = 1 / 3;

/** Names a run in an answer. */
export interface AnsweredRun {
  readonly key: string;
  readonly runId: string;
  /** For the resource that goes on with it; else empty, which leaves more room. */
  readonly secretVersions: string;
  readonly lastRunId: string;
}

export interface OutputPlaces {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToAnswer {
  readonly run: AnsweredRun;
  readonly result: RunResult;
  /** The named outputs that the stack uses. */
  readonly outputNames: readonly string[];
  readonly envelope: Envelope;
  /** Where whole streams are kept that have no room; `undefined` where they are not. */
  readonly places: OutputPlaces | undefined;
}

export type MadeAttributes =
  | {
      readonly kind: "made";
      readonly attributes: Attributes;
      /** Streams that are to be kept in their places. */
      readonly kept: readonly (keyof OutputPlaces)[];
    }
  /** What the script wrote cannot be answered; goes on after "the script on 'vm' ". */
  | { readonly kind: "problem"; readonly problem: string };

/** Of a run that was a success. */
export function attributesOf(toAnswer: ToAnswer): MadeAttributes {
  const { result, outputNames, envelope } = toAnswer;
  const missing = outputNames.filter((name) => outputOf(result, name) === undefined);
  if (result.executionState === "Succeeded" && missing.length > 0) {
    return { kind: "problem", problem: describeMissing(missing, Object.keys(result.outputs ?? {})) };
  }
  return withStreams(toAnswer, []) ?? { kind: "problem", problem: describeTooLarge(toAnswer, roomOf(envelope)) };
}

/** Of a run of which no more is known than its name, or not even that. Every name is there: the stack may use each. */
export function attributesWithoutResult(
  executionState: "Running" | "Unknown",
  run: AnsweredRun,
  outputNames: readonly string[],
): Attributes {
  const known: Partial<Named> = { ExecutionState: executionState, ...nameOf(run) };
  return { ...blank(outputNames), ...known };
}

type Named = Record<AttributeName, string>;

/** Every attribute, in the order in which they are documented; the named outputs after them. */
function blank(outputNames: readonly string[]): Record<string, string> {
  return Object.fromEntries([...ATTRIBUTE_NAMES, ...outputNames.map(outputAttribute)].map((name) => [name, ""]));
}

function nameOf({ key, runId, secretVersions, lastRunId }: AnsweredRun): Partial<Named> {
  return { Key: key, RunId: runId, SecretVersions: secretVersions, LastRunId: lastRunId };
}

/** All but the texts of the streams. */
function withoutStreams({ run, result, outputNames }: ToAnswer): Record<string, string> {
  const outputs = outputNames.map((name) => [outputAttribute(name), outputOf(result, name) ?? ""]);
  const known: Partial<Named> = {
    ExecutionState: result.executionState,
    ExitCode: textOf(result.exitCode),
    StdoutTotalBytes: textOf(result.stdoutTotalBytes),
    StderrTotalBytes: textOf(result.stderrTotalBytes),
    // "false" is the longer one.
    StdoutTruncated: "false",
    StderrTruncated: "false",
    StartTime: textOf(result.startTime),
    EndTime: textOf(result.endTime),
    ...nameOf(run),
  };
  return { ...blank(outputNames), ...known, ...Object.fromEntries(outputs) };
}

/** A script may name an output as JavaScript names what every object has. */
function outputOf({ outputs }: RunResult, name: string): string | undefined {
  return outputs !== undefined && Object.hasOwn(outputs, name) ? outputs[name] : undefined;
}

function textOf(value: string | number | undefined): string {
  return value === undefined ? "" : String(value);
}

/**
 * The name of a place takes room itself, so that a stream that had just enough may have too little then.
 *
 * @returns undefined when there is no room for all but the streams.
 */
function withStreams(toAnswer: ToAnswer, kept: readonly (keyof OutputPlaces)[]): MadeAttributes | undefined {
  const { result, envelope, places } = toAnswer;
  const base = withoutStreams(toAnswer);
  for (const stream of kept) {
    base[stream === "stdout" ? "StdoutLocation" : "StderrLocation"] = places?.[stream] ?? "";
  }
  const room = RESPONSE_MAX_BYTES - responseBytes(envelope, base);
  if (room < 0) {
    return undefined;
  }
  const [stdout, stderr] = fitting(result.stdout ?? "", result.stderr ?? "", room);
  const isCut = {
    stdout: stdout.length < (result.stdout ?? "").length || result.stdoutTruncated === true,
    stderr: stderr.length < (result.stderr ?? "").length || result.stderrTruncated === true,
  };
  const wanted = places === undefined ? [] : (["stdout", "stderr"] as const).filter((stream) => isCut[stream]);
  if (wanted.some((stream) => !kept.includes(stream))) {
    return withStreams(toAnswer, wanted);
  }
  const streams: Partial<Named> = {
    Stdout: stdout,
    Stderr: stderr,
    StdoutTruncated: String(isCut.stdout),
    StderrTruncated: String(isCut.stderr),
  };
  return { kind: "made", attributes: { ...base, ...streams }, kept };
}

/** What one does not need, the other one has. */
function fitting(stdout: string, stderr: string, room: number): readonly [string, string] {
  const [stdoutBytes, stderrBytes] = [stdout, stderr].map((text) => jsonBytes(text) - 2) as [number, number];
  const share = Math.floor(room * STDERR_SHARE);
  const stderrRoom = Math.min(stderrBytes, Math.max(share, room - stdoutBytes));
  return [endWithin(stdout, room - stderrRoom), endWithin(stderr, stderrRoom)];
}

function describeMissing(missing: readonly string[], written: readonly string[]): string {
  const names = missing.map((name) => `'${name}'`).join(", ");
  const what = missing.length === 1 ? `the named output ${names}, which` : `the named outputs ${names}, which`;
  const there = written.length === 0 ? "it wrote none" : `it wrote ${written.map((name) => `'${name}'`).join(", ")}`;
  return `ended without ${what} the stack uses; ${there}; write 'name=value' to the file $AZURE_RUN_COMMAND_OUTPUT`;
}

/** How many bytes an answer has for attributes. */
function roomOf(envelope: Envelope): number {
  return RESPONSE_MAX_BYTES - responseBytes(envelope, {});
}

function describeTooLarge({ result, outputNames, envelope, run }: ToAnswer, room: number): string {
  const emptied = withoutStreams({ run, outputNames, envelope, places: undefined, result: { ...result, outputs: {} } });
  const free = room - (responseBytes(envelope, emptied) - responseBytes(envelope, {}));
  const sizes = outputNames.map((name) => [name, jsonBytes(outputOf(result, name) ?? "") - 2] as const);
  const used = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const each = sizes.map(([name, bytes]) => `'${name}' ${inDigits(bytes)}`).join(", ");
  return `wrote named outputs of ${inDigits(used)} bytes as JSON that the stack uses (${each}), and CloudFormation leaves room for ${inDigits(Math.max(0, free))}; write less, or print it to stdout: with 'outputBucket' all of that is kept in Amazon S3`;
}

function inDigits(count: number): string {
  return count.toLocaleString("en-US");
}
