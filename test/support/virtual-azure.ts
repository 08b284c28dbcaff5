/** Azure with VMs behind HTTP, in virtual time: one command at a time on each VM, and a guest that does what a call asks for. */
import { REMOVE_EXTENSION_COMMAND_ID, type VmTarget } from "../../core/arm/invocation";
import { openSession, type Session, type SessionOptions } from "../../core/run/session";
import { earlyReportSeconds } from "../../core/run/wait-slices";
import { readSettings } from "../../core/sign-in/settings";
import { VM_GUID, vmAnswer } from "./scripted-vm";
import { type GuestCall, readCall, VirtualGuest } from "./virtual-guest";
import { type Answer, type Exchange, type VirtualOutside, virtualOutside } from "./virtual-outside";

/** One command that Azure took. */
export interface Operation {
  readonly vmName: string;
  readonly commandId: string;
  /** Undefined for a command without a script. */
  readonly call: GuestCall | undefined;
  readonly atMs: number;
  /** Of which process it is; see `nextProcess`. */
  readonly process: number;
  /** Whether the client never learned that it was taken. */
  readonly isLost: boolean;
  status: "InProgress" | "Succeeded" | "Canceled";
  message: string;
}

export interface VirtualVm {
  readonly name: string;
  guest: VirtualGuest;
  /** Another one under the same name has another number. */
  life: number;
  isGone: boolean;
  hasExtension: boolean;
  /** Until then another client's command is out. */
  takenUntilMs: number;
  out: Operation | undefined;
  restarts: number;
}

/** What goes wrong with a command: an answer in place of Azure's own, before it was taken or after. */
export interface PostFault {
  readonly isTaken: boolean;
  readonly answer: Answer;
}

export interface AzureOptions {
  readonly vmNames: readonly string[];
  /** How long Azure needs to bring a call to its VM, and to bring back what came of it. @default 6 s and 7 s */
  readonly wayMs?: () => { readonly there: number; readonly back: number };
  readonly postFault?: (post: number, call: GuestCall | undefined) => PostFault | undefined;
  /** Whether Azure does not even look at a request, since there are too many. */
  readonly refuse?: (exchange: Exchange, vmName: string | undefined) => Answer | undefined;
  /** In place of the answer to a look or a poll. */
  readonly getFault?: (exchange: Exchange) => Answer | undefined;
  /** Whether the operation is pushed aside at its end, and its report lost. */
  readonly isDropped?: () => boolean;
}

export interface VirtualAzure {
  readonly outside: VirtualOutside;
  readonly operations: readonly Operation[];
  /** The commands that were sent while one of the same process was out, of which it knew. */
  readonly conflicts: readonly string[];
  /** What is sent from now on is of another process. */
  nextProcess(): void;
  vm(name: string): VirtualVm;
  restart(name: string): void;
  /** Deletes it, or makes another one under its name, which is empty. */
  remove(name: string): void;
  remake(name: string): void;
  session(options?: Partial<SessionOptions>): Session;
}

const BUSY: Answer = {
  status: 409,
  body: { error: { code: "Conflict", message: "Run command extension execution is in progress." } },
};
const WAY = { there: 6_000, back: 7_000 };

export function targetOf(vmName: string): VmTarget {
  return { subscriptionId: "s", resourceGroupName: "rg", vmName };
}

