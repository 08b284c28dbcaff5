// Asks the simulator, with its key.

/** The simulator does not take the key. */
export class WrongKey extends Error {}

/** The simulator said why not, in a sentence. */
export class Refused extends Error {}

/** How long an answer may take: longer than a VM has for its own. */
const ANSWER_MAX_MS = 15_000;

export class Simulator {
  /** @type {string | undefined} */
  #etag;
  #key = "";
  /** From this page's clock to the simulator's, in milliseconds. */
  #aheadMs = 0;

  /** What was known by another key is not known any more. @param {string} key */
  useKey(key) {
    this.#key = key;
    this.#etag = undefined;
  }

  /** The simulator's time, in milliseconds since 1970. */
  nowMs() {
    return Date.now() + this.#aheadMs;
  }

  /** @returns {Promise<import("./types.mjs").PageState | undefined>} undefined: as it was */
  async changedState() {
    const response = await this.#ask("state", this.#etag === undefined ? {} : { "if-none-match": this.#etag });
    this.#aheadMs = Number(response.headers.get("x-simulator-time-ms")) - Date.now();
    if (response.status === 304) return undefined;
    this.#etag = response.headers.get("etag") ?? undefined;
    return response.json();
  }

  /**
   * @param {string} id
   * @returns {Promise<import("./types.mjs").ShownOperation & { result: import("./types.mjs").Result }>}
   */
  async operation(id) {
    return (await this.#ask(`operations/${encodeURIComponent(id)}`)).json();
  }

  /**
   * @param {string} vmId
   * @param {string} path
   * @returns {Promise<import("./types.mjs").GuestFolder & { name: string }>}
   */
  async folder(vmId, path) {
    return (await this.#ask(`vms/${encodeURIComponent(vmId)}/folder?path=${path}`)).json();
  }

  /**
   * @param {string} vmId
   * @param {string} path
   * @returns {Promise<import("./types.mjs").GuestText & { name: string }>}
   */
  async text(vmId, path) {
    return (await this.#ask(`vms/${encodeURIComponent(vmId)}/text?path=${path}`)).json();
  }

  /**
   * @param {string} what
   * @param {Record<string, string>} headers
   */
  async #ask(what, headers = {}) {
    const response = await fetch(`/_simulator/page/${what}`, {
      headers: { "x-simulator-key": this.#key, ...headers },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    if (response.status === 401) throw new WrongKey();
    if (!response.ok && response.status !== 304) throw new Refused(await sentenceOf(response));
    return response;
  }
}

/** @param {Response} response */
async function sentenceOf(response) {
  const body = await response.json().catch(() => undefined);
  return typeof body?.error === "string" ? body.error : `the simulator answered with ${response.status}`;
}

/** As the simulator takes paths: the bytes in base64url. @param {string} text */
export function pathOf(text) {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
