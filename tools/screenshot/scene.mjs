// The scene of the picture: two VMs, commands of several clients, one that fails, one that is refused, one that still runs.
import { request } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repositoryRoot } from "../pulumi/versions.mjs";

const CLIENTS = {
  az: "AZURECLI/2.91.0 (DEB) azsdk-python-core/1.35.0 Python/3.12.10 (Linux-6.8.0-x86_64-with-glibc2.39)",
  pulumi: "azure-run-command/0.1.0 azsdk-js-core/1.24.0 Node/20.19.0 OS/(x64-Linux-6.8.0)",
  terraform: "HashiCorp Terraform/1.13.4 Terraform Plugin SDK/2.37.0 terraform-provider-azurerm/4.50.0",
};

const DEPLOY = [
  "set -eu",
  "mkdir -p /srv/app/releases/42 /srv/app/shared/log",
  "echo 'listen 8080;' >/srv/app/shared/app.conf",
  "printf 'version: 42\\nport: 8080\\nlog: /srv/app/shared/log\\nfeatures:\\n  - search\\n  - export\\n' >/srv/app/releases/42/app.yaml",
  "echo 'console.log(\"hello\");' >/srv/app/releases/42/server.js",
  "ln -sfn releases/42 /srv/app/current",
  "sleep 1.1",
  'echo "unpacked release 42 to /srv/app/releases/42"',
  'echo "checked 3 files"',
  'echo "current -> $(readlink /srv/app/current)"',
  'echo "warning: no TLS certificate, listening on 8080 alone" >&2',
];

/** @returns {Promise<{ page: string, operationOfDeploy: string, end(): Promise<void> }>} */
export async function playScene() {
  const load = createRequire(join(repositoryRoot, "package.json"));
  const { checkOptions } = load("./dist/simulator/options.js");
  const { startSimulator } = load("./dist/simulator/start.js");
  const checked = checkOptions({ vm: ["web", "db"], resourceGroup: "shop" });
  const simulator = await startSimulator(checked.options, { environment: {} });
  try {
    const azure = azureOf(simulator);
    await play(azure);
    return { page: simulator.page, end: () => simulator.stop() };
  } catch (fault) {
    await simulator.stop();
    throw fault;
  }
}

async function play(azure) {
  await Promise.all([
    azure.run("web", CLIENTS.terraform, ["uname -sr", "sleep 0.5"]),
    azure.run("db", CLIENTS.pulumi, ["sleep 1.4", "echo migrated 12 tables"]),
  ]);
  const lost = azure.admin("PUT", "/vms/db/agent", { status: "NotReady", agentTimeoutMs: 1_300 });
  await lost;
  await azure.run("db", CLIENTS.az, ["systemctl restart postgresql"]);
  await azure.admin("PUT", "/vms/db/agent", { status: "Ready" });
  const backup = azure.run("db", CLIENTS.az, ["sleep 1.5", "echo backup of 3 databases written"]);
  await sleep(300);
  await azure.post("db", CLIENTS.terraform, ["true"]);
  await sleep(300);
  await azure.post("db", CLIENTS.terraform, ["true"]);
  await azure.power("web", CLIENTS.az, "restart");
  await backup;
  await azure.post("db", CLIENTS.pulumi, ["vacuumdb --all & sleep 600"]);
  await azure.run("web", CLIENTS.pulumi, DEPLOY);
}

/** Talks to the simulator as a client of Azure does. */
function azureOf(simulator) {
  const { ARM_SUBSCRIPTION_ID, AZURE_RUN_COMMAND_SIMULATOR_KEY } = simulator.environment;
  const group = `/subscriptions/${ARM_SUBSCRIPTION_ID}/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines`;
  const call = (method, url, headers, body) =>
    new Promise((resolve, reject) => {
      const options = { method, ca: simulator.rootCertificate, agent: false };
      const asked = request(new URL(url, simulator.endpoint), { ...options, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on("error", reject);
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const arm = async (method, url, client, body) => {
    const token = await simulator.tokens.issue("https://management.azure.com/");
    const headers = { authorization: `Bearer ${token}`, "user-agent": client, "content-type": "application/json" };
    return call(method, url.includes("?") ? url : `${url}?api-version=2024-11-01`, headers, body);
  };
  const untilOver = async (accepted, client) => {
    const url = accepted.headers["azure-asyncoperation"];
    if (accepted.status !== 202) throw new Error(`the scene goes wrong: ${accepted.text}`);
    while (JSON.parse((await arm("GET", url, client)).text).status === "InProgress") await sleep(50);
  };
  const post = (vm, client, script) =>
    arm("POST", `${group}/${vm}/runCommand`, client, { commandId: "RunShellScript", script });
  return {
    post,
    run: async (vm, client, script) => untilOver(await post(vm, client, script), client),
    power: async (vm, client, action) => untilOver(await arm("POST", `${group}/${vm}/${action}`, client), client),
    admin: (method, path, body) =>
      call(
        method,
        `/_simulator${path}`,
        { "x-simulator-key": AZURE_RUN_COMMAND_SIMULATOR_KEY, "content-type": "application/json" },
        body,
      ),
  };
}
