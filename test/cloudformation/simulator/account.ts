/** Names and ids in the form in which AWS gives them. Pure but for the random part of an id. */
import { randomBytes, randomUUID } from "node:crypto";

export interface Account {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
}

export function arn(account: Account, service: string, resource: string): string {
  return `arn:aws:${service}:${account.region}:${account.accountId}:${resource}`;
}

/** IAM has no region. */
export function iamArn(account: Account, resource: string): string {
  return `arn:aws:iam::${account.accountId}:${resource}`;
}

export function stackArn(account: Account, stackName: string): string {
  return arn(account, "cloudformation", `stack/${stackName}/${randomUUID()}`);
}

/** Letters and digits of the suffixes of generated names. Source: any generated name, such as `Demo-Handler-1A2B3C4D5E6F`. */
const SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SUFFIX_LENGTH = 12;

export function randomText(alphabet: string, length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("");
}

/**
 * The name that CloudFormation gives to a resource that has none: stack, logical id and a random suffix, at most
 * `maxLength` characters.
 *
 * Source: AWS CloudFormation User Guide, "Name type". How the two parts share the room: assumed.
 */
export function generatedName(stackName: string, logicalId: string, maxLength = 64): string {
  const suffix = randomText(SUFFIX_ALPHABET, SUFFIX_LENGTH);
  const room = maxLength - SUFFIX_LENGTH - 2;
  const stackPart = stackName.slice(0, Math.max(Math.floor(room / 2), room - logicalId.length));
  return `${stackPart}-${logicalId.slice(0, room - stackPart.length)}-${suffix}`;
}
