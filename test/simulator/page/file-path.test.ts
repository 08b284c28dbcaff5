/** Paths of files in a guest: any bytes, from the root, and never upwards. */
import { pathIn, pathToken, readPathToken, shownName } from "../../../simulator/page/file-path";

const token = (text: string): string => pathToken(Buffer.from(text, "latin1"));

test.each<{ what: string; given: string | undefined; bytes: string }>([
  { what: "nothing", given: undefined, bytes: "/" },
  { what: "an empty text", given: "", bytes: "/" },
  { what: "a path", given: token("/etc/hosts"), bytes: "/etc/hosts" },
  { what: "a path that is no UTF-8", given: token("/a\xffb\n"), bytes: "/a\xffb\n" },
  { what: "names that only begin with dots", given: token("/..a/...b/.c"), bytes: "/..a/...b/.c" },
])("$what is read as the path $bytes", ({ given, bytes }) => {
  expect(readPathToken(given)).toEqual({ kind: "path", bytes: Buffer.from(bytes, "latin1") });
});

test.each([
  { given: "/etc", sentence: "the path is not in base64url, expected the bytes of a path from the root in base64url" },
  {
    given: token("etc"),
    sentence: "the path does not begin with '/', or has a NUL in it, expected a path from the root",
  },
  {
    given: token("/etc\0"),
    sentence: "the path does not begin with '/', or has a NUL in it, expected a path from the root",
  },
  {
    given: token("/etc/../.."),
    sentence: "the path has '.' or '..' in it, expected a path from the root without them",
  },
  { given: token("/./etc"), sentence: "the path has '.' or '..' in it, expected a path from the root without them" },
  { given: token(`/${"a".repeat(4095)}`), sentence: "the path has 4096 bytes, and Linux takes 4095 at most" },
])("$given is refused: $sentence", ({ given, sentence }) => {
  expect(readPathToken(given)).toEqual({ kind: "problem", sentence });
});

test("a name goes below its folder, also below the root", () => {
  const name = Buffer.from("a\xff", "latin1");
  expect(pathIn(Buffer.from("/"), name).toString("latin1")).toBe("/a\xff");
  expect(pathIn(Buffer.from("/var"), name).toString("latin1")).toBe("/var/a\xff");
});

test.each([
  { bytes: Buffer.from("naïve 文.txt"), shown: "naïve 文.txt" },
  { bytes: Buffer.from("a\xffb", "latin1"), shown: "a\\xffb" },
  { bytes: Buffer.from("two\nlines"), shown: "two\\u{0a}lines" },
  { bytes: Buffer.from("gpj\u202e.sh"), shown: "gpj\\u{202e}.sh" },
  { bytes: Buffer.from("\ufeffnote"), shown: "\\u{feff}note" },
  { bytes: Buffer.from("<script>"), shown: "<script>" },
])("$bytes is shown as $shown", ({ bytes, shown }) => {
  expect(shownName(bytes)).toBe(shown);
});
