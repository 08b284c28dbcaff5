/** Cloud assemblies for the tests of the simulator: tiny templates with handlers in a few lines. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A folder that is removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "assembly-"));
  folders.push(folder);
  return folder;
}

/** Writes what `cdk synth` would write for one stack without assets. @returns the folder. */
export function assembly(template: object, stackName = "Demo"): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "stack.template.json"), JSON.stringify(template));
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({
      version: "36.0.0",
      artifacts: {
        [stackName]: {
          type: "aws:cloudformation:stack",
          properties: { templateFile: "stack.template.json", stackName },
        },
      },
    }),
  );
  return folder;
}

/** A role that may do these things. */
export function role(...statements: readonly object[]): object {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {},
      ...(statements.length === 0
        ? {}
        : { Policies: [{ PolicyName: "inline", PolicyDocument: { Version: "2012-10-17", Statement: statements } }] }),
    },
  };
}

/** A function whose `index.handler` is this text. */
export function lambda(source: string, properties: object = {}): object {
  return {
    Type: "AWS::Lambda::Function",
    Properties: {
      Code: { ZipFile: source },
      Handler: "index.handler",
      Role: { "Fn::GetAtt": ["Role", "Arn"] },
      Runtime: "nodejs22.x",
      Timeout: 900,
      ...properties,
    },
  };
}

export function custom(properties: object = {}, dependsOn: readonly string[] = []): object {
  return {
    Type: "Custom::Thing",
    DependsOn: dependsOn,
    Properties: { ServiceToken: { "Fn::GetAtt": ["Handler", "Arn"] }, ...properties },
  };
}

/**
 * A handler of custom resources: `answer(event)` gives what it puts to the ResponseURL, or nothing when it does not answer.
 * It sends as the CDK's framework does: to `hostname` and `path` alone.
 */
export function answering(answer: string): string {
  return `
const https = require("node:https");
const answer = async (event) => { ${answer} };
exports.handler = async (event) => {
  console.log(event.RequestType, JSON.stringify(event.ResourceProperties));
  const given = await answer(event);
  if (given === undefined) return;
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = typeof given === "string" ? given : JSON.stringify({
    Status: "SUCCESS", StackId, RequestId, LogicalResourceId,
    PhysicalResourceId: event.PhysicalResourceId ?? "thing", ...given,
  });
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  await new Promise((resolve, reject) => {
    const put = https.request({ hostname, path: pathname + search, method: "PUT", headers: { "content-length": Buffer.byteLength(body) } }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    put.on("error", reject);
    put.end(body);
  });
};`;
}

/** A stack with a role, one handler, and these resources. */
export function stack(answer: string, resources: object, more: object = {}): object {
  return { Resources: { Role: role(), Handler: lambda(answering(answer)), ...resources }, ...more };
}
