/** What a program in JavaScript, without TypeScript's types, may get wrong of a run command: what is missing, or something else. */
import { Stack, Token } from "aws-cdk-lib";
import { isMap, kindOf } from "../core/inputs/input";
import { isText } from "./required";
import type { AzureRunCommandProps } from "./run-command-props";

type PropName = keyof AzureRunCommandProps;

export interface KindProblem {
  readonly prop: PropName;
  /** Finished, begins with the prop. */
  readonly sentence: string;
}

/**
 * Without any problem, every part can be bound.
 *
 * @param stack that of the run command.
 */
export function kindProblems(props: Partial<AzureRunCommandProps>, stack: Stack): readonly KindProblem[] {
  return [
    ...Object.keys(PARTS).flatMap((prop) => partProblem(prop as PartName, props)),
    ...credentialProblems(props, stack),
    ...mapProblems(props),
    ...listProblems(props),
    ...flagProblems(props),
    ...nullProblems(props),
  ];
}

const HOW_SCRIPT = "RunCommandScript.fromInline(…), fromAsset(…) or fromBucket(…)";
const SCRIPT = { member: "bind", expected: "a RunCommandScript", how: HOW_SCRIPT } as const;

/** The props that are objects, and what each of them has. Classes are not asked for: an app can have a package twice. */
const PARTS = {
  vm: {
    member: "virtualMachineId",
    expected: "an AzureVirtualMachine",
    how: "AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)",
  },
  credentials: {
    member: "identify",
    expected: "AzureCredentials",
    how: "AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…)",
  },
  provider: {
    member: "serviceToken",
    expected: "an AzureRunCommandProvider",
    how: "AzureRunCommandProvider.getOrCreate(…), or credentials",
  },
  script: SCRIPT,
  update: SCRIPT,
  delete: SCRIPT,
  outputBucket: { member: "arnForObjects", expected: "a bucket", how: "s3.Bucket.fromBucketName(…)" },
} as const;

type PartName = keyof typeof PARTS;

const NEEDED: readonly PartName[] = ["vm", "script"];

function partProblem(prop: PartName, props: Partial<AzureRunCommandProps>): readonly KindProblem[] {
  const { member, expected, how } = PARTS[prop];
  const value: unknown = props[prop];
  if (value === undefined) {
    return NEEDED.includes(prop) ? [{ prop, sentence: `${prop} is missing; give ${how}` }] : [];
  }
  const isRight =
    typeof value === "object" &&
    value !== null &&
    member in value &&
    (prop !== "vm" || isText(props.vm?.virtualMachineId));
  return isRight ? [] : [{ prop, sentence: `${prop} is ${kindOf(value)}, expected ${expected}; give ${how}` }];
}

function credentialProblems(
  { credentials, provider }: Partial<AzureRunCommandProps>,
  stack: Stack,
): readonly KindProblem[] {
  if (credentials === undefined && provider === undefined) {
    return [{ prop: "credentials", sentence: `credentials is missing; give ${PARTS.credentials.how}, or a provider` }];
  }
  if (credentials !== undefined && provider !== undefined) {
    return [{ prop: "credentials", sentence: "credentials and provider are both given; give one of them" }];
  }
  const isElsewhere = typeof provider === "object" && provider?.node !== undefined && Stack.of(provider) !== stack;
  return isElsewhere
    ? [
        {
          prop: "provider",
          sentence:
            "provider is of another stack; give AzureRunCommandProvider.getOrCreate(…) with a construct of this one, or credentials",
        },
      ]
    : [];
}

const MAPS = { parameters: "texts", protectedParameters: "RunCommandSecrets" } as const;

function mapProblems(props: Partial<AzureRunCommandProps>): readonly KindProblem[] {
  return (["parameters", "protectedParameters"] as const).flatMap((prop) => {
    const map: unknown = props[prop];
    if (map === undefined || map === null) {
      return [];
    }
    if (Token.isUnresolved(map)) {
      const sentence = `${prop} is a token, which cannot be looked into when the app is synthesised; give a map of names to ${MAPS[prop]}${prop === "parameters" ? ", which can be tokens" : ""}`;
      return [{ prop, sentence }];
    }
    if (!isMap(map)) {
      return [{ prop, sentence: `${prop} is ${kindOf(map)}, expected a map of names to ${MAPS[prop]}` }];
    }
    return prop === "parameters" ? [] : secretProblems(map);
  });
}

function secretProblems(secrets: Readonly<Record<string, unknown>>): readonly KindProblem[] {
  return Object.entries(secrets)
    .filter(([, secret]) => typeof secret !== "object" || secret === null || !("bind" in secret))
    .map(([name, secret]) => ({
      prop: "protectedParameters",
      sentence: `protectedParameters has ${JSON.stringify(name)}, which is ${kindOf(secret)}, expected a RunCommandSecret; give RunCommandSecret.fromSecretsManager(…)`,
    }));
}

function listProblems(props: Partial<AzureRunCommandProps>): readonly KindProblem[] {
  return (["triggers", "replaceTriggers"] as const).flatMap((prop) => {
    const list: unknown = props[prop];
    return list === undefined || list === null || Array.isArray(list) || Token.isUnresolved(list)
      ? []
      : [{ prop, sentence: `${prop} is ${kindOf(list)}, expected a list of texts` }];
  });
}

const FLAGS = ["parallelOnVm", "treatFailureAsDeploymentFailure", "sensitiveOutput", "exportOutputs"] as const;

/** `exportOutputs` says what is in the template, so it cannot be a token. */
function flagProblems(props: Partial<AzureRunCommandProps>): readonly KindProblem[] {
  return FLAGS.flatMap((prop) => {
    const flag: unknown = props[prop];
    const isFine = flag === undefined || flag === null || typeof flag === "boolean" || Token.isUnresolved(flag);
    return isFine ? [] : [{ prop, sentence: `${prop} is ${kindOf(flag)}, expected true or false` }];
  });
}

/** CloudFormation takes no `null` in a template. */
function nullProblems(props: Partial<AzureRunCommandProps>): readonly KindProblem[] {
  return Object.entries(props)
    .filter(([prop, value]) => value === null && !(prop in PARTS))
    .map(([prop]) => ({ prop: prop as PropName, sentence: `${prop} is null; give it a value, or leave it out` }));
}
