/** Azure's own commands as resources, its catalogue as functions, and signing in by the stack's configuration. */
import { openGolden } from "./support/golden";
import { type PulumiProject, pulumiProject } from "./support/pulumi-project";
import { on, type ResourceProject, resourceProject } from "./support/resources";
import { commandsOf, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("commands");

let simulator: SimulatorProcess;
const projects: PulumiProject[] = [];

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1", "vm2", "vm3"] });
  await simulator.addRunCommand({
    id: "RestartApp",
    script: ['echo "restarted $1 of $2" | tee -a /var/tmp/restarts', 'echo "unit is $unit" >&2', "exit 7"],
    parameters: [{ name: "unit" }, { name: "stage" }],
  });
});

afterAll(async () => {
  for (const project of projects) project.cleanUp();
  await simulator?.stop();
});

const kept = <Project extends PulumiProject>(project: Project): Project => {
  projects.push(project);
  return project;
};

/** What there is to know of resources; what is not known has no line, and of the interface `lo` only the name. */
async function outputsOf(project: PulumiProject, ...names: string[]): Promise<string> {
  const { resources = [] } = (await project.export()).deployment;
  const shown = ["executionState", "exitCode", "stdout", "stderr", "stdoutTruncated", "startTime", "outputs", "runId"];
  return resources
    .filter(({ urn }) => names.some((name) => urn.endsWith(`::${name}`)))
    .map(({ urn, outputs }) => `${urn.split("::").at(-1)} ${JSON.stringify(outputs, shown, 2)}`)
    .sort()
    .join("\n")
    .replace(/"lo\b.*\\n"/, '"lo …"');
}

const restart = (stage: string) => ({
  ...on("vm2"),
  commandId: "RestartApp",
  rawParameters: [
    { name: "unit", value: "app" },
    { name: "stage", value: stage },
  ],
});

describe("commandId", () => {
  let project: ResourceProject;

  test("ifconfig, and a command of one's own with rawParameters, run once; what Azure does not tell is not made up", async () => {
    project = kept(
      await resourceProject(simulator, {
        interfaces: { ...on("vm1"), commandId: "ifconfig" },
        restart: restart("test"),
        mistyped: { ...on("vm3"), commandId: "IfConfg" },
      }),
    );
    const page = golden.page();
    await page.ran("up --continue-on-error", project.up("--continue-on-error"), ["interfaces", "restart", "mistyped"]);
    page.add("outputs", await outputsOf(project, "interfaces", "restart"));
    page.add("commands that Azure was given", (await commandsOf(simulator)).sort().join("\n"));
    page.expectGolden();
  });

  test("another value of a parameter runs the command again, and destroy takes the extension off", async () => {
    project.declare({
      interfaces: { ...on("vm1"), commandId: "ifconfig" },
      restart: restart("production"),
    });
    const page = golden.page();
    await page.ran("up", project.up());
    page.add("on vm2", (await simulator.exec("vm2", ["cat", "/var/tmp/restarts"])).stdout);
    await page.ran("destroy", project.destroy());
    page.add("commands that Azure was given", (await commandsOf(simulator)).sort().join("\n"));
    page.expectGolden();
  });
});

const FUNCTIONS = `
const { getRunCommandDocuments, getRunCommandDocument, getRunCommandDocumentOutput } = require("azure-run-command");
module.exports = async () => {
  const location = "West Europe";
  const documents = await getRunCommandDocuments({ location });
  return {
    linux: documents.filter(({ osType }) => osType === "Linux"),
    count: documents.length,
    mine: await getRunCommandDocument({ location, commandId: "RestartApp" }),
    theirs: getRunCommandDocumentOutput({ location, commandId: Promise.resolve("ifconfig") }),
  };
};
`;

test("getRunCommandDocuments and getRunCommandDocument give a program what Azure's catalogue has", async () => {
  const project = kept(await pulumiProject({ program: FUNCTIONS, environment: simulator.environment }));
  const page = golden.page();
  await page.ran("up", project.up());
  page.add("outputs", JSON.stringify(await project.outputs(), undefined, 2));

  project.program(FUNCTIONS.replace('"RestartApp"', '"RestartAp"'));
  await page.ran("preview, of an id that is not there", project.preview());
  page.expectGolden();
});

describe("azure-native:* in the stack's configuration, with the client secret encrypted", () => {
  let project: ResourceProject;
  let clientSecret: string;

  const script = (text: string) => ({ prepare: { ...on("vm1"), script: text } });

  beforeAll(async () => {
    const {
      ARM_SUBSCRIPTION_ID,
      ARM_TENANT_ID,
      ARM_CLIENT_ID,
      ARM_CLIENT_SECRET = "",
      ...others
    } = simulator.environment;
    clientSecret = ARM_CLIENT_SECRET;
    const config = {
      subscriptionId: ARM_SUBSCRIPTION_ID,
      tenantId: ARM_TENANT_ID,
      clientId: ARM_CLIENT_ID,
      metadataHost: others.ARM_METADATA_HOSTNAME,
    };
    const lines = Object.entries(config).map(([name, value]) => `  azure-native:${name}: ${value}`);
    const environment = { NODE_EXTRA_CA_CERTS: others.NODE_EXTRA_CA_CERTS ?? "" };
    project = kept(
      await resourceProject({ ...simulator, environment }, script("echo signed in"), "configured", {
        "Pulumi.test.yaml": ["config:", ...lines, ""].join("\n"),
      }),
    );
  });

  test("a secret that is wrong is said to be, and not shown", async () => {
    await project.setConfig("azure-native:clientSecret", "wrong-TOPSECRET", "--secret");
    const page = golden.page();
    const ended = await page.ran("up", project.up(), ["prepare"]);
    page.expectGolden();
    expect(ended.output).not.toContain("TOPSECRET");
  });

  test("a good one signs in, is neither in the state nor on the screen, and renews tokens that expire in mid-run", async () => {
    await project.setConfig("azure-native:clientSecret", clientSecret, "--secret");
    await simulator.admin("PUT", "token-lifetime", { seconds: 2 });
    project.setEnvironment({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "1" });
    project.declare(script("echo ran >>/var/tmp/runs; sleep 6; echo done"));
    const before = (await tokens()).length;
    const page = golden.page();
    const ended = await page.ran("up", project.up());
    page.add("runs on 'vm1'", (await simulator.exec("vm1", ["cat", "/var/tmp/runs"])).stdout);
    page.expectGolden();
    expect((await tokens()).length).toBeGreaterThanOrEqual(before + 3);
    expect(ended.output).not.toContain(clientSecret);
    expect(JSON.stringify(await project.export())).not.toContain(clientSecret);
  });

  test("one that has expired is said to have, by the name of its setting", async () => {
    project.declare(script("echo once more"));
    await simulator.admin("PUT", "client-secret", { expired: true });
    const page = golden.page();
    await page.ran("up", project.up(), ["prepare"]);
    page.expectGolden();
  });

  async function tokens() {
    return (await simulator.requests()).filter(({ path, status }) => /\/token$/.test(String(path)) && status === 200);
  }
});
