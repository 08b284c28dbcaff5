/** Pulumi's own mock of the engine: what a program registers, and with which options. azure-native's plugin is not needed for it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly aliases: readonly string[];
  /** Their names. */
  readonly dependencies: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

export const SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555";

/** The part of the SDK's request that is looked at here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getDependenciesList(): readonly string[];
  getAliasesList(): readonly { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}

/** @returns what the program registered, when there is no more to come. */
export async function registeredBy(program: () => unknown): Promise<readonly Registered[]> {
  const inputs = new Map<string, Readonly<Record<string, unknown>>>();
  await pulumi.runtime.setMocks(
    {
      newResource: (resource) => {
        inputs.set(`${resource.type} ${resource.name}`, resource.inputs);
        return { id: `${SUBSCRIPTION}/made/${resource.name}`, state: resource.inputs };
      },
      call: () => {
        throw new Error("nothing is to be called");
      },
    },
    "app",
    "dev",
  );
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    program();
    await pulumi.runtime.disconnect();
    // What went wrong reaches the process one turn later, and jest through that the test.
    await nextTurn();
    return register.mock.calls
      .map(([request]) => request as Request)
      .map((request) => ({
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        protect: request.getProtect(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        aliases: request.getAliasesList().map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
        dependencies: request.getDependenciesList().map((urn) => urn.slice(urn.lastIndexOf(":") + 1)),
        inputs: inputs.get(`${request.getType()} ${request.getName()}`) ?? {},
      }));
  } finally {
    register.mockRestore();
  }
}

const ROOT = join(__dirname, "../..");

/**
 * Runs a program that makes a role `deployer`, in a process of its own: Pulumi leaves to that what goes wrong, and jest would take it
 * for a failure of the test. Uses dist/ as it is (`npm run build`).
 */
export function runRoleProgram(args: object): { readonly status: number | null; readonly stderr: string } {
  const program = `
    const pulumi = require("@pulumi/pulumi");
    const { runCommandRole } = require("./dist/azure-native");
    const newResource = ({ name, inputs }) => ({ id: name, state: inputs });
    pulumi.runtime.setMocks({ newResource, call: () => ({}) }).then(() => runCommandRole("deployer", ${JSON.stringify(args)}));`;
  const { status, stderr } = spawnSync(process.execPath, ["--eval", program], { cwd: ROOT, encoding: "utf8" });
  return { status, stderr };
}
