/** Pulumi programs for the tests of what a preview says. Each run of a script writes a line on its VM. */

const BEGIN = `
const pulumi = require("@pulumi/pulumi");
const { RunCommand, RunCommandExtension } = require("azure-run-command");
const vm1 = { resourceGroupName: "rg", vmName: "vm1" };
const vm3 = { resourceGroupName: "rg", vmName: "vm3" };
const note = (text) => \`echo "\${text}, $AZURE_RUN_COMMAND_REASON" >>/var/tmp/runs\`;
const isChanged = process.env.CHANGED === "yes";
`;

/** What comes from a resource of the same program, and from a component: not known in the first preview. */
const UNKNOWN = `
class Machine extends pulumi.dynamic.Resource {
  constructor(name, args) {
    const made = (inputs) => ({ ...inputs, address: "10.0.0." + inputs.size, zero: 0, both: ["a", "b"], map: { A: "a" } });
    const provider = {
      create: async (inputs) => ({ id: inputs.path, outs: made(inputs) }),
      update: async (id, olds, news) => ({ outs: made(news) }),
    };
    super(provider, name, { address: undefined, zero: undefined, both: undefined, map: undefined, ...args });
  }
}
class Server extends pulumi.ComponentResource {
  constructor(name, machine) {
    super("test:index:Server", name);
    this.machineId = machine.id;
    this.registerOutputs();
  }
}
const machine = new Machine("machine", { path: process.env.VM1, size: isChanged ? 5 : 4 });
new RunCommand("parts-unknown", {
  virtualMachineId: machine.id,
  script: pulumi.interpolate\`\${note("parts-unknown")}; echo \${machine.address}\`,
  delete: pulumi.interpolate\`echo \${machine.address}\`,
  creates: pulumi.interpolate\`/var/tmp/\${machine.address}\`,
  unless: pulumi.interpolate\`test -e /var/tmp/\${machine.address}\`,
  parameters: { ADDRESS: machine.address, KNOWN: "known" },
  protectedParameters: { TOKEN: machine.address },
  arguments: [machine.address, "known"],
  triggers: [machine.address, { since: [machine.address] }],
  timeoutInSeconds: machine.size,
  successExitCodes: [machine.zero],
});
new RunCommand("wholes-unknown", {
  virtualMachineId: process.env.VM1,
  script: note("wholes-unknown"),
  update: note("wholes-unknown (update)"),
  parameters: machine.map,
  arguments: machine.both,
  triggers: machine.both,
});
const { machineId } = new Server("server", machine);
new RunCommand("vm-of-component", { virtualMachineId: machineId, script: note("vm-of-component") });
new RunCommandExtension("extension", { virtualMachineId: machine.id, readyTimeoutInSeconds: machine.size });
`;

const WARNINGS = `
const warns = (name, args) => new RunCommand("warns-" + name, { ...vm1, ...args });
if (process.env.WITH_WARNINGS === "yes") {
  warns("windows", { script: "#!/bin/sh\\r\\necho one\\r\\n", update: "echo one\\r\\necho two\\r\\n" });
  warns("marked", { script: "\\uFEFF#!/bin/bash\\necho one", check: "\\uFEFFecho one" });
  warns("interactive", { script: "apt-get install nginx\\nread answer\\nvi /etc/hosts", delete: "passwd root" });
  warns("restart", { script: "echo before\\nreboot" });
  warns("bash-only", { script: "[[ -e /a ]] && pushd /tmp", unless: "[[ -e /b ]]" });
}
`;

/** What an update runs for although no input changed. */
const REASONS = `
new RunCommand("failed", { ...vm1, script: note("failed") + "; test -e /var/tmp/mended" });
new RunCommand("drifted", {
  ...vm1,
  script: note("drifted") + "; touch /var/tmp/made",
  check: "test -e /var/tmp/made || { echo 'it is gone'; echo 'who did that?' >&2; exit 4; }",
});
new RunCommand("rebuilt", { ...vm3, script: note("rebuilt"), update: note("rebuilt (update)") });
`;

