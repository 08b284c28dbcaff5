/**
 * The keys of what the command line runs. Nothing declares such a run, so its receipts keep no extension on a VM, and those that
 * were not taken off go by themselves. runner.sh knows them by `invoke-`, and those that are kept by their second dash.
 */

/** Begins the key of everything that the command line runs. */
export const INVOKE_KEY_PREFIX = "invoke-";

/**
 * How long the receipt of such a run stays after its end, in seconds, at least: the first call to the VM after that deletes it.
 * The same number is in runner.sh. Source: our own choice: who asked for the run has seen its end, or asks the next morning.
 */
export const INVOKE_RECEIPT_KEPT_SECONDS = 86_400;

/**
 * @param random 16 hexadecimal digits.
 * @param isKept whether its receipt stays until it is taken off.
 */
export function invokeKey(random: string, isKept: boolean): string {
  return `${INVOKE_KEY_PREFIX}${isKept ? "kept-" : ""}${random}`;
}

export function isInvokeKey(key: string): boolean {
  return key.startsWith(INVOKE_KEY_PREFIX);
}
