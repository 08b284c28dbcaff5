/** What of a secret is recognised in what a script printed, and what is left alone. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { maskOf, pieceMaskOf } from "../../../core/secrets/secret-texts";

/** The same "random" bytes in every run of the tests. */
function bytesOf(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash("sha256").update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** Printable, with everything in it that an encoding changes. */
function secretOf(seed: string, length: number): string {
  const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789 '\"\\/+-_.~!*()$%&=?#@ä€😀";
  const characters = [...alphabet];
  const inner = [...bytesOf(seed, length - 2)].map((byte) => characters[byte % characters.length]).join("");
  return `x${inner}z`;
}

const wrapped = (text: string, width: number, lineBreak: string) =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "gsu"), `$&${lineBreak}`);

/** Pieces of eight characters of `encoded` that are still in `text`. */
function survivors(encoded: string, text: string): string[] {
  const starts = Array.from({ length: Math.max(0, encoded.length - 7) }, (_, index) => index);
  return starts.map((start) => encoded.slice(start, start + 8)).filter((piece) => text.includes(piece));
}

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a secret", () => {
  test("is replaced where it stands, and each of its lines, longest first", () => {
    const mask = maskOf(["pass", "password", "-----BEGIN\n  MIIabcde\r\n-----END\n"]);
    expect(mask("the password, a pass, MIIabcde and -----END.")).toBe(
      "the [secret], a [secret], [secret] and [secret].",
    );
    expect(mask("passpasswordpass")).toBe("[secret][secret][secret]");
  });

  test("takes nothing of its neighbours along, and no line break at its end", () => {
    expect(maskOf(["hunter2222\n"])("a hunter2222\nb\n\nhunter2222")).toBe("a [secret]\nb\n\n[secret]");
  });

  test("that overlaps with another is replaced together with it", () => {
    expect(maskOf(["abcdefgh", "efghijkl", "efg"])("abcdefghijkl efgh")).toBe("[secret] [secret]h");
  });

  test("that repeats itself is replaced wherever it overlaps with itself", () => {
    expect(maskOf(["abababab"])("xababababababay")).toBe("x[secret]ay");
  });

  test.each(["a", "42", " \n", ""])("as short as %j is left alone: it is in too many words", (value) => {
    expect(maskOf([value])("a cat of 42")).toBe("a cat of 42");
  });

  test("with less than eight characters is not recognised when it is split by line breaks", () => {
    expect(maskOf(["hunter2"])("hunter2 hun\nter2")).toBe("[secret] hun\nter2");
  });

  test("with less than eight characters is recognised in forms that have eight or more, and in no shorter ones", () => {
    const umlauts = Buffer.from("ÄÖÜ");
    const forms = [base64("ÄÖÜ"), umlauts.toString("hex"), encodeURIComponent("ÄÖÜ"), "\\u00c4\\u00d6\\u00dc"];
    expect(maskOf(["ÄÖÜ"])(`${forms.join(" ")} ÄÖÜ`)).toBe("[secret] [secret] [secret] [secret] [secret]");
    expect(maskOf(["hunter2"])(`${base64("hunter2")} 68756e74657232`)).toBe("[secret] [secret]");
    expect(maskOf(["abc"])(`abc ${base64("abc")} 616263`)).toBe(`[secret] ${base64("abc")} 616263`);
    expect(maskOf(["ab"])(`${base64("ababab")} 6162`)).toBe(`${base64("ababab")} 6162`);
  });

  test("of several lines leaves the words of its short lines alone, and is recognised as a whole", () => {
    const mask = maskOf(["for x in 1 2; do\n  run-it $x\ndone\nfi\n", "a\nb\n"]);
    expect(mask("done, fi: run-it $x is done")).toBe("done, fi: [secret] is done");
    expect(mask("for x in 1 2; do\n  run-it $x\ndone\nfi")).toBe("[secret]");
    expect(mask("<a\nb> a b")).toBe("<[secret]> a b");
  });

  test("of seven characters in a line of its own stays, of eight is replaced", () => {
    expect(maskOf(["first-line\n1234567\n12345678x"])("1234567 12345678x")).toBe("1234567 [secret]");
    expect(maskOf(["first-line\nabcdefgh"])("abcdefgh")).toBe("[secret]");
  });

  test("of half a character is no reason to fail", () => {
    expect(maskOf(["half \ud83d of one"])("half \ud83d of one!")).toBe("[secret]!");
  });
});

