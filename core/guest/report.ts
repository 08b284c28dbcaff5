/** Reads the reports of a call from the message of its operation; what is not exactly as expected is unreadable. */

import { constants, gunzipSync } from "node:zlib";
import { findFrame } from "./frame";
import type {
  ArchiveChunk,
  DecodedCall,
  GuardVerdict,
  GuestRequest,
  ListReport,
  ListRequest,
  PurgeReport,
  PurgeRequest,
  Receipt,
  Report,
  ReportOf,
  RunName,
  RunnerCall,
  RunReport,
  RunState,
  StreamNews,
  StreamReport,
  UnreadableWhy,
} from "./protocol";
import { encodedTexts } from "./requests";
import { decodeText } from "./text";

export { assembleStreams } from "./archive";
export { decodeText } from "./text";

const REPORT_KINDS: Readonly<Record<GuestRequest["verb"], Report["kind"]>> = {
  run: "run",
  wait: "run",
  read: "run",
  cancel: "run",
  purge: "purge",
  list: "list",
};

/** The report as the one that answers such a request. */
export function asReportOf<Request extends GuestRequest>({ verb }: Request, report: Report): ReportOf<Request> {
  if (report.kind !== REPORT_KINDS[verb]) {
    throw new Error(`the runner answered with a report of kind '${report.kind}' to a ${verb}`);
  }
  return report as ReportOf<Request>;
}

/** Unit: characters. Source: ours; it must fit into one line of an error. */
const EVIDENCE_MAX_LENGTH = 300;

/** Most bytes that a header can have unpacked: 60 lines below 1,000 bytes, or one list of some 1,000 receipts. Source: ours. */
const HEADER_MAX_BYTES = 1_048_576;

const STATES: readonly RunState[] = [
  "Waiting",
  "Running",
  "Exited",
  "Killed",
  "TimedOut",
  "Canceled",
  "Lost",
  "Interrupted",
  "Skipped",
  "Absent",
  "Refused",
];

export function decodeCall(message: string, call: RunnerCall): DecodedCall {
  const frame = findFrame(message, call.nonce);
  switch (frame.kind) {
    case "found":
      return reports(frame.body, call);
    case "failed":
      return unreadable("NoFrame", shown(frame.reason, call));
    case "damaged":
      return unreadable("BadChecksum", frame.what);
    case "otherNonce":
      return unreadable("OtherNonce", `a report of call ${frame.nonce}`);
    case "none":
      return unreadable(classify(message), shown(message, call));
  }
}

/** Source of both texts: answers on record, `reference/azure-wire.md` 3 and 4.2. */
function classify(message: string): UnreadableWhy {
  if (message.includes("This is a sample script")) return "SampleScript";
  if (message.includes("Last script execution didn't finish.")) return "DidNotFinish";
  return "NoFrame";
}

function unreadable(why: UnreadableWhy, evidence: string): DecodedCall {
  return { kind: "unreadable", why, evidence };
}

/** Short, with visible control characters, and with nothing of the call: a shell that stumbles over it may quote it. */
function shown(text: string, call: RunnerCall): string {
  let safe = text;
  for (const secret of call.requests.flatMap(encodedTexts)) if (secret !== "") safe = safe.replaceAll(secret, "[…]");
  safe = safe.replace(/[A-Za-z0-9+/=]{32,}/g, "[…]").replace(/[\p{Cc}\u2028\u2029]/gu, visible);
  return safe.length > EVIDENCE_MAX_LENGTH ? `${safe.slice(0, 148)} … ${safe.slice(-148)}` : safe;
}

