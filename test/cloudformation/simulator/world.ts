/** The services of the simulated cloud that resources are records of. */
import type { Account } from "./account";
import type { Clock } from "./clock";
import type { Roles } from "./iam/roles";
import type { CodeStore } from "./kinds/code";
import type { Functions } from "./lambda/functions";
import type { Buckets } from "./services/s3";
import type { Secrets } from "./services/secrets-manager";
import type { SystemsManager } from "./services/ssm";
import type { StateMachines } from "./step-functions/state-machines";

export interface World {
  readonly account: Account;
  readonly clock: Clock;
  readonly code: CodeStore;
  readonly functions: Functions;
  readonly roles: Roles;
  readonly stateMachines: StateMachines;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly systemsManager: SystemsManager;
}
