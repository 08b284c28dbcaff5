/** What waits in a VM's lane, a request of the runner or a command of Azure's, and who waits for it. */
import type { RunCommandBody } from "../arm/invocation";
import type { GuestRequest, Report } from "../guest/protocol";
import type { SeeVmId } from "./same-vm";

/** Whoever waits for a request, and is told how it goes with it. */
export interface LaneWatcher {
  /** What others are told that they wait for. */
  readonly label: string;
  /** Something else is out. `behind` names those whose it is. */
  queued(behind: readonly string[]): void;
  /** Azure's operation for it is in progress, since `operationMs`. */
  inProgress(operationMs: number): void;
  /** Something takes longer than it should; a finished sentence. */
  delayed(why: string): void;
}

/** Ends what another client runs on the VM when that is in the way. */
export interface Eviction {
  /** Is sent first, and ends it. */
  readonly body: RunCommandBody;
  /** Told when it has been ended. */
  done(): void;
}

/** Goes out together with others of its kind. */
export interface WaitingRequest {
  readonly request: GuestRequest;
  readonly watcher: LaneWatcher;
  readonly evict: Eviction | undefined;
  readonly seeVmId: SeeVmId | undefined;
  readonly resolve: (report: Report) => void;
  readonly reject: (error: unknown) => void;
}

/** Goes out alone. */
export interface WaitingCommand {
  readonly work: () => Promise<void>;
  readonly watcher: LaneWatcher;
  readonly starts: boolean;
  readonly reject: (error: unknown) => void;
}

export type LaneItem = WaitingRequest | WaitingCommand;

/** Whether it only asks how a run goes on. */
export function isWait(item: LaneItem): boolean {
  return "request" in item && item.request.verb === "wait";
}

/** Whether it is refused once the deployment was interrupted. */
export function startsSomething(item: LaneItem): boolean {
  return "request" in item ? isForRun(item.request) : item.starts;
}

/** Whether it starts something, or is the look before that. */
export function isForRun({ verb }: GuestRequest): boolean {
  return verb === "run" || verb === "list";
}

/** Whether it is a run that needs the extension for longer than it takes: not the one that ends them all. */
export function isForResource(request: GuestRequest): boolean {
  return request.verb === "run" && !request.endsOthers;
}

export function watchersOf(group: readonly WaitingRequest[]): readonly LaneWatcher[] {
  return group.map(({ watcher }) => watcher);
}

export function delayAll(watchers: readonly LaneWatcher[], why: string): void {
  for (const watcher of watchers) watcher.delayed(why);
}
