/** The Pulumi resource `RunCommand`: a script in an Azure Linux VM. */
import * as pulumi from "@pulumi/pulumi";
import type { DeleteFailure, Logging, RebootPolicy, RemoveExtension } from "../core/inputs/desired-state";
import { UNKNOWN_RESULT } from "../core/run/outcome";
import { type AzureResource, withVirtualMachineId } from "./azure-resource";
import { registeredScripts, type Script } from "./resource";
import { sendable } from "./sendable";
import { DRIFT_OUTPUTS } from "./stored-outputs";

/** A parameter of one of Azure's commands. */
export interface RawParameter {
  /** A name that a shell variable can have. */
  readonly name: pulumi.Input<string>;
  readonly value: pulumi.Input<string>;
}

/**
 * Inputs of a `RunCommand`. The VM is named by `virtualMachine`, by `virtualMachineId`, or by `resourceGroupName` and `vmName`.
 */
export interface RunCommandArgs {
  /**
   * The VM: a resource of `@pulumi/azure-native`, `@pulumi/azure`, or anything else with the `id` of a VM. The same as its id in
   * `virtualMachineId`, and as little a change from one to the other: nothing else of it is looked at or stored.
   *
   * Another VM replaces the resource. One that is made anew under its name gets the script too.
   *
   * @default the VM is named in another way
   */
  readonly virtualMachine?: pulumi.Input<AzureResource>;
  /**
   * The VM's ARM id: `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`, or that of
   * an instance of a Uniform scale set (`…/virtualMachineScaleSets/{name}/virtualMachines/{number}`).
   *
   * Another VM replaces the resource: its runs are deleted from the old VM, then the script runs on the new one.
   *
   * @default the VM is named in another way
   */
  readonly virtualMachineId?: pulumi.Input<string>;
  /**
   * The VM's resource group, together with `vmName`, in the subscription of `azure-native:subscriptionId`,
   * `ARM_SUBSCRIPTION_ID` or `AZURE_SUBSCRIPTION_ID`.
   *
   * Another group replaces the resource.
   *
   * @default the VM is named in another way
   */
  readonly resourceGroupName?: pulumi.Input<string>;
  /**
   * The VM's name, together with `resourceGroupName`. Another name replaces the resource.
   *
   * @default the VM is named in another way
   */
  readonly vmName?: pulumi.Input<string>;
  /**
   * The script: text, or a Pulumi asset with UTF-8 text. It reaches the VM byte for byte (Windows line ends too), and is
   * run by the interpreter of its `#!` line or else by `/bin/sh`. Give this, or `commandId`.
   *
   * At most about 129 KB, together with `parameters`, `protectedParameters` and `arguments`, and so each of `update`,
   * `delete` and `check`. A change runs it again, or `update` in its place.
   *
   * All scripts are told in `AZURE_RUN_COMMAND_REASON` why they run: `create`, `update`, `repair`, `delete` or `check`.
   *
   * @default `commandId` says what is run
   */
  readonly script?: Script;
  /**
   * What runs in place of `script` when something changed, once `script` was a success on this VM. Text, or a Pulumi
   * asset, as `script`; with the same user, folder, variables and arguments.
   *
   * It finds what the last run of `script` itself has printed in the file `$AZURE_RUN_COMMAND_STDOUT`, and its named
   * outputs in the file `$AZURE_RUN_COMMAND_OUTPUTS`, as do `delete`, `check` and later runs of `script`. `stdout` and all
   * other outputs are then those of `update`. A change of `update` itself runs nothing, and counts from the next run on.
   *
   * @default `script` itself
   */
  readonly update?: Script;
  /**
   * What runs on the VM when the resource is deleted or replaced, before what it left there is removed. Text, or a Pulumi
   * asset, as `script`; with the same user, folder, variables, arguments and time limit. What the resource was still running
   * is ended first. It is not run on a VM that is gone, stopped, or another one than that on which `script` ran; that is said.
   *
   * A change runs nothing, and is what counts when the resource is deleted.
   *
   * @default nothing
   */
  readonly delete?: Script;
  /**
   * What tells by its exit code whether the VM is still as `script` left it. Text, or a Pulumi asset, as `script`. It runs
   * in each `pulumi refresh` (and `up --refresh`), beside whatever else runs on the VM, and has 300 s.
   *
   * An exit code that is none of `successExitCodes` is drift: `drifted`, `checkExitCode` and `checkOutput` say so, and the
   * next `pulumi up` runs `update`, or else `script`, whatever the guards say, with the reason `repair`. A check that could
   * not be run is a warning, and changes nothing. A change of `check` runs nothing.
   *
   * @default nothing is looked at but whether the VM is there and the same
   */
  readonly check?: Script;
  /**
   * An absolute path on the VM: when it is there (whatever it is, a dead link too), `script` is not run, and `executionState` is
   * `Skipped`.
   *
   * This and the other guards are asked on the VM just before `script` runs, as its user and in its folder, in the order
   * `creates`, `unless`, `onlyIf`. Each has 60 s; one that takes longer is ended and the deployment fails. They are not asked
   * about `update`, nor about a repair. A change runs nothing, and counts from the next run on.
   *
   * @default none
   */
  readonly creates?: pulumi.Input<string>;
  /**
   * A shell command: when it exits with 0, `script` is not run. Otherwise as `creates`; a change runs nothing.
   *
   * @default none
   */
  readonly unless?: pulumi.Input<string>;
  /**
   * A shell command: when it exits with anything but 0, `script` is not run. Otherwise as `creates`; a change runs nothing.
   *
   * @default none
   */
  readonly onlyIf?: pulumi.Input<string>;
  /**
   * One of Azure's own commands in place of `script`: `ifconfig`, or any that `getRunCommandDocuments` lists for Linux.
   *
   * Of how it ends Azure tells nothing: there is no exit code, `executionState` is `Unverified`, and `stdout` and `stderr`
   * are the last 4,096 bytes that Azure reports. It goes with `rawParameters`, `triggers`, `replaceTriggers`,
   * `readyTimeoutInSeconds`, `outputMaxBytes`, `logging` and `removeExtension` only. Another id runs it again; a change from
   * or to `script` replaces the resource.
   *
   * @default `script` is run
   */
  readonly commandId?: pulumi.Input<string>;
  /**
   * Parameters of `commandId`, in their order. Azure pastes the values unquoted into shell text: never give what others
   * can choose. A change runs the command again.
   *
   * @default none
   */
  readonly rawParameters?: pulumi.Input<pulumi.Input<RawParameter>[]>;
  /**
   * Environment variables of the script; any text without NUL. A change runs the script again.
   * What is a secret here is replaced by `[secret]` in outputs and messages, as that of `protectedParameters` is.
   * The shell itself sets `IFS`, `PPID`, `_` and the like anew.
   *
   * @default none
   */
  readonly parameters?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Environment variables of the script whose values are secrets, even where the program gives plain text. A change runs
   * the script again. A name is in one of the two maps; `IFS`, `PPID`, `_` and the like cannot be here.
   *
   * The values are encrypted in the state, and on the VM only in files of root's that are removed when the script
   * starts. In outputs and messages they are replaced by `[secret]`, also where the script printed them as JSON, in a
   * URL, in hexadecimal or in base64, if that has eight characters or more; a value of less than three not at all.
   * The engine's own debugging logs (`--debug`, `-v=3` and more) show secrets that are not from the stack's configuration.
   *
   * @default none
   */
  readonly protectedParameters?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * `$1` and following; any texts without NUL. A change runs the script again.
   *
   * @default none
   */
  readonly arguments?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Any values: when one of them changes, the script runs again, or `update` in its place. At most 65,536 bytes as JSON.
   *
   * @default none
   */
  readonly triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
  /**
   * Any values: when one of them changes, the resource is replaced: `delete` runs, what the resource left on the VM is
   * removed, then `script` runs as for the first time. At most 65,536 bytes as JSON.
   *
   * @default none
   */
  readonly replaceTriggers?: pulumi.Input<pulumi.Input<unknown>[]>;
  /**
   * The user of the VM that the script runs as, with that user's groups and `HOME`. A change runs the script again.
   *
   * @default root
   */
  readonly runAsUser?: pulumi.Input<string>;
  /**
   * The folder in which the script starts: an absolute path, which must be there. A change runs the script again.
   *
   * @default the home folder of its user
   */
  readonly workingDirectory?: pulumi.Input<string>;
  /**
   * How many seconds the script may run, from its start on the VM; then it is ended with all its children, and the
   * deployment fails. A whole number from 1 to 100,000,000. A change runs nothing, and counts from the next run on.
   *
   * @default no limit
   */
  readonly timeoutInSeconds?: pulumi.Input<number>;
  /**
   * What it means that the VM is restarted while the script runs, by the script or by somebody else:
   *
   * - `fail`: the deployment fails, and the next one runs the script again.
   * - `rerun`: the script runs again from the beginning, at once.
   * - `continue`: the script runs again and is told so: `$AZURE_RUN_COMMAND_BOOT` is 1 first, then 2 and so on. Its
   *   output goes on where it was cut off.
   *
   * A change runs nothing, and counts from the next run on.
   *
   * @default "fail"
   */
  readonly rebootPolicy?: pulumi.Input<RebootPolicy>;
  /**
   * Whether the scripts of this resource neither wait for other scripts of their VM nor let those wait for them. Otherwise the
   * scripts of a VM run one after the other, whatever resource, stack or machine they are of: package managers, for one, lock
   * each other out. A change runs nothing, and counts from the next run on.
   *
   * Azure takes one operation at a time on a VM, and each waits there for the end of its scripts, at most 60 s: so long can it
   * take until such a script starts beside a long one. Once a deployment has one of these for the VM, it is 10 s, and later a
   * tenth of the time since a script last came.
   *
   * @default false
   */
  readonly parallelOnVm?: pulumi.Input<boolean>;
  /**
   * Which exit codes of `script`, `update`, `delete` and `check` are a success: whole numbers from 0 to 255, at least one. A
   * change runs nothing, and counts from the next run on.
   *
   * @default [0]
   */
  readonly successExitCodes?: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * Whether a script that failed or took too long fails the deployment. With `false` it is a warning; `exitCode` and
   * `executionState` say how it ended, and the next `pulumi up` does not run it again. What cannot be run, or of which it is
   * not known how it ended, fails the deployment all the same. A change counts at once for how the last run ended.
   *
   * @default true
   */
  readonly treatFailureAsDeploymentFailure?: pulumi.Input<boolean>;
  /**
   * How many seconds to wait for a VM that starts, and for its agent; then the deployment fails. A whole number from 0 to
   * 100,000,000; 0 looks once. A change runs nothing, and counts from the next run on.
   *
   * @default 900
   */
  readonly readyTimeoutInSeconds?: pulumi.Input<number>;
  /**
   * How many bytes of `stdout`, and as many of `stderr`, are brought back and kept in the state; of a longer stream its
   * end. A whole number from 0 to 1,048,576. A change runs nothing, and counts from the next run on.
   *
   * @default 65,536
   */
  readonly outputMaxBytes?: pulumi.Input<number>;
  /**
   * Which streams are printed among the messages of `pulumi up` when the script has ended, whether it failed or not:
   * `stdout`, `stderr`, `stdoutAndStderr` or `none`. A change runs nothing, and counts from the next run on.
   *
   * @default "none"
   */
  readonly logging?: pulumi.Input<Logging>;
  /**
   * What it means that `delete` failed: `fail` keeps the resource, and the next `pulumi destroy` tries again; `ignore` is a
   * warning. A change runs nothing.
   *
   * @default "fail"
   */
  readonly deleteFailure?: pulumi.Input<DeleteFailure>;
  /**
   * When deleting this resource takes the extension `RunCommandLinux` off the VM:
   *
   * - `whenLast`: when no other resource of this package, of any stack, has runs there.
   * - `always`: whatever else is there, and whatever another client is running.
   * - `never`.
   *
   * A change runs nothing.
   *
   * @default "whenLast"
   */
  readonly removeExtension?: pulumi.Input<RemoveExtension>;
}