/** One resource for each input that changes. */
const INPUTS = `
const make = (name, before, after, opts) =>
  new RunCommand(name, { ...vm1, script: note(name), ...(isChanged ? after : before) }, opts);
const stores = (name, after) => make("stores-" + name, {}, { [name]: after });
const byId = (virtualMachineId) => ({ resourceGroupName: undefined, vmName: undefined, virtualMachineId });

make("keeps", {}, {});
make("same-vm-named-otherwise", {}, byId(process.env.VM1.replace("/resourceGroups/rg/", "/resourcegroups/RG/")));

make("runs-script", {}, { script: note("runs-script") + "; echo more" });
make("runs-parameters", { parameters: { A: "1", B: "1" } }, { parameters: { A: "2", C: "1" } });
make("runs-protectedParameters", { protectedParameters: { A: "first" } }, { protectedParameters: { A: "second" } });
make("runs-arguments", { arguments: ["a"] }, { arguments: ["a", "b"] });
make("runs-triggers", { triggers: [{ deep: [1] }] }, { triggers: [{ deep: [2] }] });
make("runs-runAsUser", {}, { runAsUser: "root" });
make("runs-workingDirectory", {}, { workingDirectory: "/var/tmp" });
const updates = (text, more) => ({ update: note("runs-update (" + text + ")"), ...more });
make("runs-update", updates("update", { triggers: [1] }), updates("new update", { triggers: [2], logging: "stderr" }));

stores("update", "true");
stores("delete", "true");
stores("check", "true");
stores("creates", "/var/tmp/never");
stores("unless", "false");
stores("onlyIf", "true");
stores("timeoutInSeconds", 60);
stores("rebootPolicy", "rerun");
stores("parallelOnVm", true);
stores("successExitCodes", [0, 3]);
stores("treatFailureAsDeploymentFailure", false);
stores("readyTimeoutInSeconds", 60);
stores("outputMaxBytes", 1000);
stores("logging", "stdout");
stores("deleteFailure", "ignore");
stores("removeExtension", "never");
make("stores-customTimeouts", {}, {}, isChanged ? { customTimeouts: { update: "10m" } } : {});

const deletes = (name, text, more) => ({ delete: note(name + " (" + text + ")"), ...more });
make("replaces-vm", deletes("replaces-vm", "delete"), { vmName: "vm2" });
make("replaces-virtualMachineId", {}, byId(process.env.VM2));
make(
  "replaces-triggers",
  deletes("replaces-triggers", "delete", { replaceTriggers: [1] }),
  deletes("replaces-triggers", "new delete", { replaceTriggers: [2] }),
);
make("replaces-commandId", {}, { script: undefined, commandId: "ifconfig" });
`;

/** CHANGED=yes is the program after an edit; WITH_WARNINGS=yes adds resources that are only warned of. */
export const PREVIEWED = [BEGIN, UNKNOWN, WARNINGS, REASONS, INPUTS].join("");

/** WRONG says which one: after the first that is wrong the engine looks at no other. */
export const WRONG = `${BEGIN}
const cyclic = { name: "cyclic" };
cyclic.self = cyclic;
const wrong = {
  vmName: "vm1",
  scirpt: "misspelt",
  timeoutInSecond: 5,
  onlyif: "true",
  nothingLikeThis: 1,
  dependsOn: [],
  protect: true,
  script: "echo one\\nif true; then\\n  echo two\\ndone\\n",
  update: "#!/bin/bash\\nfor i in 1 2; echo $i; done",
  delete: Array.from({ length: 20000 }, (_, i) => "echo " + i * 7919).join("\\n"),
  check: "echo never sent\\0",
  creates: "relative/path",
  unless: "test -e /a &&",
  onlyIf: "echo 'never closed",
  parameters: { "bad-name": "x", COUNT: 3, NOTHING: null },
  protectedParameters: { COUNT: "twice", LIST: ["x"] },
  arguments: "one",
  triggers: [1, cyclic, { at: [new Map()] }, new Date(0)],
  replaceTriggers: ["x".repeat(70000)],
  runAsUser: 1000,
  workingDirectory: "tmp",
  timeoutInSeconds: "10",
  rebootPolicy: "maybe",
  parallelOnVm: "beside",
  successExitCodes: [0, 256],
  treatFailureAsDeploymentFailure: "yes",
  readyTimeoutInSeconds: -1,
  outputMaxBytes: 2 ** 30,
  logging: true,
  deleteFailure: "no",
  removeExtension: "last",
};
switch (process.env.WRONG) {
  case "RunCommand":
    new RunCommand("wrong", wrong, { customTimeouts: { create: "ten minutes" } });
    break;
  case "RunCommandExtension":
    new RunCommandExtension("wrong", { ...vm1, script: "true", timeoutInSeconds: 5, trigers: [], removeExtension: "last" });
    break;
  case "same key": {
    const renamed = new RunCommand("renamed", { ...vm1, script: note("keeps") }, { aliases: [{ name: "keeps" }] });
    new RunCommand("keeps", { ...vm1, script: "true" }, { dependsOn: renamed });
  }
}
`;
