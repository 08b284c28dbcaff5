/** The workflows for GitHub say what exists: they cannot be run here. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");
const MANIFEST = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly name: string;
  readonly scripts: object;
  readonly dependencies: object;
};

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = new Map(
  readdirSync(FOLDER).map((name) => [name, parse(readFileSync(join(FOLDER, name), "utf8")) as Workflow]),
);

function stepsOf(workflow: Workflow | undefined): readonly Step[] {
  return Object.values(workflow?.jobs ?? {}).flatMap(({ steps = [] }) => steps);
}

/** npm's own subcommands are not scripts. */
function strangers(runs: readonly string[], scripts: object): readonly string[] {
  const npmScripts = runs.flatMap((run) => [...run.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name));
  const files = runs.flatMap((run) => [...run.matchAll(/\b(?:bash|node) ([\w./-]+)/g)].map(([, path = ""]) => path));
  return [
    ...npmScripts.filter((name) => !(name in scripts)),
    ...files.filter((path) => !path.startsWith("-") && !existsSync(join(ROOT, path))),
  ];
}

test("there are two workflows, which may write nothing unless a job says so", () => {
  expect([...workflows.keys()].sort()).toEqual(["ci.yml", "release.yml"]);
  for (const { permissions } of workflows.values()) expect(permissions).toEqual({ contents: "read" });
});

test("each step runs scripts and files that exist", () => {
  const runs = [...workflows.values()].flatMap(stepsOf).flatMap(({ run }) => run ?? []);
  expect(runs).toContain("bash .ci/run");
  expect(strangers(runs, MANIFEST.scripts)).toEqual([]);
  expect(strangers(["npm run nothing", "bash .ci/walk"], MANIFEST.scripts)).toEqual(["nothing", ".ci/walk"]);
});

test("each action is pinned by its commit, and each workflow that is used is there", () => {
  const uses = [...workflows.values()].flatMap(({ jobs }) =>
    Object.values(jobs).flatMap((job) => [job.uses, ...(job.steps ?? []).map((step) => step.uses)]),
  );
  for (const used of uses.filter((one) => one !== undefined))
    if (used.startsWith("./")) expect(existsSync(join(ROOT, used))).toBe(true);
    else expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test("a tag publishes what has been checked, with provenance, without a stored secret", () => {
  const release = workflows.get("release.yml");
  const text = readFileSync(join(FOLDER, "release.yml"), "utf8");
  expect(release?.on).toEqual({ push: { tags: ["v[0-9]+.[0-9]+.[0-9]+"] } });
  expect(release?.jobs.pack).toMatchObject({ needs: "check" });
  expect(release?.jobs.publish).toMatchObject({ needs: "pack", permissions: { "id-token": "write" } });
  // Whatever runs beside it could publish in its place: no install scripts there.
  expect(release?.jobs.publish?.steps?.map(({ run = "" }) => run).join()).not.toMatch(/npm (?:ci|install|pack)/);
  expect(release?.jobs.pack?.permissions).toBeUndefined();
  expect(stepsOf(release).map(({ run }) => run)).toContain(
    `npm publish --provenance --access public ./${MANIFEST.name}-*.tgz`,
  );
  expect(text).not.toContain("secrets.");
  // What npm holds the statement against is in the archive.
  const runs = stepsOf(release).map(({ run = "" }) => run.split(" ").slice(0, 3).join(" "));
  const inOrder = ["npm pkg set", "npm pack", "npm publish --provenance"];
  expect(runs.filter((run) => inOrder.includes(run))).toEqual(inOrder);
});

test("the bill of materials of a release has each dependency with its licence", () => {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, "tools/bill-of-materials.mjs")], { encoding: "utf8" });
  const { bomFormat, metadata, components } = JSON.parse(stdout) as {
    bomFormat: string;
    metadata: { component: { name: string } };
    components: readonly { readonly name: string; readonly licenses?: readonly object[] }[];
  };
  expect({ bomFormat, of: metadata.component.name }).toEqual({ bomFormat: "CycloneDX", of: MANIFEST.name });
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(MANIFEST.dependencies)));
  expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
});
