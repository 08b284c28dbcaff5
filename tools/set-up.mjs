// What `npm test` needs on a fresh clone. Each part does nothing when it has been done.
import { say } from "./progress.mjs";
import { engineFolder } from "./pulumi/engine-folder.mjs";
import { installTestPrograms } from "./set-up/debian.mjs";
import { buildUnlessUpToDate } from "./set-up/dist.mjs";
import { installPackages } from "./set-up/packages.mjs";

try {
  await installPackages();
  await buildUnlessUpToDate();
  await engineFolder();
  await installTestPrograms();
} catch (fault) {
  say(`set-up: ${fault.message}`);
  process.exitCode = 1;
}
