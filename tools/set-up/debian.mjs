// Sees to it that the programs are there that the tests run: by apt where that is possible, else says what to install.
import { step } from "../progress.mjs";
import { which } from "../pulumi/from-path.mjs";
import { run } from "../run.mjs";

/** Chrome is what the machines of GitHub Actions have. */
export const BROWSERS = ["chromium", "google-chrome"];

/**
 * Which Debian package brings which programs; of those in one list, any will do. The runner is tested under each of the
 * shells; the simulator's page in a browser; the guests need the rest.
 */
const PROGRAMS_OF_PACKAGE = {
  shellcheck: ["shellcheck"],
  busybox: ["busybox"],
  dash: ["dash"],
  bash: ["bash"],
  "util-linux": ["unshare", "nsenter", "setsid"],
  mount: ["mount", "umount"],
  iproute2: ["ip"],
  procps: ["ps"],
  chromium: [BROWSERS],
};

export async function installTestPrograms() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || which("apt-get") === undefined)
    throw new Error(
      `the tests need programs of these Debian packages: ${missing.join(" ")}; install them, then try again`,
    );
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await step({ title: `Install Debian packages: ${missing.join(" ")}`, usually: "10 s to 1 minute" }, async () => {
    await run("apt-get", ["update"], { env });
    await run("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], { env });
  });
  const stillMissing = missingPackages();
  if (stillMissing.length > 0)
    throw new Error(`installed, but without the expected programs: ${stillMissing.join(" ")}`);
}

export function missingPackages(path = process.env.PATH) {
  return Object.entries(PROGRAMS_OF_PACKAGE)
    .filter(([, programs]) => programs.some((names) => [names].flat().every((name) => which(name, path) === undefined)))
    .map(([name]) => name);
}
