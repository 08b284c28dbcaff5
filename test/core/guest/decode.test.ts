import { gzipSync } from "node:zlib";
import { posixCksum } from "../../../core/guest/cksum";
import type { RunnerCall, RunReport } from "../../../core/guest/protocol";
import { assembleStreams, decodeCall } from "../../../core/guest/report";
import { reportExample } from "../../support/examples";
import { run } from "./guest-vm";

const NONCE = "0123456789abcdef".repeat(2);
const REQUEST = run("echo secret-in-the-script", { environment: { TOKEN: "secret" } });
const SHORT = run("echo short", { key: "short" });
const CALL: RunnerCall = { nonce: NONCE, waitSliceSeconds: 1, requests: [REQUEST] };
const HASH = "a".repeat(64);
const LINE = `Exited 0 - 10 11 0 3 ${HASH} 3 0 ${HASH} 0 0 plain 3 0 - - key 1-create-0`;

/** A message as the handler makes it from what the runner prints; the body may be anything. */
function message(body: string, nonce = NONCE, extra: { cut?: number; crc?: number } = {}): string {
  const text = Buffer.from(body, "latin1").toString("base64");
  const crc = extra.crc ?? posixCksum(Buffer.from(text));
  const cut = extra.cut ?? text.length;
  const block = (number: number, part: string) => `[ARC1 ${nonce} ${number} ${text.length} ${crc}]\n${part}\n[/ARC1]\n`;
  const second = cut < text.length ? block(2, text.slice(cut)) : "";
  return `Enable succeeded: \n[stdout]\n${block(1, text.slice(0, cut))}\n[stderr]\n${second}`;
}

function body(line: string, pieces: readonly string[] = ["abc"]): string {
  const header = `${line}\n`;
  return `1 h ${header.length} ${pieces.map((piece) => piece.length).join(" ")}\n${header}${pieces.join("")}`;
}

