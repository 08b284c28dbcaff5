/**
 * In which order the run commands of a stack happen: those on one VM one after the other, since Azure takes one at a time there
 * and the others would use up their hour with waiting.
 */
import { Stack } from "aws-cdk-lib";
import { Dependable, type IConstruct, type IDependable } from "constructs";
import { type FindByName, finderIn, referencesOf } from "./references";

interface Run {
  readonly construct: IConstruct;
  readonly virtualMachineId: string;
}

/** By stack: in another one, CloudFormation itself comes between. */
const ORDERS = new WeakMap<Stack, RunOrder>();

/**
 * Makes a run wait for the one before it on the same VM. Which one that is, is said only when the app is synthesised: the order
 * is that in which the program makes them, but for what they need: through `node.addDependency`, or because their properties, or
 * those of what they need, refer to another run.
 */
export function takeTurn(construct: IConstruct, virtualMachineId: string): void {
  const stack = Stack.of(construct);
  const order = ORDERS.get(stack) ?? new RunOrder(stack);
  ORDERS.set(stack, order);
  construct.node.addDependency(order.add({ construct, virtualMachineId }));
}

class RunOrder {
  private readonly runs: Run[] = [];
  /** While the others' dependencies are looked at, our own are none. */
  private isSorting = false;

  constructor(private readonly stack: Stack) {}

  add(run: Run): IDependable {
    this.runs.push(run);
    const before: IDependable = {};
    const roots = () => this.predecessorsOf(run);
    Dependable.implement(before, {
      get dependencyRoots() {
        return roots();
      },
    });
    return before;
  }

  private predecessorsOf(run: Run): IConstruct[] {
    if (this.isSorting) {
      return [];
    }
    const vm = vmOf(run);
    const onSameVm = this.runs.filter((other) => vmOf(other) === vm);
    if (onSameVm.length < 2) {
      return [];
    }
    this.isSorting = true;
    try {
      const sorted = this.sorted();
      const before = sorted.slice(0, sorted.indexOf(run)).filter((other) => onSameVm.includes(other));
      return before.slice(-1).map(({ construct }) => construct);
    } finally {
      this.isSorting = false;
    }
  }

  /** Every run stands behind those that it depends on, and else where the program made it. */
  private sorted(): readonly Run[] {
    const runOf = new Map(this.runs.map((run) => [run.construct, run]));
    const byName = finderIn(this.stack);
    const sorted = new Set<Run>();
    const seen = new Set<IConstruct>();
    const visit = (construct: IConstruct) => {
      if (seen.has(construct)) {
        return;
      }
      seen.add(construct);
      // A reference is to one of a run's resources.
      const around = construct.node.scopes.filter((scope) => runOf.has(scope));
      for (const needed of [...neededBy(construct, byName), ...around]) {
        visit(needed);
      }
      const run = runOf.get(construct);
      if (run !== undefined) {
        sorted.add(run);
      }
    };
    for (const { construct } of this.runs) {
      visit(construct);
    }
    return [...sorted];
  }
}

/** The same text for the same VM. Two tokens can mean the same thing; ARM does not look at case. */
function vmOf({ construct, virtualMachineId }: Run): string {
  return JSON.stringify(Stack.of(construct).resolve(virtualMachineId)).toLowerCase();
}

/** As the CDK reads dependencies: those of a construct hold for all that is in it, on all that is in what it depends on. */
function neededBy(construct: IConstruct, byName: FindByName): readonly IConstruct[] {
  const parts = construct.node.findAll();
  const targets = new Set([...construct.node.scopes, ...parts].flatMap((source) => source.node.dependencies));
  return [...targets]
    .flatMap((target) => target.node.findAll())
    .concat(parts.flatMap((part) => referencesOf(part, byName)));
}
