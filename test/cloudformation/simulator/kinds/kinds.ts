/** Every resource type that the simulator knows. */
import type { CustomResources } from "../engine/custom-resources";
import { isCustom, type KindOf, ResourceFailure, type ResourceKind } from "../engine/kind";
import type { World } from "../world";
import { iamKinds } from "./iam";
import { lambdaKinds } from "./lambda";
import { orchestrationKinds } from "./orchestration";
import { storageKinds } from "./storage";

/** @returns a function that finds the kind of a type, and throws when the simulator does not know it. */
export function knownKinds(world: World, customResources: CustomResources): KindOf {
  const kinds: Readonly<Record<string, ResourceKind>> = {
    ...iamKinds(world),
    ...lambdaKinds(world),
    ...storageKinds(world),
    ...orchestrationKinds(world),
  };
  return (type) => {
    const kind = isCustom(type) ? customResources : kinds[type];
    if (kind === undefined) {
      throw new ResourceFailure(
        `the simulator does not know the resource type ${type}; add it to test/cloudformation/simulator/kinds`,
      );
    }
    return kind;
  };
}
