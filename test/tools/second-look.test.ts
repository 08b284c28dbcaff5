/** What CI does with test files that failed beside the others: jest's own runs in a folder of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const PASSES = "test('holds', () => undefined);";
const FAILS = "test('does not hold', () => { throw new Error('it is so'); });";
/** As a test that depends on what else runs: it fails until a file is there, which the first run leaves. */
const FAILS_ONCE = `const fs = require("fs");
test('holds alone', () => undefined);
test('holds most of the time', () => {
  const isFirst = !fs.existsSync("ran");
  fs.writeFileSync("ran", "");
  if (isFirst) throw new Error('it was busy');
});`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "second-look-"));
  mkdirSync(join(folder, "test"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "jest": { "testMatch": ["<rootDir>/test/*.js"] } }');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function look(tests: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(tests)) writeFileSync(join(folder, "test", name), text);
  spawnSync("npx", ["jest", "--ci", "--json", "--outputFile=report"], { cwd: folder });
  const { status, stdout } = run("second-look.mjs", "report");
  return { status, said: stdout, counted: run("count-results.mjs", "report").stdout };
}

function run(tool: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(ROOT, "tools", tool), ...args], { cwd: folder, encoding: "utf8" });
}

test("a test that passes alone is named with what it said at first, and counts as passed", () => {
  const { status, said, counted } = look({ "a.js": PASSES, "b.js": FAILS_ONCE });
  expect(said).toContain("second look: running alone: test/b.js\n");
  expect(said).toContain(
    "second look: unsteady: test/b.js: holds most of the time: passes alone, failed beside the others:\nError: it was busy\n",
  );
  expect({ status, counted }).toEqual({ status: 0, counted: "3 passed, 0 failed\n" });
});

test("a test that fails again fails CI, beside one that does not", () => {
  const { status, said, counted } = look({ "a.js": PASSES, "b.js": FAILS_ONCE, "c.js": FAILS });
  expect(said.match(/unsteady: .*/g)).toEqual([
    "unsteady: test/b.js: holds most of the time: passes alone, failed beside the others:",
  ]);
  expect({ status, counted }).toEqual({ status: 1, counted: "3 passed, 1 failed\n" });
});

test("a file that cannot be loaded fails CI", () => {
  expect(look({ "a.js": PASSES, "b.js": "(" })).toMatchObject({ status: 1, counted: "1 passed, 1 failed\n" });
});

test("failures in more than three files are no bad luck: nothing is run again", () => {
  const { status, said, counted } = look({ "a.js": FAILS, "b.js": FAILS, "c.js": FAILS, "d.js": FAILS_ONCE });
  expect(said).toBe("second look: 4 files failed, more than 3: nothing is run again\n");
  expect({ status, counted }).toEqual({ status: 1, counted: "1 passed, 4 failed\n" });
});

test("without a report of the first run nothing passes", () => {
  const { status, stdout } = run("second-look.mjs", "report");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "second look: there is no report of the first run\n" });
  expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toContain('|| node tools/second-look.mjs "$results"');
});
