/** What is wrong with the properties of a resource as they stand in the template. Pure. */

export interface CheckedProperties {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Most bytes of the properties. The state of AWS Step Functions holds 262,144, in which an update has the old properties and
 * the new ones; the rest is room for what goes along. Source: AWS Step Functions quotas.
 */
const PROPERTIES_MAX_BYTES = 120_000;

/**
 * Above this many characters, as JSON within JSON, the framework cannot read an event out of the message of a timeout, in which
 * an update has the old properties and the new ones, twice. Source: AWS Step Functions, `cause` has at most 32,768 characters;
 * aws-cdk-lib 2.276, custom-resources/lib/provider-framework/runtime/framework.js (onTimeout); less 3,000 for the rest.
 */
const REPORTABLE_MAX_CHARACTERS = 7_400;

/** Source: AWS CloudFormation, "Get a secret or secret value from Secrets Manager": not supported in custom resources. */
const SECRET_REFERENCE = /\{\{resolve:(?:secretsmanager|ssm-secure):/;

/** With the flag `u`, two halves that belong together are one character. */
const SURROGATE = /\p{Surrogate}/u;

/** @param properties with tokens resolved. */
export function checkProperties(properties: Readonly<Record<string, unknown>>): CheckedProperties {
  const json = JSON.stringify(properties);
  const ofReferences = Object.entries(properties)
    .filter(([, value]) => SECRET_REFERENCE.test(JSON.stringify(value)))
    .map(
      ([name]) =>
        `${propOf(name)} has a dynamic reference to a secret, which CloudFormation does not resolve in a custom resource: the script would get the text '{{resolve:…}}'; give it in protectedParameters: RunCommandSecret.fromSecretsManager(…)`,
    );
  const ofSurrogates = Object.entries(properties)
    .filter(([, value]) => textsIn(value).some((text) => SURROGATE.test(text)))
    .map(
      ([name]) =>
        `${propOf(name)} has half of a character (a lone surrogate), which UTF-8 does not have; give whole characters (was a text cut off within one?)`,
    );
  const found = [...ofReferences, ...ofSurrogates];
  const bytes = Buffer.byteLength(json);
  if (bytes > PROPERTIES_MAX_BYTES) {
    const shown = bytes.toLocaleString("en-US");
    const most = PROPERTIES_MAX_BYTES.toLocaleString("en-US");
    const problem = `the properties of the resource have ${shown} bytes as JSON, of which an update can carry at most ${most}; ${SMALLER}`;
    return { problems: [...found, problem], warnings: [] };
  }
  const characters = JSON.stringify(json).length;
  const warning = `the properties of the resource have ${characters.toLocaleString("en-US")} characters; above ${REPORTABLE_MAX_CHARACTERS.toLocaleString("en-US")} AWS Step Functions cuts off what tells CloudFormation of a Lambda function that does not answer, and the stack then waits for its whole ServiceTimeout; ${SMALLER}`;
  return { problems: found, warnings: characters > REPORTABLE_MAX_CHARACTERS ? [warning] : [] };
}

const SMALLER = "put scripts into files and use RunCommandScript.fromAsset, and give digests as triggers";

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** `RunAsUser` stands for the prop `runAsUser`. */
function propOf(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}
