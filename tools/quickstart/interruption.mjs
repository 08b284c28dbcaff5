// ^C, or an end from outside: stops what runs, and cleans up.
import { say } from "../progress.mjs";

/** Listeners are called at each signal: the second one hurries. */
export function listenForSignals() {
  const listeners = [];
  let happened = false;
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      if (!happened) say(`\n${signal}: stopping (at most 10 s)`);
      happened = true;
      resolve();
      for (const listener of listeners) listener();
    });
  return {
    promise,
    happened: () => happened,
    on: (listener) => listeners.push(listener),
    /** Waits for the work no longer than until the first signal. */
    race(work) {
      work.catch(() => undefined); // after a signal nobody waits for it
      const interrupted = promise.then(() => {
        throw new Error("interrupted");
      });
      return Promise.race([work, interrupted]);
    },
  };
}
