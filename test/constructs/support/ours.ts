/** Which resources of a template are this package's, and which the provider framework's, which differ from version to version. */
import type { Resource } from "./synth";

/** What stands in the template is what we asked of the framework. */
const ASKED_OF_FRAMEWORK: readonly string[] = ["AWS::Lambda::EventInvokeConfig", "AWS::StepFunctions::StateMachine"];

export function isOurs([logicalId, { Type }]: [string, Resource]): boolean {
  const isOfProvider = logicalId.startsWith("AzureRunCommandProvider");
  const isOfFramework = /^AzureRunCommandProvider(?:Government)?Framework/.test(logicalId);
  return Type.startsWith("Custom::") || (isOfProvider && !isOfFramework) || ASKED_OF_FRAMEWORK.includes(Type);
}