describe("of the encodings that scripts use", () => {
  test.each<{ what: string; printed: string }>([
    { what: "JSON", printed: '{"pw":"it\'s \\"a\\" \\\\ s\\u00e4cret\\/1","other":"x"}' },
    { what: "JSON as jq writes it", printed: '{"pw":"it\'s \\"a\\" \\\\ säcret/1","other":"x"}' },
    { what: "a URL", printed: "https://u:it's%20%22a%22%20%5C%20s%C3%A4cret%2F1@host/" },
    { what: "a URL in small digits", printed: "https://u:it%27s%20%22a%22%20%5c%20s%c3%a4cret%2f1@host/" },
    { what: "a form", printed: "user=a&pw=it%27s+%22a%22+%5C+s%C3%A4cret%2F1&x=y" },
    { what: "dash's set -x", printed: `+ PW='it'"'"'s "a" \\ säcret/1'` },
    { what: "bash's set -x", printed: `+ PW='it'\\''s "a" \\ säcret/1'` },
    { what: "bash's export -p", printed: 'declare -x PW="it\'s \\"a\\" \\\\ säcret/1"' },
    { what: "old printf %q", printed: 'it\\\'s\\ \\"a\\"\\ \\\\\\ s\\äcret/1' },
    { what: "printf %q", printed: 'it\\\'s\\ \\"a\\"\\ \\\\\\ säcret/1' },
    { what: "printf %q in the locale C", printed: `$'it\\'s "a" \\\\ s\\303\\244cret/1'` },
    { what: "Python's quote", printed: "https://host/it%27s%20%22a%22%20%5C%20s%C3%A4cret/1?x" },
    { what: "encodeURI", printed: `https://host/${encodeURI('it\'s "a" \\ säcret/1')}` },
  ])("$what is recognised", ({ printed }) => {
    const masked = maskOf(['it\'s "a" \\ säcret/1'])(printed);
    expect(masked).toContain("[secret]");
    expect(masked).not.toContain("cret/1");
    expect(masked).not.toMatch(/it|cret.{1,3}1/);
  });

  test("bash's export -p of dollars and back quotes is recognised", () => {
    expect(maskOf(["a$b `c` d"])('declare -x PW="a\\$b \\`c\\` d"')).toBe('declare -x PW="[secret]"');
  });

  test("Go's JSON is recognised", () => {
    expect(maskOf(["a&b<c>d"])('{"pw":"a\\u0026b\\u003cc\\u003ed"}')).toBe('{"pw":"[secret]"}');
  });

  test("encodeURI leaves the signs of a URL as they are", () => {
    const secret = "p ;,/?:@&=+$#";
    expect(maskOf([secret])(encodeURI(secret).replace(/%23/g, "#"))).toBe("[secret]");
    expect(maskOf([secret])(encodeURI(secret))).toBe("[secret]");
  });

  test.each(["C", "C.UTF-8"])("what bash itself writes in the locale %s is recognised", (locale) => {
    const secrets = [
      "a!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ä b#c~d=~e",
      "a\tb\u001b\u0001\u007f\n'\"\\ä$`e",
      "~home,of,#1",
      "#one ä€😀'",
    ];
    const print = 'x=$1; printf "%q\\n" "$1"; declare -p x; export x; export -p | grep -A1 " x="';
    for (const secret of secrets) {
      const { stdout } = spawnSync("bash", ["-c", print, "bash", secret], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: locale },
      });
      const masked = maskOf([secret])(stdout);
      expect(masked).toMatch(
        /^\$?'?\[secret\]'?\ndeclare -- x=\$?['"]\[secret\]['"]\ndeclare -x x=\$?['"]\[secret\]['"]\n/,
      );
    }
  });

  test("the credentials of HTTP are recognised", () => {
    const header = (text: string) => `authorization: Basic ${base64(text)}\n`;
    expect(maskOf(["correct horse"])(header("me:correct horse"))).toBe("authorization: Basic bWU6[secret]\n");
    expect(maskOf(["correct horse"])(header("you:correct horse"))).toMatch(
      /^authorization: Basic eW91O.?\[secret\]\n$/,
    );
  });

  const encodings: Record<string, (secret: string) => string> = {
    "as it is": (secret) => secret,
    JSON: (secret) => JSON.stringify(secret).slice(1, -1),
    "a URL": encodeURIComponent,
    "a URL with its slashes": (secret) =>
      encodeURIComponent(secret)
        .replaceAll("%2F", "/")
        .replace(/[!'()*]/g, percent),
    "a whole URL": encodeURI,
    "Go's JSON": (secret) => JSON.stringify(secret).slice(1, -1).replaceAll("&", "\\u0026"),
    "a form": (secret) => new URLSearchParams({ "": secret }).toString().slice(1),
    "a quoted word": (secret) => secret.replaceAll("'", "'\\''"),
    "small hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
    "large hexadecimal": (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
    base64: base64,
    "base64 without padding": (secret) => base64(secret).replace(/=+$/, ""),
    "base64 for URLs": (secret) => Buffer.from(secret).toString("base64url"),
  };
  const secrets = Array.from({ length: 40 }, (_, index) => secretOf(`secret ${index}`, 8 + ((index * 7) % 150)));

  test.each(Object.keys(encodings))("of random secrets, nothing of eight characters survives in %s", (name) => {
    const mask = maskOf(secrets);
    for (const secret of secrets) {
      const encoded = encodings[name]?.(secret) ?? "";
      expect(mask(`before:${encoded}\nafter`)).toBe("before:[secret]\nafter");
      for (const [width, lineBreak] of [
        [76, "\n"],
        [60, "\r\n"],
        [5, "\n"],
        [1, "\n"],
      ] as const) {
        const masked = mask(`before:${wrapped(encoded, width, lineBreak)}\nafter`);
        expect(masked).toBe("before:[secret]\nafter");
      }
    }
  });

  test("nor in base64 of a longer text that holds them, in any of its three places", () => {
    const mask = maskOf(secrets);
    for (const secret of secrets) {
      for (const before of ["", "1", "12", "123"]) {
        for (const after of ["", "a", "ab", "abc"]) {
          const printed = base64(`${before}${secret}${after}`);
          const alone = base64(secret).replace(/=+$/, "");
          const masked = mask(wrapped(printed, 76, "\n"));
          expect(survivors(alone, masked)).toEqual([]);
          expect(survivors(printed, masked)).toEqual([]);
          expect(masked.replace("[secret]", "").replace(/=/g, "").length).toBeLessThanOrEqual(10);
        }
      }
    }
  });

  test("what is only like a secret stays", () => {
    const mask = maskOf(["correct horse battery"]);
    const text = "correct horse batterie, Correct Horse Battery, yrettab esroh tcerroc, c-o-r-r-e-c-t\n";
    expect(mask(text)).toBe(text);
  });
});

describe("in a piece that was cut out of a longer text", () => {
  const mask = maskOf(["correct-horse-battery"]);

  test("the rest of a secret at the start is replaced, if that end was cut", () => {
    expect(mask("horse-battery and more", { start: true })).toBe("[secret] and more");
    expect(mask("horse-battery and more", { end: true })).toBe("horse-battery and more");
    expect(mask("horse-battery and more")).toBe("horse-battery and more");
  });

  test("the beginning of a secret at the end is replaced, if that end was cut", () => {
    expect(mask("it is correct-hor", { end: true })).toBe("it is [secret]");
    expect(mask("it is correct-hor", { start: true })).toBe("it is correct-hor");
  });

  test("fewer than four characters are left: they are the end of many words", () => {
    expect(mask("ery good", { start: true })).toBe("ery good");
    expect(mask("tery good", { start: true })).toBe("[secret] good");
    expect(mask("see cor", { end: true })).toBe("see cor");
  });

  test("the rest of a short secret is replaced, too", () => {
    expect(maskOf(["hunter2"])("ter2 hunter2 hunt", { start: true, end: true })).toBe("[secret] [secret] [secret]");
  });

  test("the rest of an encoded secret is replaced, with the line breaks in it", () => {
    const encoded = wrapped(base64("correct-horse-battery"), 10, "\n");
    expect(mask(`${encoded.slice(7)}\nafter`, { start: true })).toBe("[secret]\nafter");
    expect(mask(`before\n${encoded.slice(0, -7)}`, { end: true })).toBe("before\n[secret]");
  });

  test("a piece from the middle of a secret is replaced, if both ends were cut", () => {
    expect(mask("rect-horse", { start: true, end: true })).toBe("[secret]");
    expect(mask("rect-horse", { start: true })).toBe("rect-horse");
  });

  test("a text that ends in the beginning of a secret that begins with its own end is cut at the longest one", () => {
    expect(maskOf(["aabaabaac"])("x aabaabaa", { end: true })).toBe("x [secret]");
    expect(maskOf(["ababacdefg"])("x ababab", { end: true })).toBe("x ab[secret]");
  });
});

describe("of a text that comes piece by piece is certain", () => {
  const certainOf = (secrets: readonly string[], text: string) => text.slice(0, pieceMaskOf(secrets).certain(text));

  test.each<{ what: string; secrets: readonly string[]; text: string; certain: string }>([
    { what: "nothing before a line has ended", secrets: [], text: "a line", certain: "" },
    { what: "every whole line, where nothing is secret", secrets: [], text: "one\ntwo\nthr", certain: "one\ntwo\n" },
    {
      what: "a line that ends with a whole secret",
      secrets: ["hunter2"],
      text: "is hunter2\n",
      certain: "is hunter2\n",
    },
    { what: "no line in which a secret begins", secrets: ["ab\ncd efgh"], text: "x\nis ab\n", certain: "x\n" },
    {
      what: "no line in which a long secret begins, as lines split it",
      secrets: ["correct-horse"],
      text: "x\ncorrect\n",
      certain: "x\n",
    },
    { what: "nor where it begins in base64", secrets: ["correct-horse"], text: "x\nY29ycmVj\n", certain: "x\n" },
    {
      what: "a line with what is no beginning",
      secrets: ["correct-horse"],
      text: "x\ncorrecd\n",
      certain: "x\ncorrecd\n",
    },
    {
      what: "nothing of a secret that begins with its own end",
      secrets: ["ab\ncdefgh\nab\nc"],
      text: "x\nab\ncdefgh\nab\n",
      certain: "x\n",
    },
    {
      what: "nothing from the first of two that overlap",
      secrets: ["one\ntwo\nthree", "three\nfour\nfive"],
      text: "x\none\ntwo\nthree\n",
      certain: "x\n",
    },
  ])("$what", ({ secrets, text, certain }) => {
    expect(certainOf(secrets, text)).toBe(certain);
  });

  test("so much that piece by piece it comes to the same as at once, wherever it is cut", () => {
    const secrets = ["aab\naab\nc", "baa", "cab\nabca\nbcab", "a-long-secret-value"];
    const { mask, certain } = pieceMaskOf(secrets);
    for (let round = 0; round < 3_000; round += 1) {
      const words = [
        "a",
        "b",
        "c",
        "\n",
        "aab\naa",
        "cab\nabca\nb",
        "a-long-",
        "secret-value",
        "\r\n",
        "YS1sb25nLXNlY3JldC12YWx1ZQ==",
      ];
      const random = bytesOf(`pieces ${round}`, 200).values();
      const below = (number: number) => (random.next().value ?? 0) % number;
      const text = Array.from({ length: 24 }, () => words[below(words.length)]).join("");
      const parts: string[] = [];
      let pending = "";
      for (let at = 0; at < text.length; ) {
        const next = at + 1 + below(12);
        pending += text.slice(at, next);
        at = next;
        const end = certain(pending);
        parts.push(mask(pending.slice(0, end)));
        pending = pending.slice(end);
      }
      expect(`${parts.join("")}${mask(pending)}`).toBe(mask(text));
    }
  });
});

/** About 0.3 s each; the limit is far below what a quadratic search takes. Not by the clock: the machine may be busy. */
describe("a megabyte of text is masked quickly", () => {
  const secrets = Array.from({ length: 20 }, (_, index) => secretOf(`large ${index}`, 2_048));
  const cpuSeconds = (work: () => void) => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const million = (piece: string) => piece.repeat(Math.ceil(1_048_576 / piece.length));

  test.each<{ what: string; values: readonly string[]; text: string }>([
    {
      what: "of 20 secrets of 2 KB and a log",
      values: secrets,
      text: million("2026-11-23 12:00:00 unpacking libc6 (2.36)\n"),
    },
    { what: "of 20 secrets, full of them", values: secrets, text: million(`${secrets.map(base64).join("\n")}\n`) },
    { what: "of a secret that fits everywhere", values: ["=".repeat(200)], text: million("=") },
    {
      what: "that a secret nearly fits everywhere",
      values: [`${"a".repeat(2_047)}b`, `b${"a".repeat(2_047)}`],
      text: million("a"),
    },
    { what: "of line breaks", values: secrets, text: million("a\r\n") },
    {
      what: "of a secret script of 3,000 lines",
      values: [Array.from({ length: 3_000 }, (_, line) => `echo step ${line}; do-it`).join("\n")],
      text: million("echo step 1; echo step 3000; do that\n"),
    },
  ])("$what", ({ values, text }) => {
    const mask = maskOf(values);
    expect(cpuSeconds(() => mask(text, { start: true, end: true }))).toBeLessThan(3);
  });
});
