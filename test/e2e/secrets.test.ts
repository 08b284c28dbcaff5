/** A planted secret is looked for everywhere: state, engine log, screen, simulator, guest. docs/security.md has the list. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWhereScriptsPrint, plantedSecret } from "./support/planted-secret";
import { type PulumiProject, pulumiProject } from "./support/pulumi-project";
import { inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import { until } from "./support/until";

jest.setTimeout(180_000);

const { text: SECRET, forms: FORMS, filesIn: filesWithSecret } = plantedSecret();

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { RunCommand } = require("azure-run-command");
const TOKEN = new pulumi.Config().requireSecret("planted");
const on = (vmName) => ({ resourceGroupName: "rg", vmName, protectedParameters: { TOKEN } });
exports.quiet = new RunCommand("quiet", { ...on("quiet"), runAsUser: "games", script:
  'echo "$(printf %s "$TOKEN" | wc -c) characters"; touch /var/tmp/running; sleep 5; [ -n "$TOKEN" ]' });
exports.loud = new RunCommand("loud", { ...on("loud"), logging: "stdoutAndStderr", script:
  'set -x; echo "token=$TOKEN"; printf %s "$TOKEN" | base64; printf "user:%s" "$TOKEN" | base64 -w 20; echo; printf %s "$TOKEN" | od -An -tx1 | tr -d " \\\\n"; echo; echo "t=$TOKEN" >>"$AZURE_RUN_COMMAND_OUTPUT"; sleep 3' });
`;

let simulator: SimulatorProcess;
let project: PulumiProject;
let stateFolder: string;

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "secrets-"));
  simulator = await startSimulatorProcess({ vms: ["quiet", "loud"], stateFolder });
  project = await pulumiProject({ program: PROGRAM, environment: simulator.environment });
  await project.setConfig("planted", SECRET, "--secret");
  project.setEnvironment({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1" });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
  rmSync(stateFolder, { recursive: true, force: true });
});

/** Written so that the text has the secret nowhere, since this very command is among the guest's processes. */
const quoted = (form: string) => `'${form.slice(0, 9)}''${form.slice(9)}'`;

/**
 * Files of the guest with the secret, arguments of its processes, and what another user than the job's sees in /proc.
 * The file of patterns itself must be found, else the search is worth nothing.
 */
async function inGuestWithSecret(vm: string): Promise<string[]> {
  const found = await inGuest(
    simulator,
    vm,
    `p=/run/patterns; printf '%s\\n' ${FORMS.map(quoted).join(" ")} >$p; chmod 644 $p
     grep -rlasF -f $p /etc /home /opt /root /run /srv /tmp /usr/local /var /dev/shm
     grep -lasF -f $p /proc/[0-9]*/cmdline
     setpriv --reuid=65534 --clear-groups grep -lasF -f $p /proc/[0-9]*/environ /proc/[0-9]*/cmdline $p
     rm $p`,
  );
  const paths = found.split("\n").filter((path) => path !== "");
  expect(paths.filter((path) => path === "/run/patterns")).toHaveLength(2);
  return paths
    .filter((path) => path !== "/run/patterns")
    .map((path) => path.replace(/[0-9a-f]{20}\/[^/]+/, "KEY/RUN").replace(/\/\d+\//, "/N/"));
}

test("the secret reaches the job's environment and is found nowhere else", async () => {
  expect(FORMS.every((form) => form.length > 20)).toBe(true);
  const up = project.start("up", "-v=9", "--logflow", "--logtostderr");
  const begun = async () => (await inGuest(simulator, "quiet", "ls /var/tmp/running 2>/dev/null; true")) !== "";
  await until("the script has begun", begun, { timeoutMs: 30_000 });
  expect(
    await inGuest(
      simulator,
      "quiet",
      `grep -las '${SECRET.slice(0, 9)}''${SECRET.slice(9)}' /proc/[0-9]*/environ | wc -l`,
    ),
  ).toMatch(/^[1-9]/);
  expect(await inGuestWithSecret("quiet")).toEqual([]);
  const ended = await up.ended;
  expect(ended.exitCode).toBe(0);
  expect(ended.output).toContain("Marshaling property for RPC");
  for (const form of FORMS) expect(ended.output).not.toContain(form);

  const outputs = await project.outputs();
  const { quiet, loud } = outputs as Record<string, Record<string, unknown>>;
  expect(quiet).toMatchObject({ stdout: `${SECRET.length} characters\n`, exitCode: 0 });
  expect(loud).toMatchObject({ exitCode: 0, outputs: { t: "[secret]" } });
  expect(loud?.stdout).toMatch(/^token=\[secret\]\n/);
  const texts = JSON.stringify({ ...loud, protectedParameters: undefined });
  for (const form of FORMS) expect([texts, texts.replaceAll("\\n", "")].join()).not.toContain(form);

  expect(filesWithSecret(project.folder)).toEqual([]);
  expect(filesWithSecret(stateFolder).filter((path) => !isWhereScriptsPrint(path))).toEqual([]);
  expect(await inGuestWithSecret("quiet")).toEqual([]);
  for (const form of FORMS)
    expect(`${JSON.stringify(await simulator.operations())}${simulator.output()}`).not.toContain(form);
});

test("after destroy nothing of what the script printed is left either", async () => {
  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  expect(await inGuestWithSecret("loud")).toEqual([]);
  expect(filesWithSecret(project.folder)).toEqual([]);
});
