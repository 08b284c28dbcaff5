// Says what a step does and how long it may take, and shows that it is still alive.
// Only what Node.js has: the first steps run before `npm ci`. Once `ora` is installed, a terminal gets its spinner.

/** A step that takes longer shows its progress. */
const QUIET_MS = 5_000;
/** Without a terminal (logs of CI) each sign of life is a line of its own, so there are few. */
const LINE_INTERVAL_MS = 15_000;

/**
 * Announces a step on stderr, does it, and says how long it took.
 *
 * @template T
 * @param {{ title: string, usually: string }} step What is done, and how long it usually takes.
 * @param {(say: (line: string) => void) => T | Promise<T>} work Gets a function that prints a line under the step.
 * @returns {Promise<T>}
 */
export async function step({ title, usually }, work) {
  const startedAtMs = Date.now();
  const view = await openView(`${title} (usually ${usually})`, startedAtMs);
  try {
    const result = await work(view.say);
    view.close(true, `${title}: done in ${elapsed(startedAtMs)}`);
    return result;
  } catch (fault) {
    view.close(false, `${title}: failed after ${elapsed(startedAtMs)}`);
    throw fault;
  }
}

/** One line on stderr, for what is not a step. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

async function openView(text, startedAtMs) {
  // A terminal of unknown width (0 columns, as containers begin with) cannot be redrawn.
  const canRedraw = process.stderr.isTTY && process.stderr.columns > 0 && process.env.CI === undefined;
  const ora = canRedraw ? await loadSpinner() : undefined;
  return ora === undefined ? openLines(text, startedAtMs) : openSpinner(ora, text, startedAtMs);
}

/** @returns undefined before the packages are installed: then there are plain lines. */
async function loadSpinner() {
  try {
    return (await import("ora")).default;
  } catch {
    return undefined;
  }
}

function openLines(text, startedAtMs) {
  say(`- ${text}`);
  const timer = setInterval(() => say(`  ... ${elapsed(startedAtMs)}`), LINE_INTERVAL_MS);
  return {
    say: (line) => say(`  ${line}`),
    close(done, end) {
      clearInterval(timer);
      if (!done || Date.now() - startedAtMs > QUIET_MS) say(`  ${end}`);
    },
  };
}

function openSpinner(ora, text, startedAtMs) {
  const spinner = ora({ text, stream: process.stderr, discardStdin: false, hideCursor: false }).start();
  const timer = setInterval(() => {
    spinner.text = `${text} ... ${elapsed(startedAtMs)}`;
  }, 1_000);
  return {
    say(line) {
      spinner.clear();
      say(`  ${line}`);
      spinner.render();
    },
    close(done, end) {
      clearInterval(timer);
      if (done) spinner.succeed(end);
      else spinner.fail(end);
    },
  };
}

function elapsed(sinceMs) {
  const seconds = (Date.now() - sinceMs) / 1_000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
