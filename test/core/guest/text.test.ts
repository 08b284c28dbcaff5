import { execFileSync } from "node:child_process";
import { posixCksum } from "../../../core/guest/cksum";
import { shellQuote } from "../../../core/guest/shell-quote";
import { decodeText } from "../../../core/guest/text";

const R = "\uFFFD";

test.each<{ what: string; bytes: readonly number[]; text: string }>([
  { what: "text", bytes: [0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], text: "aé😀" },
  {
    what: "a character of four bytes that lacks the last (one each, not one)",
    bytes: [0xf0, 0x9f, 0x98],
    text: R + R + R,
  },
  { what: "a lone continuation", bytes: [0x80, 0x61], text: `${R}a` },
  { what: "an overlong form", bytes: [0xc0, 0xaf, 0xe0, 0x80, 0x80], text: R.repeat(5) },
  { what: "half of a surrogate pair", bytes: [0xed, 0xa0, 0x80], text: R.repeat(3) },
  { what: "a number beyond Unicode", bytes: [0xf4, 0x90, 0x80, 0x80, 0xf5], text: R.repeat(5) },
  { what: "a character cut by an ASCII letter", bytes: [0xe2, 0x82, 0x61, 0xe2, 0x82, 0xac], text: `${R}${R}a€` },
  { what: "a byte order mark, which stays", bytes: [0xef, 0xbb, 0xbf, 0x61], text: "\uFEFFa" },
])("decodes $what as Azure's handler does", ({ bytes, text }) => {
  expect(decodeText(Uint8Array.from(bytes))).toEqual({ text, replacedBytes: text.includes(R) });
});

test("U+FFFD that a script printed itself is no replacement", () => {
  expect(decodeText(Buffer.from(R))).toEqual({ text: R, replacedBytes: false });
});

test("the rest of a character that our own tail cut is dropped, at most three bytes of it", () => {
  const bytes = Uint8Array.from([0x9f, 0x98, 0x80, 0x61]);
  expect(decodeText(bytes, { cutAtStart: true })).toEqual({ text: "a", replacedBytes: false });
  expect(decodeText(Uint8Array.from([0x80, 0x80, 0x80, 0x80]), { cutAtStart: true })).toEqual({
    text: R,
    replacedBytes: true,
  });
});

test.each(["", "123456789", "a".repeat(300), "\0\xff"])("the checksum is that of cksum: %j", (text) => {
  const bytes = Buffer.from(text, "latin1");
  expect(`${posixCksum(bytes)} ${bytes.length}\n`).toBe(execFileSync("cksum", { input: bytes, encoding: "utf8" }));
});

test.each(["", "it's", "''", "a\nb", '$(id) `id` \\ " *'])("a quoted text is one word of shell: %j", (text) => {
  expect(execFileSync("/bin/sh", ["-c", `printf '<%s>' ${shellQuote(text)}`], { encoding: "utf8" })).toBe(`<${text}>`);
});
