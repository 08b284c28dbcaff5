import { getMaxListeners } from "node:events";
import { realOutside } from "../../core/outside";

const { sleep } = realOutside();
const REASON = new Error("no more patience");

test("a sleep that is given up ends with the reason for that", async () => {
  const given = new AbortController();
  const asleep = sleep(60_000, given.signal);
  given.abort(REASON);
  await expect(asleep).rejects.toBe(REASON);
});

test("a sleep that was given up before it began does not begin", async () => {
  await expect(sleep(60_000, AbortSignal.abort(REASON))).rejects.toBe(REASON);
});

test("a sleep that nobody gives up ends by itself", async () => {
  await expect(sleep(1, new AbortController().signal)).resolves.toBeUndefined();
});

test("however many sleep under one signal, Node warns nobody of a leak", async () => {
  const given = new AbortController();
  expect(getMaxListeners(given.signal)).toBe(10);
  const asleep = sleep(60_000, given.signal);
  expect(getMaxListeners(given.signal)).toBe(Number.POSITIVE_INFINITY);
  given.abort(REASON);
  await expect(asleep).rejects.toBe(REASON);
});
