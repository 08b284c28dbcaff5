// Lets one process at a time make a folder; others wait for it. The lock of a process that died counts for nothing.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The holder touches its lock this often … */
const HEARTBEAT_MS = 5_000;
/** … and a lock that nobody touched for so long is nobody's, whatever process has its number now. */
const STALE_MS = 60_000;
const POLL_MS = 500;

/**
 * @template T
 * @param {string} path A folder that stands for the lock.
 * @param {() => T | Promise<T>} work
 * @param {(holder: string) => void} onWait Called once, when another process has the lock.
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  let waiting = false;
  while (!take(path)) {
    const holder = readHolder(path);
    if (isDead(path, holder)) {
      discard(path);
      continue;
    }
    if (!waiting) onWait(holder ?? "unknown");
    waiting = true;
    await sleep(POLL_MS);
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(path, { recursive: true, force: true });
  }
}

function take(path) {
  try {
    mkdirSync(path);
  } catch (fault) {
    if (fault.code === "EEXIST") return false;
    throw fault;
  }
  writeFileSync(join(path, "pid"), String(process.pid));
  return true;
}

function readHolder(path) {
  try {
    return readFileSync(join(path, "pid"), "utf8");
  } catch {
    return undefined;
  }
}

function isDead(path, holder) {
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_MS) return true;
  } catch {
    return false; // given back in the meantime: try to take it
  }
  if (holder === undefined || holder === "") return false; // taken this moment, or its taker died: the age decides
  try {
    process.kill(Number(holder), 0);
    return false;
  } catch (fault) {
    return fault.code === "ESRCH";
  }
}

/** Renames first, so that of two waiters only one removes it, and never the lock that the other has just taken. */
function discard(path) {
  const discarded = `${path}.dead-${process.pid}`;
  try {
    renameSync(path, discarded);
  } catch {
    return;
  }
  rmSync(discarded, { recursive: true, force: true });
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The folder of the lock is gone: somebody emptied the cache. The build goes on; its rename decides.
  }
}
