/** In which order the run commands of a stack happen. */
import {
  CfnParameter,
  type CfnResource,
  Fn,
  Lazy,
  Stack,
  aws_secretsmanager as secretsmanager,
  aws_sqs as sqs,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import { AzureRunCommand, AzureVirtualMachine, RunCommandScript, RunCommandSecret } from "../../constructs";
import { VM_ID, webIdentity } from "./support/example";
import { needsOf } from "./support/needs";
import { newStack, runsOf, synthesise } from "./support/synth";

let stack: Stack;

beforeEach(() => {
  stack = newStack();
});

function run(id: string, vmId = VM_ID, scope: Construct = stack, parallelOnVm?: boolean): AzureRunCommand {
  const vm = AzureVirtualMachine.fromResourceId(scope, `VmOf${id}`, vmId);
  return new AzureRunCommand(scope, id, {
    vm,
    credentials: webIdentity(),
    script: RunCommandScript.fromInline(id),
    ...(parallelOnVm === undefined ? {} : { parallelOnVm }),
  });
}

/** Which run each one waits for, by their ids. */
function waits(): Readonly<Record<string, readonly string[]>> {
  const name = (logicalId: string) => logicalId.slice(0, -8);
  return Object.fromEntries(
    Object.entries(runsOf(synthesise(stack))).map(([id, { DependsOn = [] }]) => [name(id), DependsOn.map(name)]),
  );
}

const OTHER_VM = VM_ID.replace("vm1", "vm2");

test("those on one VM happen one after the other, in the order in which the program makes them", () => {
  run("A");
  run("B");
  run("C");
  expect(waits()).toEqual({ A: [], B: ["A"], C: ["B"] });
});

test("a VM is the same however its id is written", () => {
  run("A");
  run("B", VM_ID.toUpperCase());
  expect(waits()).toEqual({ A: [], B: ["A"] });
});

test.each<{ what: string; ids: () => readonly [string, string] }>([
  { what: "an import", ids: () => [Fn.importValue("vm"), Fn.importValue("vm")] },
  {
    what: "a parameter",
    ids: () => [Fn.ref("P"), new CfnParameter(stack, "P").valueAsString],
  },
  {
    what: "a text that is known late",
    ids: () => [Lazy.string({ produce: () => VM_ID }), VM_ID],
  },
])("a VM is the same in two tokens that mean the same: $what", ({ ids }) => {
  const [one, other] = ids();
  run("A", one);
  run("B", other);
  expect(waits()).toEqual({ A: [], B: ["A"] });
});

test("two parameters are two VMs", () => {
  run("A", new CfnParameter(stack, "P").valueAsString);
  run("B", new CfnParameter(stack, "Q").valueAsString);
  expect(waits()).toEqual({ A: [], B: [] });
});

test("those on different VMs happen at the same time", () => {
  run("A");
  run("B", OTHER_VM);
  run("C");
  run("D", OTHER_VM);
  expect(waits()).toEqual({ A: [], B: [], C: ["A"], D: ["B"] });
});

test("those with parallelOnVm wait for none, and none waits for them, but for what is needed", () => {
  run("A");
  const b = run("B", VM_ID, stack, true);
  run("C", VM_ID, stack, false);
  run("D", VM_ID, stack, true).node.addDependency(b);
  expect(waits()).toEqual({ A: [], B: [], C: ["A"], D: ["B"] });
});

test("what one with parallelOnVm needs comes before the one that needs it, and there is no circle", () => {
  const a = run("A");
  const between = run("Between", VM_ID, stack, true);
  const b = run("B");
  a.node.addDependency(between);
  between.node.addDependency(b);
  expect(waits()).toEqual({ A: ["B", "Between"], Between: ["B"], B: [] });
});

test("a dependency against the order of the program turns the order round, and makes no circle", () => {
  const a = run("A");
  run("B");
  const c = run("C");
  a.node.addDependency(c);
  expect(waits()).toEqual({ A: ["C"], B: ["A"], C: [] });
});

test("a dependency through a construct that holds both other things and a run counts as well", () => {
  const a = run("A");
  const group = new Construct(stack, "Group");
  run("B", VM_ID, group);
  a.node.addDependency(group);
  expect(waits()).toEqual({ A: ["GroupB"], GroupB: [] });
});

test("what a run needs may refer to another run: that one comes first, and there is no circle", () => {
  const told = jest.spyOn(console, "error").mockImplementation(() => {});
  const first = run("R1");
  const second = run("R2");
  const queue = new sqs.CfnQueue(stack, "Queue", { queueName: Fn.join("-", ["q", second.output("name")]) });
  first.node.addDependency(queue);
  const needs = needsOf(synthesise(stack));
  expect(needs("R1")).toEqual(expect.arrayContaining([expect.stringMatching(/^R2[0-9A-F]{8}$/), "Queue"]));
  expect(needs("R2")).not.toContain("Queue");
  expect(told).not.toHaveBeenCalled();
  told.mockRestore();
});

test("a secret of a run that is made from another's output makes that one first", () => {
  const secret = new secretsmanager.CfnSecret(stack, "Made", {
    secretString: Lazy.string({ produce: () => second.output("code") }),
  });
  const first = new AzureRunCommand(stack, "R1", {
    vm: AzureVirtualMachine.fromResourceId(stack, "VmOfR1", VM_ID),
    credentials: webIdentity(),
    script: RunCommandScript.fromInline("R1"),
    protectedParameters: {
      CODE: RunCommandSecret.fromSecretsManager(
        secretsmanager.Secret.fromSecretCompleteArn(stack, "Imported", secret.ref),
      ),
    },
  });
  const second = run("R2");
  const needs = needsOf(synthesise(stack));
  expect(needs(first.node.id)).toContainEqual(expect.stringMatching(/^R2[0-9A-F]{8}$/));
  expect(needs(second.node.id)).not.toContainEqual(expect.stringMatching(/^R1[0-9A-F]{8}$/));
});

describe("what a run needs may refer to another run by its name alone", () => {
  const NAME = "R2Fixed";

  test.each<{ how: string; name: (attribute: string) => string }>([
    { how: "Fn.ref", name: () => Fn.ref(NAME) },
    { how: "Fn.getAtt", name: (attribute) => Fn.getAtt(NAME, attribute).toString() },
    { how: "a text around it", name: () => `q-${Fn.ref(NAME)}-1` },
    { how: "Fn.sub", name: (attribute) => Fn.sub(`q-\${${NAME}.${attribute}}`) },
    { how: "Fn.sub with values of its own", name: () => Fn.sub(`q-\${Name}`, { Name: Fn.ref(NAME) }) },
    { how: "a list", name: () => Fn.join("-", ["q", Fn.select(0, [Fn.ref(NAME)])]) },
  ])("with $how: that one comes first, and there is no circle", ({ name }) => {
    const first = run("R1");
    const second = run("R2").node.findChild("Resource").node.defaultChild as CfnResource;
    second.overrideLogicalId(NAME);
    first.node.addDependency(new sqs.CfnQueue(stack, "Queue", { queueName: name("Outputs.name") }));
    const needs = needsOf(synthesise(stack));
    expect(needs("R1")).toEqual(expect.arrayContaining([NAME, "Queue"]));
    expect(needs(NAME)).not.toContain("Queue");
  });

  test("which is no reference where the name is that of a resource in another stack, or is text", () => {
    const first = run("R1");
    const second = run("R2").node.findChild("Resource").node.defaultChild as CfnResource;
    second.overrideLogicalId(NAME);
    const elsewhere = new sqs.CfnQueue(new Stack(stack.node.root as Construct, "Other"), "Queue");
    elsewhere.overrideLogicalId(NAME);
    const queue = new sqs.CfnQueue(stack, "Queue", { queueName: Fn.sub(`\${!${NAME}}`) });
    queue.tags.setTag("of", elsewhere.attrQueueName);
    first.node.addDependency(queue);
    const needs = needsOf(synthesise(stack));
    expect(needs("R1")).toContain("Queue");
    expect(needs("R1")).not.toContain(NAME);
  });
});

test("a dependency that a single resource was given counts as well", () => {
  const first = run("R1");
  const second = run("R2");
  const queue = new sqs.CfnQueue(stack, "Queue");
  queue.addResourceDependency(second.node.findChild("Resource").node.defaultChild as CfnResource);
  first.node.addDependency(queue);
  expect(waits()).toMatchObject({ R2: [] });
});

test("a dependency of a construct holds for the runs in it", () => {
  const group = new Construct(stack, "Group");
  run("A", VM_ID, group);
  const b = run("B");
  group.node.addDependency(b);
  expect(waits()).toEqual({ GroupA: ["B"], B: [] });
});

test("dependencies that cross between two VMs make no circle", () => {
  const a1 = run("A1");
  const a2 = run("A2");
  const b1 = run("B1", OTHER_VM);
  const b2 = run("B2", OTHER_VM);
  a1.node.addDependency(b2);
  b1.node.addDependency(a2);
  const before = waits();
  const reach = (id: string, seen: readonly string[] = []): readonly string[] =>
    (before[id] ?? []).flatMap((next) => (seen.includes(next) ? [next] : [next, ...reach(next, [...seen, next])]));
  for (const id of ["A1", "A2", "B1", "B2"]) expect(reach(id)).not.toContain(id);
});

test("each stack has an order of its own", () => {
  run("A");
  const other = new Stack(stack.node.root as Construct, "Other");
  new AzureRunCommand(other, "B", {
    vm: AzureVirtualMachine.fromResourceId(other, "Vm", VM_ID),
    credentials: webIdentity(),
    script: RunCommandScript.fromInline("B"),
  });
  expect(waits()).toEqual({ A: [] });
  expect(other.dependencies).toEqual([]);
});

test("a real circle is the program's own, and it is the CDK that tells of it", () => {
  const told = jest.spyOn(console, "error").mockImplementation(() => {});
  const a = run("A");
  const b = run("B");
  a.node.addDependency(b);
  b.node.addDependency(a);
  expect(waits()).toEqual({ A: ["B"], B: ["A"] });
  expect(told.mock.calls.flat().join("\n")).toContain("Circular dependency with [");
  told.mockRestore();
});
