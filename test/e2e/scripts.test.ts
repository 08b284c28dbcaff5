/** `update`, `delete` and `check` scripts, guards and triggers: what runs, what it is told, and what comes of its exit code. */
import { openGolden } from "./support/golden";
import type { Ended } from "./support/processes";
import {
  inGuest,
  type RunCommandProject,
  type RunCommands,
  runCommandProject,
  startSimulatorProcess,
} from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("scripts");
const WIDE = ["--parallel", "64"];
const VM1 = { resourceGroupName: "rg", vmName: "vm1" };

/** Writes on the VM what it is told, in a file of the resource's. */
const tell = (file: string, name: string) =>
  `{ echo "$NAME: reason $AZURE_RUN_COMMAND_REASON"; for told in STDOUT OUTPUTS; do eval path=\\$AZURE_RUN_COMMAND_$told; echo "  $told: $(cat "$path" 2>&1)"; done; } >>/var/tmp/${file}`.replace(
    "$NAME",
    name,
  );
const prints = (word: string) => `echo "printed by ${word}"; echo "by=${word}" >>"$AZURE_RUN_COMMAND_OUTPUT"`;
const runs = (name: string) => `echo "${name}" >>/var/tmp/runs`;
const FAILING_DELETE = "echo cleaning; echo 'the database is in use' >&2; exit 7";

const TOLD = {
  script: `${tell("told", "script")}; ${prints("script")}`,
  update: `${tell("told", "update")}; ${prints("update")}`,
  delete: `${tell("told", "delete")}; ${prints("delete")}`,
  check: `${tell("told", "check")}; test ! -e /var/tmp/drift`,
  triggers: [1],
  logging: "stdout",
};

const FIRST: RunCommands = {
  told: { ...VM1, ...TOLD },
  "told-again": { ...VM1, script: `${tell("told-again", "script")}; ${prints("script")}`, triggers: [1] },
  "creates-there": { ...VM1, script: runs("creates-there"), creates: "/etc/passwd" },
  "creates-missing": { ...VM1, script: runs("creates-missing"), creates: "/var/tmp/missing" },
  "unless-true": { ...VM1, script: runs("unless-true"), unless: "test -e /etc/passwd" },
  "unless-false": { ...VM1, script: runs("unless-false"), unless: "exit 2" },
  "only-if-true": { ...VM1, script: runs("only-if-true"), onlyIf: "test -e /etc/passwd" },
  "only-if-false": { ...VM1, script: runs("only-if-false"), onlyIf: "exit 2" },
  "guarded-with-update": {
    ...VM1,
    script: runs("guarded-with-update (script)"),
    update: runs("guarded-with-update (update)"),
    creates: "/etc/passwd",
    triggers: [1],
  },
  "replace-triggers": {
    ...VM1,
    script: runs("replace-triggers (script)"),
    update: runs("replace-triggers (update)"),
    delete: runs("replace-triggers (delete)"),
    replaceTriggers: [1],
  },
  "exits-with-3-which-is-a-success": { ...VM1, script: "echo rebooting later; exit 3", successExitCodes: [0, 3] },
  "fails-and-is-a-warning": {
    ...VM1,
    script: `${runs("fails-and-is-a-warning")}; echo cannot >&2; exit 4`,
    treatFailureAsDeploymentFailure: false,
  },
  "prints-a-megabyte": {
    ...VM1,
    script: "true",
    check: "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo the end; exit 5",
  },
  "delete-fails": { ...VM1, script: runs("delete-fails"), delete: FAILING_DELETE, logging: "stdoutAndStderr" },
  "delete-fails-ignored": { ...VM1, script: "true", delete: FAILING_DELETE, deleteFailure: "ignore" },
};

const SECOND: RunCommands = {
  ...FIRST,
  told: { ...VM1, ...TOLD, triggers: [2] },
  "told-again": { ...FIRST["told-again"], triggers: [2] },
  "guarded-with-update": { ...FIRST["guarded-with-update"], triggers: [2] },
  "replace-triggers": { ...FIRST["replace-triggers"], replaceTriggers: [2] },
};

let simulator: SimulatorProcess;
let project: RunCommandProject;
let created: Ended;
let outputs: Record<string, unknown>;

const onVm = (command: string) => inGuest(simulator, "vm1", command);

