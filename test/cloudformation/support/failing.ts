/** Run commands that are to fail, each added to a stack that is there, so that its functions are warm. */
import type { AzureRunCommandOptions } from "../../../constructs/run-command-props";
import { RunCommandScript } from "../../../constructs/script";
import type { StackEvent } from "../simulator/engine/stack";
import type { Declaring, Program } from "./assemblies";
import { plain } from "./readable";
import type { Scene } from "./scene";

/** What is added is called so in the stack. */
export const FAILING_ID = "Fails";

export type Options = AzureRunCommandOptions | ((declare: Declaring) => AzureRunCommandOptions);

export class FailingRuns {
  private constructor(
    private readonly scene: Scene,
    private readonly stackName: string,
    private readonly base: Program,
  ) {}

  /** Creates the stack. @param also what it has besides. */
  static async in(scene: Scene, stackName: string, also: Program = () => undefined): Promise<FailingRuns> {
    const base: Program = (declare) => {
      declare.run("Base", { script: RunCommandScript.fromInline(":") });
      also(declare);
    };
    const { status, reason } = await scene.deploy(stackName, base);
    if (status !== "CREATE_COMPLETE") {
      throw new Error(`the stack '${stackName}' is ${status}: ${reason}`);
    }
    return new FailingRuns(scene, stackName, base);
  }

  /**
   * Adds a run command, which CloudFormation takes away again when it fails.
   *
   * @param outputs the named outputs that the stack uses.
   * @returns the sentence that CloudFormation shows of it, without random parts; else how the deployment ended.
   */
  async reasonOf(options: Options, vm?: string, outputs: readonly string[] = []): Promise<string> {
    const { events, status } = await this.scene.deploy(this.stackName, (declare) => {
      this.base(declare);
      const run = declare.run(FAILING_ID, typeof options === "function" ? options(declare) : options, vm);
      for (const name of outputs) run.output(name);
    });
    const failed = events.find((event) => event.logicalId.includes(FAILING_ID) && event.status === "CREATE_FAILED");
    return failed === undefined || status !== "UPDATE_ROLLBACK_COMPLETE" ? `no failure: ${status}` : sentenceOf(failed);
  }
}

/** Without what CloudFormation and the framework write around it. */
export function sentenceOf({ reason = "" }: Pick<StackEvent, "reason">): string {
  return plain(reason)
    .replace(/^Received response status \[FAILED\] from custom resource\. Message returned: /, "")
    .replace(/\n\nLogs: \/aws\/lambda\/[^\n]*\n \(RequestId: <uuid>\)$/, "");
}
