/** The folders of simulators that were killed go away; those of anybody else do not. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeTemporaryFolder, removeLeftFolders } from "../../simulator/temporary-folder";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "temporary-folder-test-"));
});
afterEach(() => {
  rmSync(top, { recursive: true, force: true });
});

const DEAD = {
  pid: 4_194_304,
  start: "1",
  pidNamespace: readlinkSync("/proc/self/ns/pid"),
  bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
};

function leave(name: string, owner?: string): string {
  const folder = join(top, name);
  mkdirSync(join(folder, "guests"), { recursive: true });
  if (owner !== undefined) {
    writeFileSync(join(folder, "owner.json"), owner);
  }
  return folder;
}

test.each<{ what: string; owner: string | undefined; stays: boolean }>([
  { what: "whose process is gone", owner: JSON.stringify(DEAD), stays: false },
  {
    what: "whose process number belongs to another one now",
    owner: JSON.stringify({ ...DEAD, pid: process.pid }),
    stays: false,
  },
  { what: "of another PID namespace", owner: JSON.stringify({ ...DEAD, pidNamespace: "pid:[1]" }), stays: true },
  { what: "of another boot, or machine", owner: JSON.stringify({ ...DEAD, bootId: "other" }), stays: true },
  { what: "that names nobody", owner: undefined, stays: true },
  { what: "that names nobody yet", owner: "", stays: true },
  { what: "that names half of somebody", owner: JSON.stringify({ pid: 4_194_304 }), stays: true },
])("a folder $what: stays $stays", async ({ owner, stays }) => {
  const folder = leave("azure-run-command-simulator-abcdef", owner);
  await removeLeftFolders(top);
  expect(existsSync(folder)).toBe(stays);
});

test("a simulator that lives keeps its folder", async () => {
  const folder = makeTemporaryFolder(top);
  expect(basename(folder)).toMatch(/^azure-run-command-simulator-/);
  await removeLeftFolders(top);
  expect(existsSync(folder)).toBe(true);
});

test("what is called otherwise stays, and so does what a link leads to", async () => {
  const elsewhere = leave("something-else", JSON.stringify(DEAD));
  symlinkSync(elsewhere, join(top, "azure-run-command-simulator-link"));
  await removeLeftFolders(top);
  expect(existsSync(join(elsewhere, "owner.json"))).toBe(true);
  expect(existsSync(join(top, "azure-run-command-simulator-link"))).toBe(true);
});
