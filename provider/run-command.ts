/** The Pulumi resource `RunCommand`: a script in an Azure Linux VM. */
import * as pulumi from "@pulumi/pulumi";
import { resourceKey } from "../core/identity";
import type { Logging, RebootPolicy } from "../core/inputs/desired-state";
import { isObject } from "../core/json";
import { UNKNOWN_RESULT } from "../core/run/outcome";
import { resolveScript } from "./script-asset";
import { secretInputNames } from "./secret-inputs";
import { provider } from "./shim";

const MODULE = "azure-run-command";
const TYPE = "RunCommand";
const RUN_COMMAND_TYPE = `pulumi-nodejs:dynamic/${MODULE}:${TYPE}`;

/** Inputs of a `RunCommand`. The VM is named by `virtualMachineId`, or by `resourceGroupName` and `vmName`. */
export interface RunCommandArgs {
  /**
   * The VM's ARM id: `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`.
   *
   * Another VM replaces the resource: its runs are deleted from the old VM, then the script runs on the new one.
   */
  readonly virtualMachineId?: pulumi.Input<string>;
  /**
   * The VM's resource group, together with `vmName`, in the subscription of `azure-native:subscriptionId`,
   * `ARM_SUBSCRIPTION_ID` or `AZURE_SUBSCRIPTION_ID`.
   *
   * Another group replaces the resource.
   */
  readonly resourceGroupName?: pulumi.Input<string>;
  /** The VM's name, together with `resourceGroupName`. Another name replaces the resource. */
  readonly vmName?: pulumi.Input<string>;
  /**
   * The script: text, or a Pulumi asset with UTF-8 text. It reaches the VM byte for byte (Windows line ends too), and is
   * run by the interpreter of its `#!` line or else by `/bin/sh`.
   *
   * At most about 130 KB, together with `parameters`, `protectedParameters` and `arguments`. A change runs it again.
   */
  readonly script: pulumi.Input<string> | pulumi.Input<pulumi.asset.Asset>;
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
   * Any values: when one of them changes, the script runs again.
   *
   * @default none
   */
  readonly triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
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
}

/**
 * A script that has run in an Azure Linux VM, through Azure's action Run Command.
 *
 * Creating it runs the script once and waits for its end; a change of `script`, `parameters`, `protectedParameters`,
 * `arguments`, `triggers`, `runAsUser` or `workingDirectory` runs it again; deleting it removes what it left under
 * `/var/lib/azure-run-command`, and the extension `RunCommandLinux` when no other resource needs it on that VM.
 *
 * A script that exits with anything but 0 fails the deployment. What it printed stays in the stack's state
 * (`pulumi stack export`), and the next `pulumi up` runs it again.
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
  /** The script's own exit code, never Azure's opinion of it. Missing when the script did not exit by itself. */
  declare readonly exitCode: pulumi.Output<number>;
  /**
   * `Succeeded`, `Failed`, `TimedOut`, `Canceled`, `Lost`, `Interrupted` or `Unknown`. A healthy resource has `Succeeded`.
   */
  declare readonly executionState: pulumi.Output<string>;
  /** When the script began, by the VM's clock: ISO 8601, UTC, to the second. */
  declare readonly startTime: pulumi.Output<string>;
  /** When the script ended, by the VM's clock: ISO 8601, UTC, to the second. */
  declare readonly endTime: pulumi.Output<string>;
  /** The name of the run, as the folder on the VM has it: generation, reason, and a short hash of what was run. */
  declare readonly runId: pulumi.Output<string>;

  /**
   * @param name unique among the resources of this type in the stack.
   * @param opts the usual options; `deleteBeforeReplace` is true unless they say otherwise.
   */
  constructor(name: string, args: RunCommandArgs, opts?: pulumi.CustomResourceOptions) {
    const urn = pulumi.createUrn(name, RUN_COMMAND_TYPE, opts?.parent);
    super(
      provider,
      name,
      {
        ...OUTPUTS,
        ...args,
        script: pulumi.output(args.script).apply((script) => resolveScript(script)),
        parameters: withoutUndefined(args.parameters),
        protectedParameters:
          args.protectedParameters === undefined
            ? undefined
            : pulumi.secret(withoutUndefined(args.protectedParameters)),
        // The key names this resource on the VM for as long as it lives; `check` keeps the first one.
        key: urn.apply(resourceKey),
        // For progress messages only. An input of the name `urn` would not be sent.
        resourceUrn: urn,
        // Their values are kept out of messages and outputs.
        secretInputs: pulumi.output(secretInputNames(args)).apply((names) => (names.length === 0 ? undefined : names)),
      },
      pulumi.mergeOptions({ deleteBeforeReplace: true, additionalSecretOutputs: ["protectedParameters"] }, opts),
      MODULE,
      TYPE,
    );
  }
}

/** A variable without a value would not be sent, and the script would run without it; `check` reports one that is null. */
function withoutUndefined(parameters: RunCommandArgs["parameters"]): unknown {
  if (!isObject(parameters) || pulumi.Output.isInstance(parameters) || parameters instanceof Promise) {
    return parameters;
  }
  const orNull = (value: unknown) => (value === undefined ? null : value);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(parameters);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      pulumi.Output.isInstance(value) || value instanceof Promise ? pulumi.output(value).apply(orNull) : orNull(value),
    ]),
  );
}

/** Inputs that are `undefined` here become outputs of the resource object. */
const OUTPUTS = { ...UNKNOWN_RESULT, executionState: undefined, virtualMachineId: undefined, runId: undefined };
