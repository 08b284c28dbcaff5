/** The page in a real browser, with a real guest: what runs in the VM is seen live, and nothing leads out of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createGuest } from "../../../simulator/guest/create-guest";
import { requireRoot } from "../guest/guests";
import { type Answer, type Running, run, stopAll } from "../running";
import { startChromium } from "./chromium";

/** Other work on this machine may slow a browser down; it must not fail a test. */
const TIMEOUT_MS = 120_000;
jest.setTimeout(TIMEOUT_MS);

/** Of this machine, and no business of a guest. */
const SECRET = "secret-of-this-machine";
let folder: string;
let sim: Running;
let browser: Browser;
beforeAll(async () => {
  requireRoot();
  folder = mkdtempSync(join(tmpdir(), "simulator-page-test-"));
  writeFileSync(join(folder, "secret"), SECRET);
  [sim, browser] = await Promise.all([
    run(
      { vm: ["vm1"] },
      {
        createGuest: (options) =>
          createGuest("namespace", options, { log: (line) => process.stderr.write(`${line}\n`) }),
      },
    ),
    startChromium(),
  ]);
  await inGuest(PREPARE);
});
afterAll(async () => {
  await Promise.all([browser?.close(), stopAll()]);
  rmSync(folder, { recursive: true, force: true });
});

const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
/** What a page should not fall for. */
const PREPARE = `set -e
mkdir /srv/odd /srv/many /srv/empty && cd /srv/odd
printf 'hello from the VM\\n' >note.txt
printf '%s' "$MARKUP" >'<img src=x onerror="alert(1)">'
printf 'odd' >"$(printf 'a\\377b')"
printf 'two' >"$(printf 'two\\nlines')"
ln -s /etc/shadow shadow
ln -s ../../../../.. up
ln -s "$OUTSIDE" outside
mkfifo fifo /root/go
truncate -s 3G huge
yes 0123456789 | head -c 70000 >long.txt
cd /srv/many && seq -f 'file-%g' 1 700 | xargs touch`;

async function inGuest(script: string): Promise<void> {
  const set = `MARKUP='${MARKUP.replaceAll("'", "'\\''")}' OUTSIDE='${folder}'`;
  const argv = ["sh", "-c", `${set}\n${script}`];
  const answer = await sim.admin("/vms/vm1/exec", { method: "POST", body: JSON.stringify({ argv }) });
  const { exitCode, stderr } = JSON.parse(answer.body);
  if (exitCode !== 0) {
    throw new Error(`the guest could not do it: ${Buffer.from(stderr, "base64").toString()}`);
  }
}

