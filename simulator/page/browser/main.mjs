// The page as a whole: takes the key, asks the simulator again and again, and shows what it says.
import { byId, setText } from "./elements.mjs";
import { Files } from "./files.mjs";
import { showMachines } from "./machines.mjs";
import { showOperations } from "./operations.mjs";
import { Output } from "./output.mjs";
import { Simulator, WrongKey } from "./simulator.mjs";
import { TimeLine } from "./time-line.mjs";
import { isOver, operationName, stateText } from "./words.mjs";

/** @typedef {import("./types.mjs").PageState} PageState */

const WHERE_THE_KEY_IS =
  "open it by the address that `simulate` prints on a terminal, or type AZURE_RUN_COMMAND_SIMULATOR_KEY of its env-file";
const NO_KEY = `this page needs the simulator's key: ${WHERE_THE_KEY_IS}`;
const WRONG_KEY = `this is not the key of this simulator, which has a new one at each start: ${WHERE_THE_KEY_IS}`;

/** How often it looks while something is under way, while nothing is, and while there is no answer. */
const BUSY_MS = 400;
const IDLE_MS = 1_000;
const LOST_MS = 2_000;

/** The page keeps the key in its memory alone. The browser's history has the address with it: that of the page opens nothing else. */
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (location.hash !== "") history.replaceState(null, "", location.pathname);
  return key === null || key === "" ? undefined : key;
}

function enter(/** @type {string | undefined} */ key) {
  watch.stop();
  if (key === undefined) {
    showDoor(NO_KEY);
    return;
  }
  simulator.useKey(key);
  watch.start();
}

/** @param {string} sentence */
function showDoor(sentence) {
  byId("page").hidden = true;
  byId("door").hidden = false;
  setText(byId("door-sentence"), sentence);
  setConnection("waiting", "no key");
  byId("door-key").focus();
}

/** @param {"live" | "lost" | "waiting"} state @param {string} text */
function setConnection(state, text) {
  byId("connection").dataset.state = state;
  setText(byId("connection"), text);
}

class Watch {
  /** Counts starts and stops: what was begun before the last one is over. */
  #turn = 0;
  /** @type {PageState | undefined} */
  #state;
  /** @type {string | undefined} */
  #chosen;
  #follows = /** @type {HTMLInputElement} */ (byId("follow"));
  #line = new TimeLine(
    (id) => this.#choose(id),
    () => this.#show(),
  );
  #files = new Files(simulator, (error) => this.#fail(error));
  #output = new Output(simulator, ({ vm, resourceGroup }, path) => {
    const machine = this.#state?.machines.find((each) => each.name === vm && each.resourceGroup === resourceGroup);
    if (machine !== undefined) this.#files.showMachine(machine, path);
  });
  /** @type {() => void} */
  #wake = () => undefined;

  constructor() {
    this.#follows.addEventListener("change", () => this.#show());
    document.addEventListener("visibilitychange", () => this.#wake());
  }

  start() {
    this.#turn += 1;
    this.#state = undefined;
    void this.#run(this.#turn);
  }

  stop() {
    this.#turn += 1;
    this.#wake();
  }

  /** @param {number} turn */
  async #run(turn) {
    while (turn === this.#turn) {
      try {
        const changed = await simulator.changedState();
        if (turn !== this.#turn) return;
        setConnection("live", "live");
        if (changed !== undefined) this.#take(changed);
        if (changed !== undefined || this.#isBusy()) this.#show();
        await this.#pause(this.#isBusy() ? BUSY_MS : IDLE_MS);
      } catch (error) {
        if (turn !== this.#turn) return;
        this.#fail(error);
        await this.#pause(LOST_MS);
      }
    }
  }

  /** Nobody looks at a hidden page: it sleeps until it is seen. @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => {
      const timer = document.hidden ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  #isBusy() {
    return this.#state?.operations.some((operation) => !isOver(operation)) ?? false;
  }

  /** @param {PageState} state */
  #take(state) {
    const before = this.#state;
    this.#state = state;
    byId("door").hidden = true;
    byId("page").hidden = false;
    setText(byId("subscription"), `${location.host} · subscription ${state.subscription}`);
    this.#files.update(state.machines);
    if (before !== undefined) this.#tell(before, state);
  }

  /** What has ended since: said to whoever listens, and looked at in the VM's files. @param {PageState} before @param {PageState} state */
  #tell(before, state) {
    const open = new Set(before.operations.filter((operation) => !isOver(operation)).map(({ id }) => id));
    const known = new Set(before.operations.map(({ id }) => id));
    const ended = state.operations.filter(
      (operation) => isOver(operation) && (open.has(operation.id) || !known.has(operation.id)),
    );
    if (ended.length === 0) return;
    const texts = ended.map(
      (operation) => `${operationName(operation)} on ${operation.vm}: ${stateText(operation).toLowerCase()}`,
    );
    setText(byId("news"), texts.join("; "));
    const machine = state.machines.find(({ id }) => id === this.#files.machineId);
    if (ended.some(({ vm, resourceGroup }) => vm === machine?.name && resourceGroup === machine.resourceGroup)) {
      this.#files.refresh();
    }
  }

  /** @param {string} id */
  #choose(id) {
    this.#chosen = id;
    this.#follows.checked = id === this.#state?.operations.at(-1)?.id && this.#follows.checked;
    this.#show();
  }

  #show() {
    const state = this.#state;
    if (state === undefined) return;
    const nowMs = simulator.nowMs();
    if (this.#follows.checked) this.#chosen = state.operations.at(-1)?.id;
    const chosen = this.#chosen;
    showMachines(state, nowMs, (machine) => this.#files.showMachine(machine, "/"));
    this.#line.show(state, nowMs, chosen);
    showOperations(state, nowMs, chosen, (id) => this.#choose(id));
    this.#output.show(state.operations.find(({ id }) => id === chosen)).catch((error) => this.#fail(error));
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof WrongKey) {
      this.stop();
      showDoor(WRONG_KEY);
      return;
    }
    setConnection("lost", "no answer, trying again");
  }
}

const simulator = new Simulator();
const watch = new Watch();
byId("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (byId("door-key"));
  const key = input.value.trim();
  input.value = "";
  enter(key === "" ? undefined : key);
});
addEventListener("hashchange", () => {
  const key = takeKey();
  if (key !== undefined) enter(key);
});
enter(takeKey());
