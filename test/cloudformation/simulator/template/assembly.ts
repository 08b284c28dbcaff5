/** Reads a synthesised cloud assembly: the template of one stack, and its assets. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Template } from "./template";

/** One file or folder that is uploaded before the stack is deployed. */
export interface Asset {
  /** A folder is uploaded as a zip file of what is in it. */
  readonly path: string;
  readonly packaging: "file" | "zip";
  /** May hold `${AWS::AccountId}` and `${AWS::Region}`. */
  readonly bucket: string;
  readonly key: string;
}

export interface AssemblyStack {
  readonly stackName: string;
  readonly template: Template;
  readonly assets: readonly Asset[];
}

/** The parts of manifest.json. Source: aws-cdk-lib/cloud-assembly-schema. */
interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string; readonly packaging?: "file" | "zip" };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

/**
 * Reads a stack out of a folder that `app.synth()` or `cdk synth` has written.
 *
 * @param stackName which stack; undefined: the only one.
 * @throws when there is no such stack, or more than one and no name.
 */
export function readAssembly(folder: string, stackName?: string): AssemblyStack {
  const stacks = stacksIn(folder);
  const matching = stackName === undefined ? stacks : stacks.filter((stack) => stack.stackName === stackName);
  const [only, another] = matching;
  if (only === undefined || another !== undefined) {
    const names = stacks.map((stack) => stack.stackName).join(", ");
    throw new Error(
      `cannot choose a stack '${stackName ?? ""}' in the cloud assembly ${folder}: it has [${names}]; name one of them`,
    );
  }
  return only;
}

function stacksIn(folder: string): readonly AssemblyStack[] {
  const artifacts = Object.entries(readJson<Manifest>(join(folder, "manifest.json")).artifacts ?? {});
  return artifacts.flatMap(([id, artifact]): readonly AssemblyStack[] => {
    const { templateFile, stackName, directoryName } = artifact.properties ?? {};
    if (artifact.type === "cdk:cloud-assembly" && directoryName !== undefined) {
      return stacksIn(join(folder, directoryName));
    }
    if (artifact.type !== "aws:cloudformation:stack" || templateFile === undefined) {
      return [];
    }
    const manifests = artifacts.filter(
      ([name, { type }]) => type === "cdk:asset-manifest" && (artifact.dependencies ?? []).includes(name),
    );
    return [
      {
        stackName: stackName ?? id,
        template: readJson<Template>(join(folder, templateFile)),
        assets: manifests.flatMap(([, { properties }]) => assetsIn(folder, properties?.file ?? "")),
      },
    ];
  });
}

function assetsIn(folder: string, file: string): readonly Asset[] {
  return Object.values(readJson<AssetManifest>(join(folder, file)).files ?? {}).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ bucketName, objectKey }) => ({
      path: join(folder, source.path),
      packaging: source.packaging ?? "file",
      bucket: bucketName,
      key: objectKey,
    })),
  );
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
