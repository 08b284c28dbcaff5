/** Apps whose assemblies are in a folder of their own, which is removed when the file's tests are over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, type StackProps } from "aws-cdk-lib";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesised {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, { readonly Value: unknown }>>;
  /** With the marks by which they are acknowledged. */
  readonly warnings: readonly string[];
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** @param context the feature flags of the app, as its `cdk.json` has them. */
export function newStack(context: Readonly<Record<string, unknown>> = {}, props: StackProps = {}): Stack {
  const outdir = mkdtempSync(join(tmpdir(), "constructs-"));
  folders.push(outdir);
  return new Stack(new App({ outdir, analyticsReporting: false, context }), "Example", props);
}

/** @throws what a user of `cdk synth` would see. */
export function synthesise(stack: Stack): Synthesised {
  const app = stack.node.root as App;
  const artifact = app.synth().getStackByName(stack.stackName);
  const { Resources = {}, Outputs = {} } = artifact.template;
  const warnings = artifact.messages.filter(({ level }) => level === "warning").map(({ entry }) => String(entry.data));
  return { resources: Resources, outputs: Outputs, warnings };
}

/** Those of our own types, by what the program calls them. */
export function runsOf({ resources }: Synthesised): Readonly<Record<string, Resource>> {
  return Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type.startsWith("Custom::")));
}
