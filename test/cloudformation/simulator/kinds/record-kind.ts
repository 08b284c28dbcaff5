/** Resources that are there as soon as they are asked for, and are changed in place: assumed. */
import type { Prior, Properties, Provisioned, ResourceKind, Subject } from "../engine/kind";

export interface Records {
  /** Makes it, or changes the one with this physical id; another physical id in the answer is a replacement. */
  put(subject: Subject, properties: Properties, physicalId: string | undefined): Provisioned | Promise<Provisioned>;
  remove(physicalId: string, subject: Subject): void | Promise<void>;
}

export function recordKind({ put, remove }: Records): ResourceKind {
  return {
    create: async (subject, properties) => put(subject, properties, undefined),
    update: async (subject, properties, prior: Prior) => put(subject, properties, prior.physicalId),
    revert: async (subject, properties, prior: Prior) => put(subject, properties, prior.physicalId),
    delete: async (subject, _properties, physicalId) => {
      if (physicalId !== undefined) {
        await remove(physicalId, subject);
      }
    },
  };
}

/** A property that is a text, or undefined. */
export function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
