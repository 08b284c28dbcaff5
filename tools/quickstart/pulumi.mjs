// Runs the Pulumi engine on the quick start's own stack; needs no Pulumi account.
import { delimiter, join } from "node:path";
import { attempt } from "../run.mjs";
import { marked } from "./processes.mjs";

const STACK = "try";
/** After the first SIGINT the engine waits for the running script; after a second one it ends within 5 s. */
const SECOND_SIGNAL_MS = 1_000;

/**
 * @param {{ folder: string, engine: string, environment: Record<string, string>, waitForScripts: boolean }} options
 *   `waitForScripts`: an interruption lets a running script end, since its VM is a real one.
 */
export function pulumiOf({ folder, engine, environment, waitForScripts }) {
  const env = marked(folder, {
    ...environment,
    PATH: `${engine}${delimiter}${environment.PATH}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    // Protects nothing: the state of the quick start has no secrets.
    PULUMI_CONFIG_PASSPHRASE: "quickstart",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  });
  let running;
  let signals = 0;

  async function pulumi(args, say) {
    if (signals > 0) throw new Error("interrupted");
    const all = ["--non-interactive", "--color", "never", ...args];
    const { exitCode, output } = await attempt("pulumi", all, {
      cwd: folder,
      env,
      detached: true,
      onStart: (child) => {
        running = child;
      },
      onLine: (line) => isWorthSaying(line) && say?.(line.trimEnd()),
    });
    running = undefined;
    if (signals > 0) throw new Error("interrupted");
    if (exitCode === 0) return output;
    const shown = say === undefined ? `; it printed:\n${output.trim()}` : "";
    throw new Error(`'pulumi ${args.join(" ")}' ended with ${exitCode}${shown}`);
  }

  return {
    select: () => pulumi(["stack", "select", "--create", STACK]),
    /** Gives back the lock of an engine that was killed. */
    cancel: () => pulumi(["cancel", STACK, "--yes"]),
    configure: (key, value) => pulumi(["config", "set", "--stack", STACK, "--", key, value]),
    up: (say) => pulumi(["up", "--stack", STACK, "--yes", "--skip-preview"], say),
    destroy: (say) => pulumi(["destroy", "--stack", STACK, "--yes", "--skip-preview"], say),
    outputs: async () => {
      // Warnings may come before the JSON.
      const output = await pulumi(["stack", "output", "--stack", STACK, "--json"]);
      return JSON.parse(output.slice(output.indexOf("{")));
    },
    interrupt() {
      signals += 1;
      const child = running;
      child?.kill("SIGINT");
      if (!waitForScripts && signals === 1) setTimeout(() => child?.kill("SIGINT"), SECOND_SIGNAL_MS).unref();
    },
  };
}

/** Without a terminal Pulumi shows that it lives by lines of dots. */
function isWorthSaying(line) {
  return line.trim() !== "" && !/^@ [a-z ]+\.+$/.test(line);
}
