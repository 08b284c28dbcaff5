// How times, sizes, states and clients are written.

/** @param {number} ms */
export function duration(ms) {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** @param {number} atMs */
export function clockTime(atMs) {
  return new Date(atMs).toLocaleTimeString(undefined, { hourCycle: "h23" });
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1_024) return `${bytes} B`;
  const kilobytes = bytes / 1_024;
  if (kilobytes < 1_024) return `${kilobytes.toFixed(1)} KiB`;
  return kilobytes < 1_048_576 ? `${(kilobytes / 1_024).toFixed(1)} MiB` : `${(kilobytes / 1_048_576).toFixed(1)} GiB`;
}

/** @type {Readonly<Record<import("./types.mjs").ShownOperation["state"], string>>} */
const STATES = {
  waits: "Waits",
  runs: "Runs",
  reports: "Reports",
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
};

/** @param {import("./types.mjs").ShownOperation} operation */
export function stateText({ state }) {
  return STATES[state];
}

/** @type {Readonly<Record<Exclude<import("./types.mjs").ShownOperation["action"], "runCommand">, string>>} */
const ACTIONS = {
  start: "Start",
  restart: "Restart",
  reimage: "Reimage",
  powerOff: "Power off",
  deallocate: "Deallocate",
  delete: "Delete",
};

/** @param {import("./types.mjs").ShownOperation} operation */
export function operationName({ action, commandId }) {
  return action === "runCommand" ? (commandId ?? "Run command") : ACTIONS[action];
}

/** The first product of the user agent, but for az, which names itself in the middle. @param {import("./types.mjs").ShownOperation} operation */
export function clientName({ client }) {
  const products = client?.match(/[^\s/()]+\/[^\s()]+/g) ?? [];
  return products.find((product) => product.startsWith("AZURECLI/")) ?? products[0] ?? "unknown client";
}

/** How long it waited for its script to begin. @param {import("./types.mjs").ShownOperation} operation @param {number} nowMs */
export function waitedMs(operation, nowMs) {
  if (operation.action !== "runCommand") return undefined;
  return (operation.scriptStartedAtMs ?? operation.endedAtMs ?? nowMs) - operation.postedAtMs;
}

/** @param {import("./types.mjs").ShownOperation} operation @param {number} nowMs */
export function ranMs(operation, nowMs) {
  const beganAtMs = operation.action === "runCommand" ? operation.scriptStartedAtMs : operation.postedAtMs;
  return beganAtMs === null ? undefined : (operation.scriptEndedAtMs ?? operation.endedAtMs ?? nowMs) - beganAtMs;
}

/** @param {import("./types.mjs").ShownOperation} operation */
export function isOver({ state }) {
  return state === "succeeded" || state === "failed" || state === "canceled";
}
