/** Cloud assemblies of apps with this package's constructs, as `cdk synth` writes them, from the sources. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CfnResource, aws_iam as iam, Stack } from "aws-cdk-lib";
import { AzureVirtualMachine } from "../../../constructs/azure-virtual-machine";
import { AzureCredentials } from "../../../constructs/credentials";
import { AzureRunCommandProvider } from "../../../constructs/provider";
import type { AzureRunCommand } from "../../../constructs/run-command";
import type { AzureRunCommandOptions } from "../../../constructs/run-command-props";
import type { SimulatorProcess } from "../../e2e/support/simulator-process";

/** What a program declares its resources with. */
export interface Declaring {
  readonly stack: Stack;
  /** Of the VM in the group `rg`; the same construct for the same name. */
  vm(name: string): AzureVirtualMachine;
  /** Signs in by web identity, with the role that the cloud is told to trust. */
  provider(): AzureRunCommandProvider;
  /** A run command on a VM, with the logical id `<vm><id><hash>`. */
  run(id: string, props: AzureRunCommandOptions, vm?: string): AzureRunCommand;
  /**
   * A resource that fails after a while.
   *
   * @param version it fails in an update only when this changed.
   */
  sibling(id: string, sibling?: Sibling): CfnResource;
}

export interface Sibling {
  /** @default ["Create", "Update"] */
  readonly failsOn?: readonly ("Create" | "Update" | "Delete")[];
  /** By the cloud's time. @default 0 */
  readonly afterMs?: number;
  readonly version?: string;
}

export type Program = (declare: Declaring) => void;

/** Of the role that a stack's functions have. */
export function roleNameOf(stackName: string): string {
  return `${stackName}-handler`;
}

export class Assemblies {
  readonly #folder = mkdtempSync(join(tmpdir(), "assemblies-"));
  #count = 0;

  constructor(private readonly azure: Pick<SimulatorProcess, "environment" | "ids">) {}

  /** @returns the folder of the assembly, which has this one stack. */
  synthesise(stackName: string, program: Program): string {
    this.#count += 1;
    const outdir = join(this.#folder, String(this.#count));
    mkdirSync(outdir);
    const app = new App({ outdir, analyticsReporting: false });
    const stack = new Stack(app, stackName);
    program(this.#declaring(stack));
    return app.synth().directory;
  }

  #declaring(stack: Stack): Declaring {
    const { environment, ids } = this.azure;
    const vms = new Map<string, AzureVirtualMachine>();
    const vm = (name: string) => {
      const known = vms.get(name) ?? AzureVirtualMachine.fromResourceId(stack, name, ids.vm(name));
      vms.set(name, known);
      return known;
    };
    let made: AzureRunCommandProvider | undefined;
    const provider = () => {
      made ??= AzureRunCommandProvider.getOrCreate(stack, { credentials: webIdentity(environment), role: role(stack) });
      return made;
    };
    return {
      stack,
      vm,
      provider,
      run: (id, props, name = "vm1") => {
        const own = props.credentials === undefined && props.provider === undefined ? { provider: provider() } : {};
        return vm(name).runCommand(id, { ...own, ...props });
      },
      sibling: (id, { failsOn, afterMs, version = "" } = {}) =>
        new CfnResource(stack, id, {
          type: "Simulator::Fails",
          properties: { On: failsOn, AfterMs: afterMs, Version: version, Reason: "the sibling failed" },
        }),
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function webIdentity(environment: Readonly<Record<string, string>>): AzureCredentials {
  const { ARM_TENANT_ID: tenantId = "", ARM_CLIENT_ID: clientId = "" } = environment;
  return AzureCredentials.webIdentity({ tenantId, clientId });
}

function role(stack: Stack): iam.Role {
  return new iam.Role(stack, "HandlerRole", {
    roleName: roleNameOf(stack.stackName),
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
}
