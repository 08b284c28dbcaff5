/** What all work on the VMs of a fleet has in common: whose it is, on how many at once, for how long. */
import { type VmTarget, vmResourceId } from "../core/arm/invocation";
import { executeFleetRemoval, type NotLeft } from "../core/fleet/execute-fleet-removal";
import type { Member } from "../core/fleet/fleet-plan";
import { FleetProgress } from "../core/fleet/fleet-progress";
import type { FleetWork } from "../core/fleet/fleet-work";
import { memberNames } from "../core/fleet/member-names";
import { type Share, vmsAtOnce } from "../core/fleet/share";
import type { Reporter } from "../core/outside";
import { logStreams } from "../core/run/script-log";
import { type TimedOperation, timeoutOf } from "./custom-timeouts";
import { labelOf, urnOf } from "./names";
import { maskFor, secretValues } from "./secret-values";
import type { Properties } from "./state";
import { currentWork } from "./work";

export interface WorkOptions {
  readonly key: string;
  readonly properties: Properties;
  /** What is stored, whose secrets must not be shown either. */
  readonly olds?: Properties | undefined;
  /** All VMs that are spoken of: their names are those that they have among each other. */
  readonly targets: readonly VmTarget[];
  readonly maxConcurrency: Share;
  /** `undefined` for what has no time limit. */
  readonly operation: TimedOperation | undefined;
}

export type SharedWork = Omit<FleetWork, "progress"> & { readonly reporter: Reporter };

export function fleetWork({ key, properties, olds, targets, maxConcurrency, operation }: WorkOptions): SharedWork {
  const { session, log } = currentWork();
  const names = memberNames(targets);
  const byId = new Map(targets.map((target, index) => [vmResourceId(target), names[index] ?? target.vmName] as const));
  const seconds = operation && timeoutOf(properties, operation);
  const mask = maskFor(properties, olds);
  return {
    owner: { key, label: labelOf(properties, key), mask, secrets: secretValues(properties) },
    session,
    reporter: log.reporterFor(urnOf(properties)),
    nameOf: ({ target }) => byId.get(vmResourceId(target)) ?? target.vmName,
    maxConcurrency: vmsAtOnce(maxConcurrency, targets.length),
    timeLimit:
      operation === undefined || seconds === undefined
        ? undefined
        : { operation, seconds, endsAtMs: session.outside.nowMs() + seconds * 1_000 },
  };
}

/** A line for all of them, and the same that is said of many is counted. */
export async function withProgress<Result>(
  vms: number,
  { session, reporter }: SharedWork,
  work: (progress: FleetProgress) => Promise<Result>,
): Promise<Result> {
  const progress = new FleetProgress({ vms, outside: session.outside, reporter });
  return work(progress).finally(() => progress.end());
}

/** Takes what the fleet left off VMs. @returns those of which it could not be taken. */
export function leaveVms(leaving: readonly Member[], shared: SharedWork): Promise<readonly NotLeft[]> {
  return withProgress(leaving.length, shared, (progress) =>
    executeFleetRemoval(leaving, {
      ...shared,
      progress,
      scriptEnded: (member, result) => {
        if (member.last !== undefined) {
          logStreams(result, member.last.prior.settings, reporterOfVm(shared.nameOf(member), shared.reporter));
        }
      },
    }),
  );
}

/** What a script printed is told with the name of its VM. */
export function reporterOfVm(name: string, reporter: Reporter): Pick<Reporter, "info"> {
  return { info: (message) => reporter.info(`'${name}' ${message}`) };
}