/**
 * A script that has run in an Azure Linux VM, through Azure's action Run Command.
 *
 * Creating it runs the script once and waits for its end; a change of `script`, `parameters`, `protectedParameters`,
 * `arguments`, `triggers`, `runAsUser` or `workingDirectory` runs it again, or `update` in its place; deleting it runs
 * `delete`, and removes what it left under `/var/lib/azure-run-command`, and the extension `RunCommandLinux` when no other
 * resource needs it on that VM.
 *
 * A script that exits with anything but 0 (or one of `successExitCodes`) fails the deployment. What it printed stays in the
 * stack's state (`pulumi stack export`), and the next `pulumi up` runs it again.
 */
export class RunCommand extends pulumi.dynamic.Resource {
  /** The ARM id of the VM. */
  declare readonly virtualMachineId: pulumi.Output<string>;
  /**
   * What the script printed to stdout, as UTF-8: the last `outputMaxBytes` of it. Bytes that are no UTF-8 are U+FFFD,
   * one each.
   */
  declare readonly stdout: pulumi.Output<string>;
  /** What the script printed to stderr; the same rules. */
  declare readonly stderr: pulumi.Output<string>;
  /** True when `stdout` is only the end of what was printed. */
  declare readonly stdoutTruncated: pulumi.Output<boolean>;
  /** True when `stderr` is only the end of what was printed. */
  declare readonly stderrTruncated: pulumi.Output<boolean>;
  /** How many bytes the script printed to stdout in all. */
  declare readonly stdoutTotalBytes: pulumi.Output<number>;
  /** How many bytes the script printed to stderr in all. */
  declare readonly stderrTotalBytes: pulumi.Output<number>;
  /**
   * SHA-256 of all that the script printed to stdout, in hexadecimal. Missing when the VM cannot compute it, and when a
   * secret was replaced in `stdout` or can be in the part of it that is not there: a digest would let one guess it.
   */
  declare readonly stdoutSha256: pulumi.Output<string>;
  /** SHA-256 of all that the script printed to stderr; the same rules. */
  declare readonly stderrSha256: pulumi.Output<string>;
  /** True when bytes of `stdout` that are no UTF-8 were replaced. */
  declare readonly stdoutReplacedBytes: pulumi.Output<boolean>;
  /** True when bytes of `stderr` that are no UTF-8 were replaced. */
  declare readonly stderrReplacedBytes: pulumi.Output<boolean>;
  /**
   * What the script wrote to the file `$AZURE_RUN_COMMAND_OUTPUT`: lines `name=value`, and for values of several lines
   * a line `name<<WORD`, the value, and a line `WORD`. At most 65,536 bytes.
   */
  declare readonly outputs: pulumi.Output<Record<string, string>>;
  /**
   * The script's own exit code, never Azure's opinion of it. Missing when the script did not exit by itself, or was never
   * run.
   */
  declare readonly exitCode: pulumi.Output<number>;
  /**
   * How the last run ended:
   *
   * - `Succeeded`: with one of `successExitCodes`.
   * - `Failed`: with another exit code, or by a signal. `TimedOut`: after `timeoutInSeconds`.
   * - `Skipped`: a guard said that the script is not needed; what is printed is that of the last run before, if any.
   * - `Unverified`: one of Azure's own commands (`commandId`), of which Azure says that it was carried out and nothing more.
   * - `NotStarted`: the VM could not start it. `Canceled`, `Lost`, `Interrupted` by a restart of the VM.
   * - `Unknown`: it was sent, and how it ended is not known; the next `pulumi up` takes it up.
   */
  declare readonly executionState: pulumi.Output<string>;
  /** When the script began, by the VM's clock: ISO 8601, UTC, to the second. */
  declare readonly startTime: pulumi.Output<string>;
  /** When the script ended, by the VM's clock: ISO 8601, UTC, to the second. */
  declare readonly endTime: pulumi.Output<string>;
  /** The name of the run, as the folder on the VM has it: generation, reason, and a short hash of what was run. */
  declare readonly runId: pulumi.Output<string>;

  /** True when `check` said at the last refresh that the VM is not as it should be. Else missing. */
  declare readonly drifted: pulumi.Output<boolean | undefined>;
  /** The exit code of `check` that said so. Missing when nothing has drifted. */
  declare readonly checkExitCode: pulumi.Output<number | undefined>;
  /**
   * What that `check` printed to stdout, then to stderr: the last 4,096 bytes of each. Missing when nothing has drifted.
   */
  declare readonly checkOutput: pulumi.Output<string | undefined>;

  /**
   * @param name unique among the resources of this type in the stack.
   * @param opts the usual options; `deleteBeforeReplace` is true unless they say otherwise. `customTimeouts` end the waiting
   * of a deployment for `create`, `update` and `delete`; the script goes on, and the next deployment takes it up.
   */
  constructor(name: string, args: RunCommandArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = withVirtualMachineId(sendable(args));
    super(...registeredScripts({ kind: "RunCommand", name, inputs, opts }, { outputs: OUTPUTS }));
  }
}

const OUTPUTS = {
  ...UNKNOWN_RESULT,
  ...DRIFT_OUTPUTS,
  executionState: undefined,
  virtualMachineId: undefined,
  runId: undefined,
};
