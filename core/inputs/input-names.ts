/** Says of a name that is no input what was probably meant. Pure. */
import { distance } from "fastest-levenshtein";
import type { Problem } from "./input";
import { MISPLACED, readUnsendable } from "./unsendable";

/** What other tools call it, in small letters without separators. Source: our own choice, after the tools' documentation. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ...each("script", [
    "create",
    "command",
    "commands",
    "cmd",
    "run",
    "inline",
    "content",
    "source",
    "code",
    "body",
    "oncreate",
  ]),
  ...each("update", ["onupdate", "updatescript", "updatecommand"]),
  ...each("delete", ["destroy", "ondestroy", "ondelete", "deletescript", "deletecommand", "cleanup", "remove"]),
  ...each("check", ["read", "test", "verify", "drift", "checkscript"]),
  ...each("unless", ["notif", "skipif"]),
  ...each("onlyIf", ["if", "when", "condition"]),
  ...each("parameters", ["env", "environment", "environmentvariables", "variables", "vars", "params"]),
  ...each("protectedParameters", ["secrets", "secret", "secretparameters", "secretenvironment", "protectedsettings"]),
  ...each("arguments", ["args", "argv"]),
  ...each("triggers", ["trigger", "keepers", "dependencies"]),
  ...each("replaceTriggers", ["replaceontrigger", "forcenew"]),
  ...each("runAsUser", ["user", "runas", "username", "become", "becomeuser"]),
  ...each("workingDirectory", ["cwd", "dir", "directory", "workdir", "workingdir", "chdir"]),
  ...each("timeoutInSeconds", ["timeout", "timeoutseconds", "timeoutms", "executiontimeout"]),
  ...each("successExitCodes", ["exitcodes", "exitcode", "expectedexitcodes", "allowedexitcodes"]),
  ...each("virtualMachineId", ["vmid", "id", "machineid", "instanceid", "resourceid"]),
  ...each("virtualMachine", ["vm", "machine", "host", "instance"]),
  ...each("resourceGroupName", ["resourcegroup", "group", "rg"]),
  ...each("vmName", ["name", "virtualmachinename", "machinename"]),
  ...each("outputMaxBytes", ["maxoutput", "maxbytes", "outputlimit"]),
  ...each("logging", ["log", "logs", "logoutput"]),
  ...each("virtualMachineIds", ["vmids", "machineids", "instanceids", "ids"]),
  ...each("virtualMachines", ["vms", "machines", "instances", "hosts", "targets"]),
  ...each("scaleSet", ["vmss", "virtualmachinescaleset"]),
  ...each("scaleSetId", ["vmssid", "virtualmachinescalesetid"]),
  ...each("maxConcurrency", ["concurrency", "parallel", "parallelism", "batchsize"]),
  ...each("maxErrors", ["maxfailures", "errorthreshold", "maxfailed"]),
};

/** Source: @pulumi/pulumi 3.270, CustomResourceOptions. */
const OPTIONS: readonly string[] = [
  "additionalSecretOutputs",
  "aliases",
  "customTimeouts",
  "deleteBeforeReplace",
  "deletedWith",
  "dependsOn",
  "envVarMappings",
  "hideDiffs",
  "hooks",
  "ignoreChanges",
  "import",
  "importId",
  "parent",
  "pluginDownloadURL",
  "protect",
  "provider",
  "providers",
  "replaceOnChanges",
  "replaceWith",
  "replacementTrigger",
  "retainOnDelete",
  "transformations",
  "transforms",
  "urn",
  "version",
];

/** The resource whose inputs are looked at. */
export interface Resource {
  readonly kind: string;
  readonly inputs: readonly string[];
}

/** A problem for each name that is no input of the resource. */
export function nameProblems(raw: Readonly<Record<string, unknown>>, resource: Resource): readonly Problem[] {
  const whole = readUnsendable(raw);
  if (whole !== undefined) {
    return [{ property: "", sentence: `the inputs of this ${resource.kind} are ${whole.what}, expected an object` }];
  }
  const { [MISPLACED]: misplaced, ...others } = raw;
  const names = [
    ...Object.keys(others).filter((name) => !resource.inputs.includes(name)),
    ...(Array.isArray(misplaced) ? misplaced.map(String) : []),
  ];
  return names.map((name) => ({ property: name, sentence: sentenceOf(name, resource) }));
}

function sentenceOf(name: string, { kind, inputs }: Resource): string {
  if (OPTIONS.includes(name)) {
    return `${name} is an option: give it in the third argument`;
  }
  const meant = synonymOf(name, inputs) ?? nearestOf(name, inputs);
  return meant === undefined
    ? `${name} is no input of a ${kind}; its inputs are ${inputs.join(", ")}`
    : `${name} is no input of a ${kind}; did you mean '${meant}'?`;
}

function synonymOf(name: string, inputs: readonly string[]): string | undefined {
  const plain = plainOf(name);
  const meant = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined;
  return meant !== undefined && inputs.includes(meant) ? meant : undefined;
}

/** A name is near when no more than about a third of it differs. */
function nearestOf(name: string, inputs: readonly string[]): string | undefined {
  const plain = plainOf(name);
  const [nearest] = inputs
    .map((input) => ({ input, differs: distance(plain, plainOf(input)) }))
    .sort((a, b) => a.differs - b.differs);
  return nearest !== undefined && nearest.differs <= Math.max(1, Math.floor(plain.length / 3))
    ? nearest.input
    : undefined;
}

function plainOf(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

function each(input: string, synonyms: readonly string[]): Record<string, string> {
  return Object.fromEntries(synonyms.map((synonym) => [synonym, input]));
}
