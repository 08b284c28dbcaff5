/** Counts and cuts texts by the bytes that they have as JSON. Pure. */

/** With its quotes, as `JSON.stringify` writes it. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Without quotes. */
function contentBytes(text: string): number {
  return jsonBytes(text) - 2;
}

/** As many whole characters from the end as have room in so many bytes of JSON, quotes not counted. */
export function endWithin(text: string, bytes: number): string {
  return text.slice(text.length - unitsWithin(charactersFromEnd(text), bytes));
}

/** The same from the beginning. */
export function beginningWithin(text: string, bytes: number): string {
  return text.slice(0, unitsWithin(text, bytes));
}

/** @returns how many UTF-16 code units have room. */
function unitsWithin(characters: Iterable<string>, bytes: number): number {
  let units = 0;
  let used = 0;
  for (const character of characters) {
    used += contentBytes(character);
    if (used > bytes) {
      return units;
    }
    units += character.length;
  }
  return units;
}

function* charactersFromEnd(text: string): Iterable<string> {
  for (let end = text.length; end > 0; ) {
    const two = text.slice(Math.max(0, end - 2), end);
    const character = /^[\ud800-\udbff][\udc00-\udfff]$/.test(two) ? two : text.slice(end - 1, end);
    yield character;
    end -= character.length;
  }
}
