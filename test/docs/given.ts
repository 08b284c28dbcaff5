/** Names that a TypeScript block of the documents may use without declaring them, where `<!-- given: … -->` before it says so. */
import type { Block } from "./pages";

/** What stands in for a resource of another package: this package asks for its id alone. */
const RESOURCE = '{ readonly id: import("@pulumi/pulumi").Output<string> }';

const GIVEN: Readonly<Record<string, string>> = {
  pulumi: 'import * as pulumi from "@pulumi/pulumi";',
  vm: `declare const vm: ${RESOURCE};`,
  vms: `declare const vms: ${RESOURCE}[];`,
  scaleSet: `declare const scaleSet: ${RESOURCE};`,
  principal: 'declare const principal: import("@pulumi/pulumi").Output<string>;',
  config: 'declare const config: import("@pulumi/pulumi").Config;',
  tenantId: "declare const tenantId: string;",
  clientId: "declare const clientId: string;",
  vmId: "declare const vmId: string;",
  secret: 'declare const secret: import("aws-cdk-lib/aws-secretsmanager").ISecret;',
  cluster: 'declare const cluster: import("aws-cdk-lib/aws-ecs").ICluster;',
  credentials: 'declare const credentials: import("azure-run-command/constructs").AzureCredentials;',
  AzureRunCommandProvider: 'import { AzureRunCommandProvider } from "azure-run-command/constructs";',
  CfnOutput: 'import { CfnOutput } from "aws-cdk-lib";',
  iam: 'import * as iam from "aws-cdk-lib/aws-iam";',
};
/** Not a name: the block is the body of a stack's constructor, and its imports are those of the file. */
const STACK = "stack";
const IMPORT = /^import\s[\s\S]*?;$/gm;

/** The file that is compiled for a block. @throws when the block asks for what is not to be had. */
export function moduleOf({ text, given }: Block): string {
  const unknown = given.filter((name) => name !== STACK && GIVEN[name] === undefined);
  if (unknown.length > 0) throw new Error(`'given' knows no ${unknown.join(", ")}`);
  const before = given.map((name) => GIVEN[name] ?? "").join("\n");
  if (!given.includes(STACK)) return `${before}\n${text}\nexport {};\n`;
  const imports = text.match(IMPORT) ?? [];
  const body = text.replace(IMPORT, "");
  return `${before}\n${imports.join("\n")}\nexport function deploy(this: import("aws-cdk-lib").Stack) {\n${body}\n}\n`;
}
