// `npm run --silent engine`: the last line on stdout is the folder of the Pulumi engine; everything else is on stderr.

import { say } from "./progress.mjs";
import { engineFolder } from "./pulumi/engine-folder.mjs";
import { installPackages } from "./set-up/packages.mjs";

try {
  await installPackages();
  process.stdout.write(`${await engineFolder()}\n`);
} catch (fault) {
  say(`engine: ${fault.message}`);
  process.exitCode = 1;
}
