/** Bench 6: what this package costs before it does anything: the start of its provider, and its part of the state. */
import type { StoredResource } from "../../test/e2e/support/pulumi-project";
import { startBenchSimulator, vmNames } from "../simulator/simulator";
import type { Bench, BenchContext, BenchResult, Check, Goal, Table } from "../support/bench";
import { engineProject } from "../support/engine-project";
import { loadInFreshProcess, slowestFiles } from "../support/loading";
import { median, percentile } from "../support/statistics";
import { tableOf, toFixed } from "../support/table";

const LOADING_MAX_MS = 250;
const STATE_MAX_BYTES = 7_000;
const PROVIDER = "azure-run-command/provider/lifecycle";

export const coldStart: Bench = {
  name: "cold-start",
  title: "Cold start and state",
  about:
    "How long a fresh process takes to load the provider, by this machine's own clock; and how many bytes `pulumi stack export` has for one `RunCommand`: of those that this package decides (its inputs and outputs), beside what the script printed.",
  run,
};

interface Loaded {
  readonly what: string;
  readonly milliseconds: readonly number[];
  readonly files: number;
}

async function run(context: BenchContext): Promise<BenchResult> {
  const times = context.small ? 1 : 11;
  context.say(`${times} fresh processes load the provider`);
  const provider = loaded("the provider", times, () => loadInFreshProcess(PROVIDER));
  const program = loaded("the package in a program", times, () =>
    loadInFreshProcess("azure-run-command", ["@pulumi/pulumi"]),
  );
  const libraries = loaded("what the first request needs", times, () =>
    loadInFreshProcess("@azure/identity", [PROVIDER]),
  );
  context.say("one resource, and its part of the state");
  const { stored, checks } = await storedResource(context);
  const sizes = sizesOf(stored);
  return {
    tables: [loadingTable([provider, program, libraries]), slowestTable(), stateTable(sizes)],
    checks,
    goals: [loadingGoal(provider), stateGoal(sizes)],
    notes: [
      "Time to load is without the start of Node.js and, for the package in a program, without `@pulumi/pulumi`.",
    ],
  };
}

function loaded(what: string, times: number, load: () => ReturnType<typeof loadInFreshProcess>): Loaded {
  const loads = Array.from({ length: times }, load);
  return { what, milliseconds: loads.map(({ milliseconds }) => milliseconds), files: loads[0]?.files ?? 0 };
}

function loadingTable(rows: readonly Loaded[]): Table {
  return tableOf("Time to load", rows, [
    { key: "what", title: "What", of: ({ what }) => what },
    { key: "files", title: "Files", of: ({ files }) => files },
    { key: "median", title: "Median", unit: "ms", of: ({ milliseconds }) => median(milliseconds) },
    { key: "percentile", title: "95 %", unit: "ms", of: ({ milliseconds }) => percentile(milliseconds, 95) },
  ]);
}

const SLOWEST = 6;

function slowestTable(): Table {
  const caption = "The files of the provider that take the most, without what they load themselves";
  return tableOf(caption, slowestFiles(PROVIDER, SLOWEST), [
    { key: "file", title: "File", of: ({ file }) => file },
    { key: "milliseconds", title: "Time", unit: "ms", digits: 1, of: ({ milliseconds }) => milliseconds },
  ]);
}

interface Stored {
  readonly stored: StoredResource;
  readonly checks: readonly Check[];
}

async function storedResource({ seed }: BenchContext): Promise<Stored> {
  const names = vmNames(1);
  const choice = { scale: 1, vmNames: names, timing: "fast", seed, guests: "stub", throttling: "none" } as const;
  const simulator = await startBenchSimulator(choice);
  const project = await engineProject(simulator, [{ name: "script", vmName: "vm1", script: "echo stored" }]);
  try {
    const { exitCode, output } = await project.up();
    const { resources = [] } = (await project.export()).deployment;
    const stored = resources.find(({ type }) => type.endsWith(":RunCommand"));
    if (stored === undefined) {
      throw new Error(`the state has no RunCommand; 'pulumi up' printed:\n${output}`);
    }
    const printed = stored.outputs?.stdout;
    return {
      stored,
      checks: [
        { what: "'pulumi up' succeeds", holds: exitCode === 0, saw: output },
        { what: "the state has what the script printed", holds: printed === "stored\n", saw: String(printed) },
      ],
    };
  } finally {
    project.cleanUp();
    await simulator.stop();
  }
}

interface Sizes {
  /** Inputs and outputs. */
  readonly properties: number;
  /** What the engine adds: where the program made it, by what, and when. */
  readonly engine: number;
  readonly printed: number;
  readonly shim: number;
}

/** Unit: bytes of JSON without white space. */
function sizesOf(stored: StoredResource): Sizes {
  const { stdout, stderr, outputs } = stored.outputs ?? {};
  const shims = [stored.inputs?.__provider, stored.outputs?.__provider];
  const bytes = (values: readonly unknown[]) => values.reduce((sum: number, value) => sum + jsonBytes(value), 0);
  const properties = bytes([stored.inputs, stored.outputs]);
  const engine = jsonBytes(stored) - properties;
  return { properties, engine, printed: bytes([stdout, stderr, outputs]), shim: bytes(shims) };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value ?? ""));
}

function stateTable({ properties, engine, printed, shim }: Sizes): Table {
  const parts = [
    { what: "inputs and outputs, beside what the script printed", bytes: properties - printed },
    { what: "of them the serialised provider, twice", bytes: shim },
    { what: "of them everything else", bytes: properties - printed - shim },
    { what: "what the engine adds", bytes: engine },
  ];
  return tableOf("One `RunCommand` in `pulumi stack export`", parts, [
    { key: "what", title: "What", of: ({ what }) => what },
    { key: "bytes", title: "Size", unit: "bytes", of: ({ bytes }) => bytes },
  ]);
}

function loadingGoal({ milliseconds }: Loaded): Goal {
  const seenMs = median(milliseconds);
  return {
    what: "the provider is loaded, at the median",
    wanted: `< ${LOADING_MAX_MS} ms`,
    measured: `${toFixed(seenMs, 0)} ms`,
    reached: seenMs < LOADING_MAX_MS,
  };
}

function stateGoal({ properties, printed }: Sizes): Goal {
  const bytes = properties - printed;
  return {
    what: "inputs and outputs of a resource in the state, beside what its script printed",
    wanted: `< ${toFixed(STATE_MAX_BYTES, 0)} bytes`,
    measured: `${toFixed(bytes, 0)} bytes`,
    reached: bytes < STATE_MAX_BYTES,
  };
}