describe("by HTTP", () => {
  const look = (how: "folder" | "text", path: string): Promise<Answer> => {
    const [machine] = sim.simulator.world.list();
    const token = Buffer.from(path, "latin1").toString("base64url");
    return sim.admin(`/page/vms/${machine?.vmId}/${how}?path=${token}`);
  };

  test("a folder has its entries, links as links, and names as they can be shown", async () => {
    const { body, status } = await look("folder", "/srv/odd");
    expect(status).toBe(200);
    const { name, whole, entries } = JSON.parse(body);
    expect({ name, whole }).toEqual({ name: "/srv/odd", whole: true });
    expect(entries.map((entry: { name: string; kind: string }) => `${entry.kind} ${entry.name}`)).toEqual([
      'file <img src=x onerror="alert(1)">',
      "file a\\xffb",
      "pipe fifo",
      "file huge",
      "file long.txt",
      "file note.txt",
      "link outside",
      "link shadow",
      "file two\\u{0a}lines",
      "link up",
    ]);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });

  test.each([
    { path: "/srv/odd/note.txt", seen: { bytes: 18, text: "hello from the VM\n", whole: true } },
    { path: "/srv/odd/a\xffb", seen: { bytes: 3, text: "odd", whole: true } },
    { path: "/srv/odd/two\nlines", seen: { bytes: 3, text: "two", whole: true } },
    { path: "/srv/odd/huge", seen: { bytes: 3 * 1_024 ** 3, text: null, whole: false } },
    { path: "/srv/odd/long.txt", seen: { bytes: 70_000, whole: false } },
  ])("the file %j can be read, as far as it is shown", async ({ path, seen }) => {
    const { body } = await look("text", path);
    expect(JSON.parse(body)).toMatchObject(seen);
    expect(body.length).toBeLessThan(100_000);
  });

  test("of a folder with very many files, the page gets what it can show", async () => {
    const { entries, whole } = JSON.parse((await look("folder", "/srv/many")).body);
    expect({ shown: entries.length, whole }).toEqual({ shown: 500, whole: false });
    expect(JSON.parse((await look("folder", "/srv/empty")).body)).toMatchObject({ entries: [], whole: true });
  });

  test.each<{ path: string; how: "folder" | "text"; because: string }>([
    { path: "/srv/odd/shadow", how: "text", because: "it is a symbolic link, which the page does not follow" },
    { path: "/srv/odd/up", how: "folder", because: "it is a symbolic link, which the page does not follow" },
    { path: "/srv/odd/outside", how: "folder", because: "it is a symbolic link, which the page does not follow" },
    { path: "/srv/odd/fifo", how: "text", because: "it is of another kind, so it is not opened" },
    { path: "/dev/null", how: "text", because: "it is of another kind, so it is not opened" },
    { path: "/srv/odd/note.txt", how: "folder", because: "it is of another kind, so it is not opened" },
    {
      path: "/proc/version",
      how: "text",
      because: "the VM's kernel makes it up when it is read, so it is not opened",
    },
    { path: "/srv/odd/none", how: "text", because: "it is not there, or not any more" },
    // Through the link as a folder on the way, and without it: the guest has no such folder.
    { path: "/srv/odd/outside/secret", how: "text", because: "it is not there, or not any more" },
  ])("$path as $how: $because", async ({ path, how, because }) => {
    expect(await look(how, path)).toMatchObject({
      status: 409,
      body: JSON.stringify({ error: `cannot show '${path}' of 'vm1': ${because}` }),
    });
  });

  test("a file of this machine is not there, by its own path or upwards", async () => {
    expect((await look("text", join(folder, "secret"))).status).toBe(409);
    expect(await look("text", `/srv/odd/../../../..${folder}/secret`)).toMatchObject({
      status: 400,
      body: `{"error":"the path has '.' or '..' in it, expected a path from the root without them"}`,
    });
    // The link leads to the guest's own root, which has no such file.
    expect((await look("text", `/srv/odd/up${folder}/secret`)).status).toBe(409);
    // A path through a folder link stays within the guest, whose accounts have no passwords.
    const accounts = JSON.parse((await look("text", "/srv/odd/up/etc/shadow")).body);
    expect(accounts.text).toMatch(/^root:\*:/);
  });

  test("a VM that is not there: 404", async () => {
    expect(await sim.admin("/page/vms/00000000-0000-0000-0000-000000000000/folder")).toMatchObject({
      status: 404,
      body: '{"error":"the VM is not there, or not any more"}',
    });
  });
});

