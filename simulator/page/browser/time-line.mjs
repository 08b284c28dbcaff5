// Draws the time line: a row for each VM, a bar for each operation, a mark for each refused request.
import { isCrowded } from "./crowded.mjs";
import { bringInLine, byId, element, setText, within } from "./elements.mjs";
import { endOf, lanesOf, placeOf, ticksOf, timeSpan } from "./time-scale.mjs";
import { clockTime, duration, operationName, ranMs, stateText, waitedMs } from "./words.mjs";

/**
 * @typedef {import("./types.mjs").PageState} PageState
 * @typedef {import("./types.mjs").ShownOperation} ShownOperation
 * @typedef {import("./time-scale.mjs").Span} Span
 * @typedef {PageState["refusals"][number]} Refusal
 * @typedef {{ key: string, name: string, operations: ShownOperation[], refusals: Refusal[] }} Row
 */

const LANE_HEIGHT_PX = 26;
const TICK_WIDTH_PX = 110;

export class TimeLine {
  #place = byId("line");
  #choose;
  /** @type {"latest" | "all"} */
  #which = "latest";
  #axis = element("div", { class: "axis", attributes: { "aria-hidden": "true" } });
  #rows = element("div");

  /** @param {(id: string) => void} choose @param {() => void} changed */
  constructor(choose, changed) {
    this.#choose = choose;
    this.#place.append(this.#rows, this.#axis);
    this.#place.addEventListener("keydown", (event) => this.#move(event));
    for (const which of /** @type {const} */ (["latest", "all"])) {
      byId(`span-${which}`).addEventListener("click", () => {
        this.#which = which;
        for (const other of ["latest", "all"]) {
          byId(`span-${other}`).setAttribute("aria-pressed", String(other === which));
        }
        changed();
      });
    }
  }

  /** @param {PageState} state @param {number} nowMs @param {string | undefined} chosen */
  show(state, nowMs, chosen) {
    const span = timeSpan(state.operations, nowMs, this.#which);
    bringInLine(this.#rows, rowsOf(state, span, nowMs), {
      key: ({ key }) => key,
      make: () => makeRow(),
      update: (row, wanted) => this.#updateRow(row, wanted, { span, nowMs, chosen }),
    });
    this.#showAxis(span);
    const bars = this.#bars();
    const reachable = bars.find(({ dataset }) => dataset.key === chosen) ?? bars.at(-1);
    for (const bar of bars) bar.tabIndex = bar === reachable ? 0 : -1;
  }

  /** @param {HTMLElement} row @param {Row} wanted @param {{ span: Span, nowMs: number, chosen: string | undefined }} when */
  #updateRow(row, { name, operations, refusals }, { span, nowMs, chosen }) {
    setText(within(row, ".who"), name);
    const { lanes, count } = lanesOf(operations, nowMs);
    const track = within(row, ".track");
    track.style.height = `${count * LANE_HEIGHT_PX + 8}px`;
    bringInLine(within(track, ".bars"), operations, {
      key: ({ id }) => id,
      make: ({ id }) => makeBar(() => this.#choose(id)),
      update: (bar, operation) => {
        bar.style.top = `${(lanes.get(operation.id) ?? 0) * LANE_HEIGHT_PX + 4}px`;
        bar.setAttribute("aria-pressed", String(operation.id === chosen));
        updateBar(bar, operation, span, nowMs);
      },
    });
    bringInLine(within(track, ".marks"), refusals, {
      key: ({ atMs, status }) => `${atMs} ${status}`,
      make: () => element("span", { class: "mark", attributes: { role: "img" } }),
      update: (mark, { atMs, status }) => {
        mark.style.left = `${placeOf(span, atMs)}%`;
        const text = `A command was refused with ${status} at ${clockTime(atMs)}`;
        mark.title = text;
        mark.setAttribute("aria-label", text);
      },
    });
  }

