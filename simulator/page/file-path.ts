/** Paths in a guest as the page and the simulator exchange them: any bytes that Linux allows, so not as text. Pure. */

/** Source: Linux include/uapi/linux/limits.h, PATH_MAX, with the NUL at its end. */
const PATH_MAX_BYTES = 4095;

export type ReadPath =
  | { readonly kind: "path"; readonly bytes: Buffer }
  | { readonly kind: "problem"; readonly sentence: string };

/** @param token as `pathToken` gives it; undefined: the root. */
export function readPathToken(token: string | undefined): ReadPath {
  const problem = (sentence: string): ReadPath => ({ kind: "problem", sentence });
  if (token === undefined || token === "") {
    return { kind: "path", bytes: Buffer.from("/") };
  }
  if (!/^[A-Za-z0-9_-]+$/.test(token)) {
    return problem("the path is not in base64url, expected the bytes of a path from the root in base64url");
  }
  const bytes = Buffer.from(token, "base64url");
  if (bytes[0] !== "/".charCodeAt(0) || bytes.includes(0)) {
    return problem("the path does not begin with '/', or has a NUL in it, expected a path from the root");
  }
  if (bytes.length > PATH_MAX_BYTES) {
    return problem(`the path has ${bytes.length} bytes, and Linux takes ${PATH_MAX_BYTES} at most`);
  }
  const parts = bytes.toString("latin1").split("/");
  return parts.includes("..") || parts.includes(".")
    ? problem("the path has '.' or '..' in it, expected a path from the root without them")
    : { kind: "path", bytes };
}

export function pathToken(bytes: Buffer): string {
  return bytes.toString("base64url");
}

/** The path of what has that name in a folder. */
export function pathIn(folder: Buffer, name: Buffer): Buffer {
  const slash = Buffer.from(folder.at(-1) === "/".charCodeAt(0) ? "" : "/");
  return Buffer.concat([folder, slash, name]);
}

/**
 * Text of a name for people. What is no UTF-8, and characters that show nothing or turn the direction of writing,
 * become `\xff` and `\u{202e}`.
 */
export function shownName(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = bytes.toString("latin1").replace(/[\x80-\xff]/g, (char) => `\\x${hex(char)}`);
  }
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${hex(char)}}`);
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(2, "0");
}