describe("in Chromium", () => {
  /** What the page complained about, and whom it asked. */
  let complaints: string[];
  let page: Page;

  async function open(address: string): Promise<void> {
    page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1_280, height: 900 } });
    page.setDefaultTimeout(TIMEOUT_MS / 2);
    complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${sim.simulator.endpoint}/_simulator/`)) {
        complaints.push(`asked ${request.url()}`);
      }
    });
    await page.goto(address);
  }
  afterEach(async () => {
    await page.close();
  });

  /** Until it says so; the test's own time limit ends it. */
  const says = (selector: string, text: string): Promise<void> =>
    page.locator(selector, { hasText: text }).first().waitFor();

  test("a run appears while the page is open, then its output, and markup in it stays text", async () => {
    await open(sim.simulator.page);
    await says(".machine h3", "vm1");
    await says("[data-fact=agent]", "ready, 2.15.0.1");
    expect(new URL(page.url()).hash).toBe("");
    await page.evaluate("window.notLoadedAgain = true");

    const script = ["cat /root/go", `printf '%s\\n' '${MARKUP.replaceAll("'", "'\\''")}'`, "echo to stderr >&2"];
    const accepted = await sim.arm(`${sim.machine}/runCommand`, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "AZURECLI/2.91.0 (DEB)" },
      body: JSON.stringify({ commandId: "RunShellScript", script }),
    });
    expect(accepted.status).toBe(202);
    await says("#operations tr[data-state=runs]", "RunShellScript");
    await says(".doing", "RunShellScript runs");
    await says("#operations .client", "AZURECLI/2.91.0");
    await page.locator(".bar[data-state=runs]").waitFor();

    await inGuest("echo went on >/root/go");
    await says("#operations tr[data-state=succeeded]", "RunShellScript");
    await says("[data-stream=stderr]", "to stderr");
    expect(await page.locator("[data-stream=stdout]").textContent()).toBe(`went on\n${MARKUP}\n`);
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.title()).toBe("Azure simulator");
    expect(await page.evaluate("window.notLoadedAgain")).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("folders open, a file is read, its markup and that of its name stay text", async () => {
    await open(sim.simulator.page);
    await page.getByLabel("Path").fill("/srv");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("button", { name: "odd", exact: true }).press("Enter");
    await page.getByRole("button", { name: "<img src=x" }).press("Enter");
    await says("#files-text h3", "/srv/odd/<img src=x");
    expect(await page.locator("#files-text pre").textContent()).toBe(MARKUP);
    await page.getByRole("button", { name: "note.txt" }).click();
    await says("#files-text pre", "hello from the VM");
    await page.getByRole("button", { name: "huge" }).click();
    await says("#files-text", "3.0 GiB, which are not text");
    await page.getByRole("button", { name: "many", exact: true }).click();
    await says(".said", "and more: 500 are shown");
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.title()).toBe("Azure simulator");
    expect(complaints).toEqual([]);
  });

  /** Begins a command, and asks until it is over; the test's own time limit ends it. */
  async function runToEnd(body: object): Promise<void> {
    const accepted = await sim.runCommand(body);
    expect(accepted.status).toBe(202);
    while ((await sim.arm(accepted.headers.location ?? "")).status === 202);
  }

  test("of a report of this package, the page says what it is, and shows the files that it is of", async () => {
    const script = ["mkdir -p /var/lib/azure-run-command/deploy", "echo '[ARC1 0123abcd 1 4 5]'"];
    await runToEnd({ commandId: "RunShellScript", script });
    await open(sim.simulator.page);
    await says("#output", "This is a packed report of azure-run-command.");
    await page.getByRole("button", { name: "Show them" }).click();
    await page.getByRole("button", { name: "deploy", exact: true }).waitFor();
    expect(await page.getByLabel("Path").inputValue()).toBe("/var/lib/azure-run-command");
    expect(complaints).toEqual([]);
  });

  test("the time line can be walked with the keyboard, and a phone needs no sideways scrolling", async () => {
    await runToEnd({ commandId: "RunShellScript", script: ["true"] });
    await runToEnd({ commandId: "ifconfig" });
    await open(sim.simulator.page);
    await page.getByRole("button", { name: "Everything" }).click();
    await says("#operations tr[data-state=succeeded]", "ifconfig");
    const bars = page.locator(".bar");
    await bars.first().focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await says("#output h3", "RunShellScript on vm1");
    expect(await bars.last().getAttribute("aria-pressed")).toBe("false");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await says("#output h3", "ifconfig on vm1");
    expect(await bars.last().getAttribute("aria-pressed")).toBe("true");
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(complaints).toEqual([]);
  });

  test("the time line begins after the last pause of more than a minute, and what overlaps has lanes", async () => {
    await open(`${sim.simulator.endpoint}/_simulator/`);
    /** As text: what is in it runs in the page. */
    const decided = await page.evaluate(`(async () => {
      const { lanesOf, ticksOf, timeSpan } = await import("/_simulator/page/time-scale.mjs");
      const at = (id, postedAtMs, endedAtMs) => ({ id, postedAtMs, endedAtMs });
      const operations = [at("old", 0, 1000), at("a", 100000, 110000), at("b", 105000, null), at("c", 111000, 112000)];
      return {
        latest: timeSpan(operations, 120000, "latest"),
        all: timeSpan(operations, 120000, "all"),
        none: timeSpan([], 5000, "latest"),
        lanes: [...lanesOf(operations, 120000).lanes],
        ticks: ticksOf({ fromMs: 99600, toMs: 120400 }, 5),
      };
    })()`);
    expect(decided).toEqual({
      latest: { fromMs: 99_600, toMs: 120_400 },
      all: { fromMs: -2_400, toMs: 122_400 },
      none: { fromMs: 3_000, toMs: 5_000 },
      lanes: [
        ["old", 0],
        ["a", 0],
        ["b", 1],
        ["c", 0],
      ],
      ticks: { ticks: [100_000, 105_000, 110_000, 115_000, 120_000], step: 5_000 },
    });
  });

  const WHERE =
    "open it by the address that `simulate` prints on a terminal, or type AZURE_RUN_COMMAND_SIMULATOR_KEY of its env-file";

  test("a wrong key gets one sentence, a missing one another, and the right one the page", async () => {
    await open(`${sim.simulator.endpoint}/_simulator/#key=wrong`);
    await page.getByRole("alert").filter({ hasText: "this is not the key" }).waitFor();
    expect(await page.getByRole("alert").textContent()).toBe(
      `this is not the key of this simulator, which has a new one at each start: ${WHERE}`,
    );
    expect(await page.locator("#page").isHidden()).toBe(true);
    await page.close();

    await open(`${sim.simulator.endpoint}/_simulator/`);
    await page.getByRole("alert").filter({ hasText: "this page needs" }).waitFor();
    expect(await page.getByRole("alert").textContent()).toBe(`this page needs the simulator's key: ${WHERE}`);
    await page.getByLabel("Key of the simulator").fill(sim.simulator.environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "");
    await page.getByRole("button", { name: "Open" }).click();
    await says(".machine h3", "vm1");
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")).toBe(
      '[{},{},""]',
    );
    expect(complaints).toEqual([]);
  });
});
