/**
 * Looks through what the user gave before Pulumi's SDK does: of what cannot be sent it drops some silently, makes an empty
 * map of other things, and never comes back from a cycle. Runs in the user's program; what it finds, `check` reports.
 */
import * as pulumi from "@pulumi/pulumi";
import { TRIGGERS_DEPTH_MAX } from "../core/inputs/input-triggers";
import { MISPLACED, unsendable } from "../core/inputs/unsendable";
import { HIDDEN_NAMES } from "./state";

/** The constructor overwrites the first, and the SDK drops `id` and `urn`. Source: SDK 3.270, runtime/rpc.ts. */
const NAMES_OF_OTHERS: readonly string[] = [...HIDDEN_NAMES, "customTimeouts", "id", "urn"];

/** Source: our own choice: a value that is shared many times would be walked through forever. */
const VALUES_MAX = 100_000;

const DIGEST = "give a digest of them, such as their SHA-256";

/** The SDK would drop it without a word. Source: seen with SDK 3.270.0 and google-protobuf. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** @returns inputs in which everything can be sent. Outputs, promises, resources, assets and archives stay what they are. */
export function sendable(args: unknown): Record<string, unknown> {
  if (args === undefined || args === null) {
    return {};
  }
  if (typeof args !== "object" || prototypeKind(args) !== "plain" || isPulumis(args) || isPromise(args)) {
    return unsendable(kindOfArgs(args));
  }
  const entries = Object.entries(args).filter(([, value]) => value !== undefined);
  const misplaced = entries.map(([name]) => name).filter((name) => NAMES_OF_OTHERS.includes(name));
  const inputs = entries
    .filter(([name]) => !NAMES_OF_OTHERS.includes(name))
    .map(([name, value]) => [name, walk(value)] as const);
  return { ...Object.fromEntries(inputs), ...(misplaced.length > 0 ? { [MISPLACED]: misplaced } : {}) };
}

function kindOfArgs(args: unknown): string {
  if (typeof args !== "object" || args === null) {
    return `a ${typeof args}`;
  }
  if (isPromise(args) || pulumi.Output.isInstance(args)) {
    return "a promise or an output as a whole";
  }
  return Array.isArray(args) ? "a list" : "an instance of a class";
}

/** One input, with what becomes known of it only later. */
interface Walk {
  /** The lists and maps that the present value is in. */
  readonly within: readonly object[];
  readonly left: { values: number; isTold: boolean };
}

class TooMany extends Error {}

function walk(value: unknown): unknown {
  return walkWhole(value, { within: [], left: { values: VALUES_MAX, isTold: false } });
}

/** Of too many values one marker is made, in place of all that is known at once: one for each would be too many again. */
function walkWhole(value: unknown, state: Walk): unknown {
  try {
    return walkIn(value, state);
  } catch (error) {
    if (!(error instanceof TooMany)) {
      throw error;
    }
    const { isTold } = state.left;
    state.left.isTold = true;
    return isTold ? null : unsendable(`more than ${VALUES_MAX.toLocaleString("en-US")} values`, DIGEST);
  }
}

function walkIn(value: unknown, state: Walk): unknown {
  state.left.values -= 1;
  if (state.left.values < 0) {
    throw new TooMany();
  }
  switch (typeof value) {
    case "string":
      return HALF_CHARACTER.test(value)
        ? unsendable(
            "text that was cut in the middle of a character (it has half of a surrogate pair)",
            "give whole characters",
          )
        : value;
    case "boolean":
    case "undefined":
      return value;
    case "number":
      return Number.isFinite(value) ? value : unsendable(String(value));
    case "bigint":
      return unsendable("a bigint", "give it as a number or as text: String(n)");
    case "symbol":
      return unsendable("a symbol", "give text");
    case "function":
      return unsendable("a function", "call it, and give what it returns");
    case "object":
      return value === null ? null : walkObject(value, state);
  }
}

function walkObject(value: object, state: Walk): unknown {
  if (pulumi.Output.isInstance(value)) {
    return value.apply((known: unknown) => walkWhole(known, state));
  }
  if (isPulumis(value)) {
    return value;
  }
  if (isPromise(value)) {
    return Promise.resolve(value).then((known) => walkWhole(known, state));
  }
  if (state.within.includes(value)) {
    return unsendable("a value that is within itself", "give only what is to be compared");
  }
  const kind = prototypeKind(value);
  if (kind === "other") {
    return instance(value);
  }
  if (state.within.length >= TRIGGERS_DEPTH_MAX) {
    return unsendable(`lists or maps in one another more than ${TRIGGERS_DEPTH_MAX} deep`, DIGEST);
  }
  const inner: Walk = { within: [...state.within, value], left: state.left };
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, walkIn(part, inner)]));
  }
  // A list with holes is as long as it says: it is not gone through to find out that it is too long.
  if (value.length > state.left.values) {
    throw new TooMany();
  }
  return Array.from(value, (element: unknown) => walkIn(element, inner));
}

function isPulumis(value: object): boolean {
  return (
    pulumi.Output.isInstance(value) ||
    pulumi.Resource.isInstance(value) ||
    pulumi.asset.Asset.isInstance(value) ||
    pulumi.asset.Archive.isInstance(value)
  );
}

function isPromise(value: object): value is PromiseLike<unknown> {
  return "then" in value && typeof value.then === "function";
}

/** By name where it can be: a program's values may come from another realm, as those of a test runner do. */
function prototypeKind(value: object): "plain" | "list" | "other" {
  if (Array.isArray(value)) {
    return "list";
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype || isObjectPrototype(prototype);
  return isPlain && tagOf(value) === "Object" ? "plain" : "other";
}

function isObjectPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "hasOwnProperty")
  );
}

/** `Date`, `Map` and so on, whatever realm it is from. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function instance(value: object): Record<string, string> {
  if (Buffer.isBuffer(value)) {
    return unsendable("a Buffer", "give text: buffer.toString()");
  }
  if (ArrayBuffer.isView(value)) {
    return unsendable("an array of bytes or numbers", "give a list or text");
  }
  const tag = tagOf(value);
  switch (tag) {
    case "Date":
      return unsendable("a Date", "give it as text, for example with toISOString()");
    case "Map":
      return unsendable("a Map", "give a plain object: Object.fromEntries(map)");
    case "Set":
      return unsendable("a Set", "give a list: [...set]");
    case "RegExp":
      return unsendable("a RegExp", "give it as text: String(expression)");
    case "URL":
      return unsendable("a URL", "give it as text: url.href");
    case "Error":
      return unsendable("an Error", "give its message");
    default:
      return unsendable(`an instance of ${classOf(value) ?? "a class"}`, "give a plain object or text");
  }
}

function classOf(value: object): string | undefined {
  const maker: unknown = value.constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : undefined;
}
