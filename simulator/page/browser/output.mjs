// What came of one operation, as Azure keeps it.
import { byId, element } from "./elements.mjs";
import { clockTime, duration, isOver, operationName, ranMs, stateText, waitedMs } from "./words.mjs";

/**
 * @typedef {import("./types.mjs").ShownOperation} ShownOperation
 * @typedef {import("./types.mjs").Result} Result
 */

/** How a report of this package's runner begins, which the package unpacks: nothing for people. */
const REPORT = /^\[ARC1 [0-9a-f]+ /;
/** Where the runner keeps the output of its scripts. */
const REPORTED_FILES = "/var/lib/azure-run-command";

export class Output {
  #place = byId("output");
  #simulator;
  #showFiles;
  /** What is shown, by id and state: what is asked for again has changed. At first, and where an answer failed, it is not known. */
  #shown = "unknown";

  /**
   * @param {import("./simulator.mjs").Simulator} simulator
   * @param {(operation: ShownOperation, path: string) => void} showFiles
   */
  constructor(simulator, showFiles) {
    this.#simulator = simulator;
    this.#showFiles = showFiles;
  }

  /** Asks only when there is something new. @param {ShownOperation | undefined} operation none is chosen, or it is not there any more */
  async show(operation) {
    const wanted = operation === undefined ? "nothing" : `${operation.id} ${operation.state}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    if (operation === undefined) {
      this.#place.replaceChildren(note("Choose an operation to see what it printed."));
      return;
    }
    const answer = isOver(operation) ? await this.#ask(operation.id) : undefined;
    // Another may have been chosen meanwhile.
    if (this.#shown !== wanted) return;
    const result = answer?.result ?? { kind: "none" };
    this.#place.replaceChildren(
      head(operation),
      facts(answer ?? operation, this.#simulator.nowMs()),
      ...body(operation, result, () => this.#showFiles(operation, REPORTED_FILES)),
    );
  }

  /** @param {string} id */
  async #ask(id) {
    try {
      return await this.#simulator.operation(id);
    } catch (error) {
      // So that it is asked again.
      this.#shown = "unknown";
      throw error;
    }
  }
}

/** @param {ShownOperation} operation */
function head(operation) {
  return element("h3", {}, [
    document.createTextNode(`${operationName(operation)} on ${operation.vm} `),
    element("span", { class: "state", text: stateText(operation), data: { state: operation.state } }),
  ]);
}

/** @param {ShownOperation} operation @param {number} nowMs */
function facts(operation, nowMs) {
  const waited = waitedMs(operation, nowMs);
  const ran = ranMs(operation, nowMs);
  const over = isOver(operation);
  const pairs = [
    ["Asked for", clockTime(operation.postedAtMs)],
    ["Waited", over && waited !== undefined ? duration(waited) : ""],
    ["Ran", over && ran !== undefined ? duration(ran) : ""],
    ["Client", operation.client ?? "says nothing of itself"],
    ["Operation", operation.id],
  ];
  return element(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== "")
      .map(([name, value]) =>
        element("div", {}, [element("dt", { text: name ?? "" }), element("dd", { text: value ?? "" })]),
      ),
  );
}

/** @param {ShownOperation} operation @param {Result} result @param {() => void} showFiles @returns {HTMLElement[]} */
function body(operation, result, showFiles) {
  switch (result.kind) {
    case "streams":
      return [
        stream("stdout", result.stdout),
        stream("stderr", result.stderr),
        ...(REPORT.test(result.stdout) ? [aboutReport(showFiles)] : []),
        note(
          result.exact
            ? "Azure keeps the last 4,096 bytes of each stream, and calls the operation succeeded whatever the script's exit code was."
            : "The script printed the mark that Azure puts between the streams, so where stderr begins is a guess.",
        ),
      ];
    case "message":
      return [stream("message", result.message)];
    case "error":
      return [stream(result.code, result.message)];
    case "none":
      return [note(isOver(operation) ? "Azure keeps no output of it." : "Azure has its output when it has ended.")];
  }
}

/** @param {string} name @param {string} text */
function stream(name, text) {
  const attributes = { tabindex: "0", role: "region", "aria-label": name };
  return element("div", { class: "stream" }, [
    element("h4", { text: name }),
    text === ""
      ? element("p", { class: "quiet", text: "nothing", data: { stream: name } })
      : element("pre", { text, attributes, data: { stream: name } }),
  ]);
}

/** @param {string} text */
function note(text) {
  return element("p", { class: "quiet", text });
}

/** @param {() => void} showFiles */
function aboutReport(showFiles) {
  const text = "This is a packed report of azure-run-command. What its scripts printed is in files of the VM. ";
  return element("p", { class: "quiet" }, [
    document.createTextNode(text),
    element("button", {
      class: "quiet-button",
      text: "Show them",
      attributes: { type: "button" },
      onClick: showFiles,
    }),
  ]);
}
