// The table of operations, the newest first.
import { bringInLine, byId, element, setText, within } from "./elements.mjs";
import { clientName, clockTime, duration, operationName, ranMs, stateText, waitedMs } from "./words.mjs";

/**
 * @param {import("./types.mjs").PageState} state
 * @param {number} nowMs
 * @param {string | undefined} chosen
 * @param {(id: string) => void} choose
 */
export function showOperations({ operations, olderOperations }, nowMs, chosen, choose) {
  bringInLine(byId("operations"), [...operations].reverse(), {
    key: ({ id }) => id,
    make: ({ id }) => makeRow(() => choose(id)),
    update: (row, operation) => {
      row.dataset.state = operation.state;
      row.dataset.chosen = String(operation.id === chosen);
      const button = within(row, "button");
      button.setAttribute("aria-pressed", String(operation.id === chosen));
      setText(button, operationName(operation));
      setText(within(row, ".client"), clientName(operation));
      setText(within(row, ".vm"), operation.vm);
      setText(within(row, ".state"), stateText(operation));
      setText(within(row, ".waited"), durationOrNone(waitedMs(operation, nowMs)));
      setText(within(row, ".ran"), durationOrNone(ranMs(operation, nowMs)));
      setText(within(row, ".began"), clockTime(operation.postedAtMs));
    },
  });
  byId("no-operations").hidden = operations.length > 0;
  byId("older-operations").hidden = olderOperations === 0;
  setText(byId("older-operations"), `${olderOperations} older ones are not shown.`);
}

/** @param {() => void} choose */
function makeRow(choose) {
  return element("tr", { onClick: choose }, [
    element("th", { attributes: { scope: "row" } }, [
      element("button", { class: "link", attributes: { type: "button" } }),
      element("div", { class: "client quiet" }),
    ]),
    element("td", { class: "vm" }),
    element("td", {}, [element("span", { class: "state" })]),
    element("td", { class: "number waited", data: { label: "waited" } }),
    element("td", { class: "number ran", data: { label: "ran" } }),
    element("td", { class: "began" }),
  ]);
}

/** @param {number | undefined} ms */
function durationOrNone(ms) {
  return ms === undefined ? "–" : duration(ms);
}
