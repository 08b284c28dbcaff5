/** The Pulumi resource `RunCommand`: a script in an Azure Linux VM. */
import * as pulumi from "@pulumi/pulumi";
import { resourceKey } from "../core/identity";
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
   * run as root, by the interpreter of its `#!` line or else by `/bin/sh`, in root's home folder.
   *
   * At most about 130 KB, together with `parameters` and `arguments`. A change runs it again.
   */
  readonly script: pulumi.Input<string> | pulumi.Input<pulumi.asset.Asset>;
  /**
   * Environment variables of the script; any text without NUL. A change runs the script again.
   * What is a secret here is replaced by `[secret]` in outputs and messages, where the script printed it as it is.
   * The shell itself sets `IFS`, `PPID`, `_` and the like anew.
   *
   * @default none
   */
  readonly parameters?: pulumi.Input<Record<string, pulumi.Input<string>>>;
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
}

/**
 * A script that has run in an Azure Linux VM, through Azure's action Run Command.
 *
 * Creating it runs the script once and waits for its end; a change of `script`, `parameters`, `arguments` or `triggers`
 * runs it again; deleting it removes what it left under `/var/lib/azure-run-command`, and the extension
 * `RunCommandLinux` when no other resource needs it on that VM.
 *
 * A script that exits with anything but 0 fails the deployment. What it printed stays in the stack's state
 * (`pulumi stack export`), and the next `pulumi up` runs it again.
 */
export class RunCommand extends pulumi.dynamic.Resource {
  /** The ARM id of the VM. */
  declare readonly virtualMachineId: pulumi.Output<string>;
  /**
   * What the script printed to stdout: the last 65,536 bytes, as UTF-8. Bytes that are no UTF-8 are U+FFFD, one each.
   */
  declare readonly stdout: pulumi.Output<string>;
  /** What the script printed to stderr; the same rules. */
  declare readonly stderr: pulumi.Output<string>;
  /** True when `stdout` is only the end of what was printed. */
  declare readonly stdoutTruncated: pulumi.Output<boolean>;
  /** True when `stderr` is only the end of what was printed. */
  declare readonly stderrTruncated: pulumi.Output<boolean>;
  /** The script's own exit code, never Azure's opinion of it. Missing when the script did not exit by itself. */
  declare readonly exitCode: pulumi.Output<number>;
  /** `Succeeded`, `Failed`, `Lost`, `Interrupted` or `Unknown`. A healthy resource has `Succeeded`. */
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
        // The key names this resource on the VM for as long as it lives; `check` keeps the first one.
        key: urn.apply(resourceKey),
        // For progress messages only. An input of the name `urn` would not be sent.
        resourceUrn: urn,
        // Their values are kept out of messages and outputs.
        secretInputs: pulumi.output(secretInputNames(args)).apply((names) => (names.length === 0 ? undefined : names)),
      },
      pulumi.mergeOptions({ deleteBeforeReplace: true }, opts),
      MODULE,
      TYPE,
    );
  }
}

/** Inputs that are `undefined` here become outputs of the resource object. */
const OUTPUTS = {
  virtualMachineId: undefined,
  stdout: undefined,
  stderr: undefined,
  stdoutTruncated: undefined,
  stderrTruncated: undefined,
  exitCode: undefined,
  executionState: undefined,
  startTime: undefined,
  endTime: undefined,
  runId: undefined,
};
