// `npm run screenshot`: plays a scene on the simulator, and keeps a picture of its page as docs/simulator-page.png.
import { join } from "node:path";
import { say, step } from "./progress.mjs";
import { repositoryRoot } from "./pulumi/versions.mjs";
import { picturePage } from "./screenshot/picture.mjs";
import { playScene } from "./screenshot/scene.mjs";
import { buildUnlessUpToDate } from "./set-up/dist.mjs";

const PLACE = join(repositoryRoot, process.argv[2] ?? "docs/simulator-page.png");

try {
  await buildUnlessUpToDate();
  await step(
    { title: "Play a scene on the simulator, and take a picture of its page", usually: "20 s" },
    async (tell) => {
      const scene = await playScene();
      try {
        const bytes = await picturePage(scene, PLACE);
        tell(`${PLACE}: ${bytes} bytes`);
      } finally {
        await scene.end();
      }
    },
  );
} catch (fault) {
  say(`screenshot: ${fault.message}`);
  process.exitCode = 1;
}
