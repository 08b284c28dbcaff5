// Makes and updates elements. What comes from the simulator becomes text and attributes, never HTML.

/**
 * @typedef {{
 *   class?: string, text?: string, title?: string, data?: Record<string, string>, attributes?: Record<string, string>,
 *   onClick?: () => void
 * }} Wanted
 */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Wanted} wanted
 * @param {readonly (Node | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, wanted = {}, children = []) {
  const made = document.createElement(name);
  if (wanted.class !== undefined) made.className = wanted.class;
  if (wanted.text !== undefined) made.textContent = wanted.text;
  if (wanted.title !== undefined) made.title = wanted.title;
  for (const [key, value] of Object.entries(wanted.data ?? {})) made.dataset[key] = value;
  for (const [key, value] of Object.entries(wanted.attributes ?? {})) made.setAttribute(key, value);
  if (wanted.onClick !== undefined) made.addEventListener("click", wanted.onClick);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * Brings the children of a list in line with things, and keeps those that stay: focus, scrolling and what is open with them.
 *
 * @template Thing
 * @param {Element} list
 * @param {readonly Thing[]} things
 * @param {{ key: (thing: Thing) => string, make: (thing: Thing) => HTMLElement, update: (made: HTMLElement, thing: Thing) => void }} how
 */
export function bringInLine(list, things, { key, make, update }) {
  const present = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const wanted = things.map((thing) => {
    const found = /** @type {HTMLElement | undefined} */ (present.get(key(thing)));
    const child = found ?? make(thing);
    child.dataset.key = key(thing);
    update(child, thing);
    return child;
  });
  for (const child of present.values()) if (!wanted.includes(/** @type {HTMLElement} */ (child))) child.remove();
  wanted.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
}

/** Leaves it alone where it says so already. @param {Element | null} place @param {string} text */
export function setText(place, text) {
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no '${id}'`);
  return found;
}

/** @param {Element} parent @param {string} selector @returns {HTMLElement} */
export function within(parent, selector) {
  const found = parent.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`there is no '${selector}'`);
  return found;
}
