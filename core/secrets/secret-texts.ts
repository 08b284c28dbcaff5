/** Keeps secret values out of what is shown and stored. Pure. */
import { secretForms } from "./secret-forms";

/** What stands in the place of a secret, as in Pulumi's own output. */
export const MASK = "[secret]";

/** A shorter text is in too many words that are no secret. */
const SECRET_MIN_CHARACTERS = 3;

/** From this length on a text is recognised when it is split by line breaks, too; a shorter encoded form, or line, is in too many texts. */
const LONG_MIN_CHARACTERS = 8;

/** A shorter end of a secret says nothing, and is at the edge of many texts. */
const CUT_MIN_CHARACTERS = 4;

/**
 * Replaces secrets in a text.
 *
 * @param cut which ends of the text are not those of the stream that it was cut out of: there, a piece of a secret of
 * four characters or more is replaced, too.
 */
export type Mask = (text: string, cut?: { readonly start?: boolean; readonly end?: boolean }) => string;

/** What takes secrets out of a text that comes piece by piece. */
export interface PieceMask {
  readonly mask: Mask;
  /** How many characters of the text are whole lines in which no secret has begun that may go on behind the text. */
  readonly certain: (text: string) => number;
}

/**
 * A mask for these values of three characters or more, and for each line of eight or more of those with several.
 *
 * A value is recognised also when it is written for JSON, a URL or a shell, in hexadecimal without blanks or in base64
 * (alone or within a longer text), if that has eight characters or more; and when it, as it is or in one of these forms,
 * has eight characters or more and is split by line breaks.
 *
 * Not recognised is what a script makes of it otherwise: reversed, encrypted, compressed, hashed, encoded twice or in
 * another way (HTML entities, Python's `repr`), in another case, with something between its characters, or printed in
 * pieces.
 */
export function maskOf(values: readonly string[]): Mask {
  return pieceMaskOf(values).mask;
}

/** The same for a text that comes piece by piece: what is certain, masked, and then the rest give what all of it would give. */
export function pieceMaskOf(values: readonly string[]): PieceMask {
  const whole = values.map((value) => value.trim()).filter((value) => value.length >= SECRET_MIN_CHARACTERS);
  const lines = whole.flatMap((value) => value.split("\n")).map((line) => line.trim());
  const long = new Set([...lines, ...whole.flatMap(secretForms)].map(withoutLineBreaks).filter(isLong));
  const short = new Set(whole.filter((value) => !long.has(withoutLineBreaks(value))));
  if (long.size + short.size === 0) {
    return { mask: (text) => text, certain: (text) => lineEnd(text, text.length) };
  }
  const findLong = finderOf([...long], LONG_MIN_CHARACTERS);
  const findShort = finderOf([...short], SECRET_MIN_CHARACTERS);
  const find = (text: string, more: (text: string, patterns: readonly string[]) => readonly Span[]) => {
    const joined = withoutLineBreaks(text);
    const inJoined = [...findLong(joined), ...more(joined, [...long])];
    return [...findShort(text), ...more(text, [...short]), ...toPositionsWithLineBreaks(text, joined, inJoined)];
  };
  return {
    mask: (text, cut = {}) =>
      replaceAll(
        text,
        find(text, (within, patterns) => findCuts(within, patterns, cut)),
      ),
    certain: (text) => lineEndOutside(text, find(text, findBegun)),
  };
}

/** The end of the last whole line of the text up to here; 0 where there is none. */
function lineEnd(text: string, before: number): number {
  return before === 0 ? 0 : text.lastIndexOf("\n", before - 1) + 1;
}

/** The same within none of the spans, of which some reach beyond the end of the text. */
function lineEndOutside(text: string, spans: readonly Span[]): number {
  let at = lineEnd(text, text.length);
  for (const { start, end } of spans.toSorted((one, other) => other.end - one.end)) {
    if (start < at && at < end) {
      at = lineEnd(text, start);
    }
  }
  return at;
}

/** Where, at the end of the text, a pattern has begun that may go on: such a place ends behind the text. */
function findBegun(text: string, patterns: readonly string[]): readonly Span[] {
  const length = patterns.reduce((most, pattern) => Math.max(most, overlap(text, pattern.slice(0, -1))), 0);
  return length === 0 ? [] : [{ start: text.length - length, end: text.length + 1 }];
}

function isLong(text: string): boolean {
  return text.length >= LONG_MIN_CHARACTERS;
}

function withoutLineBreaks(text: string): string {
  return text.replace(/[\r\n]+/g, "");
}

/** From `start` up to but without `end`. */
interface Span {
  readonly start: number;
  end: number;
}

/**
 * Finds every place where one of the patterns is, overlapping ones too. One pass: the first characters of each place are
 * looked up, however many patterns there are.
 *
 * @param seed how many characters are looked up; no pattern is shorter.
 */
