/** Makes and changes one resource of a stack, and writes the stack's events about it. */
import { resolve } from "../template/intrinsics";
import type { TemplateResource } from "../template/template";
import {
  Cancelled,
  isCustom,
  type KindOf,
  messageOf,
  NotBegun,
  type Properties,
  type Provisioned,
  ResourceFailure,
  type Subject,
} from "./kind";
import type { Leftover } from "./resource-removal";
import type { DeployedResource, Plan, Stack } from "./stack";

/** What AWS does is not known, and assumed: tests can have it either way. */
export interface Unknowns {
  /**
   * Whether an update that rolls back resolves the old properties again, with the attributes that other resources have
   * after their own rollback; false: it sends the old properties as they were.
   */
  readonly rollbackResolvesAgain: boolean;
  /**
   * Whether a custom resource that was replaced gets an update when that is rolled back; false: only the Delete of the new
   * one, for which AWS's knowledge centre ("best practices for Lambda-backed custom resources") speaks.
   */
  readonly replacementIsUpdatedBack: boolean;
}

export class ResourceActions {
  constructor(
    private readonly stack: Stack,
    private readonly kindOf: KindOf,
    private readonly unknowns: Unknowns,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws when it fails: the resource is then there as failed. */
  async create(plan: Plan, logicalId: string): Promise<void> {
    const definition = definitionOf(plan, logicalId);
    const { Type: type } = definition;
    const begun: DeployedResource = {
      logicalId,
      type,
      definition,
      physicalId: undefined,
      properties: {},
      provisioned: undefined,
      asked: false,
      status: "CREATE_IN_PROGRESS",
    };
    let properties: Properties = {};
    let asked = false;
    try {
      properties = this.#begin(plan, begun);
      asked = true;
      const provisioned = await this.kindOf(type).create(this.#subject(begun), properties);
      const known = { ...begun, properties, provisioned, asked, physicalId: provisioned.physicalId };
      this.stack.setResource({ ...known, reason: "Resource creation Initiated" });
      this.stack.setResource({ ...known, status: "CREATE_COMPLETE" });
    } catch (error) {
      const physicalId = error instanceof ResourceFailure ? error.physicalId : undefined;
      const reason = error instanceof Cancelled ? "Resource creation cancelled" : messageOf(error);
      asked &&= !(error instanceof NotBegun);
      this.stack.setResource({ ...begun, properties, physicalId, asked, status: "CREATE_FAILED", reason });
      throw error;
    }
  }

  /** Its first event has the properties, as far as they can be had. */
  #begin(plan: Plan, begun: DeployedResource): Properties {
    try {
      const properties = this.#properties(plan, begun.definition);
      this.stack.setResource(begun, properties);
      return properties;
    } catch (error) {
      this.stack.setResource(begun);
      throw error;
    }
  }

  /**
   * Changes a resource whose properties differ from those that it has.
   *
   * @returns what has to go when it was replaced; undefined: nothing; "unchanged": nothing was done.
   */
  async update(plan: Plan, current: DeployedResource): Promise<Leftover | undefined | "unchanged"> {
    const { logicalId, type } = current;
    const definition = definitionOf(plan, logicalId);
    if (definition.Type !== type) {
      throw new ResourceFailure(
        `the simulator does not change the type of a resource: ${logicalId} from ${type} to ${definition.Type}`,
      );
    }
    const properties = this.#tryProperties(plan, current, definition);
    if (sameValue(properties, current.properties)) {
      this.stack.resources.set(logicalId, { ...current, definition });
      return "unchanged";
    }
    const changing: DeployedResource = { ...current, definition, status: "UPDATE_IN_PROGRESS", reason: undefined };
    this.stack.setResource(changing, properties);
    try {
      const prior = { physicalId: current.physicalId ?? "", properties: current.properties };
      const provisioned = await this.kindOf(type).update(this.#subject(current), properties, prior);
      return this.#changed(changing, properties, provisioned);
    } catch (error) {
      this.#updateFailed(changing, properties, error);
      throw error;
    }
  }

  /**
   * Puts a resource back to what it was before a failed update.
   *
   * @param former as it was before.
   */
  async revert(plan: Plan, current: DeployedResource, former: DeployedResource): Promise<Leftover | undefined> {
    const { rollbackResolvesAgain, replacementIsUpdatedBack } = this.unknowns;
    const definition = definitionOf(plan, current.logicalId);
    if (current.physicalId !== former.physicalId && !(replacementIsUpdatedBack && isCustom(current.type))) {
      // The old one is still there: only the new one has to go.
      this.stack.setResource({ ...former, status: "UPDATE_COMPLETE", reason: undefined });
      return { resource: current, replaced: true };
    }
    const properties = rollbackResolvesAgain ? this.#tryProperties(plan, current, definition) : former.properties;
    if (sameValue(properties, current.properties)) {
      // The update failed before anything was asked of the resource.
      this.stack.setResource({ ...current, definition, status: "UPDATE_COMPLETE", reason: undefined });
      return undefined;
    }
    const changing: DeployedResource = { ...current, definition, status: "UPDATE_IN_PROGRESS", reason: undefined };
    this.stack.setResource(changing, properties);
    try {
      const prior = { physicalId: current.physicalId ?? "", properties: current.properties };
      const provisioned = await this.kindOf(current.type).revert(this.#subject(current), properties, prior);
      return this.#changed(changing, properties, provisioned);
    } catch (error) {
      this.#updateFailed(changing, current.properties, error);
      throw error;
    }
  }

  #changed(changing: DeployedResource, properties: Properties, provisioned: Provisioned): Leftover | undefined {
    const replaced = provisioned.physicalId !== changing.physicalId;
    const now = { ...changing, properties, provisioned, physicalId: provisioned.physicalId };
    if (replaced) {
      this.stack.setResource({
        ...now,
        reason: "Requested update required the provider to create a new physical resource",
      });
    }
    this.stack.setResource({ ...now, status: "UPDATE_COMPLETE" });
    return replaced ? { resource: changing, replaced } : undefined;
  }

  /**
   * Keeps what was tried: the update that rolls it back has it as its old properties. A failure with another physical id is
   * one of a replacement. Of a resource that was asked for nothing, nothing was tried.
   *
   * Source: https://github.com/aws/aws-cdk/issues/17040, 13527 and 30012.
   */
  #updateFailed(changing: DeployedResource, properties: Properties, error: unknown): void {
    const reason = error instanceof Cancelled ? "Resource update cancelled" : messageOf(error);
    const physicalId = (error instanceof ResourceFailure ? error.physicalId : undefined) ?? changing.physicalId;
    const tried = error instanceof NotBegun ? changing.properties : properties;
    this.stack.setResource({ ...changing, properties: tried, physicalId, status: "UPDATE_FAILED", reason });
  }

  #tryProperties(plan: Plan, current: DeployedResource, definition: TemplateResource): Properties {
    try {
      return this.#properties(plan, definition);
    } catch (error) {
      this.stack.setResource({ ...current, status: "UPDATE_FAILED", reason: messageOf(error) });
      throw error;
    }
  }

  #properties(plan: Plan, definition: TemplateResource): Properties {
    return resolve(definition.Properties ?? {}, this.stack.scope(plan)) as Properties;
  }

  #subject({ logicalId, type }: DeployedResource): Subject {
    return { stackId: this.stack.id, stackName: this.stack.name, logicalId, type, signal: this.signal };
  }
}

function definitionOf({ template }: Plan, logicalId: string): TemplateResource {
  const definition = template.Resources[logicalId];
  if (definition === undefined) {
    throw new Error(`the template has no resource '${logicalId}'`);
  }
  return definition;
}

/** The order of the keys of an object does not count. */
export function sameValue(left: unknown, right: unknown): boolean {
  return JSON.stringify(left, sortKeys) === JSON.stringify(right, sortKeys);
}

function sortKeys(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
