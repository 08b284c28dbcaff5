/** Bench 5: `pulumi up` and `pulumi destroy` with the real engine. */
import { availableParallelism } from "node:os";
import type { Statistics } from "../simulator/messages";
import { startBenchSimulator, vmNames } from "../simulator/simulator";
import type { Bench, BenchContext, BenchResult, Check, Goal, Table } from "../support/bench";
import { engineProject } from "../support/engine-project";
import { tableOf } from "../support/table";

/** Where many scripts go to one VM: what the provider computes while it waits for company counts so many times. */
const SCALE_ONE_VM = 5;
/** Where each script has a VM of its own: nothing happens but waiting. */
const SCALE_MANY_VMS = 20;
const SCALE_SMALL = 10;
/** How many resources the engine has under way at once unless it is told. Source: `pulumi up --help`, 3.220.0. */
const PARALLEL_DEFAULT = 4 * availableParallelism();
const PARALLEL_MANY = 64;

export const engine: Bench = {
  name: "engine",
  title: "The real engine",
  about: `\`pulumi up\` and \`pulumi destroy\` of many resources with the real Pulumi engine: how many operations it takes, since the engine has only so many resources under way at once (\`--parallel\`, by default four for each core). Time runs ${SCALE_ONE_VM} times as fast for one VM and ${SCALE_MANY_VMS} times for many, and with it counts what engine and provider do beside waiting; without Azure is how long the same \`up\` takes on this machine's own clock when Azure answers at once.`,
  run,
};

interface Case {
  readonly resources: number;
  readonly vms: number;
  readonly parallel: number;
}

interface Measured {
  readonly one: Case;
  readonly up: Statistics;
  readonly destroyed: Statistics;
  /** How long `up` takes when Azure answers at once; measured for the default `--parallel`. */
  readonly withoutAzureMs: number | undefined;
  readonly checks: readonly Check[];
}

async function run(context: BenchContext): Promise<BenchResult> {
  const measured: Measured[] = [];
  for (const one of context.small ? SMALL : FULL) {
    context.say(describe(one));
    measured.push(await measure(one, context));
  }
  return {
    tables: [table(measured)],
    checks: measured.flatMap(({ checks }) => checks),
    goals: measured.flatMap(({ one, up, destroyed }) => [
      operationsGoal("up", one, up),
      operationsGoal("destroy", one, destroyed),
    ]),
    notes: [
      "From the first POST to the last end there is what the engine and the provider need between operations, as many times as time runs faster.",
      "The last operations of a `destroy` take the extension off the VM.",
    ],
  };
}

const FULL: readonly Case[] = [
  { resources: 1, vms: 1, parallel: PARALLEL_DEFAULT },
  { resources: 20, vms: 1, parallel: PARALLEL_DEFAULT },
  { resources: 20, vms: 1, parallel: PARALLEL_MANY },
  { resources: 100, vms: 1, parallel: PARALLEL_DEFAULT },
  { resources: 100, vms: 1, parallel: PARALLEL_MANY },
  { resources: 20, vms: 20, parallel: PARALLEL_DEFAULT },
  { resources: 20, vms: 20, parallel: PARALLEL_MANY },
  { resources: 100, vms: 100, parallel: PARALLEL_DEFAULT },
  { resources: 100, vms: 100, parallel: PARALLEL_MANY },
];

const SMALL: readonly Case[] = [{ resources: 4, vms: 2, parallel: PARALLEL_DEFAULT }];

function describe({ resources, vms, parallel }: Case): string {
  return `${resources} resources on ${vms} VMs, --parallel ${parallel}`;
}

async function measure(one: Case, context: BenchContext): Promise<Measured> {
  const azure = await deploy(one, context, "realistic");
  if (context.small || one.parallel !== PARALLEL_DEFAULT) {
    return { one, ...azure, withoutAzureMs: undefined };
  }
  const withoutAzure = await deploy(one, context, "fast");
  return { one, ...azure, withoutAzureMs: withoutAzure.upMs, checks: [...azure.checks, ...withoutAzure.checks] };
}

interface Deployed extends Omit<Measured, "one" | "withoutAzureMs"> {
  /** By this machine's clock. */
  readonly upMs: number;
}