function visible(control: string): string {
  const short = JSON.stringify(control).slice(1, -1);
  return short.length > 1 ? short : `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Thrown and caught in this file: a body that passed its checksum and still is not what this version writes. */
class Malformed extends Error {}

function reports(body: Uint8Array, call: RunnerCall): DecodedCall {
  try {
    return { kind: "reports", reports: parseBody(Buffer.from(body), call.requests) };
  } catch (error) {
    if (error instanceof Malformed) return unreadable("BadChecksum", error.message);
    throw error;
  }
}

function parseBody(body: Buffer, requests: readonly GuestRequest[]): readonly Report[] {
  const cut = body.indexOf("\n");
  const [version, form, ...numbers] = body.toString("latin1", 0, cut).split(" ");
  if (version !== "1" || (form !== "h" && form !== "z")) throw new Malformed("the report has an unknown form");
  const [headerBytes = 0, ...pieceBytes] = numbers.map(count);
  const piecesAt = cut + 1 + headerBytes;
  const header = body.subarray(cut + 1, piecesAt);
  const lines = (form === "z" ? unpackHeader(header) : header).toString("latin1").split("\n");
  if (lines.pop() !== "" || lines.length !== requests.length || pieceBytes.length !== requests.length) {
    throw new Malformed(`the report tells of ${lines.length} requests, the call has ${requests.length}`);
  }
  if (piecesAt + pieceBytes.reduce((sum, bytes) => sum + bytes, 0) !== body.length) {
    throw new Malformed("the pieces of the report do not add up to its length");
  }
  let at = piecesAt;
  return requests.map((request, index) => {
    const piece = body.subarray(at, at + (pieceBytes[index] ?? 0));
    at += piece.length;
    return reportOf(request, (lines[index] ?? "").split(" "), piece);
  });
}

function reportOf(request: GuestRequest, fields: readonly string[], piece: Buffer): Report {
  switch (request.verb) {
    case "purge":
      return purgeReport(fields, request);
    case "list":
      return listReport(fields, request);
    case "run":
    case "wait":
    case "read":
    case "cancel":
      return runReport(fields, request, piece);
  }
}

function unpackHeader(header: Buffer): Buffer {
  try {
    return gunzipSync(header, { maxOutputLength: HEADER_MAX_BYTES });
  } catch {
    throw new Malformed("the header of the report cannot be unpacked");
  }
}

/** Those that are answered with the report of a run. */
type RunKindRequest = Exclude<GuestRequest, PurgeRequest | ListRequest>;

/** `P <purged> <remaining keys> <ended>/<running>/<newer> <key>`. See runner.sh, row. */
function purgeReport(fields: readonly string[], request: PurgeRequest): PurgeReport {
  const [mark, purged, remaining, kept, key] = fields;
  const [canceled, running, newer] = (kept ?? "").split("/");
  if (mark !== "P" || fields.length !== 5) throw new Malformed("a line of the report is not that of a purge");
  demandName(key, request.key);
  return {
    kind: "purge",
    key: request.key,
    purgedReceipts: count(purged),
    canceledReceipts: count(canceled),
    remainingKeys: count(remaining),
    runningReceipts: count(running),
    newerReceipts: count(newer),
  };
}

/** `L <receipts> <key>`; what a receipt is made of, r_list in runner.sh says. `-` for none, `+` behind those that have more. */
function listReport(fields: readonly string[], request: ListRequest): ListReport {
  const [mark, text = "", key] = fields;
  if (mark !== "L" || fields.length !== 3) throw new Malformed("a line of the report is not that of a list");
  demandName(key, request.key ?? "");
  const entries = text === "-" ? [""] : text.split(";");
  const end = entries.pop();
  if (end !== "" && (end !== "+" || entries.length === 0)) throw new Malformed("a list of receipts was cut");
  const receipts = entries.map(receipt);
  for (const one of receipts) demandName(one.key, request.key ?? one.key);
  return { kind: "list", key: request.key, receipts, hasMore: end === "+" };
}

function receipt(entry: string): Receipt {
  const [name = "", stateName, exitCode, last, vmId, started, ...more] = entry.split(",");
  const [key, runId, ...further] = name.split("/");
  if (!isName(key) || !isName(runId) || further.length > 0) throw new Malformed("a receipt of the report has no name");
  if (!isName(last) || !isName(vmId) || started === undefined || more.length > 0) {
    throw new Malformed("a receipt of the report is not one");
  }
  const state = stateName === "Idle" ? "Waiting" : STATES.find((known) => known === stateName);
  if (state === undefined || state === "Absent" || state === "Refused") {
    throw new Malformed("a receipt of the report has an unknown state");
  }
  const ended = optionalCount(exitCode);
  return {
    key,
    runId,
    state,
    exitCode: state === "Exited" ? ended : undefined,
    last: last === "-" ? undefined : last,
    vmId,
    startedAtSeconds: optionalCount(started),
  };
}

/**
 * `<state> <exit code> <signal> <started> <ended> <taken up>`, three fields for each stream (total, SHA-256, archived),
 * `<named outputs' bytes> <encoding> <archive bytes> <offset> <last line> <reason> <key> <runId>`; `-` for unknown. When
 * `Skipped`, the exit code is the guard's, and its name stands for the signal. See runner.sh, row.
 */
function runReport(fields: readonly string[], request: RunKindRequest, piece: Buffer): RunReport {
  if (fields.length !== 20) throw new Malformed("a line of the report is not that of a run");
  const [stateName, exitCode, signal, started, ended, takenUp] = fields;
  const [namedOutputs, encoding, total, offset, lastLine, reason, key, runId] = fields.slice(12);
  demandName(key, request.key);
  demandName(runId, request.runId);
  const state = STATES.find((known) => known === stateName);
  if (state === undefined) throw new Malformed("a line of the report has an unknown state");
  const isSkipped = state === "Skipped";
  const stdout = streamReport(fields.slice(6, 9));
  const stderr = streamReport(fields.slice(9, 12));
  const chunk = archiveChunk({ encoding, total, offset }, piece);
  const isGoingOn = state === "Running";
  const report: RunReport = {
    kind: "run",
    key: request.key,
    runId: request.runId,
    state,
    exitCode: isSkipped ? undefined : optionalCount(exitCode),
    signal: isSkipped ? undefined : optionalCount(signal),
    startedAtSeconds: optionalCount(started),
    endedAtSeconds: optionalCount(ended),
    takenUp: takenUp === "1",
    stdout: stdout && isGoingOn ? { ...stdout, archivedBytes: 0 } : stdout,
    stderr: stderr && isGoingOn ? { ...stderr, archivedBytes: 0 } : stderr,
    namedOutputsBytes: optionalCount(namedOutputs),
    chunk: isGoingOn ? undefined : chunk,
    news: isGoingOn && chunk && stdout && stderr ? streamNews(chunk, stdout, stderr) : undefined,
    lastLine: state === "Waiting" ? undefined : optionalText(lastLine),
    behind: state === "Waiting" ? runName(optionalText(lastLine)) : undefined,
    reason: optionalText(reason),
    guard: isSkipped ? guardVerdict(signal, optionalCount(exitCode)) : undefined,
  };
  demandSense(report, request);
  return report;
}

/** What no runner writes: an exit code without an exit, a piece from elsewhere. */
function demandSense(report: RunReport, request: RunKindRequest): void {
  if ((report.state === "Exited") !== (report.exitCode !== undefined)) throw new Malformed("an exit code out of place");
  if ((report.state === "Killed") !== (report.signal !== undefined)) throw new Malformed("a signal out of place");
  const wantedOffset = request.verb === "read" ? request.offset : 0;
  if (report.chunk && report.chunk.offset !== wantedOffset) throw new Malformed("a piece from another offset");
  if (report.chunk && report.chunk.offset + report.chunk.bytes.length > report.chunk.totalBytes) {
    throw new Malformed("a piece beyond the end of its archive");
  }
}

/** A piece of what a job printed, stderr first; cut where there was no more room. See runner.sh, news. */
function streamNews(chunk: ArchiveChunk, stdout: StreamReport, stderr: StreamReport): StreamNews {
  const most = stdout.archivedBytes + stderr.archivedBytes;
  const plain = chunk.encoding === "gzip" ? unpackBeginning(chunk.bytes, most) : chunk.bytes;
  if (plain.length > most) throw new Malformed("the news of a run are more than was told");
  return { stderr: plain.subarray(0, stderr.archivedBytes), stdout: plain.subarray(stderr.archivedBytes) };
}

/** As far as it can be unpacked without the rest. */
function unpackBeginning(bytes: Uint8Array, mostBytes: number): Uint8Array {
  if (bytes.length === 0) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(mostBytes, 1) });
  } catch {
    throw new Malformed("the news of a run cannot be unpacked");
  }
}

