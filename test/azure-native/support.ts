/** Pulumi's own mock of the engine: what a program registers, and with which options. azure-native's plugin is not needed for it. */
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

/**
 * @param program returns something of the last resource that it declares, which is waited for.
 * @returns what it registered.
 */
export async function registeredBy(program: () => pulumi.Output<unknown>): Promise<readonly Registered[]> {
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
    await new Promise((resolve) => program().apply(resolve));
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
