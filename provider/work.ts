/** What one provider process shares among all calls of the engine: its session with Azure, and its line to the engine. */
import { WAIT_SLICE_SECONDS } from "../core/limits";
import { type Reporter, realOutside } from "../core/outside";
import { openSession, type Session } from "../core/run/session";
import { loadCredential } from "../core/sign-in/identity-library";
import { readSettings } from "../core/sign-in/settings";
import { onEngineCancel } from "./engine-cancel";
import { type EngineLog, openEngineLog } from "./engine-log";
import { untilEngineIsGone } from "./engine-watch";
import { USER_AGENT } from "./user-agent";

export interface ConfigureRequest {
  readonly config: { get(key: string): string | undefined };
}

interface Work {
  readonly session: Session;
  readonly log: EngineLog;
  /** The runs that this process waits for at this moment. */
  readonly underWay: Set<RunUnderWay>;
}

export interface RunUnderWay {
  /** On which VM, or on how many: `'web1'`, `3 VMs`. */
  where(): string;
  readonly reporter: Reporter;
}

let work: Work | undefined;

/**
 * Takes the stack's configuration into account. The engine gives the same one once for each text of the shim that it
 * meets in the state; only the first counts, since a second session would have lanes of its own.
 */
export function takeConfiguration(request: ConfigureRequest): void {
  work ??= startWork((name) => request.config.get(`azure-native:${name}`));
}

function startWork(config: (name: string) => string | undefined): Work {
  const outside = realOutside();
  const settings = readSettings(config, outside.environment);
  // The engine gives its address to a provider process as the last argument; elsewhere (in tests) there is none.
  const engineAddress = process.argv[2]?.includes(":") === true ? process.argv[2] : undefined;
  const orphaned = new AbortController();
  if (engineAddress !== undefined) {
    void untilEngineIsGone(engineAddress, outside).then(() => {
      orphaned.abort(new Error("the engine is gone"));
      process.exit(1);
    });
  }
  const { waitSliceSeconds: waitSlice } = settings;
  const session = openSession({
    settings,
    outside,
    loadCredential,
    userAgent: USER_AGENT,
    // `check` reports the problem, before anything is sent.
    waitSliceSeconds: waitSlice.kind === "seconds" ? waitSlice.value : WAIT_SLICE_SECONDS,
    signal: orphaned.signal,
  });
  const underWay = new Set<RunUnderWay>();
  if (engineAddress !== undefined) {
    onEngineCancel(() => {
      session.startNothing();
      // What was refused by that is under way no more by then.
      void outside.sleep(0).then(() => tellOfCancel(underWay));
    });
  }
  return { session, log: openEngineLog(engineAddress, outside), underWay };
}

/** The engine itself only says that it waits. */
export function tellOfCancel(underWay: Iterable<RunUnderWay>): void {
  for (const { where, reporter } of underWay) {
    reporter.warn(
      `^C: waiting for the script on ${where()} to end; a second ^C leaves it running there, and the next 'pulumi up' takes it up`,
    );
  }
}

/** Without a configuration, the environment alone counts. */
export function currentWork(): Work {
  work ??= startWork(() => undefined);
  return work;
}
