/** The lowest version of the CDK that we support: what it writes into a template, and whether its types are enough for ours. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The constructs and these tests import everything from the package's root.
jest.mock("aws-cdk-lib", () => jest.requireActual("aws-cdk-lib-lowest"));

import * as cdk from "aws-cdk-lib";
import { exampleStack } from "./support/example";
import { expectGolden } from "./support/golden";
import { isOurs } from "./support/ours";
import { permissionsOf } from "./support/permissions";
import { type Synthesised, synthesise } from "./support/synth";

const ROOT = join(__dirname, "../..");

describe("with the lowest version of aws-cdk-lib that package.json allows", () => {
  let example: Synthesised;

  beforeAll(() => {
    example = synthesise(exampleStack());
  });

  test("it is that version that is used", () => {
    const { version } = jest.requireActual("aws-cdk-lib-lowest/package.json");
    const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(peerDependencies["aws-cdk-lib"]).toBe(`^${version}`);
    expect(cdk).toBe(jest.requireActual("aws-cdk-lib-lowest"));
    expect(cdk).not.toBe(jest.requireActual("aws-cdk-lib"));
  });

  test("the resources and outputs are those of the golden file of the newest", () => {
    const resources = Object.fromEntries(Object.entries(example.resources).filter(isOurs));
    expectGolden("template", { resources, outputs: example.outputs });
  });

  test("the permissions are those of the golden file of the newest", () => {
    expectGolden("permissions", permissionsOf(example));
  });

  test("the state machine, which this version lets log unless told otherwise, logs nothing", () => {
    const machines = Object.values(example.resources).filter(({ Type }) => Type === "AWS::StepFunctions::StateMachine");
    expect(machines.map(({ Properties }) => Properties.LoggingConfiguration)).toEqual([undefined, undefined]);
    expect(Object.keys(example.resources).filter((id) => /waiterstatemachineLogGroup/.test(id))).toEqual([]);
  });
});

test("the sources compile with the lowest version's types", () => {
  const folder = mkdtempSync(join(tmpdir(), "constructs-lowest-"));
  const paths = { "aws-cdk-lib": [join(ROOT, "node_modules/aws-cdk-lib-lowest")] };
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: true,
      // The types of that version do not agree with each other under this rule.
      exactOptionalPropertyTypes: false,
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      paths,
    },
    files: [join(ROOT, "constructs/index.ts")],
    include: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const typescript = join(ROOT, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [typescript, "-p", folder], { encoding: "utf8" });
  rmSync(folder, { recursive: true, force: true });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});
