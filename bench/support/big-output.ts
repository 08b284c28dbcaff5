/** Scripts that print much, and what they print. Pure: both sides compute the same numbers. */

export interface BigOutput {
  readonly script: string;
  readonly stdout: string;
}

/**
 * Lines as a server's log has them, which pack well.
 *
 * @param bytes how much is printed at least; the last line is whole.
 */
export function logOutput(bytes: number, seed: number): BigOutput {
  const lines = Math.ceil(bytes / logLine(0, 1).length);
  const script = `awk 'BEGIN {
  x = ${seed}
  for (i = 0; i < ${lines}; i++) {
    x = (x * 16807) % 2147483647
    printf "2026-11-26T08:%02d:%02dZ INFO worker-%d request %07d took %03d ms\\n", i % 60, x % 60, x % 8, i, x % 1000
  }
}'`;
  const numbers = lehmer(seed);
  return { script, stdout: Array.from({ length: lines }, (_, index) => logLine(index, numbers())).join("") };
}

function logLine(index: number, x: number): string {
  const padded = (number: number, digits: number) => String(number).padStart(digits, "0");
  const time = `${padded(index % 60, 2)}:${padded(x % 60, 2)}`;
  return `2026-11-26T08:${time}Z INFO worker-${x % 8} request ${padded(index, 7)} took ${padded(x % 1_000, 3)} ms\n`;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS_PER_LINE = 99;

/** Random letters, which pack to three quarters at best. */
export function denseOutput(bytes: number, seed: number): BigOutput {
  const lines = Math.ceil(bytes / (LETTERS_PER_LINE + 1));
  const script = `awk 'BEGIN {
  letters = "${LETTERS}"
  x = ${seed}
  for (i = 0; i < ${lines}; i++) {
    line = ""
    for (j = 0; j < ${LETTERS_PER_LINE}; j++) {
      x = (x * 16807) % 2147483647
      line = line substr(letters, int(x / 33554432) + 1, 1)
    }
    print line
  }
}'`;
  const numbers = lehmer(seed);
  const letter = () => LETTERS[Math.floor(numbers() / 33_554_432)] ?? "";
  const line = () => `${Array.from({ length: LETTERS_PER_LINE }, letter).join("")}\n`;
  return { script, stdout: Array.from({ length: lines }, line).join("") };
}

/**
 * Lehmer's generator: its products stay below 2^53, so that awk's numbers are the same.
 * Source: Park and Miller, "Random number generators: good ones are hard to find", CACM 31 (1988).
 */
function lehmer(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x * 16_807) % 2_147_483_647;
    return x;
  };
}
