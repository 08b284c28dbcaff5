/** The forms in which a script usually prints a value: for JSON, URLs and shells, in hexadecimal and base64. Pure. */

/** @returns the value itself among them; no form twice. */
export function secretForms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const hexadecimal = bytes.toString("hex");
  const forms = [
    value,
    ...jsonForms(value),
    ...urlForms(bytes),
    ...shellForms(value),
    hexadecimal,
    hexadecimal.toUpperCase(),
    ...base64Forms(bytes),
  ];
  return [...new Set(forms)];
}

function jsonForms(value: string): readonly string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  const ascii = plain.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  // As Go's encoding/json does, for texts within HTML.
  const forHtml = plain.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
  return [forHtml, ...[plain, ascii].flatMap((text) => [text, text.replaceAll("/", "\\/")])];
}

/** What stays as it is: in `encodeURIComponent`, in a form, by RFC 3986, in Python's `quote`, and in `encodeURI`. */
const URL_SAFE = [
  /[A-Za-z0-9\-_.!~*'()]/,
  /[A-Za-z0-9\-_.*]/,
  /[A-Za-z0-9\-_.~]/,
  /[A-Za-z0-9\-_.~/]/,
  /[A-Za-z0-9\-_.!~*'();,/?:@&=+$#]/,
];

function urlForms(bytes: Buffer): readonly string[] {
  return URL_SAFE.flatMap((safe) => {
    const upper = percentEncoded(bytes, safe);
    const lower = upper.replace(/%../g, (byte) => byte.toLowerCase());
    return [upper, lower].flatMap((text) => [text, text.replaceAll("%20", "+")]);
  });
}

/** Not `encodeURIComponent` itself, which throws where a text is no whole Unicode. */
function percentEncoded(bytes: Buffer, safe: RegExp): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return byte < 0x80 && safe.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** As shells print a word with quotes in it: `set -x`, `set`, `export -p`, `printf %q`. */
function shellForms(value: string): readonly string[] {
  return [
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replace(/["\\$`]/g, "\\$&"),
    value.replace(/[^A-Za-z0-9_@%+=:,./-]/g, "\\$&"),
    // Bash 5. Source: tried with 5.2.
    value.replace(/[ !"$&'()*,;<>?[\\\]^`{|}]|^#|(?<=^|[=:])~/g, "\\$&"),
    ...bashControlForms(value),
  ];
}

const BASH_LETTERS = new Map([
  ["\x07", "a"],
  ["\b", "b"],
  ["\x1b", "E"],
  ["\f", "f"],
  ["\n", "n"],
  ["\r", "r"],
  ["\t", "t"],
  ["\v", "v"],
  ["'", "'"],
  ["\\", "\\"],
]);

/**
 * What bash writes between `$'` and `'` where a value has control characters, or in the locale `C` any but ASCII.
 * Source: tried with bash 5.2 (`printf %q`, `declare -p`).
 */
function bashControlForms(value: string): readonly string[] {
  const octal = (character: string) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const escaped = (character: string) => {
    const letter = BASH_LETTERS.get(character);
    return letter === undefined ? octal(character) : `\\${letter}`;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const inUtf8 = value.replace(/[\u0000-\u001f\u007f'\\]/g, escaped);
  return [inUtf8, inUtf8.replace(/\P{ASCII}+/gu, octal)];
}

/**
 * A value's bytes begin at one of the three places of a group of base64, alone or in a longer text. Only the characters
 * that depend on nothing but the value are taken, and those at the end of a text that the value is the end of.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const forms = [0, 1, 2].flatMap((bytesBefore) => {
    const text = Buffer.concat([Buffer.alloc(bytesBefore), bytes]).toString("base64");
    const first = Math.ceil((bytesBefore * 8) / 6);
    const end = Math.floor(((bytesBefore + bytes.length) * 8) / 6);
    const toTheEnd = text.slice(first);
    return [text.slice(first, end), toTheEnd, toTheEnd.replace(/=+$/, "")];
  });
  return forms.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}
