/** Waits for something to become true, up to a deadline. */

export interface UntilOptions {
  /** @default 60,000: many deployments at once take their time to begin. */
  readonly timeoutMs?: number;
  /** @default 150 */
  readonly intervalMs?: number;
}

/**
 * @param what a sentence that is to become true; the error says that it did not.
 * @throws when it is not true after `timeoutMs`.
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { timeoutMs = 60_000, intervalMs = 150 }: UntilOptions = {},
): Promise<void> {
  for (const endMs = Date.now() + timeoutMs; !(await isSo()); ) {
    if (Date.now() > endMs) throw new Error(`not so within ${timeoutMs / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
