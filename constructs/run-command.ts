/** The resource: a script that has run in a Linux VM in Azure. */
import { Annotations, CfnOutput, type CustomResource, type aws_iam as iam, Lazy, Stack, Token } from "aws-cdk-lib";
import { Construct } from "constructs";
import { type BoundScripts, checkProps, problemsBeside } from "./check-props";
import { kindProblems } from "./input-kinds";
import { allowOutput } from "./output-access";
import { resourceProperties } from "./properties";
import { checkProperties } from "./property-rules";
import { AzureRunCommandProvider } from "./provider";
import { refuse, textProblem } from "./required";
import { type AttributeName, outputAttribute, type ResourceProperties } from "./resource-properties";
import type { AzureRunCommandProps } from "./run-command-props";
import { takeTurn } from "./run-order";
import { createRunResources } from "./run-resources";
import type { RunCommandScript } from "./script";
import type { RunCommandSecretConfig } from "./secret";
import { TIMEOUT_DEFAULT_SECONDS } from "./timing";

/**
 * A script that has run in a Linux VM in Azure, through Azure's action Run Command.
 *
 * Creating it runs the script once and waits for its end; a change of `script`, `parameters`, `protectedParameters`,
 * `arguments`, `triggers`, `runAsUser` or `workingDirectory` runs it again, or `update` in its place; deleting it runs
 * `delete`, and removes what it left under `/var/lib/azure-run-command`, and the extension `RunCommandLinux` when no other
 * resource needs it on that VM.
 *
 * A script that exits with anything but 0 (or one of `successExitCodes`) fails the deployment; the reason has the exit code
 * and the end of stderr.
 *
 * Of what the Pulumi half of this package has, some is not here: `check`, since CloudFormation has no refresh; `commandId`,
 * since Azure says of its own commands not even whether they were a success; `outputMaxBytes`, since CloudFormation takes 4,096
 * bytes (more goes to `outputBucket`).
 */
export class AzureRunCommand extends Construct {
  /** The Lambda functions that carry it out. */
  public readonly provider: AzureRunCommandProvider;
  /**
   * How the last run ended:
   *
   * - `Succeeded`: with one of `successExitCodes`.
   * - `Failed`: with another exit code, or by a signal. `TimedOut`: after `timeout`. Both only with
   *   `treatFailureAsDeploymentFailure: false`.
   * - `Skipped`: a guard said that the script is not needed.
   * - `Unknown`: a rollback with `RollbackBehavior.SKIP` could not see how the last run ended.
   *
   * @attribute
   */
  public readonly executionState: string;
  /**
   * The script's own exit code, in digits; empty when the script did not exit by itself.
   *
   * @attribute
   */
  public readonly exitCode: string;
  /**
   * The end of what the script printed to stdout, as much of it as has room in an answer to CloudFormation: all attributes
   * together have 4,096 bytes.
   *
   * @attribute
   */
  public readonly stdout: string;
  /**
   * The end of what the script printed to stderr.
   *
   * @attribute
   */
  public readonly stderr: string;
  /**
   * `true` when `stdout` is only the end of what was printed, else `false`.
   *
   * @attribute
   */
  public readonly stdoutTruncated: string;
  /**
   * `true` when `stderr` is only the end of what was printed, else `false`.
   *
   * @attribute
   */
  public readonly stderrTruncated: string;
  /**
   * How many bytes the script printed to stdout in all, in digits.
   *
   * @attribute
   */
  public readonly stdoutTotalBytes: string;
  /**
   * How many bytes the script printed to stderr in all, in digits.
   *
   * @attribute
   */
  public readonly stderrTotalBytes: string;
  /**
   * Where in `outputBucket` stdout is: `s3://…`; empty without one, or when all of it is in `stdout`.
   *
   * @attribute
   */
  public readonly stdoutLocation: string;
  /**
   * Where in `outputBucket` stderr is: `s3://…`; empty without one, or when all of it is in `stderr`.
   *
   * @attribute
   */
  public readonly stderrLocation: string;
  /**
   * When the script began, by the VM's clock: ISO 8601, UTC, to the second.
   *
   * @attribute
   */
  public readonly startTime: string;
  /**
   * When the script ended, by the VM's clock: ISO 8601, UTC, to the second.
   *
   * @attribute
   */
  public readonly endTime: string;
  /**
   * The name of the run, as the folder on the VM has it: generation, reason, and a short hash.
   *
   * @attribute
   */
  public readonly runId: string;

  private readonly last: CustomResource;
  private readonly outputNames = new Set<string>();

