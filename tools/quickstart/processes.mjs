// The processes of one quick start: all carry its mark, so that none is left behind, however it ends.
import { readdirSync, readFileSync } from "node:fs";

export const MARK = "AZURE_RUN_COMMAND_QUICKSTART";

/** @param {string} folder The working folder, which no other quick start has. */
export function marked(folder, env = process.env) {
  return { ...env, [MARK]: folder };
}

/** Ends what still runs under the mark. Pulumi's providers are in groups of their own, so a group would not be enough. */
export function endMarked(folder) {
  for (const pid of pidsMarked(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

export function pidsMarked(folder) {
  return listProcesses()
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(`${MARK}=${folder}`))
    .sort((a, b) => a - b);
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return fault.code === "EPERM";
  }
}

/** @returns {number[]} Empty where there is no /proc; the quick start then relies on the orderly end. */
function listProcesses() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
