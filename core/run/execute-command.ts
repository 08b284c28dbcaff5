/** Carries out one of Azure's commands other than `RunShellScript`, of which Azure tells no exit code. */
import type { VmTarget } from "../arm/invocation";
import type { InvokeEnd } from "../arm/invoke";
import { requireReadyVm } from "../arm/virtual-machine";
import { RunFailedError } from "../failures/errors";
import type { RawCommand } from "../inputs/input-command";
import type { Reporter } from "../outside";
import type { Mask } from "../secrets/secret-texts";
import { readAzureMessage } from "./azure-message";
import { type Deadline, untilSent } from "./deadline";
import { type RunOutcome, UNKNOWN_RESULT } from "./outcome";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";
import { unknownOutcome } from "./unknown-outcome";

export interface CommandIntent {
  readonly target: VmTarget;
  readonly command: RawCommand;
  readonly label: string;
  readonly readyTimeoutInSeconds: number;
  readonly mask: Mask;
}

export interface ExecutedCommand {
  readonly outcome: RunOutcome;
  readonly target: VmTarget;
  readonly vmId: string | undefined;
}

/** These only look, so that sending one again does no harm. Source: their descriptions in Azure's catalogue. */
const LOOKING_COMMAND_IDS: readonly string[] = ["ifconfig"];

/**
 * Sends the command once. One whose answer was lost is not sent again: whether it was carried out is not known.
 *
 * @throws RunFailedError when nothing can have been carried out.
 */
export async function executeCommand(
  intent: CommandIntent,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<ExecutedCommand> {
  const { command, mask } = intent;
  const { commandId, parameters } = command;
  const target = session.complete(intent.target);
  const { vmName } = target;
  const signal = deadline?.signal;
  let vmId: string | undefined;
  try {
    const patience = { timeoutSeconds: intent.readyTimeoutInSeconds, reporter };
    ({ vmId } = await requireReadyVm(target, session, {
      ...patience,
      signal: untilSent(vmName, session, deadline),
    }));
    const lane = await session.lane(target);
    const body = parameters.length === 0 ? { commandId } : { commandId, parameters };
    const watcher = watchQueue(intent.label, vmName, `'${commandId}' is out on '${vmName}'`, reporter);
    const afterLoss = async (detail: string) => {
      if (LOOKING_COMMAND_IDS.includes(commandId.toLowerCase())) {
        return "sendAgain" as const;
      }
      throw new RunFailedError({ kind: "AnswerLost", vmName, commandId, detail, afterTries: 1 }, true);
    };
    const end = await lane.command(body, watcher, { starts: true, signal, afterLoss });
    return { outcome: outcomeOfCommand(end, vmName, mask), target, vmId };
  } catch (error) {
    return { outcome: await unknownOutcome(error, target, session), target, vmId };
  }
}

function outcomeOfCommand(end: InvokeEnd, vmName: string, mask: Mask): RunOutcome {
  if (end.kind === "dropped") {
    throw new RunFailedError({ kind: "OperationFailed", vmName, ...end.error }, true);
  }
  const { stdout, stderr } = readAzureMessage(end.kind === "succeeded" ? (end.message ?? "") : "", vmName);
  const result = { ...UNKNOWN_RESULT, executionState: "Unverified" as const };
  return {
    takenUp: false,
    failure: undefined,
    result: { ...result, stdout: mask(stdout, { start: true }), stderr: mask(stderr, { start: true }) },
  };
}