export function virtualAzure(options: AzureOptions): VirtualAzure {
  const { wayMs = () => WAY, postFault, refuse, getFault, isDropped = () => false } = options;
  const operations: Operation[] = [];
  const conflicts: string[] = [];
  let posts = 0;
  let process = 1;
  const outside = virtualOutside((exchange) => {
    const vm = vms.get(/virtualMachines\/([^/?]+)/.exec(exchange.url)?.[1] ?? "");
    const refused = refuse?.(exchange, vm?.name);
    if (refused !== undefined) {
      return refused;
    }
    if (exchange.method === "POST" && vm?.isGone === false) {
      return take(vm, exchange);
    }
    const fault = getFault?.(exchange);
    if (fault !== undefined) {
      return fault;
    }
    const number = /operations\/(\d+)$/.exec(exchange.url)?.[1];
    const operation = operations[Number(number) - 1];
    return operation === undefined ? lookAnswer(vm) : pollAnswer(operation);
  });
  const vms = new Map<string, VirtualVm>(
    options.vmNames.map((name) => {
      const guest = new VirtualGuest(outside.nowMs);
      return [
        name,
        { name, guest, life: 1, isGone: false, hasExtension: false, takenUntilMs: 0, out: undefined, restarts: 0 },
      ];
    }),
  );
  const take = (vm: VirtualVm, exchange: Exchange): Answer => {
    posts += 1;
    const { commandId, script } = exchange.body as { commandId: string; script?: readonly string[] };
    const call = script === undefined ? undefined : readCall(script.join("\n"));
    const fault = postFault?.(posts, call);
    if (fault?.isTaken === false) {
      return fault.answer;
    }
    const isRemoval = commandId === REMOVE_EXTENSION_COMMAND_ID;
    if (outside.nowMs() < vm.takenUntilMs || (vm.out !== undefined && !isRemoval)) {
      if (vm.out?.process === process && !vm.out.isLost) conflicts.push(`${commandId} on ${vm.name}`);
      return BUSY;
    }
    if (vm.out !== undefined) vm.out.status = "Canceled";
    const operation: Operation = {
      vmName: vm.name,
      commandId,
      call,
      atMs: outside.nowMs(),
      process,
      isLost: fault !== undefined,
      status: "InProgress",
      message: "",
    };
    operations.push(operation);
    vm.out = operation;
    const url = `https://management.azure.com/operations/${operations.length}`;
    void carryOut(vm, operation);
    return fault?.answer ?? { status: 202, headers: { "azure-asyncoperation": url } };
  };
  const restart = (name: string) => {
    const vm = vms.get(name);
    if (vm !== undefined) {
      vm.guest.restart();
      vm.restarts += 1;
    }
  };
  /** As the runner does: to the end of the slice, or until what has ended has been known for long enough. */
  const waitForEnds = async (call: GuestCall, vm: VirtualVm, restarts: number) => {
    const beganAtMs = outside.nowMs();
    let untilMs = beganAtMs + call.sliceMs;
    for (let known = call.lines.length; vm.restarts === restarts; ) {
      const { count, nextMs } = vm.guest.going(call);
      const nowMs = outside.nowMs();
      if (count < known) {
        known = count;
        const busyMs = call.busyForMs + nowMs - beganAtMs;
        untilMs = Math.min(beganAtMs + call.sliceMs, nowMs + earlyReportSeconds(busyMs / 1_000) * 1_000);
      }
      if (count === 0 || nowMs >= untilMs) return;
      await outside.sleep(Math.max(1, Math.min(nextMs, untilMs) - nowMs));
    }
  };
  const carryOut = async (vm: VirtualVm, operation: Operation) => {
    const { restarts } = vm;
    const { there, back } = wayMs();
    await outside.sleep(there);
    const { call } = operation;
    if (call !== undefined) vm.hasExtension = true;
    const rows = call === undefined || vm.restarts !== restarts ? [] : vm.guest.take(call);
    if (call !== undefined) await waitForEnds(call, vm, restarts);
    operation.message =
      vm.restarts !== restarts
        ? "Enable succeeded: \n[stdout]\n\n[stderr]\nLast script execution didn't finish."
        : call === undefined
          ? ""
          : vm.guest.answer(call, rows);
    await outside.sleep(back);
    if (operation.status === "InProgress") {
      if (call === undefined) vm.hasExtension = false;
      operation.status = isDropped() ? "Canceled" : "Succeeded";
    }
    if (vm.out === operation) vm.out = undefined;
  };
  return {
    outside,
    operations,
    conflicts,
    nextProcess: () => {
      process += 1;
    },
    vm: (name) => {
      const vm = vms.get(name);
      if (vm === undefined) throw new Error(`there is no VM '${name}'`);
      return vm;
    },
    restart,
    remove: (name) => {
      restart(name);
      Object.assign(vms.get(name) ?? {}, { isGone: true });
    },
    remake: (name) => {
      restart(name);
      const life = (vms.get(name)?.life ?? 0) + 1;
      const guest = new VirtualGuest(outside.nowMs);
      Object.assign(vms.get(name) ?? {}, { isGone: false, hasExtension: false, life, guest, out: undefined });
    },
    session: (given) =>
      openSession({
        settings: readSettings(
          () => undefined,
          () => undefined,
        ),
        outside,
        userAgent: "test",
        waitSliceSeconds: 60,
        loadCredential: async () => ({
          getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }),
        }),
        ...given,
      }),
  };
}

function lookAnswer(vm: VirtualVm | undefined): Answer {
  return vm === undefined || vm.isGone
    ? { status: 404, body: { error: { code: "ResourceNotFound", message: "was not found." } } }
    : vmAnswer({ agentStatus: "Ready", extensionInstalled: vm.hasExtension, vmId: `${VM_GUID}-${vm.life}` });
}

function pollAnswer({ status, message }: Operation): Answer {
  switch (status) {
    case "InProgress":
      return { status: 200, body: { status } };
    case "Succeeded":
      return { status: 200, body: { status, properties: { output: { value: [{ message }] } } } };
    case "Canceled":
      return {
        status: 200,
        body: { status, error: { code: "OperationPreempted", message: "Operation was preempted." } },
      };
  }
}
