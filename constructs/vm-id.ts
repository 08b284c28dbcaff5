/** Judges the id of a VM, and knows those of other clouds. Pure; knows neither the CDK nor the AWS clients. */
import { parseVmId } from "../core/arm/vm-id";

/**
 * What the names of other clouds look like. Sources: AWS, "Resource IDs" and "ARNs"; Google Cloud, "Resource names"; Oracle Cloud
 * Infrastructure, "Resource Identifiers".
 */
const OF_OTHER_CLOUDS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^arn:/i, "an ARN, which names a thing in AWS"],
  [/^i-[0-9a-f]{8,17}$/i, "the id of an EC2 instance in AWS"],
  [/^mi-[0-9a-f]{17}$/i, "the id of a managed node in AWS Systems Manager"],
  [/googleapis[.]com\/|^\/?projects\/[^/]+\/zones\//, "the name of an instance in Google Cloud"],
  [/^ocid1[.]/i, "the id of a thing in Oracle Cloud"],
];

/** The portal of every cloud of Azure. Source: Learn, "Azure Government" and "Azure China", endpoints. */
const OF_PORTAL = /^(?:https?:\/\/)?portal[.]azure[.](?:com|us|cn)\//i;

export const EXPECTED_ID =
  "the id of a VM in Azure: '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'";

/** @returns the end of a sentence about the id; undefined when it is that of a VM. */
export function vmIdProblem(id: string): string | undefined {
  const parsed = parseVmId(id);
  if (parsed.kind === "vm") {
    return undefined;
  }
  if (id !== id.trim()) {
    return `has a blank or a line break at its ${id.startsWith(id.trimStart()) ? "end" : "beginning"}; give it without`;
  }
  if (OF_PORTAL.test(id)) {
    return `is a link to the Azure portal; give only what stands in it behind '/resource', up to the VM's name: ${EXPECTED_ID}`;
  }
  const other = OF_OTHER_CLOUDS.find(([pattern]) => pattern.test(id));
  return other === undefined ? parsed.problem : `is ${other[1]}; expected ${EXPECTED_ID}`;
}
