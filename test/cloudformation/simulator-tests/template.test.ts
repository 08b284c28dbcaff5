import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDefinition, retryDelaySeconds } from "../simulator/step-functions/definition";
import { readAssembly } from "../simulator/template/assembly";
import { conditionHolds, resolve, type Scope } from "../simulator/template/intrinsics";
import { dependenciesOf, type Template } from "../simulator/template/template";
import { assembly, temporaryFolder } from "./apps";

function scope(template: Partial<Template> = {}): Scope {
  const refs: Readonly<Record<string, unknown>> = { Bucket: "my-bucket", "AWS::Region": "eu-west-1", List: ["a", "b"] };
  return {
    template: { Resources: {}, ...template },
    ref: (name) => refs[name],
    attribute: (logicalId, name) => `${logicalId}/${name}`,
  };
}

const CONDITIONS = {
  Here: { "Fn::Equals": [{ Ref: "AWS::Region" }, "eu-west-1"] },
  There: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] },
  Either: {
    "Fn::Or": [{ Condition: "There" }, { "Fn::And": [{ Condition: "Here" }, { "Fn::Not": [{ Condition: "There" }] }] }],
  },
};

test.each<[value: unknown, resolved: unknown]>([
  [{ Ref: "Bucket" }, "my-bucket"],
  [{ "Fn::GetAtt": ["Run", "Outputs.name"] }, "Run/Outputs.name"],
  [{ "Fn::GetAtt": "Run.Outputs.name" }, "Run/Outputs.name"],
  [{ "Fn::Join": ["-", ["a", { Ref: "Bucket" }]] }, "a-my-bucket"],
  [{ "Fn::Join": [",", { Ref: "List" }] }, "a,b"],
  [{ "Fn::Sub": `\${Bucket}/\${Run.Arn}/\${!Literal}` }, `my-bucket/Run/Arn/\${Literal}`],
  [{ "Fn::Sub": [`\${Bucket}:\${Mine}`, { Mine: { Ref: "AWS::Region" } }] }, "my-bucket:eu-west-1"],
  [{ "Fn::Select": ["1", { "Fn::Split": [":", "a:b:c"] }] }, "b"],
  [{ "Fn::FindInMap": ["Map", { Ref: "AWS::Region" }, "Key"] }, "mapped"],
  [{ "Fn::Base64": "text" }, "dGV4dA=="],
  [{ "Fn::If": ["Here", "yes", "no"] }, "yes"],
  [{ A: { "Fn::If": ["There", 1, { Ref: "AWS::NoValue" }] }, B: [{ Ref: "AWS::NoValue" }, 2] }, { B: [2] }],
  [
    { Ref: "Bucket", Other: 1 },
    { Ref: "Bucket", Other: 1 },
  ],
])("%j resolves to %j", (value, resolved) => {
  const mappings = { Map: { "eu-west-1": { Key: "mapped" } } };
  expect(resolve(value, scope({ Conditions: CONDITIONS, Mappings: mappings }))).toEqual(resolved);
});

test.each<[value: unknown, message: string]>([
  [{ Ref: "None" }, "Template format error: Unresolved resource dependencies [None] in the template"],
  [{ "Fn::Select": ["5", ["a"]] }, "Template error: Fn::Select cannot select nonexistent value at index"],
  [{ "Fn::Join": "a" }, "Template error: every Fn::Join object requires a list"],
  [
    { "Fn::ImportValue": "x" },
    "the simulator does not know the intrinsic function Fn::ImportValue; add it to intrinsics.ts",
  ],
  [{ "Fn::If": ["None", 1, 2] }, "Template format error: Unresolved condition dependency None"],
])("%j is an error", (value, message) => {
  expect(() => resolve(value, scope())).toThrow(message);
});

test("conditions are made of others, as the CDK makes those of its metadata", () => {
  const holds = (name: string) => conditionHolds(name, scope({ Conditions: CONDITIONS }));
  expect(["Here", "There", "Either"].map(holds)).toEqual([true, false, true]);
});

test("a resource waits for what it names in any way, and not for itself", () => {
  const value = {
    a: [{ Ref: "A" }],
    b: { "Fn::GetAtt": ["B", "Arn"] },
    c: { "Fn::Sub": [`\${C.Arn}\${Own}`, { Own: { Ref: "D" } }] },
  };
  const resource = {
    Type: "Custom::X",
    DependsOn: ["E"],
    Properties: { value, self: { Ref: "X" }, region: { Ref: "AWS::Region" } },
  };
  const others = Object.fromEntries(["A", "B", "C", "D", "E", "F"].map((id) => [id, { Type: "Custom::Y" }]));
  expect([...dependenciesOf({ Resources: { X: resource, ...others } }, "X")].sort()).toEqual(["A", "B", "C", "D", "E"]);
});

describe("a cloud assembly", () => {
  test("has one stack to deploy, or its name says which", () => {
    const folder = assembly({ Resources: {} }, "Only");
    expect(readAssembly(folder).stackName).toBe("Only");
    expect(() => readAssembly(folder, "Other")).toThrow(
      `cannot choose a stack 'Other' in the cloud assembly ${folder}: it has [Only]; name one of them`,
    );
  });

  test("has the stacks of its stages, with their assets", () => {
    const folder = temporaryFolder();
    const stage = join(folder, "assembly-Prod");
    mkdirSync(stage);
    const write = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
    write("manifest.json", {
      artifacts: { "assembly-Prod": { type: "cdk:cloud-assembly", properties: { directoryName: "assembly-Prod" } } },
    });
    write("assembly-Prod/manifest.json", {
      artifacts: {
        "Demo.assets": { type: "cdk:asset-manifest", properties: { file: "Demo.assets.json" } },
        Demo: {
          type: "aws:cloudformation:stack",
          dependencies: ["Demo.assets"],
          properties: { templateFile: "Demo.template.json", stackName: "Prod-Demo" },
        },
      },
    });
    write("assembly-Prod/Demo.template.json", { Resources: {} });
    write("assembly-Prod/Demo.assets.json", {
      files: {
        abc: {
          source: { path: "asset.abc", packaging: "zip" },
          destinations: { current: { bucketName: `assets-\${AWS::AccountId}`, objectKey: "abc.zip" } },
        },
      },
    });
    expect(readAssembly(folder)).toEqual({
      stackName: "Prod-Demo",
      template: { Resources: {} },
      assets: [
        { path: join(stage, "asset.abc"), packaging: "zip", bucket: `assets-\${AWS::AccountId}`, key: "abc.zip" },
      ],
    });
  });
});

describe("a state machine", () => {
  test("waits longer before each retry, as far as it says", () => {
    const retrier = { ErrorEquals: ["States.ALL"], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 10 };
    expect([0, 1, 2].map((soFar) => retryDelaySeconds(retrier, soFar))).toEqual([3, 6, 10]);
    expect([0, 1].map((soFar) => retryDelaySeconds({ ErrorEquals: [] }, soFar))).toEqual([1, 2]);
  });

  test("with a state that the simulator does not run is an error", () => {
    expect(() => readDefinition(`{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1}}}`)).toThrow(
      `the simulator runs states of type Task with a function and [Type, Resource, Retry, Catch, Next, End, Comment], and 'A' is {"Type":"Wait","Seconds":1}; add what is missing to step-functions/definition.ts`,
    );
  });
});
