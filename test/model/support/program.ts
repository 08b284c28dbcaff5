/** From what the model says of a resource to the inputs that a program would give. */
import { resourceKey } from "../../../core/identity";
import type { Declared } from "../declared";
import type { Properties } from "./provider-process";

/** Where scripts write and look, outside of the product's own folders. */
export const FOLDER = "/var/model";
export const LOG = `${FOLDER}/log`;

export function markPath(mark: string, name: string): string {
  return `${FOLDER}/${mark}.${name}`;
}

export function urnOf(name: string): string {
  return `urn:pulumi:dev::model::pulumi-nodejs:dynamic/azure-run-command:RunCommand::${name}`;
}

export function keyOf(name: string): string {
  return resourceKey(urnOf(name));
}

export function inputsOf(name: string, declared: Declared, vmId: string): Properties {
  const { kind, trigger, removeExtension } = declared;
  const hidden = { key: keyOf(name), resourceUrn: urnOf(name) };
  const shared = { virtualMachineId: vmId, triggers: [trigger], removeExtension };
  return kind === "RunCommandExtension"
    ? { ...hidden, ...shared, kind }
    : { ...hidden, ...shared, ...scriptsOf(name, declared), ...settingsOf(name, declared) };
}

function settingsOf(name: string, declared: Declared): Properties {
  const { parameter, replaceTrigger, guard, successExitCodes } = declared;
  const { treatFailureAsDeploymentFailure, rebootPolicy, deleteFailure } = declared;
  return {
    ...{ parameters: { PARAMETER: String(parameter) }, replaceTriggers: [replaceTrigger] },
    ...{ successExitCodes, treatFailureAsDeploymentFailure, rebootPolicy, deleteFailure },
    ...guardOf(name, guard),
  };
}

function guardOf(name: string, guard: Declared["guard"]): Properties {
  switch (guard) {
    case "none":
      return {};
    case "creates":
      return { creates: markPath("made", name) };
    case "unless":
      return { unless: `[ -e ${markPath("made", name)} ]` };
    case "onlyIf":
      return { onlyIf: `[ -e ${markPath("allowed", name)} ]` };
  }
}

function scriptsOf(name: string, declared: Declared): Properties {
  const { exits, deleteExits } = declared;
  const begin = (text: "script" | "update" | "delete" | "check") => [
    `echo "${name} $AZURE_RUN_COMMAND_REASON ${text} ${declared[text]}" >>${LOG}`,
    `echo "${text} ${declared[text]}"`,
  ];
  const [hang, hangs] = [markPath("hang", name), markPath("hangs", name)];
  const work = [
    `[ ! -e ${hang} ] || { mv ${hang} ${hangs}; sleep 60; }`,
    `[ ! -e ${markPath("broken", name)} ] || exit 4`,
  ];
  const make = [...work, `: >${markPath("made", name)}`];
  const texts = {
    script: [...begin("script"), ...make, `exit ${exits}`],
    update: [...begin("update"), ...make],
    delete: [...begin("delete"), work[1], `exit ${deleteExits}`],
    check: [...begin("check"), `[ -e ${markPath("made", name)} ]`],
  };
  const given = Object.entries(texts).filter(([text]) => declared[text as keyof typeof texts] !== null);
  return Object.fromEntries(given.map(([text, lines]) => [text, lines.join("\n")]));
}
