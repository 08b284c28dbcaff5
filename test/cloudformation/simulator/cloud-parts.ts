/** Starts the parts of a simulated cloud, and joins them. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "./account";
import { Clock } from "./clock";
import type { CloudOptions } from "./cloud-options";
import { CloudFormation } from "./engine/cloudformation";
import { CustomResources } from "./engine/custom-resources";
import { Faults } from "./faults";
import { Roles } from "./iam/roles";
import { Sessions } from "./iam/sessions";
import { CodeStore } from "./kinds/code";
import { knownKinds } from "./kinds/kinds";
import { Functions } from "./lambda/functions";
import { compileProcess, offerSdk } from "./lambda/runtime-modules";
import { cloudFormationService } from "./services/cloudformation";
import { Endpoint } from "./services/endpoint";
import { lambdaService } from "./services/lambda";
import { Buckets } from "./services/s3";
import { Secrets } from "./services/secrets-manager";
import { SystemsManager } from "./services/ssm";
import { Federation, stsService } from "./services/sts";
import { StateMachines } from "./step-functions/state-machines";
import type { World } from "./world";

export interface CloudParts extends World {
  readonly options: CloudOptions;
  /** All files of the cloud; removed when it stops. */
  readonly folder: string;
  readonly faults: Faults;
  readonly federation: Federation;
  readonly customResources: CustomResources;
  readonly cloudFormation: CloudFormation;
  readonly endpoint: Endpoint;
}

/** Of a bootstrapped account. Source: aws-cdk-lib/core/lib/stack-synthesizers (`DefaultStackSynthesizer`). The version: assumed. */
const BOOTSTRAP_PARAMETER = { name: "/cdk-bootstrap/hnb659fds/version", version: "30" } as const;

/** @throws when an option is wrong. */
export async function startParts(options: CloudOptions): Promise<CloudParts> {
  const { scale = 1, account: accountId = "123456789012", region = "eu-west-1" } = options;
  if (!Number.isInteger(scale) || scale < 1) {
    throw new Error(`scale=${scale} is no whole number of at least 1`);
  }
  const account: Account = { accountId, region };
  const clock = new Clock(scale);
  const folder = mkdtempSync(join(tmpdir(), "aws-"));
  const faults = new Faults();
  const roles = new Roles(account);
  const sessions = new Sessions();
  const receiver: { takes: CustomResources["receive"] } = { takes: () => ({ status: 503, body: "" }) };
  const endpoint = new Endpoint({
    sessions,
    roles,
    faults,
    nowMs: () => clock.nowMs(),
    receiveResponse: (path, body) => receiver.takes(path, body),
  });
  const functions = await startFunctions(options, { account, clock, faults, sessions, endpoint, folder });
  const customResources = new CustomResources({ account, clock, functions, faults });
  receiver.takes = (path, body) => customResources.receive(path, body);
  const world: World = {
    account,
    clock,
    code: new CodeStore(folder),
    functions,
    roles,
    stateMachines: new StateMachines({ account, clock, functions, roles }),
    buckets: new Buckets(() => clock.nowMs()),
    secrets: new Secrets(account, () => clock.nowMs()),
    systemsManager: new SystemsManager(account),
  };
  world.systemsManager.parameters.set(BOOTSTRAP_PARAMETER.name, BOOTSTRAP_PARAMETER.version);
  const cloudFormation = new CloudFormation({
    account,
    clock,
    kindOf: knownKinds(world, customResources),
    unknowns: { rollbackResolvesAgain: true, replacementIsUpdatedBack: false, ...options.unknowns },
    ssmParameter: (name) => world.systemsManager.parameters.get(name),
    onEvent: options.onEvent ?? (() => {}),
  });
  const federation = await Federation.create();
  const parts = { ...world, options, folder, faults, federation, customResources, cloudFormation, endpoint };
  addServices(parts);
  return parts;
}

interface Started {
  readonly account: Account;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly sessions: Sessions;
  readonly endpoint: Endpoint;
  readonly folder: string;
}

async function startFunctions(
  { azure, environment, lambdaProcess, reuseProcesses = true }: CloudOptions,
  { account, clock, faults, sessions, endpoint, folder }: Started,
): Promise<Functions> {
  const workFolder = join(folder, "work");
  mkdirSync(workFolder);
  return new Functions({
    account,
    clock,
    faults,
    sessions,
    port: await endpoint.listen(),
    entry: lambdaProcess ?? compileProcess(folder),
    runtimeModules: offerSdk(join(folder, "runtime")),
    workFolder,
    environment: { ...azureVariables(azure), ...environment },
    reuseProcesses,
  });
}

/** Where a handler finds the simulated Azure; how it signs in is its own settings' business. */
function azureVariables(azure: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const names = ["ARM_METADATA_HOSTNAME", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(names.flatMap((name) => (azure?.[name] === undefined ? [] : [[name, azure[name]]])));
}

function addServices({ endpoint, account, clock, federation, cloudFormation, ...world }: CloudParts): void {
  endpoint.add("lambda", lambdaService(world.functions));
  endpoint.add("states", world.stateMachines.service());
  endpoint.add("secretsmanager", world.secrets.service());
  endpoint.add("s3", world.buckets.service());
  endpoint.add(
    "sts",
    stsService(account, federation, () => clock.nowMs()),
  );
  endpoint.add("cloudformation", cloudFormationService(account, cloudFormation));
  endpoint.add("ssm", world.systemsManager.service());
}
