/** What no path on a Linux VM can be. Pure. */

/** Longest that a path may be, in bytes. Source: Linux, include/uapi/linux/limits.h: PATH_MAX is 4,096 with the final NUL. */
const PATH_MAX_BYTES = 4_095;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** @returns a sentence that goes on after the input's name. */
export function pathProblem(path: string): string | undefined {
  if (path.includes("\0")) {
    return "has a NUL byte; no path can hold one";
  }
  if (CONTROL_CHARACTER.test(path)) {
    return "has a control character, such as a line break at its end; give the path without it";
  }
  const bytes = Buffer.byteLength(path);
  return bytes > PATH_MAX_BYTES ? `has ${bytes} bytes; Linux takes a path of at most ${PATH_MAX_BYTES}` : undefined;
}
