/** Finds and calls the handler, as Lambda's Node.js runtime does. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

export type Handler = (
  event: unknown,
  context: object,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

/** Has the `name` that Lambda reports as `errorType`. */
export class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Loads `folder/file.export` (the export may be nested) out of `root`.
 *
 * @throws {RuntimeError} with the names that Lambda gives. Source: aws/aws-lambda-nodejs-runtime-interface-client,
 * src/UserFunction.js.
 */
export async function loadHandler(root: string, name: string): Promise<Handler> {
  const slash = name.lastIndexOf("/") + 1;
  const [file = "", ...exported] = name.slice(slash).split(".");
  const path = join(root, name.slice(0, slash), file);
  const loaded = await loadModule(path);
  const handler = exported.reduce<unknown>(
    (inside, key) => (inside as Record<string, unknown> | undefined)?.[key],
    loaded,
  );
  if (typeof handler !== "function") {
    throw new RuntimeError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  return handler as Handler;
}

const EXTENSIONS = [".js", ".mjs", ".cjs"] as const;

async function loadModule(path: string): Promise<unknown> {
  const found = EXTENSIONS.find((extension) => existsSync(`${path}${extension}`));
  if (found === undefined) {
    const message = `Error: Cannot find module '${basename(path)}'\nRequire stack:\n- /var/runtime/index.mjs`;
    throw new RuntimeError("Runtime.ImportModuleError", message);
  }
  const file = `${path}${found}`;
  try {
    return found === ".mjs" ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_REQUIRE_ESM") {
      return await import(pathToFileURL(file).href);
    }
    throw code === "MODULE_NOT_FOUND" ? new RuntimeError("Runtime.ImportModuleError", `Error: ${message}`) : error;
  }
}

/** Calls it with whichever way of answering it has: a promise, or the callback. */
export function callHandler(handler: Handler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown) => (error == null ? resolve(result) : reject(error));
    const result = handler(event, context, callback);
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function") {
      (result as PromiseLike<unknown>).then(resolve, reject);
    }
  });
}
