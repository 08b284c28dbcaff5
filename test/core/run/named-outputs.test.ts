import { type NamedOutputs, readNamedOutputs } from "../../../core/run/named-outputs";

const read = (text: string): NamedOutputs => readNamedOutputs(Buffer.from(text));

test.each<{ when: string; text: string; outputs: Record<string, string> }>([
  { when: "the file is empty", text: "", outputs: {} },
  { when: "it has nothing but line breaks", text: "\n\r\n  \n", outputs: {} },
  {
    when: "there are two lines",
    text: "version=1.2\nhost-name_2=web1\n",
    outputs: { version: "1.2", "host-name_2": "web1" },
  },
  { when: "the last line has no end", text: "a=1\nb=2", outputs: { a: "1", b: "2" } },
  { when: "a value is empty", text: "a=\n", outputs: { a: "" } },
  { when: "a value has blanks and signs", text: "a=  b = c << d ä\t\n", outputs: { a: "  b = c << d ä\t" } },
  { when: "lines end as in Windows", text: "a=1\r\n\r\nb<<E\r\nx\r\ny\r\nE\r\n", outputs: { a: "1", b: "x\r\ny" } },
  { when: "a CR is inside a value", text: "a=1\r2\n", outputs: { a: "1\r2" } },
  { when: "the file begins with a byte order mark", text: "\ufeffa=1\n", outputs: { a: "1" } },
  { when: "a name comes twice", text: "a=1\nb=2\na<<E\n3\nE\n", outputs: { a: "3", b: "2" } },
  {
    when: "there is a block",
    text: "a<<END\nx=1\n\n  END\nENDE\nb<<END\nEND\nc=2\n",
    outputs: { a: "x=1\n\n  END\nENDE\nb<<END", c: "2" },
  },
  { when: "a block is empty", text: "a<<E\nE\n", outputs: { a: "" } },
  { when: "a block ends in a blank line", text: "a<<E\nx\n\nE", outputs: { a: "x\n" } },
  { when: "the word of a block has signs", text: "a<<-=E <<\nx\n-=E <<\n", outputs: { a: "x" } },
])("when $when, the outputs are these", ({ text, outputs }) => {
  expect(read(text)).toStrictEqual({ kind: "outputs", outputs });
});

test.each<{ when: string; text: string; problem: string }>([
  {
    when: "a line is only a word",
    text: "a=1\n\nhunter2\n",
    problem: "line 3 is neither 'name=value' nor 'name<<WORD'",
  },
  {
    when: "a name has a blank",
    text: "hunter2 =1",
    problem: "line 1 has a name that is not allowed (letters, digits, '_' and '-', not a digit or '-' first)",
  },
  {
    when: "there is no name",
    text: "=hunter2",
    problem: "line 1 has a name that is not allowed (letters, digits, '_' and '-', not a digit or '-' first)",
  },
  {
    when: "a name of a block begins with a digit",
    text: "1<<hunter2",
    problem: "line 1 has a name that is not allowed (letters, digits, '_' and '-', not a digit or '-' first)",
  },
  { when: "a block has no word", text: "a<<\nhunter2\n", problem: "line 1 begins a block without a word that ends it" },
  {
    when: "a block has no end",
    text: "b=1\na<<E\nhunter2\nE \n E\nEE",
    problem: "line 2 begins a block that has no end",
  },
  {
    when: "a line after a block is bad",
    text: "a<<E\nx\ny\nE\nhunter2",
    problem: "line 5 is neither 'name=value' nor 'name<<WORD'",
  },
])("when $when, the sentence names the line and nothing of it", ({ text, problem }) => {
  expect(read(text)).toEqual({ kind: "problem", problem });
});

test("bytes that are no UTF-8 are a problem, not a guess", () => {
  expect(readNamedOutputs(Buffer.from([0x61, 0x3d, 0xff]))).toEqual({
    kind: "problem",
    problem: "it is not UTF-8 text",
  });
});

test("names that mean something to JavaScript are names like others", () => {
  const result = read("__proto__=1\nconstructor=2\ntoString=3\n");
  const outputs = result.kind === "outputs" ? result.outputs : {};
  expect(Object.entries(outputs)).toEqual([
    ["__proto__", "1"],
    ["constructor", "2"],
    ["toString", "3"],
  ]);
  expect(Object.getPrototypeOf(outputs)).toBe(Object.prototype);
});

test("a file of many blocks without an end is read in a moment", () => {
  expect(read("a<<E\nE\n".repeat(8_000)).kind).toBe("outputs");
});
