/** What the simulated cloud does without a source. Each entry is one behaviour; the code that does it says `assumed`. */

export interface Assumption {
  /** The file that behaves so, below this folder. */
  readonly where: string;
  readonly behaviour: string;
}

export const ASSUMED: readonly Assumption[] = [
  { where: "account.ts", behaviour: "how stack name and logical id share the room of a generated name" },
  { where: "cloud-parts.ts", behaviour: "the version of the account's CDK bootstrap stack: 30" },
  {
    where: "engine/custom-resource-request.ts",
    behaviour:
      "the ResponseURL is signed when the request is sent; the text about a ServiceTimeout out of range; ServiceTimeout is one of the ResourceProperties, as a text",
  },
  {
    where: "engine/custom-resource-response.ts",
    behaviour: "the texts about a response without a valid Status or Data, or that is no JSON",
  },
  {
    where: "engine/custom-resources.ts",
    behaviour: "the text about a function that is not there, and that such a resource gets no Delete",
  },
  {
    where: "engine/resource-actions.ts",
    behaviour:
      "a missing attribute fails the resource that needs it; what an update that rolls back sends is one of two possibilities (`Unknowns`)",
  },
  {
    where: "engine/operations.ts",
    behaviour:
      "a rollback of an update touches only what the update had touched, in the order of the old template, and goes on beside a resource that fails; resources that were called off stand in the list of those that failed",
  },
  { where: "engine/resource-removal.ts", behaviour: "the three attempts of the clean-up follow each other at once" },
  {
    where: "kinds/record-kind.ts",
    behaviour:
      "resources other than custom ones are there at once, and are changed in place unless their own name changes",
  },
  { where: "lambda/function.ts", behaviour: "the names of signals other than SIGKILL in errors" },
  {
    where: "lambda/lambda-process.ts",
    behaviour: "the flags for a function's memory; a process is not frozen between two events",
  },
  {
    where: "iam/roles.ts",
    behaviour: "changes of policies work at once; four managed policies of AWS allow nothing that the simulator has",
  },
  {
    where: "services/cloudformation.ts",
    behaviour:
      "the resource that IAM sees of a stack that is not there, by its name; the text of DescribeStackEvents about it; the properties in the events are those that are asked for, in a rollback too, and numbers in them stay numbers",
  },
  {
    where: "services/secrets-manager.ts",
    behaviour: "the resource that IAM sees in GetSecretValue of a secret that is not there",
  },
  {
    where: "services/ssm.ts",
    behaviour: "every managed instance id of the right form is registered until it is deregistered",
  },
  { where: "services/sts.ts", behaviour: "the texts about wrong parameters of GetWebIdentityToken" },
  {
    where: "step-functions/execution.ts",
    behaviour: "the error of a function that crashed or timed out is its errorType (AWS's guide says Lambda.Unknown)",
  },
  { where: "step-functions/state-machines.ts", behaviour: "executions go on when their state machine is deleted" },
];
