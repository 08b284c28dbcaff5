/** Ends this process when the engine that started it is gone: nobody would ever stop it or read its answers again. */
import { connect } from "node:net";
import type { Outside } from "../core/outside";

/** A second look before we believe it, and soon enough that no orphan keeps a VM's lane for long. */
const LOOK_INTERVAL_MS = 5_000;
const REFUSALS_UNTIL_GONE = 2;

/**
 * Looks at the engine's address until nobody listens there any more.
 *
 * A provider process outlives an engine that is killed, and its parent is a shell, so that only the address tells.
 * Source: tried with engine 3.220.0 (an orphan was there after 80 minutes).
 *
 * @param address `host:port` of the engine: the last argument of a provider process.
 */
export async function untilEngineIsGone(address: string, outside: Outside): Promise<void> {
  for (let refusals = 0; refusals < REFUSALS_UNTIL_GONE; ) {
    await outside.sleep(LOOK_INTERVAL_MS);
    refusals = (await isListening(address)) ? 0 : refusals + 1;
  }
}

function isListening(address: string): Promise<boolean> {
  const split = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, split), port: Number(address.slice(split + 1)) });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
