/** Where the code of the Lambda functions is. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Beside this file when it is compiled; from the sources, in what the last build made. */
const PLACES = ["lambda", "../dist/constructs/lambda"] as const;

/**
 * The folder with the bundled code of both Lambda functions.
 *
 * @throws when it is not there, which can only be in a working copy of the sources.
 */
export function handlerFolder(): string {
  const folder = PLACES.map((place) => join(__dirname, place)).find((place) => existsSync(join(place, "index.js")));
  if (folder === undefined) {
    throw new Error(
      "the code of the Lambda functions (dist/constructs/lambda/index.js) is not there; make it with `npm run build`",
    );
  }
  return folder;
}
