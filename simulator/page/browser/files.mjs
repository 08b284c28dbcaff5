// The files of a VM: folders that open, and the text of small files. Nothing can be changed.
import { bringInLine, byId, element, setText } from "./elements.mjs";
import { pathOf, Refused } from "./simulator.mjs";
import { clockTime, size } from "./words.mjs";

/**
 * @typedef {import("./types.mjs").ShownMachine} ShownMachine
 * @typedef {import("./types.mjs").GuestEntry} GuestEntry
 * @typedef {import("./types.mjs").GuestFolder & { name: string }} NamedFolder
 * @typedef {import("./types.mjs").GuestText & { name: string }} NamedText
 */

export class Files {
  #tree = byId("files-tree");
  #text = byId("files-text");
  #machine = /** @type {HTMLSelectElement} */ (byId("files-machine"));
  #path = /** @type {HTMLInputElement} */ (byId("files-path"));
  #simulator;
  #failed;
  /** Paths of folders that are open. @type {Set<string>} */
  #open = new Set();
  /** Path of the file that is shown. @type {string | undefined} */
  #file;
  /** Counts what was asked for: an answer that comes after a later question is dropped. */
  #question = 0;
  /** One after the other, so that a VM is not asked everything at once. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {import("./simulator.mjs").Simulator} simulator @param {(error: unknown) => void} failed */
  constructor(simulator, failed) {
    this.#simulator = simulator;
    this.#failed = failed;
    this.#machine.addEventListener("change", () => this.#start());
    byId("files-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
  }

  /** Which VMs there are. @param {readonly ShownMachine[]} machines */
  update(machines) {
    const before = this.#machine.value;
    bringInLine(this.#machine, machines, {
      key: ({ id }) => id,
      make: ({ id }) => element("option", { attributes: { value: id } }),
      update: (option, { name }) => setText(option, name),
    });
    if (this.#machine.value !== before) this.#start();
  }

  get machineId() {
    return this.#machine.value;
  }

  /** @param {ShownMachine} machine @param {string} path */
  showMachine({ id }, path) {
    this.#machine.value = id;
    this.#path.value = path;
    this.#start();
    byId("files-title").scrollIntoView({ block: "start" });
    this.#machine.focus({ preventScroll: true });
  }

  /** Looks again at all that is open. */
  refresh() {
    this.#ask((current) => this.#fill(this.#tree, this.#root(), current));
    if (this.#file !== undefined) this.#showText(this.#file);
  }

  /** Begins at the path that was typed. */
  #start() {
    this.#open.clear();
    this.#file = undefined;
    this.#question += 1;
    this.#text.replaceChildren(element("p", { class: "quiet", text: "Choose a file to read it." }));
    this.refresh();
  }

  #root() {
    const typed = this.#path.value.trim();
    return pathOf(typed.startsWith("/") ? typed : `/${typed}`);
  }