function finderOf(patterns: readonly string[], seed: number): (text: string) => Span[] {
  const bySeed = groupsBySeed(patterns, seed);
  // Most places are no beginning of a pattern: a bit says so sooner than the map.
  const maybe = new Uint8Array(1 << 16);
  for (const hash of bySeed.keys()) {
    maybe[slotOf(hash)] = 1;
  }
  const leaving = leavingFactor(seed);
  return (text) => {
    const spans: Span[] = [];
    if (bySeed.size === 0 || text.length < seed) {
      return spans;
    }
    let hash = hashOf(text, seed);
    for (let start = 0; ; start += 1) {
      if (maybe[slotOf(hash)] === 1) {
        const group = bySeed.get(hash)?.find((candidates) => isOneOf(candidates, text, start));
        if (group !== undefined) {
          addOrExtend(spans, start, start + group.length);
        }
      }
      const next = start + seed;
      if (next >= text.length) {
        return spans;
      }
      hash = (imul(hash - imul(text.charCodeAt(start), leaving), HASH_FACTOR) + text.charCodeAt(next)) | 0;
    }
  };
}

/** One span instead of thousands, where a secret overlaps with itself at every place. */
function addOrExtend(spans: Span[], start: number, end: number): void {
  const last = spans.at(-1);
  if (last !== undefined && start < last.end) {
    last.end = Math.max(last.end, end);
  } else {
    spans.push({ start, end });
  }
}

/** Patterns of one length. */
interface Group {
  readonly length: number;
  readonly texts: Set<string>;
  /** While there is but one. */
  only: string | undefined;
}

function isOneOf({ length, texts, only }: Group, text: string, start: number): boolean {
  const piece = text.slice(start, start + length);
  // A set reads the whole of a long text before it knows; a comparison stops at the first difference.
  return only === undefined ? texts.has(piece) : piece === only;
}

/** @returns for the hash of each beginning, the patterns with it, longest first. */
function groupsBySeed(patterns: readonly string[], seed: number): ReadonlyMap<number, readonly Group[]> {
  const bySeed = new Map<number, Group[]>();
  for (const pattern of patterns.toSorted((a, b) => b.length - a.length)) {
    const hash = hashOf(pattern, seed);
    const groups = bySeed.get(hash) ?? [];
    bySeed.set(hash, groups);
    const last = groups.at(-1);
    if (last?.length === pattern.length) {
      last.texts.add(pattern);
      last.only = undefined;
    } else {
      groups.push({ length: pattern.length, texts: new Set([pattern]), only: pattern });
    }
  }
  return bySeed;
}

const { imul } = Math;
const HASH_FACTOR = 0x01000193;

/** A hash of the first `length` characters, which can be moved on by one character at a time (Rabin and Karp). */
function hashOf(text: string, length: number): number {
  let hash = 0;
  for (let at = 0; at < length; at += 1) {
    hash = (imul(hash, HASH_FACTOR) + text.charCodeAt(at)) | 0;
  }
  return hash;
}

/** What the first of `length` characters counts in a hash. */
function leavingFactor(length: number): number {
  return Array.from({ length: length - 1 }).reduce<number>((factor) => imul(factor, HASH_FACTOR), 1);
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0xffff;
}

type Cut = NonNullable<Parameters<Mask>[1]>;

/** At an end that was cut: the longest piece of a pattern with which the text begins or ends, or the text as a whole. */
function findCuts(text: string, patterns: readonly string[], { start = false, end = false }: Cut): Span[] {
  const longest = (lengthOf: (pattern: string) => number) =>
    patterns.reduce((length, pattern) => Math.max(length, lengthOf(pattern)), 0);
  const isInside = start && end && patterns.some((pattern) => pattern.includes(text));
  const atStart = isInside ? text.length : start ? longest((pattern) => overlap(pattern, text)) : 0;
  const atEnd = end ? longest((pattern) => overlap(text, pattern)) : 0;
  return [
    { start: 0, end: atStart },
    { start: text.length - atEnd, end: text.length },
  ].filter((span) => span.end - span.start >= CUT_MIN_CHARACTERS);
}

/** How many characters at the end of the one text are the beginning of the other, at most (Knuth, Morris and Pratt). */
function overlap(before: string, after: string): number {
  const most = Math.min(before.length, after.length);
  const [end, beginning] = [before.slice(before.length - most), after.slice(0, most)];
  const fallbacks = new Int32Array(most);
  const advance = (from: number, character: number) => {
    let length = from;
    while (length > 0 && (length === most || beginning.charCodeAt(length) !== character)) {
      length = fallbacks[length - 1] ?? 0;
    }
    return beginning.charCodeAt(length) === character ? length + 1 : 0;
  };
  for (let at = 1; at < most; at += 1) {
    fallbacks[at] = advance(fallbacks[at - 1] ?? 0, beginning.charCodeAt(at));
  }
  let length = 0;
  for (let at = 0; at < most; at += 1) {
    length = advance(length, end.charCodeAt(at));
  }
  return length;
}

function toPositionsWithLineBreaks(text: string, joined: string, spans: readonly Span[]): readonly Span[] {
  if (spans.length === 0 || joined.length === text.length) {
    return spans;
  }
  const positions = new Int32Array(joined.length);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character !== "\n" && character !== "\r") {
      positions[count] = at;
      count += 1;
    }
  }
  return spans.map(({ start, end }) => ({
    start: positions[start] ?? 0,
    end: (positions[end - 1] ?? text.length) + 1,
  }));
}

/** Spans that overlap are one; what lies between two stays as it is. */
function replaceAll(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start >= done) {
      parts.push(text.slice(done, start), MASK);
      done = end;
    } else {
      done = Math.max(done, end);
    }
  }
  return parts.length === 0 ? text : `${parts.join("")}${text.slice(done)}`;
}
