/** Runs that CloudFormation's hour is too short for are followed by further resources. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { type AzureRunCommand, AzureVirtualMachine, RunCommandScript } from "../../constructs";
import { VM_ID, webIdentity } from "./support/example";
import { newStack, type Resource, runsOf, synthesise } from "./support/synth";

function resourcesOf(timeout: Duration | undefined): readonly Resource[] {
  const stack = newStack();
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  vm.runCommand("Run", {
    credentials: webIdentity(),
    script: RunCommandScript.fromInline("true"),
    ...(timeout === undefined ? {} : { timeout }),
  });
  return Object.values(runsOf(synthesise(stack)));
}

test.each([
  { timeout: undefined, count: 1, serviceTimeout: "3600" },
  { timeout: Duration.seconds(1), count: 1, serviceTimeout: "1201" },
  { timeout: Duration.minutes(10), count: 1, serviceTimeout: "1800" },
  { timeout: Duration.minutes(40), count: 1, serviceTimeout: "3600" },
  { timeout: Duration.minutes(41), count: 2, serviceTimeout: "3600" },
  { timeout: Duration.minutes(97), count: 2, serviceTimeout: "3600" },
  { timeout: Duration.minutes(98), count: 3, serviceTimeout: "3600" },
  { timeout: Duration.hours(12), count: 14, serviceTimeout: "3600" },
])(
  "a timeout of $timeout has $count resources, for each of which CloudFormation waits $serviceTimeout s",
  (expected) => {
    const resources = resourcesOf(expected.timeout);
    expect(resources.map(({ Type }) => Type)).toEqual([
      "Custom::AzureRunCommand",
      ...Array.from({ length: expected.count - 1 }, () => "Custom::AzureRunCommandWait"),
    ]);
    expect(resources.map(({ Properties }) => Properties.ServiceTimeout)).toEqual(
      resources.map(() => expected.serviceTimeout),
    );
  },
);

describe("a timeout that grows above 40 minutes, or shrinks below", () => {
  const synthesiseWith = (timeout: Duration) => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    vm.runCommand("Run", {
      credentials: webIdentity(),
      script: RunCommandScript.fromInline("true"),
      timeout,
      exportOutputs: true,
    });
    const synthesised = synthesise(stack);
    return { runs: runsOf(synthesised), outputs: synthesised.outputs };
  };
  const RUN = "VmRun1CA31295";
  const WAIT = "VmRunWait1C300600C";

  test("leaves the run where it is, and a resource comes or goes that follows it", () => {
    const short = synthesiseWith(Duration.minutes(40)).runs;
    const long = synthesiseWith(Duration.minutes(41)).runs;
    expect(Object.keys(short)).toEqual([RUN]);
    expect(Object.keys(long)).toEqual([RUN, WAIT]);
    const { Properties, ...others } = short[RUN] as Resource;
    expect(long[RUN]).toEqual({ ...others, Properties: { ...Properties, TimeoutInSeconds: 2_460, HandsOver: true } });
  });

  test("moves the attributes to the last resource, under the same names of the stack's outputs", () => {
    const outputsOf = (timeout: Duration) => synthesiseWith(timeout).outputs;
    const at = (id: string, name: string) => ({ Value: { "Fn::GetAtt": [id, name] } });
    const short = outputsOf(Duration.minutes(40));
    const names = Object.keys(short);
    expect(Object.values(short)).toEqual([at(RUN, "ExitCode"), at(RUN, "Stdout")]);
    const long = outputsOf(Duration.minutes(41));
    expect(Object.keys(long)).toEqual(names);
    expect(Object.values(long)).toEqual([at(WAIT, "ExitCode"), at(WAIT, "Stdout")]);
  });
});

describe("a run of three resources", () => {
  let run: AzureRunCommand;
  let resources: Readonly<Record<string, Resource>>;
  let outputs: unknown;

  beforeAll(() => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    run = vm.runCommand("Run", {
      credentials: webIdentity(),
      script: RunCommandScript.fromInline("true"),
      timeout: Duration.hours(2),
      exportOutputs: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    vm.runCommand("Next", { credentials: webIdentity(), script: RunCommandScript.fromInline(run.output("name")) });
    const synthesised = synthesise(stack);
    resources = Object.fromEntries(Object.values(runsOf(synthesised)).map((resource, at) => [IDS[at], resource]));
    outputs = Object.values(synthesised.outputs).map(({ Value }) => Value);
  });

  const IDS = ["run", "wait1", "wait2", "next"];
  const LAST = "VmRunWait2BCDF21D2";

  test("is a chain, of which all but the last hand over", () => {
    expect(Object.entries(resources).map(([id, { DependsOn = [] }]) => [id, DependsOn])).toEqual([
      ["run", []],
      ["wait1", ["VmRun1CA31295"]],
      ["wait2", ["VmRunWait1C300600C"]],
      ["next", ["VmRun1CA31295", "VmRunWait1C300600C", LAST]],
    ]);
    expect(Object.values(resources).map(({ Properties }) => Properties.HandsOver)).toEqual([
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  test("has the same properties throughout, and the run that was begun", () => {
    const begun = Object.fromEntries(
      ["Key", "RunId", "SecretVersions", "LastRunId", "ExecutionState"].map((name) => [
        name,
        { "Fn::GetAtt": ["VmRun1CA31295", name] },
      ]),
    );
    const { HandsOver, ...first } = resources.run?.Properties ?? {};
    expect(resources.wait2?.Properties).toEqual({ ...first, Continues: begun });
    expect(resources.wait1?.Properties).toEqual({ ...first, Continues: begun, HandsOver });
    expect(first).toMatchObject({ OutputNames: ["name"] });
  });

  test("has the attributes of the last one", () => {
    expect(outputs).toEqual([{ "Fn::GetAtt": [LAST, "ExitCode"] }, { "Fn::GetAtt": [LAST, "Stdout"] }]);
    expect(resources.next?.Properties.Script).toEqual({ Text: { "Fn::GetAtt": [LAST, "Outputs.name"] } });
  });

  test("leaves only the run itself when it is to stay", () => {
    expect(Object.values(resources).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([
      "Retain",
      "Delete",
      "Delete",
      "Delete",
    ]);
  });
});