  /** @param {(current: () => boolean) => Promise<void>} question */
  #ask(question) {
    const asked = this.#question;
    const current = () => asked === this.#question;
    this.#last = this.#last.then(() => (current() ? question(current) : undefined)).catch(this.#failed);
  }

  /**
   * Lists a folder, and those in it that are open.
   *
   * @param {HTMLElement} place
   * @param {string} path
   * @param {() => boolean} current
   */
  async #fill(place, path, current) {
    if (this.#machine.value === "") {
      place.replaceChildren();
      return;
    }
    /** @type {NamedFolder | undefined} */
    let folder;
    /** @type {string | undefined} */
    let trouble;
    try {
      folder = await this.#simulator.folder(this.#machine.value, path);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble = error.message;
    }
    if (!current()) return;
    const list = listIn(place);
    bringInLine(list, folder?.entries ?? [], {
      key: ({ kind, path: entryPath }) => `${kind} ${entryPath}`,
      make: (entry) => this.#makeEntry(entry),
      update: (made, entry) => updateEntry(made, entry),
    });
    setText(place.querySelector(":scope > .said"), saying(folder, trouble));
    for (const child of list.children) {
      const opened = child instanceof HTMLElement ? child.dataset.path : undefined;
      if (opened !== undefined && this.#open.has(opened)) {
        await this.#fill(/** @type {HTMLElement} */ (child), opened, current);
        if (!current()) return;
      }
    }
  }

  /** @param {GuestEntry} entry */
  #makeEntry(entry) {
    const { kind, name, path } = entry;
    const label = [
      element("span", { class: "glyph", attributes: { "aria-hidden": "true" } }),
      element("span", { class: "file-name", text: name }),
    ];
    const about = element("span", { class: "about quiet" });
    if (kind === "folder") {
      const button = element("button", { class: "entry", attributes: { type: "button", "aria-expanded": "false" } }, [
        ...label,
        about,
      ]);
      const item = element("li", { data: { kind, path } }, [button]);
      button.addEventListener("click", () => this.#toggle(item, button, path));
      return item;
    }
    if (kind === "file") {
      const attributes = { type: "button" };
      const onClick = () => this.#showText(path);
      return element("li", { data: { kind, path } }, [
        element("button", { class: "entry", attributes, onClick }, [...label, about]),
      ]);
    }
    return element("li", { data: { kind } }, [element("span", { class: "entry" }, [...label, about])]);
  }

  /** @param {HTMLElement} item @param {HTMLElement} button @param {string} path */
  #toggle(item, button, path) {
    const opens = !this.#open.has(path);
    button.setAttribute("aria-expanded", String(opens));
    if (opens) {
      this.#open.add(path);
      this.#ask((current) => this.#fill(item, path, current));
    } else {
      this.#open.delete(path);
      item.querySelector(":scope > ul")?.remove();
      item.querySelector(":scope > .said")?.remove();
    }
  }

  /** @param {string} path */
  #showText(path) {
    this.#file = path;
    this.#ask(async (current) => {
      /** @type {NamedText | undefined} */
      let file;
      /** @type {string | undefined} */
      let trouble;
      try {
        file = await this.#simulator.text(this.#machine.value, path);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        trouble = error.message;
      }
      if (current() && this.#file === path) this.#text.replaceChildren(...fileParts(file, trouble));
    });
  }
}

/** The list of a folder, and below it what is to be said of it. @param {HTMLElement} place @returns {HTMLElement} */
function listIn(place) {
  const found = place.querySelector(":scope > ul");
  if (found instanceof HTMLElement) return found;
  const list = element("ul");
  place.append(list, element("p", { class: "said quiet" }));
  return list;
}

/** @param {NamedFolder | undefined} folder @param {string | undefined} trouble */
function saying(folder, trouble) {
  if (folder === undefined) return trouble ?? "";
  if (!folder.whole) return `and more: ${folder.entries.length} are shown`;
  return folder.entries.length === 0 ? "empty" : "";
}

/** @param {HTMLElement} made @param {GuestEntry} entry */
function updateEntry(made, { kind, bytes, modifiedAtMs, mode, target }) {
  const about = kind === "file" && bytes !== null ? size(bytes) : kind === "link" ? `→ ${target ?? ""}` : kind;
  setText(made.querySelector(".about"), kind === "folder" ? "" : about);
  const changed =
    modifiedAtMs === null ? "" : `changed ${new Date(modifiedAtMs).toLocaleDateString()} ${clockTime(modifiedAtMs)}`;
  const entry = made.querySelector(".entry");
  if (entry instanceof HTMLElement) entry.title = [`mode ${mode}`, changed].filter((text) => text !== "").join(", ");
}

/** @param {NamedText | undefined} file @param {string | undefined} trouble @returns {HTMLElement[]} */
function fileParts(file, trouble) {
  if (file === undefined) return [element("p", { class: "trouble", text: trouble ?? "" })];
  const { name, bytes, text, whole } = file;
  const shown = whole ? size(bytes) : `the first 64 KiB of ${size(bytes)}`;
  return [
    element("h3", { text: name }),
    element("p", { class: "quiet", text: text === null ? `${size(bytes)}, which are not text` : shown }),
    ...(text === null
      ? []
      : [element("pre", { text, attributes: { tabindex: "0", role: "region", "aria-label": name } })]),
  ];
}
