import { createHash } from "node:crypto";
import { FollowedStream, type Printable, type WholeStream } from "../../cli/followed-stream";
import { pieceMaskOf } from "../../core/secrets/secret-texts";

const text = (piece: Printable) => Buffer.from(piece).toString("latin1");

/** What is printed as each of these comes, and then at the end. */
function follow(pieces: readonly string[], whole: WholeStream | undefined, secrets?: readonly string[]) {
  const stream = new FollowedStream(secrets && pieceMaskOf(secrets));
  const printed = pieces.map((piece) => text(stream.take(Buffer.from(piece, "latin1"))));
  const { text: rest, difference } = stream.end(whole);
  return { printed, rest: rest.map(text).join("|"), difference };
}

function endOf(all: string, bytes = all.length): WholeStream {
  return { bytes: Buffer.from(all, "latin1").subarray(all.length - bytes), totalBytes: all.length };
}

describe("a stream that is followed", () => {
  test("is printed in whole lines, and the rest at the end, nothing twice", () => {
    expect(follow(["one\ntw", "o", "\nthree"], endOf("one\ntwo\nthree\nfour"))).toEqual({
      printed: ["one\n", "", "two\n"],
      rest: "three\nfour",
      difference: undefined,
    });
  });

  test("is printed byte for byte, with bytes that are no text", () => {
    expect(follow(["\xff\n\xc3"], endOf("\xff\n\xc3\xa9\0"))).toEqual({
      printed: ["\xff\n"],
      rest: "\xc3\xa9\0",
      difference: undefined,
    });
  });

  test("of which nothing came before its end is what came then", () => {
    expect(follow([], endOf("all"))).toEqual({ printed: [], rest: "all", difference: undefined });
    expect(follow([""], endOf(""))).toEqual({ printed: [""], rest: "", difference: undefined });
    expect(follow([], endOf("0123456789", 4))).toEqual({
      printed: [],
      rest: "|6789",
      difference: { kind: "OnlyEnd", totalBytes: 10 },
    });
  });

  test("goes on behind what came, also where the end of the run brings only the end of it", () => {
    const all = "one\ntwo\nthree\n";
    expect(follow(["one\ntwo\nt"], endOf(all, 8))).toEqual({
      printed: ["one\ntwo\n"],
      rest: "three\n",
      difference: undefined,
    });
    expect(follow([all], endOf(all, 3))).toEqual({ printed: [all], rest: "", difference: undefined });
    expect(follow(["one\ntwo\nt"], endOf(all, 5))).toEqual({
      printed: ["one\ntwo\n"],
      rest: "three\n",
      difference: undefined,
    });
  });

  test("with a gap between what came and the end is told with its size", () => {
    expect(follow(["one\ntw"], endOf("one\ntwo\nthree\n", 4))).toEqual({
      printed: ["one\n"],
      rest: "tw|ree\n",
      difference: { kind: "Gap", printedBytes: 6, missingBytes: 4 },
    });
  });

  test.each([
    ["was written over", endOf("one\nTWO\nthree\n")],
    ["was cut and written again", endOf("one\ntwo\nTHREE\nfour\n", 10)],
  ])("that %s on the VM is not printed twice: that is said", (_what, whole) => {
    expect(follow(["one\ntwo\nthr"], whole)).toEqual({
      printed: ["one\ntwo\n"],
      rest: "thr",
      difference: { kind: "Changed" },
    });
  });

  test.each(["one\ntwo\n", "on", ""])(
    "of which more came than is left of it at the end (%j) is printed as it came",
    (left) => {
      expect(follow(["one\ntwo\nthr"], endOf(left))).toEqual({
        printed: ["one\ntwo\n"],
        rest: "thr",
        difference: undefined,
      });
    },
  );

  test("of which nobody knows the end is printed as far as it came", () => {
    expect(follow(["one\ntw"], undefined)).toEqual({ printed: ["one\n"], rest: "tw", difference: undefined });
  });

  test("of more than a megabyte is held against the end that comes", () => {
    const all = "0123456789\n".repeat(300_000);
    const pieces = Array.from({ length: 30 }, (_, index) => all.slice(index * 100_000, (index + 1) * 100_000));
    const { printed, rest, difference } = follow(pieces, endOf(all, 1_048_576));
    expect([printed.join("") + rest === all, difference]).toEqual([true, undefined]);
    const other = { bytes: Buffer.alloc(1_048_576, "x"), totalBytes: all.length };
    expect(follow(pieces, other).difference).toEqual({ kind: "Changed" });
  });
});