async function deploy(one: Case, { small, seed }: BenchContext, timing: "realistic" | "fast"): Promise<Deployed> {
  const names = vmNames(one.vms);
  const scale = timing === "fast" ? 1 : small ? SCALE_SMALL : one.vms > 1 ? SCALE_MANY_VMS : SCALE_ONE_VM;
  const choice = { scale, vmNames: names, timing, seed, guests: "stub" } as const;
  const simulator = await startBenchSimulator({ ...choice, throttling: timing === "fast" ? "none" : "azure" });
  const resources = Array.from({ length: one.resources }, (_, index) => ({
    name: `script-${index + 1}`,
    vmName: names[index % names.length] ?? "",
    script: `echo script ${index + 1}`,
  }));
  try {
    const project = await engineProject(simulator, resources);
    try {
      const parallel = `--parallel=${one.parallel}`;
      const beganAtMs = Date.now();
      const upEnd = await project.up(parallel);
      const upMs = Date.now() - beganAtMs;
      const up = await simulator.statistics();
      const outputs = upEnd.exitCode === 0 ? await project.outputs() : {};
      const destroyEnd = await project.destroy(parallel);
      const after = await simulator.statistics();
      const wrong = resources.filter(({ name }, index) => outputs[name] !== `script ${index + 1}\n`);
      const where = `${describe(one)}, timing ${timing}`;
      return {
        up,
        upMs,
        destroyed: { ...after, operations: after.operations.slice(up.operations.length) },
        checks: [
          endCheck(`${where}: 'pulumi up' succeeds`, upEnd),
          {
            what: `${where}: each script has its own output`,
            holds: wrong.length === 0,
            saw: `${wrong.length} have not`,
          },
          endCheck(`${where}: 'pulumi destroy' succeeds`, destroyEnd),
          {
            what: `${where}: Azure has never answered 429`,
            holds: after.refusals["429"] === undefined,
            saw: `${after.refusals["429"]} times`,
          },
        ],
      };
    } finally {
      project.cleanUp();
    }
  } finally {
    await simulator.stop();
  }
}

function endCheck(
  what: string,
  { exitCode, output }: { readonly exitCode: number | undefined; readonly output: string },
): Check {
  return { what, holds: exitCode === 0, saw: output.slice(-1_000) };
}

/** The most operations that one VM took. */
function mostOnOneVm({ operations }: Statistics): number {
  const counts = new Map<string, number>();
  for (const { vmName } of operations) {
    counts.set(vmName, (counts.get(vmName) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

function spanMs({ operations }: Statistics): number {
  const firstMs = Math.min(...operations.map(({ postedAtMs }) => postedAtMs));
  return Math.max(...operations.map(({ endedAtMs }) => endedAtMs ?? Number.NaN)) - firstMs;
}

/** As many as the engine lets be, and one that was sent before the others were ready. */
function operationsMax({ resources, vms, parallel }: Case): number {
  return Math.ceil(Math.ceil(resources / vms) / parallel) + 1;
}

function table(rows: readonly Measured[]): Table {
  return tableOf("`pulumi up` and `pulumi destroy`", rows, [
    { key: "resources", title: "Resources", of: ({ one }) => one.resources },
    { key: "vms", title: "VMs", of: ({ one }) => one.vms },
    { key: "parallel", title: "--parallel", of: ({ one }) => one.parallel },
    { key: "span", title: "First POST to last end", unit: "s", of: ({ up }) => spanMs(up) / 1_000 },
    {
      key: "withoutAzure",
      title: "`up` without Azure",
      unit: "s",
      digits: 1,
      of: ({ withoutAzureMs }) => (withoutAzureMs === undefined ? undefined : withoutAzureMs / 1_000),
    },
    { key: "operations", title: "Operations", of: ({ up }) => up.operations.length },
    { key: "most", title: "on one VM", of: ({ up }) => mostOnOneVm(up) },
    { key: "allowed", title: "allowed", of: ({ one }) => operationsMax(one) },
    { key: "destroy", title: "Operations of `destroy`", of: ({ destroyed }) => destroyed.operations.length },
    { key: "mostDestroy", title: "on one VM", of: ({ destroyed }) => mostOnOneVm(destroyed) },
  ]);
}

function operationsGoal(command: "up" | "destroy", one: Case, seen: Statistics): Goal {
  const most = mostOnOneVm(seen);
  const allowed = operationsMax(one);
  return {
    what: `${describe(one)}: operations of \`${command}\` on one VM, at most ⌈resources / parallel⌉ + 1`,
    wanted: `≤ ${allowed}`,
    measured: String(most),
    reached: most <= allowed,
  };
}
