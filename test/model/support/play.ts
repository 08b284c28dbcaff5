/** Plays steps in the real world and in the model's, and compares what is to be seen. */
import { changeVm } from "../../e2e/support/azure";
import type { SimulatorProcess } from "../../e2e/support/simulator-process";
import type { Declared } from "../declared";
import { destroy, engineDecision, refresh, up, type World } from "../model";
import { newVm, setMark } from "../vm";
import { Arm } from "./arm";
import { Engine } from "./engine";
import { Guests } from "./guests";
import { inputsOf } from "./program";
import { Providers } from "./provider-process";
import { type Carried, requireSame, type Seen, settled, toTheEnd, type Work, wasCut } from "./settle";
import { type Command, NAMES, type Program, STACK_NAMES, STACKS, type Stack, type Step, VMS } from "./steps";

export class Play {
  world: World = { vms: {}, kept: {}, checks: 0, uses: {} };
  private readonly declared = new Map<string, Declared>();
  private readonly engines: Readonly<Record<Stack, Engine>> = { one: new Engine(), two: new Engine() };
  private readonly arm: Arm;
  private readonly guests: Guests;
  private readonly providers: Providers;

  constructor(private readonly simulator: SimulatorProcess) {
    this.arm = new Arm(simulator);
    this.guests = new Guests(simulator, this.arm, NAMES);
    this.providers = new Providers({
      ...process.env,
      ...simulator.environment,
      AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1",
    });
  }

  get program(): Program {
    return this.declared;
  }

  async begin(): Promise<void> {
    for (const vm of VMS) await this.rebuild(vm);
  }

