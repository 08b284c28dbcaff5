// Takes the picture: the page in a headless Chromium, with the output of the deployment and one of its files open.
import { statSync } from "node:fs";
import { chromium } from "playwright-core";
import { which } from "../pulumi/from-path.mjs";
import { BROWSERS } from "../set-up/debian.mjs";

const WIDTH_PX = 1_280;
/** So that a clone stays small. Source: our choice. */
const PICTURE_MAX_BYTES = 200_000;

/** @param {{ page: string }} scene @param {string} place @returns {Promise<number>} the bytes of the picture */
export async function picturePage(scene, place) {
  const executablePath = BROWSERS.map((name) => which(name)).find((found) => found !== undefined);
  if (executablePath === undefined) throw new Error(`none of ${BROWSERS.join(", ")} is on the PATH; install one`);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const options = { ignoreHTTPSErrors: true, viewport: { width: WIDTH_PX, height: 900 }, colorScheme: "light" };
    const page = await browser.newPage(options);
    await page.goto(scene.page);
    await page
      .getByRole("row", { name: /azure-run-command\S* web Succeeded/ })
      .first()
      .click();
    await page.locator("[data-stream=stderr]", { hasText: "TLS" }).waitFor();
    await page.getByLabel("Path").fill("/srv/app");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("button", { name: "releases" }).click();
    await page.getByRole("button", { name: "42" }).click();
    await page.getByRole("button", { name: "app.yaml" }).click();
    await page.locator("#files-text pre").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: place, fullPage: true });
  } finally {
    await browser.close();
  }
  const { size } = statSync(place);
  if (size > PICTURE_MAX_BYTES) throw new Error(`the picture has ${size} bytes, more than ${PICTURE_MAX_BYTES}`);
  return size;
}