/** What is there since the last look, and nothing of it after. */
const taken = (file: string) => onVm(`cat /var/tmp/${file} 2>/dev/null; rm -f /var/tmp/${file}`);

const sorted = (lines: string) => lines.split("\n").filter(Boolean).sort().join("\n");

function outputsOf(name: string, ...names: readonly string[]): string {
  const all = outputs[name] as Record<string, unknown>;
  return names.map((output) => `${output}: ${JSON.stringify(all[output])}`).join("\n");
}

/** In a state, a resource's place is that of its last change. */
async function storedInOrder() {
  return [...(await project.stored())].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

const nameOf = ({ urn }: { readonly urn: string }) => urn.split("::").at(-1);

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1"] });
  project = await runCommandProject(simulator, FIRST);
  created = await project.up(...WIDE);
  outputs = await project.outputs();
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("guards say that a script is not needed", async () => {
  const page = golden.page();
  await page.ran("up", created, ["creates", "unless", "only-if", "guarded"]);
  page.add("runs on the VM", sorted(await onVm("grep -v -e delete -e fails -e replace /var/tmp/runs")));
  page.add("outputs of creates-there", outputsOf("creates-there", "executionState", "exitCode", "stdout"));
  page.add("outputs of creates-missing", outputsOf("creates-missing", "executionState", "exitCode", "stdout"));
  page.expectGolden();
});

test("what counts as a success is what successExitCodes says, and a failure can be a warning", async () => {
  const page = golden.page();
  await page.ran("up", created, ["exits-with", "fails-and"]);
  for (const name of ["exits-with-3-which-is-a-success", "fails-and-is-a-warning"])
    page.add(`outputs of ${name}`, outputsOf(name, "executionState", "exitCode", "stdout", "stderr"));
  page.expectGolden();
});

test("triggers run the update script, or the script again, and replaceTriggers delete and create", async () => {
  const page = golden.page();
  await taken("runs");
  project.declare(SECOND);
  await page.ran("up", project.up(...WIDE));
  page.add("runs on the VM", sorted(await taken("runs")));
  page.expectGolden();
});

test("a check that fails is drift, which the next up mends, and of a megabyte that it printed the end is kept", async () => {
  const page = golden.page();
  await onVm("touch /var/tmp/drift");
  await page.ran("refresh", project.refresh(...WIDE), ["told", "prints"]);
  const drifted = (await project.stored()).find((resource) => nameOf(resource) === "prints-a-megabyte")?.outputs;
  const output = String(drifted?.checkOutput);
  page.add(
    "what the state has of prints-a-megabyte",
    `drifted: ${drifted?.drifted}\ncheckExitCode: ${drifted?.checkExitCode}\ncheckOutput: ${output.length} characters, ${output}`,
  );
  await onVm("rm /var/tmp/drift");
  await page.ran("up", project.up(...WIDE));
  page.expectGolden();
});

test("a delete script that fails keeps the resource in the state as it was, also with --target", async () => {
  const page = golden.page();
  const before = await storedInOrder();
  const failing = before.filter((resource) => nameOf(resource) === "delete-fails");
  await page.ran("destroy --target delete-fails", project.destroy("--target", failing[0]?.urn ?? ""));
  expect(await storedInOrder()).toEqual(before);
  await page.ran("destroy", project.destroy(...WIDE));
  expect(await storedInOrder()).toEqual(failing);
  page.expectGolden();
});

test("after it was mended, which runs nothing, the changed delete script is the one that runs", async () => {
  const page = golden.page();
  await taken("runs");
  project.declare({ "delete-fails": { ...FIRST["delete-fails"], delete: runs("the mended delete script") } });
  await page.ran("up", project.up(...WIDE));
  page.add("runs on the VM", await taken("runs"));
  await page.ran("destroy", project.destroy());
  page.add("runs on the VM", await taken("runs"));
  page.add("left on the VM", await onVm("ls -A /var/lib/azure-run-command /var/lib/waagent/run-command 2>&1"));
  page.expectGolden();
});

test("scripts are told why they run, and what the last run of script printed and handed on", async () => {
  const page = golden.page();
  page.add("told, over its life", await taken("told"));
  page.add("told-again, which has no update script", await taken("told-again"));
  page.expectGolden();
});
