/** What a run command is given. The names are those of the Pulumi half where it has them. */
import type { Duration, RemovalPolicy, aws_s3 as s3 } from "aws-cdk-lib";
import type { AzureCredentials } from "./credentials";
import type { AzureRunCommandProvider } from "./provider";
import type {
  DeleteFailure,
  RebootPolicy,
  RemoveExtension,
  RollbackBehavior,
  RunCommandLogging,
} from "./run-command-words";
import type { RunCommandScript } from "./script";
import type { RunCommandSecret } from "./secret";
import type { IAzureVirtualMachine } from "./virtual-machine";

/** What `AzureVirtualMachine.runCommand` is given: everything but the VM. */
export interface AzureRunCommandOptions {
  /**
   * How the Lambda functions sign in to Azure. All run commands of a stack that are given credentials share one provider, and
   * so must be given the same; for other credentials, make a second `provider`. A change of them changes the functions, and runs
   * nothing.
   *
   * @default those of `provider`; one of the two must be given
   */
  readonly credentials?: AzureCredentials;
  /**
   * The Lambda functions that do the work, from `AzureRunCommandProvider.getOrCreate`. CloudFormation refuses another provider
   * for a run command that is there ("Modifying service token is not allowed"): it would have to get another id.
   *
   * @default the stack's provider without a `providerId`, made with `credentials` when there is none yet
   */
  readonly provider?: AzureRunCommandProvider;
  /**
   * The script. It reaches the VM byte for byte (Windows line ends too), and is run by the interpreter of its `#!` line or
   * else by `/bin/sh`.
   *
   * At most about 129 KB, together with `parameters`, `protectedParameters` and `arguments`, and so each of `update` and
   * `delete`. A change runs it again, or `update` in its place.
   *
   * All scripts are told in `AZURE_RUN_COMMAND_REASON` why they run: `create`, `update` or `delete`.
   */
  readonly script: RunCommandScript;
  /**
   * What runs in place of `script` when something changed, once `script` was a success on this VM; with the same user,
   * folder, variables and arguments.
   *
   * It finds what the last run of `script` itself has printed in the file `$AZURE_RUN_COMMAND_STDOUT`, and its named
   * outputs in the file `$AZURE_RUN_COMMAND_OUTPUTS`, as do `delete` and later runs of `script`. The attributes are then those
   * of `update`. A change of `update` itself runs nothing, and counts from the next run on.
   *
   * @default `script` itself
   */
  readonly update?: RunCommandScript;
  /**
   * What runs on the VM when the resource is deleted or replaced, before what it left there is removed; with the same user,
   * folder, variables, arguments and time limit. What the resource was still running is ended first. It is not run on a VM
   * that is gone or stopped; the log of the Lambda function says so. Whatever `timeout` says, a deletion has 55 minutes.
   *
   * A change runs nothing, and is what counts when the resource is deleted.
   *
   * @default nothing
   */
  readonly delete?: RunCommandScript;
  /**
   * An absolute path on the VM: when it is there (whatever it is, a dead link too), `script` is not run, and `executionState`
   * is `Skipped`.
   *
   * This and the other guards are asked on the VM just before `script` runs, as its user and in its folder, in the order
   * `creates`, `unless`, `onlyIf`. Each has 60 s; one that takes longer is ended and the deployment fails. They are not asked
   * about `update`. A change runs nothing, and counts from the next run on.
   *
   * @default none
   */
  readonly creates?: string;
  /**
   * A shell command: when it exits with 0, `script` is not run. Otherwise as `creates`; a change runs nothing.
   *
   * @default none
   */
  readonly unless?: string;
  /**
   * A shell command: when it exits with anything but 0, `script` is not run. Otherwise as `creates`; a change runs nothing.
   *
   * @default none
   */
  readonly onlyIf?: string;
  /**
   * Environment variables of the script; any text without NUL. A change runs the script again. The values are in the
   * template: what is secret goes into `protectedParameters`.
   *
   * @default none
   */
  readonly parameters?: { [name: string]: string };
  /**
   * Environment variables of the script whose values are secrets in AWS Secrets Manager. The Lambda function reads them when
   * the script runs; they are in no template, no property, no log and no execution history. Another secret, or another field,
   * runs the script again; a new value of the same secret does not: change `triggers` with it. A name is in one of the two maps.
   *
   * On the VM the values are only in files of root's that are removed when the script starts. In attributes and messages they
   * are replaced by `[secret]`, also where the script printed them as JSON, in a URL, in hexadecimal or in base64, if that has
   * eight characters or more; a value of less than three not at all.
   *
   * @default none
   */
  readonly protectedParameters?: { [name: string]: RunCommandSecret };
  /**
   * `$1` and following; any texts without NUL. A change runs the script again.
   *
   * @default none
   */
  readonly arguments?: string[];
  /**
   * Any texts: when one of them changes, the script runs again, or `update` in its place.
   *
   * @default none
   */
  readonly triggers?: string[];
  /**
   * Any texts: when one of them changes, the resource is replaced: `script` runs as for the first time; when the deployment is
   * over, `delete` runs as it was before, and what the old resource left on the VM is removed.
   *
   * @default none
   */
  readonly replaceTriggers?: string[];
  /**
   * The user of the VM that the script runs as, with that user's groups and `HOME`. A change runs the script again.
   *
   * @default root
   */
  readonly runAsUser?: string;
  /**
   * The folder in which the script starts: an absolute path, which must be there. A change runs the script again.
   *
   * @default the home folder of its user
   */
  readonly workingDirectory?: string;
  /**
   * How long the script may run, from its start on the VM; then it is ended with all its children, and the deployment
   * fails. Whole seconds, from 1 second to 12 hours. A change runs nothing, and counts from the next run on.
   *
   * CloudFormation gives a resource one hour. Above 40 minutes further resources of the type `Custom::AzureRunCommandWait`
   * follow the run, one for each 55 minutes.
   *
   * @default Duration.minutes(40)
   */
  readonly timeout?: Duration;
  /**
   * What it means that the VM is restarted while the script runs, by the script or by somebody else. A change runs nothing,
   * and counts from the next run on.
   *
   * @default RebootPolicy.FAIL
   */
  readonly rebootPolicy?: RebootPolicy;
  /**
   * Whether the scripts of this resource neither wait for other scripts of their VM nor let those wait for them. Otherwise the
   * scripts of a VM run one after the other: package managers, for one, lock each other out. With `true`, the resource takes no
   * part in the order in which the run commands of a stack happen on one VM. A change runs nothing, and counts from the next run
   * on.
   *
   * @default false
   */
  readonly parallelOnVm?: boolean;
  /**
   * Which exit codes of `script`, `update` and `delete` are a success: whole numbers from 0 to 255, at least one. A change
   * runs nothing, and counts from the next run on.
   *
   * @default [0]
   */
  readonly successExitCodes?: number[];
  /**
   * Whether a script that failed or took too long fails the deployment. With `false` it is only told of in the log of the
   * Lambda function; `exitCode` and `executionState` say how it ended. What cannot be run, or of which it is not known how it
   * ended, fails the deployment all the same. A change runs nothing, and counts from the next run on.
   *
   * @default true
   */
  readonly treatFailureAsDeploymentFailure?: boolean;
  /**
   * How long to wait for a VM that starts, and for its agent; then the deployment fails. Whole seconds, at most 10 minutes;
   * `Duration.seconds(0)` looks once. A change runs nothing, and counts from the next run on.
   *
   * @default Duration.minutes(10)
   */
  readonly readyTimeout?: Duration;
  /**
   * Which streams are written to the log of the Lambda function when the script has ended, whether it failed or not. Secrets
   * are replaced there too. A change runs nothing, and counts from the next run on.
   *
   * @default RunCommandLogging.NONE
   */
  readonly logging?: RunCommandLogging;
  /**
   * What it means that `delete` failed. A change runs nothing.
   *
   * @default DeleteFailure.FAIL
   */
  readonly deleteFailure?: DeleteFailure;
  /**
   * When deleting this resource takes the extension `RunCommandLinux` off the VM. A change runs nothing.
   *
   * @default RemoveExtension.WHEN_LAST
   */
  readonly removeExtension?: RemoveExtension;
  /**
   * What happens when a deployment fails after this resource was updated in it, and CloudFormation rolls back. A
   * change runs nothing.
   *
   * @default RollbackBehavior.RERUN
   */
  readonly rollback?: RollbackBehavior;
  /**
   * Whether CloudFormation hides the attributes: it shows `****` where they are outputs of the stack (`NoEcho`). Other
   * resources get the values all the same. It does not go with `exportOutputs`. A change runs nothing.
   *
   * @default false
   */
  readonly sensitiveOutput?: boolean;
  /**
   * A bucket for output that has no room in the attributes, of which CloudFormation takes 4,096 bytes in all. Objects below
   * `azure-run-command/` then hold the last 131,072 bytes of each stream; `stdoutLocation` and `stderrLocation` say where they
   * are. They stay when the resource is deleted. A change runs nothing, and counts from the next run on.
   *
   * @default the attributes hold the end of each stream, and the rest is gone
   */
  readonly outputBucket?: s3.IBucket;
  /**
   * Whether the exit code and stdout are outputs of the stack, so that `cdk deploy` prints them. A change runs nothing.
   *
   * @default false
   */
  readonly exportOutputs?: boolean;
  /**
   * What happens to the resource when it leaves the stack. With `RemovalPolicy.RETAIN`, `delete` does not run, and what
   * the resource left on the VM stays there. A change runs nothing.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What an `AzureRunCommand` is given. */
export interface AzureRunCommandProps extends AzureRunCommandOptions {
  /**
   * The VM. Another VM replaces the resource: the script runs on the new one; when the deployment is over, `delete` runs on
   * the old one, and what the resource left there is removed.
   *
   * The run commands of a stack on one VM run one after the other, in the order in which the program makes them, unless one
   * needs another: through `node.addDependency`, or a reference to it, also by way of other resources. Those with `parallelOnVm`
   * wait for none but those that they need.
   */
  readonly vm: IAzureVirtualMachine;
}
