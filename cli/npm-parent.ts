/** npm and npx pass no signal on and end alone: whoever ended them meant what they had started. */

/** How soon the end of an npm that started us is noticed. Source: our own choice. */
const PARENT_LOOK_MS = 500;

/** Where npm started this process: calls once when it has ended. @returns what stops looking. */
export function endWithNpm(end: () => void): () => void {
  if (process.env.npm_execpath === undefined) {
    return () => undefined;
  }
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(look);
      end();
    }
  }, PARENT_LOOK_MS);
  look.unref();
  return () => clearInterval(look);
}
