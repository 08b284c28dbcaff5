/** Keeps secret values out of what is shown and stored. Pure. */

/** What stands in the place of a secret, as in Pulumi's own output. */
const MASK = "[secret]";

/** A shorter text is in too many words that are no secret. */
const SECRET_MIN_CHARACTERS = 3;

/** Replaces secrets in a text. */
export type Mask = (text: string) => string;

/**
 * A mask for these values, and for each line of those with several.
 * A value that the script changes before it prints it (quoted, encoded, cut in two) is not recognised.
 */
export function maskOf(values: readonly string[]): Mask {
  const texts = values
    .flatMap((value) => [value, ...value.split("\n").map((line) => line.trim())])
    .filter((text) => text.trim().length >= SECRET_MIN_CHARACTERS)
    .sort((a, b) => b.length - a.length);
  return (text) => texts.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}
