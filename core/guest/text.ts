/** Decodes what a script printed, in the way in which Azure's handler decodes it. */

import { isUtf8 } from "node:buffer";

export interface DecodedText {
  readonly text: string;
  /** True when bytes that are not UTF-8 were replaced by U+FFFD. */
  readonly replacedBytes: boolean;
}

export interface DecodeOptions {
  /** The bytes are the end of a longer stream: the rest of a character that was cut at the beginning is left out. */
  readonly cutAtStart?: boolean;
}

/**
 * Each invalid byte becomes its own U+FFFD. JavaScript's `TextDecoder` makes one of several (F0 9F 98: one, not three).
 * Source: observed with the handler 1.0.12 (Go, unicode/utf8 DecodeRune).
 */
export function decodeText(bytes: Uint8Array, options: DecodeOptions = {}): DecodedText {
  const whole = options.cutAtStart ? bytes.subarray(continuationBytes(bytes)) : bytes;
  if (isUtf8(whole)) return { text: Buffer.from(whole).toString("utf8"), replacedBytes: false };
  return { text: replaceInvalid(whole), replacedBytes: true };
}

/** A character has at most three bytes after its first. */
function continuationBytes(bytes: Uint8Array): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

/** How many bytes at the end are the beginning of a character that may go on behind them; at most three. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let count = 1; count <= 3; count += 1) {
    const byte = bytes[bytes.length - count] ?? 0;
    if ((byte & 0xc0) !== 0x80) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
      return length > count ? count : 0;
    }
  }
  return 0;
}

function replaceInvalid(bytes: Uint8Array): string {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  let start = 0;
  let at = 0;
  while (at < source.length) {
    const length = characterLength(source, at);
    if (length === 0) {
      parts.push(source.toString("utf8", start, at), "\uFFFD");
      start = at + 1;
    }
    at += Math.max(length, 1);
  }
  parts.push(source.toString("utf8", start));
  return parts.join("");
}

/** Length of the character at `at`, 0 when it is not valid. Source: Unicode 15, table 3-7, well-formed byte sequences. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[at + index] ?? 0;
    const [low, high] = index === 1 ? [lowest, highest] : [0x80, 0xbf];
    if (byte < low || byte > high) return 0;
  }
  return length;
}
