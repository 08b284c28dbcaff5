/** What must be true inside one VM: which runs it remembers, how often each script ran there, what scripts find. Pure. */
import { contentOf, type Declared, type Mark } from "./declared";

/** How a run ended. */
export interface Result {
  readonly state: "Succeeded" | "Failed" | "Skipped" | "Interrupted";
  readonly exitCode: number | undefined;
  readonly stdout: string | undefined;
}

/** What the VM remembers of that: what is a success, the program says, and can say otherwise later. */
type End = Omit<Result, "state"> & { readonly state: "Exited" | "Skipped" | "Interrupted" };

export type Purpose = "create" | "update" | "repair" | "delete" | "check";

/** One intent: asked for twice, it is still one run. */
export interface Run {
  readonly generation: number;
  readonly purpose: Purpose;
  readonly text: "script" | "update" | "delete" | "check";
  readonly declared: Declared;
  /** Tells apart runs that would be the same otherwise: which check found what is mended, or which check it is. */
  readonly occasion: string | null;
  /** Whether the VM is restarted in the middle of it. */
  readonly isHit: boolean;
}

export interface Receipt {
  readonly generation: number;
  readonly purpose: Purpose;
  /** All that the run depends on. */
  readonly content: string;
  readonly end: End;
}

export interface Vm {
  power: "running" | "off" | "gone";
  /** Another one under the same name has another number. */
  life: number;
  hasExtension: boolean;
  /** Whether nothing has happened to it that may leave the extension where nothing needs it, or take it from who does. */
  isPlain: boolean;
  /** By resource. */
  receipts: Record<string, Receipt[]>;
  /** `<mark> <resource>` */
  marks: string[];
  /** One line for each time that a script ran, by resource. */
  log: Record<string, string[]>;
}

export function newVm(life: number): Vm {
  return { power: "running", life, hasExtension: false, isPlain: true, receipts: {}, marks: [], log: {} };
}

export function hasMark(vm: Vm, mark: Mark, name: string): boolean {
  return vm.marks.includes(`${mark} ${name}`);
}

export function setMark(vm: Vm, mark: Mark, name: string, isThere: boolean): void {
  const others = vm.marks.filter((other) => other !== `${mark} ${name}`);
  vm.marks = isThere ? [...others, `${mark} ${name}`] : others;
}

/** Runs a script, or takes up what an earlier call began with the same intent. */
export function execute(vm: Vm, name: string, run: Run): Result {
  const { generation, purpose } = run;
  const content = contentOfRun(run);
  const isSame = (one: Receipt) => one.generation === generation && one.purpose === purpose && one.content === content;
  const receipts = vm.receipts[name] ?? [];
  const known = receipts.find(isSame);
  // A delete script that failed is to be tried again, by the same deletion.
  const isRetried = purpose === "delete" && known !== undefined && judged(known.end, run).state !== "Succeeded";
  const end = known !== undefined && !isRetried ? known.end : runNow(vm, name, run);
  const others = receipts.filter((one) => !isSame(one) && isRemembered(one, run));
  vm.receipts[name] = [...others, { generation, purpose, content, end }];
  vm.hasExtension = true;
  return judged(end, run);
}

function judged({ state, ...rest }: End, { declared: { successExitCodes } }: Run): Result {
  if (state !== "Exited") return { ...rest, state };
  return { ...rest, state: successExitCodes.includes(rest.exitCode ?? -1) ? "Succeeded" : "Failed" };
}

function contentOfRun({ text, purpose, declared, occasion }: Run): string {
  const guard = text === "script" && purpose !== "repair" ? declared.guard : "none";
  const { replaceTrigger, parameter, trigger } = declared;
  const ran =
    text === "script"
      ? contentOf(declared)
      : [declared[text], parameter, trigger, text === "delete" && declared.deleteExits];
  return JSON.stringify([text, ran, guard, replaceTrigger, occasion]);
}

/** The last two generations are; of checks the last one; of what a first run finds, only what a first run left. */
function isRemembered(one: Receipt, { generation, purpose }: Run): boolean {
  if (purpose === "check") return one.purpose !== "check";
  return purpose === "create" && generation === 1 ? one.generation === 1 : one.generation >= generation - 1;
}

function runNow(vm: Vm, name: string, run: Run): End {
  const { text, purpose, declared, isHit } = run;
  if (text === "script" && purpose !== "repair" && isNotNeeded(vm, name, declared))
    return { state: "Skipped", exitCode: undefined, stdout: undefined };
  if (declared.kind === "RunCommandExtension") return { state: "Exited", exitCode: 0, stdout: undefined };
  const said = `${text} ${declared[text]}`;
  const log = () => {
    vm.log[name] = [...(vm.log[name] ?? []), `${purpose} ${said}`];
  };
  log();
  if (isHit && declared.rebootPolicy === "fail") return { state: "Interrupted", exitCode: undefined, stdout: said };
  if (isHit) log();
  const exitCode = exitCodeOf(vm, name, run);
  if (text === "script" || text === "update")
    setMark(vm, "made", name, exitCode !== BROKEN || hasMark(vm, "made", name));
  return { state: "Exited", exitCode, stdout: said };
}

function isNotNeeded(vm: Vm, name: string, { guard }: Declared): boolean {
  switch (guard) {
    case "none":
      return false;
    case "creates":
    case "unless":
      return hasMark(vm, "made", name);
    case "onlyIf":
      return !hasMark(vm, "allowed", name);
  }
}

/** The exit code of scripts that somebody else has broken. */
export const BROKEN = 4;

function exitCodeOf(vm: Vm, name: string, { text, declared }: Run): number {
  if (text === "check") return hasMark(vm, "made", name) ? 0 : 1;
  if (hasMark(vm, "broken", name)) return BROKEN;
  return text === "script" ? declared.exits : text === "delete" ? declared.deleteExits : 0;
}