  async end(): Promise<void> {
    await this.providers.end();
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case "declare":
        this.declared.set(step.name, step.declared);
        return;
      case "withdraw":
        this.declared.delete(step.name);
        return;
      case "mark":
        return this.mark(step);
      case "up":
      case "refresh":
      case "destroy":
        return this.carryOut(step);
      case "upTogether":
        return this.upTogether();
      case "preview":
        return this.preview(step.stack);
      case "hit":
        return this.hit(step.name);
      default:
        return this.changeMachine(step.does, step.vm);
    }
  }

  private async mark({ vm, name, mark, isThere }: Extract<Step, { does: "mark" }>): Promise<void> {
    const model = this.vm(vm);
    if (model.power !== "running") return;
    setMark(model, mark, name, isThere);
    await this.guests.setMark(vm, mark, name, isThere);
  }

  private async changeMachine(change: "rebuild" | "delete" | "stop" | "start" | "restart", vm: string): Promise<void> {
    const model = this.vm(vm);
    const isRunning = model.power === "running";
    if (change === "rebuild") await this.rebuild(vm);
    else if (change === "start" ? model.power === "off" : isRunning) {
      await changeVm(this.simulator, vm, change === "stop" ? "deallocate" : change);
      model.power = change === "delete" ? "gone" : change === "stop" ? "off" : "running";
    }
  }

  private async rebuild(vm: string): Promise<void> {
    await this.guests.make(vm);
    this.world.vms[vm] = newVm((this.world.vms[vm]?.life ?? 0) + 1);
  }

  private async preview(stack: Stack): Promise<void> {
    const provider = await this.providers.begin(undefined);
    const said = await this.engines[stack].preview(provider, this.inputs(stack));
    expect({ preview: Object.fromEntries(said) }).toEqual({ preview: this.decisions(stack) });
  }

  /** Only where a script would really run: else there is no middle of it. */
  private async hit(name: string): Promise<void> {
    const declared = this.declared.get(name);
    if (declared === undefined || declared.kind !== "RunCommand") return;
    const { vm } = declared;
    const [before, after] = [structuredClone(this.world), structuredClone(this.world)];
    const lines = (world: World) => world.vms[vm]?.log[name]?.filter((line) => !line.startsWith("delete")).length ?? 0;
    toTheEnd(up(after, name, declared));
    if (lines(after) === lines(before)) return;
    await this.guests.setMark(vm, "hang", name, true);
    const stack = name.startsWith("r") ? "one" : "two";
    const restarted = this.guests.restartWhileItHangs(vm, name);
    await Promise.all([this.carryOut({ does: "up", stack, targets: [name] }, name), restarted]);
  }

  private async upTogether(): Promise<void> {
    const works = STACK_NAMES.map((stack) => this.works({ does: "up", stack }, undefined));
    const decisions = STACK_NAMES.map((stack) => this.decisions(stack));
    if (decisions.some((some) => Object.values(some).includes("replace"))) {
      // A removal may end what the other stack has just begun: between the counting and the removal, nothing keeps it.
      for (const stack of STACK_NAMES) await this.carryOut({ does: "up", stack });
      return;
    }
    const providers = [await this.providers.begin(undefined), await this.providers.beginBeside()] as const;
    await Promise.all([
      this.engines.one.up(this.inputs("one"), { provider: providers[0] }),
      this.engines.two.up(this.inputs("two"), { provider: providers[1] }),
    ]);
    await this.settle({
      done: new Map([...this.engines.one.done, ...this.engines.two.done]),
      works: new Map(works.flatMap((some) => [...some])),
      decisions: { ...decisions[0], ...decisions[1] },
      isTogether: true,
    });
  }

  private async carryOut(command: Command, hit?: string): Promise<void> {
    const { stack, kill, faults = [] } = command;
    const engine = this.engines[stack];
    const works = this.works(command, hit);
    const decisions = this.decisions(stack);
    const provider = await this.providers.begin(kill?.victim === "provider" ? kill.atStep : undefined);
    if (faults.length > 0) await this.simulator.admin("POST", "faults", faults);
    const answersTaken = kill?.victim === "engine" ? kill.afterAnswers : undefined;
    const options = { provider, answersTaken };
    if (command.does === "up") await engine.up(this.inputs(stack), { ...options, targets: command.targets });
    else if (command.does === "refresh") await engine.refresh(options);
    else await engine.destroy({ ...options, targets: command.targets });
    if (faults.length > 0) await this.simulator.admin("DELETE", "faults");
    await this.settle({
      done: engine.done,
      works,
      decisions: command.does === "up" ? decisions : {},
      isTogether: false,
    });
  }

  private async settle(carried: Carried): Promise<void> {
    if (wasCut(carried)) await this.guests.untilQuiet(this.running());
    const seen = await this.look();
    this.world = settled(this.world, carried, seen);
    requireSame(this.world, seen);
  }

  /** What each resource of the command has to go through. */
  private works(command: Command, hit: string | undefined): Map<string, Work> {
    const { stack } = command;
    switch (command.does) {
      case "refresh":
        return new Map(STACKS[stack].map((name) => [name, (world) => refresh(world, name)]));
      case "destroy":
        return new Map(command.targets.map((name) => [name, (world) => destroy(world, name)]));
      case "up":
        return new Map(
          STACKS[stack].map((name) => {
            const declared = this.declared.get(name);
            return [
              name,
              (world) => (declared === undefined ? destroy(world, name) : up(world, name, declared, name === hit)),
            ];
          }),
        );
    }
  }

  private decisions(stack: Stack): Record<string, string> {
    const names = STACKS[stack].filter((name) => this.declared.has(name));
    return Object.fromEntries(
      names.map((name) => [name, engineDecision(this.world.kept[name], this.declaredOf(name))]),
    );
  }

  private inputs(stack: Stack): Map<string, Record<string, unknown>> {
    const names = STACKS[stack].filter((name) => this.declared.has(name));
    return new Map(
      names.map((name) => [name, inputsOf(name, this.declaredOf(name), this.arm.idOf(this.declaredOf(name).vm))]),
    );
  }

  private async look(): Promise<Seen> {
    const looks = this.running().map(async (vm) => [vm, await this.guests.look(vm)] as const);
    const states = new Map([...this.engines.one.state, ...this.engines.two.state]);
    return { vms: Object.fromEntries(await Promise.all(looks)), states };
  }

  private running(): readonly string[] {
    return VMS.filter((vm) => this.vm(vm).power === "running");
  }

  private declaredOf(name: string): Declared {
    const declared = this.declared.get(name);
    if (declared === undefined) throw new Error(`'${name}' is not in the program`);
    return declared;
  }

  private vm(name: string) {
    const vm = this.world.vms[name];
    if (vm === undefined) throw new Error(`there is no VM '${name}'`);
    return vm;
  }
}
