/** Deletes one resource of a stack, and writes the stack's events about it. */
import { type KindOf, messageOf } from "./kind";
import type { DeployedResource, Stack } from "./stack";

/** Source: see `cleanUp`. That they follow each other at once: assumed. */
const CLEAN_UP_ATTEMPTS = 3;

/** An old resource that goes when the rest of the operation has succeeded. */
export interface Leftover {
  readonly resource: DeployedResource;
  /** Whether the logical id has another resource now. */
  readonly replaced: boolean;
}

export class ResourceRemoval {
  constructor(
    private readonly stack: Stack,
    private readonly kindOf: KindOf,
  ) {}

  /** @throws when it fails: the resource is then there as DELETE_FAILED. */
  async delete(resource: DeployedResource): Promise<void> {
    const { logicalId, definition } = resource;
    if (definition.DeletionPolicy === "Retain") {
      this.#gone({ ...resource, status: "DELETE_SKIPPED" });
      return;
    }
    if (!resource.asked) {
      this.#gone({ ...resource, status: "DELETE_COMPLETE", reason: undefined });
      return;
    }
    const going: DeployedResource = { ...resource, status: "DELETE_IN_PROGRESS", reason: undefined };
    this.stack.setResource(going);
    try {
      await this.#remove(resource);
      this.#gone({ ...going, status: "DELETE_COMPLETE" });
    } catch (error) {
      this.stack.setResource({ ...going, status: "DELETE_FAILED", reason: messageOf(error) });
      throw new Error(logicalId, { cause: error });
    }
  }

  #gone(resource: DeployedResource): void {
    this.stack.setResource(resource);
    this.stack.resources.delete(resource.logicalId);
  }

  /**
   * Deletes the old one of a resource that was replaced, or one that the template has no more. It is tried three times; then
   * the resource is left behind, and fails nothing.
   *
   * Source: AWS knowledge centre, "Why is my CloudFormation stack stuck in … CLEANUP_IN_PROGRESS"; aws-cdk-lib/custom-resources/README.md,
   * "When there are errors".
   */
  async cleanUp({ resource, replaced }: Leftover): Promise<void> {
    const { definition } = resource;
    const policy = replaced ? definition.UpdateReplacePolicy : definition.DeletionPolicy;
    // What is cleaned up has no properties in its events. Source: services/cloudformation.ts.
    const shown = { ...resource, properties: undefined };
    const end = (status: string, reason?: string) => {
      this.stack.note({ ...shown, status, reason });
      if (!replaced) {
        this.stack.resources.delete(resource.logicalId);
      }
    };
    if (policy === "Retain" || !resource.asked) {
      end(resource.asked ? "DELETE_SKIPPED" : "DELETE_COMPLETE");
      return;
    }
    for (let attempt = 1; attempt <= CLEAN_UP_ATTEMPTS; attempt += 1) {
      this.stack.note({ ...shown, status: "DELETE_IN_PROGRESS", reason: undefined });
      try {
        await this.#remove(resource);
        end("DELETE_COMPLETE");
        return;
      } catch (error) {
        end("DELETE_FAILED", messageOf(error));
      }
    }
  }

  async #remove({ logicalId, type, properties, physicalId }: DeployedResource): Promise<void> {
    const { id: stackId, name: stackName } = this.stack;
    // No deletion is ever called off.
    const { signal } = new AbortController();
    await this.kindOf(type).delete({ stackId, stackName, logicalId, type, signal }, properties, physicalId);
  }
}
