// `npm run build`: compiles the sources to dist/, whatever is there; with --unless-up-to-date, only after a change.
import { say } from "./progress.mjs";
import { build, buildUnlessUpToDate } from "./set-up/dist.mjs";

try {
  await (process.argv.includes("--unless-up-to-date") ? buildUnlessUpToDate() : build());
} catch (fault) {
  say(`build: ${fault.message}`);
  process.exitCode = 1;
}