  /** @param {Span} span */
  #showAxis(span) {
    const room = Math.max(2, Math.floor(this.#axis.clientWidth / TICK_WIDTH_PX));
    const { ticks, step } = ticksOf(span, room);
    bringInLine(this.#axis, ticks, {
      key: String,
      make: () => element("span"),
      update: (tick, atMs) => {
        tick.style.left = `${placeOf(span, atMs)}%`;
        const part =
          step < 1_000
            ? `.${String(atMs % 1_000)
                .padStart(3, "0")
                .slice(0, 1)}`
            : "";
        setText(tick, `${clockTime(atMs)}${part}`);
      },
    });
  }

  /** In the order of time. @returns {HTMLElement[]} */
  #bars() {
    return [...this.#rows.querySelectorAll("button")].sort(
      (one, other) => Number(one.dataset.postedAtMs) - Number(other.dataset.postedAtMs),
    );
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const bars = this.#bars();
    const at = bars.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    const bar = next === undefined ? undefined : bars[next];
    if (bar === undefined) return;
    event.preventDefault();
    for (const other of bars) other.tabIndex = other === bar ? 0 : -1;
    bar.focus();
  }
}

/** Those of the VMs that are there (of very many: that have something in them), then those of others that are gone. @param {PageState} state @param {Span} span @param {number} nowMs */
function rowsOf({ machines, operations, refusals }, span, nowMs) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  const rowOf = (/** @type {string} */ group, /** @type {string} */ name) => {
    const key = `${group}/${name}`.toLowerCase();
    const row = rows.get(key) ?? { key, name, operations: [], refusals: [] };
    rows.set(key, row);
    return row;
  };
  for (const { resourceGroup, name } of machines) rowOf(resourceGroup, name);
  for (const operation of operations) {
    if (endOf(operation, nowMs) < span.fromMs) continue;
    rowOf(operation.resourceGroup, operation.vm).operations.push(operation);
  }
  for (const refusal of refusals) {
    if (refusal.atMs < span.fromMs || refusal.atMs > span.toMs) continue;
    rowOf(refusal.resourceGroup, refusal.vm).refusals.push(refusal);
  }
  const all = [...rows.values()];
  return isCrowded(machines) ? all.filter((row) => row.operations.length + row.refusals.length > 0) : all;
}

function makeRow() {
  return element("div", { class: "row" }, [
    element("div", { class: "who" }),
    element("div", { class: "track" }, [element("div", { class: "bars" }), element("div", { class: "marks" })]),
  ]);
}

/** @param {() => void} choose */
function makeBar(choose) {
  return element("button", { class: "bar", attributes: { type: "button" }, onClick: choose }, [
    element("span", { class: "before" }),
    element("span", { class: "after" }),
    element("span", { class: "name" }),
  ]);
}

/** @param {HTMLElement} bar @param {ShownOperation} operation @param {Span} span @param {number} nowMs */
function updateBar(bar, operation, span, nowMs) {
  const { postedAtMs, state } = operation;
  const endMs = endOf(operation, nowMs);
  const left = placeOf(span, postedAtMs);
  bar.style.left = `${left}%`;
  bar.style.width = `${placeOf(span, endMs) - left}%`;
  bar.dataset.state = state;
  bar.dataset.postedAtMs = String(postedAtMs);
  const share = (/** @type {number} */ ms) => `${endMs === postedAtMs ? 0 : (ms / (endMs - postedAtMs)) * 100}%`;
  within(bar, ".before").style.width = share(waitedMs(operation, nowMs) ?? 0);
  within(bar, ".after").style.width = share(endMs - (operation.scriptEndedAtMs ?? endMs));
  setText(within(bar, ".name"), operationName(operation));
  const waited = waitedMs(operation, nowMs);
  const ran = ranMs(operation, nowMs);
  const text = [
    `${operationName(operation)} on ${operation.vm}: ${stateText(operation).toLowerCase()}`,
    waited === undefined ? "" : `waited ${duration(waited)}`,
    ran === undefined ? "" : `ran ${duration(ran)}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
  bar.title = text;
  bar.setAttribute("aria-label", text);
}