/** What no guard can have said is no verdict. */
function guardVerdict(name: string | undefined, exitCode: number | undefined): GuardVerdict {
  if (name === "creates" && exitCode === undefined) return { name, exitCode };
  if (name === "unless" && exitCode === 0) return { name, exitCode };
  if (name === "onlyIf" && exitCode !== undefined && exitCode !== 0) return { name, exitCode };
  throw new Malformed("a verdict of no guard");
}

/** `<key> <runId>`: whose turn it is. */
function runName(text: string | undefined): RunName | undefined {
  const [key, runId] = text?.split(" ") ?? [];
  return key === undefined || runId === undefined ? undefined : { key, runId };
}

function streamReport([total, sha256, archived]: readonly string[]): StreamReport | undefined {
  if (total === "-") return undefined;
  if (sha256 !== "-" && !/^[0-9a-f]{64}$/.test(sha256 ?? "")) throw new Malformed("a hash of the report is not one");
  return {
    totalBytes: count(total),
    sha256: sha256 === "-" ? undefined : sha256,
    archivedBytes: count(archived),
  };
}

interface ChunkFields {
  readonly encoding: string | undefined;
  readonly total: string | undefined;
  readonly offset: string | undefined;
}

function archiveChunk({ encoding, total, offset }: ChunkFields, bytes: Buffer): ArchiveChunk | undefined {
  if (encoding === "-" && bytes.length === 0) return undefined;
  if (encoding !== "gzip" && encoding !== "plain") throw new Malformed("a piece of the report has an unknown encoding");
  return { encoding, offset: count(offset), totalBytes: count(total), bytes };
}

function isName(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(text);
}

/** `-` stands where many reports had to be told in few bytes; nonce and order name the request then. */
function demandName(seen: string | undefined, wanted: string): void {
  if (seen !== wanted && seen !== "-") throw new Malformed("the report names another run");
}

function count(field: string | undefined): number {
  if (field === undefined || !/^[0-9]{1,15}$/.test(field)) throw new Malformed("a number of the report is not one");
  return Number(field);
}

function optionalCount(field: string | undefined): number | undefined {
  return field === "-" ? undefined : count(field);
}

/** The runner cuts these texts at a number of bytes, so a broken character at either end is its doing. */
function optionalText(field: string | undefined): string | undefined {
  if (field === "-") return undefined;
  if (field === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(field))
    throw new Malformed("a text of the report is not base64");
  return decodeText(Buffer.from(field, "base64"), { cutAtStart: true }).text.replace(/\uFFFD{1,3}$/, "");
}
