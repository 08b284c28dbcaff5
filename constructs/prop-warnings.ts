/** What is to be heeded of the props of a run command. */
import { CfnParameter, Reference, Token, Tokenization } from "aws-cdk-lib";
import { createsWarnings } from "../core/inputs/input-guards";
import { guardWarnings, scriptWarnings } from "../core/script/warnings";
import type { AzureRunCommandProps } from "./run-command-props";
import { RebootPolicy } from "./run-command-words";
import { looksSecret } from "./secret-names";
import type { Warning } from "./warning";

const SCRIPT_NAMES = ["script", "update", "delete"] as const;

/** @param texts the scripts' texts; what is no text is not known yet. */
export function warningsOf(props: AzureRunCommandProps, texts: Readonly<Record<string, unknown>>): readonly Warning[] {
  const options = { restartFails: (props.rebootPolicy ?? RebootPolicy.FAIL) === RebootPolicy.FAIL };
  const known = (text: unknown): text is string => typeof text === "string" && !Token.isUnresolved(text);
  const ofScripts = SCRIPT_NAMES.flatMap((name) => {
    const text = texts[name];
    return known(text) ? scriptWarnings(name, text, options) : [];
  });
  const ofGuards = (["unless", "onlyIf"] as const).flatMap((name) => {
    const text = props[name];
    return known(text) ? guardWarnings(name, text, options) : [];
  });
  const ofPath = known(props.creates) ? createsWarnings(props.creates) : [];
  const ofParameters = Object.entries(props.parameters ?? {}).flatMap(([name, value]) =>
    plainSecretWarning(name, value),
  );
  const each = (id: string, messages: readonly string[]) => messages.map((message) => ({ id, message }));
  return [
    ...each("azure-run-command:script", ofScripts),
    ...each("azure-run-command:guard", [...ofGuards, ...ofPath]),
    ...each("azure-run-command:plainSecret", ofParameters),
  ];
}

function plainSecretWarning(name: string, value: string): readonly string[] {
  const prop = `parameters has ${JSON.stringify(name)}`;
  const instead = "give it in protectedParameters: RunCommandSecret.fromSecretsManager(…)";
  const hidden = hiddenParameterIn(value);
  if (hidden !== undefined) {
    return [
      `${prop} with the value of the CfnParameter '${hidden.node.id}', which NoEcho hides in the stack alone: it is plain text in the properties of the resource and in the execution history of AWS Step Functions; ${instead}`,
    ];
  }
  return looksSecret(name)
    ? [`${prop}, which looks like a secret and is in the template for everybody to read; if it is one, ${instead}`]
    : [];
}

function hiddenParameterIn(value: string): CfnParameter | undefined {
  return Tokenization.reverseString(value)
    .tokens.filter((token) => Reference.isReference(token))
    .map(({ target }) => target)
    .find((target): target is CfnParameter => target instanceof CfnParameter && target.noEcho);
}
