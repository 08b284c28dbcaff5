// `npm run build`: compiles the sources to dist/, whatever is there.
import { say } from "./progress.mjs";
import { build } from "./set-up/dist.mjs";

try {
  await build();
} catch (fault) {
  say(`build: ${fault.message}`);
  process.exitCode = 1;
}
