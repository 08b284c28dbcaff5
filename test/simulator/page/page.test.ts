/** The page in a real browser, of simulators with guests in memory: very many VMs, and another simulator at the same address. */
import type { Browser, Page } from "playwright-core";
import { succeeded } from "../fake-guest";
import { type Running, run, stopAll } from "../running";
import { startChromium } from "./chromium";

/** Other work on this machine may slow a browser down; it must not fail a test. */
const TIMEOUT_MS = 120_000;
jest.setTimeout(TIMEOUT_MS);
const HEIGHT = 900;

let browser: Browser;
let page: Page;
/** What the page complained about. */
let complaints: string[];
beforeAll(async () => {
  browser = await startChromium();
});
beforeEach(async () => {
  page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1_280, height: HEIGHT } });
  page.setDefaultTimeout(TIMEOUT_MS / 2);
  complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
});
afterEach(async () => {
  await Promise.all([page.close(), stopAll()]);
});
afterAll(() => browser?.close());

/** Until it says so; the test's own time limit ends it. */
const says = (selector: string, text: string): Promise<void> =>
  page.locator(selector, { hasText: text }).first().waitFor();

test("after another simulator has begun at the same address, nothing of the former one is left", async () => {
  const former = await run({ vm: ["vm1"] });
  former.guest.answer = () => succeeded("of the former one\n");
  await page.goto(former.simulator.page);
  await says("#output", "Choose an operation to see what it printed.");
  await former.runCommand();
  await says("[data-stream=stdout]", "of the former one");

  await former.simulator.stop({ hurry: true });
  const { simulator } = await run({ vm: ["vm2"], port: String(former.simulator.port) });
  await says("#door-sentence", "this is not the key of this simulator");
  await page.getByLabel("Key of the simulator").fill(simulator.environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "");
  await page.getByRole("button", { name: "Open" }).click();
  await says("#no-operations", "Nothing has been asked of a VM yet.");
  await says(".machine h3", "vm2");
  expect(await page.locator("#output").textContent()).toBe("Choose an operation to see what it printed.");
  expect(await page.locator(".who").allTextContents()).toEqual(["vm2"]);
  expect(complaints).toEqual([]);
});

/** From the top, as somebody sees them. */
function cards(): Promise<readonly { readonly name: string; readonly height: number }[]> {
  return page.evaluate(`[...document.querySelectorAll(".machine")]
    .map((card) => ({ name: card.querySelector("h3").textContent, box: card.getBoundingClientRect() }))
    .sort((one, other) => one.box.top - other.box.top || one.box.left - other.box.left)
    .map(({ name, box }) => ({ name, height: box.height }))`);
}

const RUN = { commandId: "RunShellScript", script: ["true"] };

/** Asks for a command on an instance of `pool`. */
async function runOn(sim: Running, instance: number, body: object = RUN): Promise<number> {
  const path = `${sim.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/${instance}/runCommand`;
  return (await sim.post(path, body)).status;
}

test("of very many VMs those that do something come first, each other one is a line, and the time line is in sight", async () => {
  const sim = await run({ scaleSet: ["pool:mode=uniform,count=100"] });
  const last = sim.guests.get("pool_99");
  if (last === undefined) throw new Error("pool_99 has no guest");
  let end: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    end = resolve;
  });
  last.answer = () => told.then(() => succeeded("done\n"));

  await page.goto(sim.simulator.page);
  await says(".machine h3", "pool_99");
  const idle = await cards();
  expect(idle.map(({ name }) => name).slice(0, 3)).toEqual(["pool_0", "pool_1", "pool_2"]);
  expect(Math.max(...idle.map(({ height }) => height))).toBeLessThan(50);
  expect(await page.locator(".who").count()).toBe(0);

  expect(await runOn(sim, 99)).toBe(202);
  await says(".doing", "RunShellScript runs");
  const [first, second] = await cards();
  expect([first?.name, second?.name]).toEqual(["pool_99", "pool_0"]);
  expect(first?.height).toBeGreaterThan(100);
  expect(second?.height).toBeLessThan(50);
  expect(await page.locator(".who").allTextContents()).toEqual(["pool_99"]);
  expect(await runOn(sim, 7, {})).toBe(400);
  await page.locator("#line .mark").waitFor();
  expect(await page.locator(".who").allTextContents()).toEqual(["pool_7", "pool_99"]);
  expect((await page.locator("#line .bar").boundingBox())?.y).toBeLessThan(HEIGHT);

  end();
  await says("[data-stream=stdout]", "done");
  expect(await cards()).toEqual(idle);
  await page.getByRole("button", { name: "Files of pool_7", exact: true }).click();
  expect(await page.getByLabel("VM", { exact: true }).inputValue()).toBe(idOf(sim, "pool_7"));
  await page.setViewportSize({ width: 390, height: HEIGHT });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  expect(complaints).toEqual([]);
});

function idOf(sim: Running, vmName: string): string | undefined {
  return sim.simulator.world.list().find(({ name }) => name === vmName)?.vmId;
}

test("twelve VMs are shown whole", async () => {
  const sim = await run({ scaleSet: ["pool:mode=uniform,count=12"] });
  await page.goto(sim.simulator.page);
  await says(".machine h3", "pool_11");
  expect(Math.min(...(await cards()).map(({ height }) => height))).toBeGreaterThan(100);
  expect(await page.locator(".who").count()).toBe(12);
});
