/** Writes any text as one word of POSIX shell. */

/**
 * Within single quotes nothing is special but the single quote itself.
 * Source: POSIX.1-2017, Shell Command Language, 2.2.2.
 */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