  /**
   * Puts the run into the stack of `scope`; it happens when the stack is deployed.
   *
   * @param id unique in its scope. Another id, or another scope, is another resource: its script runs as for the first time.
   * @throws when props are wrong, with all that is wrong.
   */
  public constructor(scope: Construct, id: string, props: AzureRunCommandProps) {
    super(scope, id);
    this.checkKinds(props);
    this.provider = providerOf(this, props);
    const scripts = this.bindScripts(props);
    this.report(props, scripts);
    const properties = resourceProperties({
      props,
      scripts,
      secrets: this.bindSecrets(props),
      // Uncached, since more names can be used after the first look at the template.
      outputNames: Lazy.uncachedList({ produce: () => [...this.outputNames].sort() }, { omitEmpty: true }),
    });
    const { outputBucket } = props;
    if (outputBucket !== undefined) {
      this.allow((grantee) => allowOutput(grantee, outputBucket));
    }
    this.last = createRunResources(this, {
      serviceToken: this.provider.serviceToken,
      properties,
      timeoutSeconds: props.timeout?.toSeconds() ?? TIMEOUT_DEFAULT_SECONDS,
      removalPolicy: props.removalPolicy,
    });
    if (props.parallelOnVm !== true) {
      takeTurn(this, props.vm.virtualMachineId);
    }
    this.node.addValidation({ validate: () => this.validateProperties(properties) });
    const attribute = (name: AttributeName) => this.last.getAttString(name);
    this.executionState = attribute("ExecutionState");
    this.exitCode = attribute("ExitCode");
    this.stdout = attribute("Stdout");
    this.stderr = attribute("Stderr");
    this.stdoutTruncated = attribute("StdoutTruncated");
    this.stderrTruncated = attribute("StderrTruncated");
    this.stdoutTotalBytes = attribute("StdoutTotalBytes");
    this.stderrTotalBytes = attribute("StderrTotalBytes");
    this.stdoutLocation = attribute("StdoutLocation");
    this.stderrLocation = attribute("StderrLocation");
    this.startTime = attribute("StartTime");
    this.endTime = attribute("EndTime");
    this.runId = attribute("RunId");
    if (props.exportOutputs === true) {
      new CfnOutput(this, "ExitCode", { value: this.exitCode });
      new CfnOutput(this, "Stdout", { value: this.stdout });
    }
  }

  /**
   * What the script wrote under a name to the file `$AZURE_RUN_COMMAND_OUTPUT`: lines `name=value`, and for values of several
   * lines a line `name<<WORD`, the value, and a line `WORD`. A script that ends without it fails the deployment.
   *
   * @param name begins with a letter or `_`, then letters, digits, `_` and `-`.
   * @throws when the name is none that an output can have.
   */
  public output(name: string): string {
    refuse("AzureRunCommand.output", "name", outputNameProblem(name));
    this.outputNames.add(name);
    return this.last.getAttString(outputAttribute(name));
  }

  /** Each script and each secret has its own permission, which other run commands share. */
  private allow<Granted>(grant: (grantee: iam.IGrantable) => Granted): Granted {
    const { granted, policy } = this.provider._allow(grant);
    if (policy !== undefined) {
      this.node.addDependency(policy);
    }
    return granted;
  }

  private bindScripts(props: AzureRunCommandProps): BoundScripts {
    const bind = (id: string, script: RunCommandScript) => this.allow((grantee) => script.bind(this, id, grantee));
    return {
      script: bind("Script", props.script),
      update: props.update === undefined ? undefined : bind("Update", props.update),
      delete: props.delete === undefined ? undefined : bind("Delete", props.delete),
    };
  }

  private bindSecrets({ protectedParameters = {} }: AzureRunCommandProps): Record<string, RunCommandSecretConfig> {
    return Object.fromEntries(
      Object.entries(protectedParameters).map(([name, secret]) => [
        name,
        this.allow((grantee) => secret.bind(this, grantee)),
      ]),
    );
  }

  /** Says all that is wrong, also of what could be used. */
  private checkKinds(props: Partial<AzureRunCommandProps> = {}): void {
    const problems = kindProblems(props, Stack.of(this));
    if (problems.length > 0) {
      const unusable = problems.map(({ prop }) => prop);
      throw this.error([...problems.map(({ sentence }) => sentence), ...problemsBeside(props, unusable)]);
    }
  }

  private error(problems: readonly string[]): Error {
    return new Error(problems.map((problem) => `AzureRunCommand '${this.node.path}': ${problem}`).join("\n"));
  }

  private report(props: AzureRunCommandProps, scripts: BoundScripts): void {
    const { problems, warnings } = checkProps(props, scripts);
    if (problems.length > 0) {
      throw this.error(problems);
    }
    for (const { id, message } of warnings) {
      Annotations.of(this).addWarningV2(id, message);
    }
  }

  /** What is known only when the whole app is there. */
  private validateProperties(properties: ResourceProperties): string[] {
    const { problems, warnings } = checkProperties(Stack.of(this).resolve(properties));
    for (const warning of warnings) {
      Annotations.of(this).addWarningV2("azure-run-command:largeProperties", warning);
    }
    return [...problems];
  }
}

/** One of the two is given, as `kindProblems` says. */
function providerOf(scope: Construct, { credentials, provider }: AzureRunCommandProps): AzureRunCommandProvider {
  return credentials === undefined
    ? (provider as AzureRunCommandProvider)
    : AzureRunCommandProvider.getOrCreate(scope, { credentials });
}

/** As the script writes them. */
const OUTPUT_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

function outputNameProblem(name: string): string | undefined {
  const problem = textProblem(name, "the name of an output that the script writes");
  if (problem !== undefined) {
    return problem;
  }
  if (Token.isUnresolved(name)) {
    return "is a token, which has no value yet when the app is synthesised; give it as text";
  }
  return OUTPUT_NAME.test(name)
    ? undefined
    : `${JSON.stringify(name)} cannot be the name of an output (letters, digits, '_' and '-', neither a digit nor '-' first)`;
}
