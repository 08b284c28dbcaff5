import { gzipSync } from "node:zlib";
import {
  decodeGoUtf8,
  parseStatusFile,
  prepareScript,
  runMessage,
  SCRIPT_BASE64_MAX_CHARS,
  statusFile,
} from "../../../simulator/guest/handler";
import { enableEndLog, processedLog, uninstallLog } from "../../../simulator/guest/handler-log";

const TIME = "2026-11-23T03:21:11Z";

describe("prepareScript", () => {
  const kept = (content: string | Buffer) => ({ kind: "run", content: Buffer.from(content) });

  test.each<{ what: string; script: Buffer; expected: string }>([
    { what: "plain text as it is", script: Buffer.from("echo a\n"), expected: "echo a\n" },
    { what: "LF for CRLF everywhere", script: Buffer.from("#!/bin/sh\r\necho a\r\n"), expected: "#!/bin/sh\necho a\n" },
    { what: "a lone CR", script: Buffer.from("a\rb\r\r\nc"), expected: "a\rb\r\nc" },
    { what: "no UTF-8 BOM", script: Buffer.from("\ufeffecho a"), expected: "echo a" },
    { what: "nothing of a script that is only a BOM", script: Buffer.from("\ufeff"), expected: "" },
    { what: "one newline", script: Buffer.from("\n"), expected: "\n" },
    {
      what: "UTF-8 for UTF-16 LE with a BOM",
      script: Buffer.from("\ufeffecho ü\r\n", "utf16le"),
      expected: "echo ü\n",
    },
    {
      what: "UTF-8 for UTF-16 BE with a BOM",
      script: Buffer.from("\ufeffecho ü\n", "utf16le").swap16(),
      expected: "echo ü\n",
    },
    { what: "the content of gzip", script: gzipSync("echo a\r\n"), expected: "echo a\n" },
  ])("keeps $what", ({ script, expected }) => {
    expect(prepareScript(script)).toEqual(kept(expected));
  });

  test("keeps bytes that are no UTF-8", () => {
    expect(prepareScript(Buffer.from([0x61, 0xff, 0x00, 0x80]))).toEqual(kept(Buffer.from([0x61, 0xff, 0x00, 0x80])));
  });

  test("runs the largest script and swallows one that is a byte larger", () => {
    const largest = Buffer.alloc((SCRIPT_BASE64_MAX_CHARS / 4) * 3, "#");
    expect(prepareScript(largest).kind).toBe("run");
    expect(prepareScript(Buffer.concat([largest, Buffer.from("#")])).kind).toBe("swallowed");
  });

  test("runs a compressed script that is larger than the limit when unpacked", () => {
    expect(prepareScript(gzipSync(Buffer.alloc(1_000_000, "#"))).kind).toBe("run");
  });

  test("swallows a script that begins like gzip and is broken", () => {
    expect(prepareScript(gzipSync("echo a").subarray(0, 15)).kind).toBe("swallowed");
  });

  test("refuses an empty script", () => {
    expect(prepareScript(Buffer.alloc(0))).toEqual({
      kind: "refused",
      message: "failed to get configuration: invalid configuration: 'commandToExecute' is not specified",
    });
  });
});

describe("decodeGoUtf8", () => {
  test.each<{ what: string; bytes: number[]; expected: string }>([
    { what: "a valid character of four bytes", bytes: [0xf0, 0x9f, 0x98, 0x80], expected: "😀" },
    { what: "a character cut after three bytes as three marks", bytes: [0xf0, 0x9f, 0x98], expected: "���" },
    { what: "the end of a character as one mark for each byte", bytes: [0x9f, 0x98, 0x80, 0x61], expected: "���a" },
    { what: "a surrogate as three marks", bytes: [0xed, 0xa0, 0x80], expected: "���" },
    { what: "an overlong form as marks", bytes: [0xc0, 0xaf, 0xe0, 0x80, 0x80], expected: "�����" },
    { what: "a code point above U+10FFFF as four marks", bytes: [0xf4, 0x90, 0x80, 0x80], expected: "����" },
    { what: "NUL as NUL", bytes: [0x61, 0x00, 0x62], expected: "a\u0000b" },
    { what: "valid text around an invalid byte", bytes: [0xc3, 0xbc, 0xff, 0xc3, 0xbc], expected: "ü�ü" },
  ])("reads $what", ({ bytes, expected }) => {
    expect(decodeGoUtf8(Buffer.from(bytes))).toBe(expected);
  });

  test("agrees with TextDecoder on all valid text", () => {
    const text = "aüß€😀\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}\u007f\u0080\u07ff";
    expect(decodeGoUtf8(Buffer.from(text))).toBe(text);
  });
});

test("the message keeps the streams without adding or removing newlines", () => {
  expect(runMessage({ stdout: Buffer.from("out"), stderr: Buffer.from("err\n") })).toEqual({
    status: "success",
    message: "Enable succeeded: \n[stdout]\nout\n[stderr]\nerr\n",
  });
});

test("a status file gives back what was written to it", () => {
  const file = statusFile("error", 'Enable failed: "x"', TIME);
  expect(JSON.parse(file)).toEqual([
    {
      version: 1,
      timestampUTC: TIME,
      status: { operation: "Enable", status: "error", formattedMessage: { lang: "en", message: 'Enable failed: "x"' } },
    },
  ]);
  expect(parseStatusFile(file)).toEqual({ status: "error", message: 'Enable failed: "x"' });
});

test.each([
  "",
  "[]",
  "{",
  "null",
  '[{"status":{"status":"success"}}]',
  statusFile("transitioning", "Enable in progress", TIME),
])("a status file %j does not say how a run ended", (file) => {
  expect(parseStatusFile(file)).toBeUndefined();
});

describe("handler.log", () => {
  const start = `time=${TIME} version=v1.0.12/git@simulated-clean`;

  test("keeps the exit code of a failed script", () => {
    expect(enableEndLog(4, TIME, { kind: "exited", code: 3 })).toBe(
      [
        `${start} operation=enable seq=4 event="failed to execute command" error="command terminated with exit status=3" output=/var/lib/waagent/run-command/download/4`,
        `${start} operation=enable seq=4 event="enable script failed"`,
        `${start} operation=enable seq=4 message="config folder cleared successfully"`,
        `${start} operation=enable seq=4 event=end`,
        "",
      ].join("\n"),
    );
  });

  test("gives no reason for a script that was not run", () => {
    const log = enableEndLog(0, TIME, { kind: "not-run" });
    expect(log).toContain('event="enable script failed"');
    expect(log).not.toContain("length");
    expect(log).not.toContain("failed to execute");
  });

  test("says that a number was processed before", () => {
    expect(processedLog(2, TIME, false)).toBe(
      `${start} operation=enable seq=2 event=exit message="this script configuration is already processed, will not run again"\n`,
    );
  });

  test("names the folder that a removal deletes", () => {
    expect(uninstallLog(1, TIME)).toContain(
      `${start} operation=uninstall seq=1 path=/var/lib/waagent/run-command event="removed data dir"\n`,
    );
  });
});
