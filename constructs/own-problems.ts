/** What a run command of CloudFormation cannot have, beside what no run command can. */
import { Duration, Token } from "aws-cdk-lib";
import { kindOf } from "../core/inputs/input";
import { durationProblem, isDuration } from "./duration";
import { SECRET_VERSIONS_MAX_BYTES } from "./resource-properties";
import type { AzureRunCommandProps } from "./run-command-props";
import { RollbackBehavior } from "./run-command-words";
import { READY_TIMEOUT_MAX_SECONDS, TIMEOUT_DEFAULT_SECONDS, TIMEOUT_MAX_SECONDS } from "./timing";

/** @returns finished sentences, each beginning with the prop. */
export function ownProblems(props: Partial<AzureRunCommandProps>): readonly string[] {
  const { timeout, readyTimeout, sensitiveOutput, exportOutputs } = props;
  const ofDuration = (name: string, duration: Duration | undefined, least: number, most: number) => {
    const range = { least: Duration.seconds(least), most: Duration.seconds(most) };
    const problem = duration === undefined ? undefined : durationProblem(duration, range);
    return problem === undefined ? [] : [`${name} ${problem}`];
  };
  return [
    ...ofDuration("timeout", timeout, 1, TIMEOUT_MAX_SECONDS),
    ...ofDuration("readyTimeout", readyTimeout, 0, READY_TIMEOUT_MAX_SECONDS),
    ...(["parameters", "protectedParameters"] as const).flatMap((property) =>
      Object.keys(props[property] ?? {}).some((name) => Token.isUnresolved(name))
        ? [
            `${property} has a name that is a token, which has no value yet when the app is synthesised; give it as text`,
          ]
        : [],
    ),
    ...handOverProblems(props),
    ...rollbackProblems(props.rollback),
    ...(sensitiveOutput === true && exportOutputs === true
      ? ["exportOutputs shows what sensitiveOutput hides; give one of them"]
      : []),
  ];
}

const ROLLBACKS: readonly unknown[] = Object.values(RollbackBehavior);

function rollbackProblems(rollback: unknown): readonly string[] {
  if (rollback === undefined || Token.isUnresolved(rollback) || ROLLBACKS.includes(rollback)) {
    return [];
  }
  const seen = typeof rollback === "string" ? JSON.stringify(rollback) : kindOf(rollback);
  return [`rollback is ${seen}, expected ${ROLLBACKS.map((word) => JSON.stringify(word)).join(" or ")}`];
}

/** Of the length that AWS Secrets Manager gives to versions: a GUID. */
const SOME_VERSION = "0".repeat(36);

function handOverProblems({ timeout, protectedParameters = {} }: Partial<AzureRunCommandProps>): readonly string[] {
  const names = Object.keys(protectedParameters);
  const versions = JSON.stringify(Object.fromEntries(names.map((name) => [name, SOME_VERSION])));
  const bytes = Buffer.byteLength(JSON.stringify(versions));
  const isLong =
    isDuration(timeout) && !timeout.isUnresolved() && timeout.toSeconds({ integral: false }) > TIMEOUT_DEFAULT_SECONDS;
  return isLong && bytes > SECRET_VERSIONS_MAX_BYTES
    ? [
        `protectedParameters has ${names.length} secrets, whose names and versions have ${bytes.toLocaleString("en-US")} bytes as JSON; a run of more than 40 minutes can hand over at most ${SECRET_VERSIONS_MAX_BYTES.toLocaleString("en-US")}; put several values into one parameter`,
      ]
    : [];
}
