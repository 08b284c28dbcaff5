/** Looks for what is behind a failure: at the VM, its locks, its log, Azure's list of commands. */
import { listCommands } from "../arm/catalogue";
import { READ_CATALOGUE_ACTION, RUN_SHELL_SCRIPT_COMMAND_ID, type VmTarget } from "../arm/invocation";
import { locksOf } from "../arm/locks";
import { lookUpVm } from "../arm/virtual-machine";
import type { VmFacts } from "../arm/vm-facts";
import type { LaneWatcher } from "../run/lane";
import type { Session } from "../run/session";
import { RunFailedError } from "./errors";
import { HANDLER_LOG_LINES, handlerLogEvidence, lockEvidence, unseenVmEvidence, vmEvidence } from "./evidence";
import { type Look, lookFor } from "./looks";
import type { RunFailure } from "./run-failure";

/** How long all of it may take. Source: our own choice: a run command takes 13 s at least, and somebody waits. */
const DIAGNOSIS_MAX_MS = 30_000;

/**
 * The same failure with what could be found out about it. Never throws, and ends after 30 s with what it has by then.
 *
 * @param look where to look; by default where the cause of such a failure can be seen.
 */
export async function diagnose(
  error: RunFailedError,
  target: VmTarget,
  session: Session,
  look: Look = lookFor(error.failure),
): Promise<RunFailedError> {
  if (look === "nothing" || error.evidence.length > 0) {
    return error;
  }
  const found: Findings = { evidence: [], knownIds: undefined, powerState: undefined };
  const inTime = await within(DIAGNOSIS_MAX_MS, session, async (signal) => {
    await find(look, { target: session.complete(target), session, signal }, found);
  });
  const late = inTime ? [] : [`there may be more: looking for it was given up after ${DIAGNOSIS_MAX_MS / 1_000} s`];
  const failure = withFindings(error.failure, found);
  return new RunFailedError(failure, error.mayHaveRun, error.subject).withEvidence([...found.evidence, ...late]);
}

interface Findings {
  readonly evidence: string[];
  knownIds: readonly string[] | undefined;
  powerState: string | undefined;
}

interface Place {
  readonly target: VmTarget;
  readonly session: Session;
  readonly signal: AbortSignal;
}

async function find(look: Exclude<Look, "nothing">, place: Place, found: Findings): Promise<void> {
  const { target, session, signal } = place;
  switch (look) {
    case "locks":
      found.evidence.push(...lockEvidence(await locksOf(target, await session.client(), signal)));
      return;
    case "vm":
      await lookAtVm(place, found);
      return;
    case "vm and log": {
      const facts = await lookAtVm(place, found);
      // Asking for the log of an extension that is not there would bring the extension.
      if (facts?.powerState === "running" && facts.extensionInstalled) {
        found.evidence.push(...(await readHandlerLog(place)));
      }
      return;
    }
    case "catalogue": {
      const { location } = (await lookAtVm(place, { ...found, evidence: [] })) ?? {};
      if (location !== undefined) {
        await lookAtCatalogue(location, place, found);
      }
      return;
    }
  }
}

async function lookAtVm({ target, session, signal }: Place, found: Findings): Promise<VmFacts | undefined> {
  try {
    const vm = await lookUpVm(target, session, signal);
    found.evidence.push(...(vm.kind === "there" ? vmEvidence(vm.facts) : ["the VM is not there any more"]));
    if (vm.kind === "gone") {
      return undefined;
    }
    found.powerState = vm.facts.powerState;
    return vm.facts;
  } catch (error) {
    found.evidence.push(unseenVmEvidence(error instanceof RunFailedError ? error.failure : undefined));
    return undefined;
  }
}

async function lookAtCatalogue(location: string, { target, session, signal }: Place, found: Findings): Promise<void> {
  const { subscriptionId } = target;
  try {
    const commands = await listCommands({ subscriptionId, location }, await session.client(), signal);
    found.knownIds = commands.filter(({ osType }) => osType !== "Windows").map(({ id }) => id);
  } catch (error) {
    const why =
      error instanceof RunFailedError && error.failure.kind === "CatalogueUnreadable" && error.failure.status === 403
        ? `the right '${READ_CATALOGUE_ACTION}' is missing`
        : "Azure did not show it";
    found.evidence.push(`the list of commands in '${location}' cannot be seen: ${why}`);
  }
}

/** Without the lines that this very command writes: its number is the name of the folder in which it runs. The others have none. */
const TAIL_OF_HANDLER_LOG = `grep " seq=" /var/log/azure/run-command/handler.log 2>/dev/null | grep -v " seq=\${PWD##*/} " | tail -n ${HANDLER_LOG_LINES}`;

/** The log is on the VM, and only a run command can read it. */
async function readHandlerLog({ target, session, signal }: Place): Promise<readonly string[]> {
  try {
    const lane = await session.lane(target);
    const end = await lane.command(
      { commandId: RUN_SHELL_SCRIPT_COMMAND_ID, script: [TAIL_OF_HANDLER_LOG] },
      silentWatcher(target.vmName),
      { afterLoss: async () => "done", starts: true, signal },
    );
    return end.kind === "succeeded" ? handlerLogEvidence(end.message ?? "") : [LOG_UNREAD];
  } catch {
    return [LOG_UNREAD];
  }
}

const LOG_UNREAD = "handler.log on the VM (/var/log/azure/run-command) could not be had";

function silentWatcher(vmName: string): LaneWatcher {
  const nothing = () => undefined;
  return { label: `the diagnosis of '${vmName}'`, queued: nothing, inProgress: nothing, delayed: nothing };
}

function withFindings(failure: RunFailure, { knownIds, powerState }: Findings): RunFailure {
  switch (failure.kind) {
    case "CommandUnknown":
      return knownIds === undefined ? failure : { ...failure, knownIds };
    case "VmNotRunning":
      // Azure's refusal does not say which state it is; by now the VM may run again.
      return powerState === undefined || powerState === "running" ? failure : { ...failure, powerState };
    default:
      return failure;
  }
}

/** @returns whether the work ended in time. What it throws is not told: a look that fails finds nothing. */
async function within(
  maxMs: number,
  { outside }: Session,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const limit = new AbortController();
  const done = new AbortController();
  const passed = outside.sleep(maxMs, done.signal).then(
    () => {
      limit.abort();
      return false;
    },
    // The work was done before.
    () => true,
  );
  const worked = work(limit.signal).then(
    () => true,
    () => true,
  );
  return Promise.race([worked, passed]).finally(() => done.abort());
}
