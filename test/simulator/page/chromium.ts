/** A headless Chromium for tests, which talks to nobody but the simulator. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** As in tools/set-up/debian.mjs, which installs the first. */
const PROGRAMS = ["chromium", "google-chrome"];

export function startChromium(): Promise<Browser> {
  const executablePath = PROGRAMS.map(findProgram).find((path) => path !== undefined);
  if (executablePath === undefined) {
    throw new Error(`none of ${PROGRAMS.join(", ")} is on the PATH; 'node tools/set-up.mjs' installs the first`);
  }
  // /dev/shm of a container is small, and a proxy has no business here.
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server"];
  return chromium.launch({ executablePath, args });
}

function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