describe("a stream with secrets", () => {
  const SECRETS = ["correct\nhorse\nbattery"];

  test("is printed without them, wherever they were cut", () => {
    const all = "is correct\nhorse\nbattery, and\nno more\n";
    for (let cut = 0; cut <= all.length; cut += 1) {
      const { printed, rest, difference } = follow([all.slice(0, cut), all.slice(cut)], endOf(all), SECRETS);
      expect([printed.join("") + rest, difference]).toEqual(["is [secret], and\nno more\n", undefined]);
    }
  });

  test("keeps back what may be the beginning of one, and masks it where the rest never comes", () => {
    expect(follow(["see\nis correct\nhor"], undefined, SECRETS)).toEqual({
      printed: ["see\n"],
      rest: "is [secret]",
      difference: undefined,
    });
    expect(follow(["see\nis correct\nhor"], endOf("see\nis correct\nhorse\nbattery\nend", 13), SECRETS)).toEqual({
      printed: ["see\n"],
      rest: "is [secret]|[secret]\nend",
      difference: { kind: "Gap", printedBytes: 18, missingBytes: 1 },
    });
  });

  test("comes to the same however its bytes are cut, also within a character", () => {
    const secrets = ["correct\nh\u00f6rse-battery", "S3crt-p\u00e4ssphrase-\u{1f511}", "\u20ac-pin"];
    const mask = pieceMaskOf(secrets).mask;
    const words = [
      "correct\n",
      "h\u00f6rse",
      "-battery",
      "S3cr\nt-p\u00e4\n",
      "ssphrase-\u{1f511}",
      "\u20ac",
      "-pin",
      "\n",
      "x",
      "\u00f6",
    ];
    for (let round = 0; round < 1_500; round += 1) {
      const random = createHash("sha512").update(`round ${round}`).digest().values();
      const below = (number: number) => (random.next().value ?? 0) % number;
      const all = Buffer.from(Array.from({ length: 16 }, () => words[below(words.length)]).join(""));
      const cuts = Array.from({ length: 4 }, () => below(all.length + 1)).sort((a, b) => a - b);
      const pieces = [0, ...cuts].map((from, index) =>
        all.subarray(from, cuts[index] ?? all.length).toString("latin1"),
      );
      const { printed, rest } = follow(pieces, endOf(all.toString("latin1")), secrets);
      expect(Buffer.from(printed.join("") + rest, "latin1").toString()).toBe(mask(all.toString()));
    }
  });

  test("that ends within a character of a secret is printed without what came of it", () => {
    const cut = Buffer.from("is correct-h\u00f6").subarray(0, -1).toString("latin1");
    const { rest } = follow([cut], undefined, ["correct-h\u00f6rse"]);
    expect(Buffer.from(rest, "latin1").toString()).toBe("is [secret]\uFFFD");
  });

  test("counts bytes and not characters", () => {
    const all = "\xc3\xa9\xe2\x82\xac\n\xff\xff\nend correct\n";
    const { printed, rest } = follow([all.slice(0, 11), all.slice(11)], endOf(all), SECRETS);
    const shown = (piece: string) => Buffer.from(piece, "latin1").toString();
    expect([...printed, rest].map(shown)).toEqual(["é€\n\uFFFD\uFFFD\n", "", "end correct\n"]);
  });
});
