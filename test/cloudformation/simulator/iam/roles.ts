/** IAM: the roles that there are, and what their policies allow. */
import { type Account, iamArn } from "../account";
import { allows, type Call, PolicyError, readPolicy, type Statement } from "./policy";

/** What these managed policies of AWS allow of the calls that the simulator has: nothing (assumed). */
const HARMLESS_MANAGED_POLICIES = [
  "service-role/AWSLambdaBasicExecutionRole",
  "service-role/AWSLambdaVPCAccessExecutionRole",
  "AmazonSSMManagedInstanceCore",
  "CloudWatchAgentServerPolicy",
];

interface Role {
  readonly name: string;
  readonly arn: string;
  /** Statements by the policy's own id. */
  readonly policies: Map<string, readonly Statement[]>;
}

export class Roles {
  readonly #roles = new Map<string, Role>();

  constructor(private readonly account: Account) {}

  /** Makes a role, or gives another path or other managed policies to the one of this name. @returns its ARN. */
  put(name: string, path = "/", managedPolicyArns: readonly string[] = []): string {
    for (const arn of managedPolicyArns) {
      this.#checkManagedPolicy(arn);
    }
    const arn = iamArn(this.account, `role${path}${name}`);
    this.#roles.set(name, { name, arn, policies: this.#roles.get(name)?.policies ?? new Map() });
    return arn;
  }

  delete(name: string): void {
    this.#roles.delete(name);
  }

  /** Gives a policy to these roles, and takes it from all others. @throws {PolicyError} when it cannot be read. */
  putPolicy(policyId: string, roleNames: readonly string[], document: unknown): void {
    const statements = readPolicy(document);
    const unknown = roleNames.find((name) => !this.#roles.has(name));
    if (unknown !== undefined) {
      throw new PolicyError(`The role with name ${unknown} cannot be found.`);
    }
    this.deletePolicy(policyId);
    for (const name of roleNames) {
      this.#roles.get(name)?.policies.set(policyId, statements);
    }
  }

  deletePolicy(policyId: string): void {
    for (const { policies } of this.#roles.values()) {
      policies.delete(policyId);
    }
  }

  /** Whether the role may make the call; a role that is gone may not. */
  allow(roleArn: string, call: Call): boolean {
    const role = [...this.#roles.values()].find(({ arn }) => arn === roleArn);
    return role !== undefined && allows([...role.policies.values()].flat(), call);
  }

  #checkManagedPolicy(arn: string): void {
    const known = HARMLESS_MANAGED_POLICIES.some((name) => arn.endsWith(`:aws:policy/${name}`));
    if (arn.includes(":iam::aws:policy/") && !known) {
      throw new PolicyError(`the simulator does not know what ${arn} allows; add it to iam/roles.ts`);
    }
  }
}