describe("a report", () => {
  const expected: RunReport = {
    kind: "run",
    key: "key",
    runId: "1-create-0",
    state: "Exited",
    exitCode: 0,
    signal: undefined,
    startedAtSeconds: 10,
    endedAtSeconds: 11,
    takenUp: false,
    stdout: { totalBytes: 3, sha256: HASH, archivedBytes: 3 },
    stderr: { totalBytes: 0, sha256: HASH, archivedBytes: 0 },
    chunk: { encoding: "plain", offset: 0, totalBytes: 3, bytes: Buffer.from("abc") },
    namedOutputsBytes: 0,
    news: undefined,
    lastLine: undefined,
    behind: undefined,
    reason: undefined,
    guard: undefined,
  };

  test("is read from one block or from two", () => {
    for (const cut of [undefined, 20]) {
      expect(decodeCall(message(body(LINE), NONCE, cut === undefined ? {} : { cut }), CALL)).toEqual({
        kind: "reports",
        reports: [expected],
      });
    }
  });

  test.each([
    ["- creates", { name: "creates", exitCode: undefined }],
    ["0 unless", { name: "unless", exitCode: 0 }],
    ["137 onlyIf", { name: "onlyIf", exitCode: 137 }],
  ])("tells by %j which guard found that nothing is to be done", (words, guard) => {
    const line = `Skipped ${words} - 11 0 - - - - - - - - - 0 - - key 1-create-0`;
    expect(decodeCall(message(body(line, [""])), CALL)).toEqual({
      kind: "reports",
      reports: [reportExample({ state: "Skipped", endedAtSeconds: 11, guard } as Partial<RunReport>)],
    });
  });

  test("is found beside the frame of another call and beside words of the service", () => {
    const both = message(body(LINE)).replace("[ARC1", `words [ARC1 ${"f".repeat(32)} 1 4 1]\nAAAA\n[/ARC1]\n[ARC1`);
    expect(decodeCall(both, CALL)).toEqual({ kind: "reports", reports: [expected] });
  });

  test.each<{ what: string; text: string; evidence: string }>([
    {
      what: "a character of its body is another",
      text: message(body(LINE)).replace(/(ARC1.*\n.{9})./, "$1_".replace("_", "A")),
      evidence: "the checksum does not match",
    },
    {
      what: "its checksum is another",
      text: message(body(LINE), NONCE, { crc: 1 }),
      evidence: "the checksum does not match",
    },
    {
      what: "its second block is missing",
      text: message(body(LINE), NONCE, { cut: 20 }).replace(/\[ARC1 \w+ 2 [\s\S]*/, ""),
      evidence: `20 of ${Buffer.from(body(LINE)).toString("base64").length} characters arrived`,
    },
    {
      what: "its first block is missing",
      text: message(body(LINE), NONCE, { cut: 20 }).replace(" 1 ", " 3 "),
      evidence: "not the blocks of one frame",
    },
    {
      what: "it is there twice",
      text: message(body(LINE)) + message(body(LINE)),
      evidence: "not the blocks of one frame",
    },
    {
      what: "its blocks are of two frames",
      text: message(body(LINE), NONCE, { cut: 20 }).replace(/( 2 \d+) \d+/, "$1 5"),
      evidence: "the blocks differ in length or checksum",
    },
    {
      what: "its beginning is cut off by the handler's tail",
      text: message(body(LINE)).replace(/\n\[\/ARC1\]/, ""),
      evidence: "no whole block of the frame",
    },
    {
      what: "its form is another",
      text: message(`2${body(LINE).slice(1)}`),
      evidence: "the report has an unknown form",
    },
    {
      what: "it tells of fewer requests",
      text: message("1 h 0 \n"),
      evidence: "a number of the report is not one",
    },
    {
      what: "it tells of more requests",
      text: message(body(`${LINE}\n${LINE}`)),
      evidence: "the report tells of 2 requests, the call has 1",
    },
    {
      what: "its pieces are longer",
      text: message(`${body(LINE)}d`),
      evidence: "the pieces of the report do not add up to its length",
    },
    {
      what: "it names another key",
      text: message(body(LINE.replace("key", "kez"))),
      evidence: "the report names another run",
    },
    {
      what: "it names another run",
      text: message(body(LINE.replace("1-c", "2-c"))),
      evidence: "the report names another run",
    },
    {
      what: "a field is missing",
      text: message(body(LINE.replace(" plain", ""))),
      evidence: "a line of the report is not that of a run",
    },
    {
      what: "its state is unknown",
      text: message(body(LINE.replace("Exited", "Done"))),
      evidence: "a line of the report has an unknown state",
    },
    {
      what: "it exited without a code",
      text: message(body(LINE.replace("Exited 0", "Exited -"))),
      evidence: "an exit code out of place",
    },
    {
      what: "it is lost with a code",
      text: message(body(LINE.replace("Exited", "Lost"))),
      evidence: "an exit code out of place",
    },
    {
      what: "it was skipped by nobody",
      text: message(body(LINE.replace("Exited 0", "Skipped -"))),
      evidence: "a verdict of no guard",
    },
    {
      what: "its guard did not say so",
      text: message(body(LINE.replace("Exited 0 -", "Skipped 1 unless"))),
      evidence: "a verdict of no guard",
    },
    {
      what: "its guard said the contrary",
      text: message(body(LINE.replace("Exited 0 -", "Skipped 0 onlyIf"))),
      evidence: "a verdict of no guard",
    },
    {
      what: "it was killed by nothing",
      text: message(body(LINE.replace("Exited 0", "Killed -"))),
      evidence: "a signal out of place",
    },
    {
      what: "a number is negative",
      text: message(body(LINE.replace("10 11", "-10 11"))),
      evidence: "a number of the report is not one",
    },
    {
      what: "a hash is too short",
      text: message(body(LINE.replace(HASH, "aa"))),
      evidence: "a hash of the report is not one",
    },
    {
      what: "its piece is from elsewhere",
      text: message(body(LINE.replace("plain 3 0", "plain 9 1"))),
      evidence: "a piece from another offset",
    },
    {
      what: "its piece is too long",
      text: message(body(LINE.replace("plain 3 0", "plain 2 0"))),
      evidence: "a piece beyond the end of its archive",
    },
    {
      what: "its encoding is unknown",
      text: message(body(LINE.replace("plain", "zip"))),
      evidence: "a piece of the report has an unknown encoding",
    },
    {
      what: "its line is that of a purge",
      text: message(body("P 1 0 0 key")),
      evidence: "a line of the report is not that of a run",
    },
    {
      what: "its header cannot be unpacked",
      text: message(`1 z 3 0\nabc`),
      evidence: "the header of the report cannot be unpacked",
    },
  ])("is unreadable, not guessed, when $what", ({ text, evidence }) => {
    expect(decodeCall(text, CALL)).toEqual({ kind: "unreadable", why: "BadChecksum", evidence });
  });
});

describe("a list of receipts", () => {
  const ASKED: RunnerCall = { ...CALL, requests: [{ verb: "list", key: "key" }] };
  const decoded = (line: string) => decodeCall(message(body(line, [""])), ASKED);
  const VM = "11111111-2222-3333-4444-555555555555";

  test("tells what is known of each, also in few words", () => {
    const [a, b, c] = [
      `key/1-create-a,Exited,0,-,${VM},17`,
      "key/2-update-b,Idle,-,1-create-a,unknown,-",
      `key/2-update-c,Killed,9,-,${VM},1`,
    ];
    const line = `L ${a};${b};${c}; key`;
    const [unknown, read] = [undefined, "1-create-a"];
    const receipts = [
      { key: "key", runId: "1-create-a", state: "Exited", exitCode: 0, last: unknown, vmId: VM, startedAtSeconds: 17 },
      {
        key: "key",
        runId: "2-update-b",
        state: "Waiting",
        exitCode: unknown,
        last: read,
        vmId: "unknown",
        startedAtSeconds: unknown,
      },
      {
        key: "key",
        runId: "2-update-c",
        state: "Killed",
        exitCode: unknown,
        last: unknown,
        vmId: VM,
        startedAtSeconds: 1,
      },
    ];
    for (const text of [line, line.replace(/ key$/, " -")]) {
      expect(decoded(text)).toEqual({
        kind: "reports",
        reports: [{ kind: "list", key: "key", receipts, hasMore: false }],
      });
    }
    const none = { kind: "list", key: "key", receipts: [], hasMore: false };
    expect(decoded("L - key")).toEqual({ kind: "reports", reports: [none] });
  });

  test("tells of those of all keys, and whether there are more", () => {
    const asked: RunnerCall = { ...CALL, requests: [{ verb: "list", key: undefined }] };
    const all = (line: string) => decodeCall(message(body(line, [""])), asked);
    const receipts = ["a", "b"].map((key) => ({
      key,
      runId: "1-create-0",
      state: "Exited",
      exitCode: 0,
      last: undefined,
      vmId: VM,
      startedAtSeconds: 17,
    }));
    const line = receipts.map(({ key }) => `${key}/1-create-0,Exited,0,-,${VM},17;`).join("");
    for (const hasMore of [false, true]) {
      const report = { kind: "list", key: undefined, receipts, hasMore };
      expect(all(`L ${line}${hasMore ? "+" : ""} `)).toEqual({ kind: "reports", reports: [report] });
    }
    const nothing = { kind: "list", key: undefined, receipts: [], hasMore: false };
    expect(all("L - ")).toEqual({ kind: "reports", reports: [nothing] });
  });

  test.each<{ what: string; line: string; evidence: string }>([
    {
      what: "it was cut",
      line: "L key/1-create-a,Exited,0,-,vm,1;key/2-upd key",
      evidence: "a list of receipts was cut",
    },
    {
      what: "a receipt was cut",
      line: "L key/1-create-a,Exited,0,-,vm; key",
      evidence: "a receipt of the report is not one",
    },
    {
      what: "a receipt has too much",
      line: "L key/1-create-a,Exited,0,-,vm,1,1; key",
      evidence: "a receipt of the report is not one",
    },
    {
      what: "a receipt is in another folder",
      line: "L key/../x,Exited,0,-,vm,1; key",
      evidence: "a receipt of the report has no name",
    },
    {
      what: "a receipt can read another folder",
      line: "L key/1-create-a,Exited,0,../x,vm,1; key",
      evidence: "a receipt of the report is not one",
    },
    {
      what: "a state is unknown",
      line: "L key/1-create-a,Done,0,-,vm,1; key",
      evidence: "a receipt of the report has an unknown state",
    },
    {
      what: "a receipt is absent",
      line: "L key/1-create-a,Absent,-,-,vm,-; key",
      evidence: "a receipt of the report has an unknown state",
    },
    {
      what: "an exit code is none",
      line: "L key/1-create-a,Exited,x,-,vm,1; key",
      evidence: "a number of the report is not one",
    },
    {
      what: "a start is no time",
      line: "L key/1-create-a,Exited,0,-,vm,x; key",
      evidence: "a number of the report is not one",
    },
    {
      what: "a receipt has no key",
      line: "L 1-create-a,Exited,0,-,vm,1; key",
      evidence: "a receipt of the report has no name",
    },
    {
      what: "a receipt is of another key",
      line: "L kez/1-create-a,Exited,0,-,vm,1; key",
      evidence: "the report names another run",
    },
    { what: "there is more behind nothing", line: "L + key", evidence: "a list of receipts was cut" },
    { what: "it is of another key", line: "L - kez", evidence: "the report names another run" },
    {
      what: "its line is that of a purge",
      line: "P 1 0 0/0/0 key",
      evidence: "a line of the report is not that of a list",
    },
    { what: "a field is missing", line: "L key", evidence: "a line of the report is not that of a list" },
  ])("is unreadable, not guessed, when $what", ({ line, evidence }) => {
    expect(decoded(line)).toEqual({ kind: "unreadable", why: "BadChecksum", evidence });
  });
});

describe("a message without a report", () => {
  const secret = Buffer.from(REQUEST.script).toString("base64");
  test.each<{ what: string; text: string; why: string; evidence: string }>([
    {
      what: "of the sample script",
      text: "Enable succeeded: \n[stdout]\nThis is a sample script with parameters value1 value2\n[stderr]\n",
      why: "SampleScript",
      evidence: "Enable succeeded: \\n[stdout]\\nThis is a sample script with parameters value1 value2\\n[stderr]\\n",
    },
    {
      what: "of a handler that was ended",
      text: "Enable succeeded: Last script execution didn't finish.",
      why: "DidNotFinish",
      evidence: "Enable succeeded: Last script execution didn't finish.",
    },
    {
      what: "with the frame of another call",
      text: message(body(LINE), "f".repeat(32)),
      why: "OtherNonce",
      evidence: `a report of call ${"f".repeat(32)}`,
    },
    { what: "that is empty", text: "", why: "NoFrame", evidence: "" },
    {
      what: "in which a shell quotes a short script",
      text: `line 9: r_run key '${Buffer.from("echo short").toString("base64")}'`,
      why: "NoFrame",
      evidence: "line 9: r_run key '[…]'",
    },
    {
      what: "in which the beginning of the script is cut off",
      text: `line 9: ${secret.slice(4).repeat(2)}`,
      why: "NoFrame",
      evidence: "line 9: […]",
    },
    {
      what: "in which a shell quotes the script",
      text: `\n[stdout]\n\n[stderr]\nscript.sh: line 9: r_run key '${secret}'\u0007\u009b\u2028`,
      why: "NoFrame",
      evidence: "\\n[stdout]\\n\\n[stderr]\\nscript.sh: line 9: r_run key '[…]'\\u0007\\u009b\\u2028",
    },
  ])("$what is named as such", ({ text, why, evidence }) => {
    expect(decodeCall(text, { ...CALL, requests: [REQUEST, SHORT] })).toEqual({ kind: "unreadable", why, evidence });
  });

  test("is shown by its beginning and its end, in at most 300 characters", () => {
    const decoded = decodeCall(`begin ${"x-".repeat(500)} end`, CALL);
    expect(
      decoded.kind === "unreadable" && [
        decoded.evidence.length,
        decoded.evidence.slice(0, 8),
        decoded.evidence.slice(-4),
      ],
    ).toEqual([299, "begin x-", " end"]);
  });
});

describe("the news of a run that goes on", () => {
  const line = (oa: number, ea: number, encoding: string, total: number) =>
    `Running - - 10 - 0 40 - ${oa} 5 - ${ea} - ${encoding} ${total} 0 - - key 1-create-0`;
  const decoded = (text: string, piece: string) => decodeCall(message(body(text, [piece])), CALL);
  const news = (stdout: string, stderr: string) => ({
    kind: "reports",
    reports: [
      reportExample({
        startedAtSeconds: 10,
        stdout: { totalBytes: 40, sha256: undefined, archivedBytes: 0 },
        stderr: { totalBytes: 5, sha256: undefined, archivedBytes: 0 },
        news: { stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) },
      }),
    ],
  });
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index} of ${index * 7919}\n`).join("");
  const zipped = gzipSync(`oh\n${lines}`).toString("latin1");

  test("are read, whole or as far as there was room, packed or not", () => {
    expect(decoded(line(2, 3, "plain", 5), "oh\nhi")).toEqual(news("hi", "oh\n"));
    expect(decoded(line(2, 3, "plain", 5), "oh\nh")).toEqual(news("h", "oh\n"));
    expect(decoded(line(2, 3, "plain", 5), "o")).toEqual(news("", "o"));
    expect(decoded(line(lines.length, 3, "gzip", zipped.length), zipped)).toEqual(news(lines, "oh\n"));
    expect(decoded(line(lines.length, 3, "gzip", zipped.length), "")).toEqual(news("", ""));
    const cut = decoded(line(lines.length, 3, "gzip", zipped.length), zipped.slice(0, -60));
    const [report] = cut.kind === "reports" ? cut.reports : [];
    const stdout = report?.kind === "run" ? Buffer.from(report.news?.stdout ?? []).toString() : "";
    expect([lines.startsWith(stdout), stdout.length > 100, stdout.length < lines.length]).toEqual([true, true, true]);
  });

  test.each([
    ["are more than was told", line(1, 3, "plain", 5), "oh\nhi", "the news of a run are more than was told"],
    ["unpack to more", line(1, 3, "gzip", zipped.length), zipped, "the news of a run cannot be unpacked"],
    ["are no gzip", line(2, 3, "gzip", 5), "oh\nhi", "the news of a run cannot be unpacked"],
  ])("that %s are refused", (_what, text, piece, evidence) => {
    expect(decoded(text, piece)).toEqual({ kind: "unreadable", why: "BadChecksum", evidence });
  });
});

describe("an archive", () => {
  const report = (stdout: Buffer, encoding: "gzip" | "plain", archive: Buffer, sha256?: string): RunReport => ({
    kind: "run",
    key: "key",
    runId: "1-create-0",
    state: "Exited",
    exitCode: 0,
    signal: undefined,
    startedAtSeconds: 1,
    endedAtSeconds: 1,
    takenUp: false,
    stdout: { totalBytes: stdout.length, sha256, archivedBytes: stdout.length },
    stderr: { totalBytes: 0, sha256: undefined, archivedBytes: 0 },
    chunk: { encoding, offset: 0, totalBytes: archive.length, bytes: archive },
    namedOutputsBytes: 0,
    news: undefined,
    lastLine: undefined,
    behind: undefined,
    reason: undefined,
    guard: undefined,
  });
  const text = Buffer.from("abc");
  const zipped = gzipSync(text);

  test("gives its streams", () => {
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // "abc", FIPS 180-2, B.1
    const got = assembleStreams(report(text, "gzip", zipped, sha256), zipped);
    expect(got).toEqual({ kind: "streams", stdout: text, stderr: Buffer.alloc(0), namedOutputs: Buffer.alloc(0) });
  });

  test.each([
    {
      what: "has another hash",
      of: report(text, "plain", text, HASH),
      bytes: text,
      why: "WrongHash",
      problem: "stdout differs from what is on the VM",
    },
    {
      what: "was not collected whole",
      of: report(text, "plain", text),
      bytes: text.subarray(1),
      why: "WrongSize",
      problem: "the archive has 3 bytes on the VM and 2 here",
    },
    {
      what: "is longer unpacked than announced",
      of: report(text.subarray(1), "gzip", zipped),
      bytes: zipped,
      why: "BadGzip",
      problem: "the archive cannot be unpacked to the announced size",
    },
    {
      what: "is shorter unpacked than announced",
      of: report(Buffer.from("abcd"), "gzip", zipped),
      bytes: zipped,
      why: "WrongSize",
      problem: "the streams have 4 bytes on the VM and 3 here",
    },
    {
      what: "is damaged",
      of: report(text, "gzip", text),
      bytes: text,
      why: "BadGzip",
      problem: "the archive cannot be unpacked to the announced size",
    },
    {
      what: "has no known encoding",
      of: { ...report(text, "plain", text), chunk: undefined },
      bytes: text,
      why: "NoArchive",
      problem: "the report does not say how the archive is encoded",
    },
    {
      what: "belongs to no streams",
      of: { ...report(text, "plain", text), stdout: undefined },
      bytes: text,
      why: "NoArchive",
      problem: "the report tells of no streams",
    },
  ])("that $what is refused", ({ of, bytes, why, problem }) => {
    expect(assembleStreams(of, bytes)).toEqual({ kind: "problem", why, problem });
  });
});
