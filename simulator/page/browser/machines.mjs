// The virtual machines: power, agent and extension of each, and what goes on in it.
import { isCrowded } from "./crowded.mjs";
import { bringInLine, byId, element, setText, within } from "./elements.mjs";
import { duration, operationName } from "./words.mjs";

/**
 * @typedef {import("./types.mjs").ShownMachine} ShownMachine
 * @typedef {import("./types.mjs").ShownOperation} ShownOperation
 */

/** @typedef {{ tone: "good" | "busy" | "bad" | "none", text: string }} Fact */

/**
 * Where there are many, the style puts those that do something first, and the others in one line each.
 *
 * @param {import("./types.mjs").PageState} state
 * @param {number} nowMs
 * @param {(machine: ShownMachine) => void} showFiles
 */
export function showMachines({ machines, operations }, nowMs, showFiles) {
  byId("machines").dataset.crowded = String(isCrowded(machines));
  bringInLine(byId("machines"), machines, {
    key: ({ resourceGroup, name }) => `${resourceGroup}/${name}`,
    make: () => makeCard(),
    update: (card, machine) => {
      within(card, "button").onclick = () => showFiles(machine);
      updateCard(
        card,
        machine,
        operations.find(({ id }) => id === machine.operation),
        nowMs,
      );
    },
  });
  byId("no-machines").hidden = machines.length > 0;
}

function makeCard() {
  const fact = (/** @type {string} */ name) =>
    element("div", { class: "fact" }, [
      element("dt", { text: name }),
      element("dd", { data: { fact: name.toLowerCase() } }),
    ]);
  return element("li", { class: "machine" }, [
    element("div", { class: "machine-top" }, [
      element("h3"),
      element("button", { class: "quiet-button", text: "Files", attributes: { type: "button" } }),
    ]),
    element("p", { class: "quiet place" }),
    element("dl", {}, [fact("Power"), fact("Agent"), fact("Extension")]),
    element("p", { class: "doing" }),
  ]);
}

/**
 * @param {HTMLElement} card
 * @param {ShownMachine} machine
 * @param {ShownOperation | undefined} operation
 * @param {number} nowMs
 */
function updateCard(card, machine, operation, nowMs) {
  const { name, resourceGroup, location, scaleSet, system } = machine;
  setText(within(card, "h3"), name);
  within(card, "button").setAttribute("aria-label", `Files of ${name}`);
  const place = [resourceGroup, location, scaleSet === null ? "" : `scale set ${scaleSet}`, system]
    .filter((text) => text !== "")
    .join(" · ");
  setText(within(card, ".place"), place);
  card.title = place;
  showFact(within(card, "[data-fact=power]"), powerOf(machine));
  showFact(within(card, "[data-fact=agent]"), agentOf(machine));
  showFact(within(card, "[data-fact=extension]"), extensionOf(machine));
  setText(within(card, ".doing"), doingText(machine, operation, nowMs));
  card.dataset.busy = String(operation !== undefined || machine.changing !== null);
}

/** @param {HTMLElement} place @param {Fact} fact */
function showFact(place, { tone, text }) {
  setText(place, text);
  place.dataset.tone = tone;
}

/** @param {ShownMachine} machine @returns {Fact} */
function powerOf({ power }) {
  switch (power) {
    case "running":
      return { tone: "good", text: power };
    case "stopped":
    case "deallocated":
      return { tone: "none", text: power };
    case "starting":
    case "stopping":
    case "deallocating":
      return { tone: "busy", text: power };
  }
}

/** @param {ShownMachine} machine @returns {Fact} */
function agentOf({ power, agent, agentVersion, outbound443 }) {
  if (power !== "running") return { tone: "none", text: "off" };
  switch (agent) {
    case "Ready":
      return outbound443 === "closed"
        ? { tone: "bad", text: "ready, cut off (443)" }
        : { tone: "good", text: `ready, ${agentVersion}` };
    case "Absent":
      return { tone: "busy", text: "not there yet" };
    case "NotReady":
      return { tone: "bad", text: "not ready" };
    case "Silent":
      return { tone: "bad", text: "does nothing" };
  }
}

/** @param {ShownMachine} machine @returns {Fact} */
function extensionOf({ extension }) {
  switch (extension) {
    case "installed":
      return { tone: "good", text: extension };
    case "not installed":
      return { tone: "none", text: extension };
    case "not allowed":
      return { tone: "bad", text: extension };
  }
}

/** @param {ShownMachine} machine @param {ShownOperation | undefined} operation @param {number} nowMs */
function doingText({ agent, changing }, operation, nowMs) {
  if (operation === undefined) return changing === null ? "idle" : `busy: ${changing}`;
  const name = operationName(operation);
  const since = duration(nowMs - (operation.scriptStartedAtMs ?? operation.postedAtMs));
  switch (operation.state) {
    case "waits":
      return agent === "Ready" ? `${name} is on its way, ${since}` : `${name} waits for the agent, ${since}`;
    case "runs":
      return `${name} runs, ${since}`;
    case "reports":
      return `${name} has ended and reports`;
    case "succeeded":
    case "failed":
    case "canceled":
      return `${name} goes on in the VM`;
  }
}
