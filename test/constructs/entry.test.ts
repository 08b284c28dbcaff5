/** What an AWS CDK app loads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as constructs from "../../constructs";

const SOURCES = join(__dirname, "../../constructs");
const PACKAGE = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));

test("the entry exports its classes and enums, and nothing else at run time", () => {
  expect(Object.keys(constructs).sort()).toEqual([
    "AzureCloud",
    "AzureCredentials",
    "AzureRunCommand",
    "AzureRunCommandProvider",
    "AzureVirtualMachine",
    "DeleteFailure",
    "RebootPolicy",
    "RemoveExtension",
    "RollbackBehavior",
    "RunCommandLogging",
    "RunCommandScript",
    "RunCommandSecret",
  ]);
});

test("package.json leads to it, by the old way of finding types as well", () => {
  expect(PACKAGE.exports["./constructs"]).toEqual({
    types: "./dist/constructs/index.d.ts",
    default: "./dist/constructs/index.js",
  });
  expect(PACKAGE.typesVersions["*"].constructs).toEqual(["./dist/constructs/index.d.ts"]);
});

test("it can be loaded without Pulumi, without the clients of Azure and AWS, and without the shell parser", () => {
  const foreign = [
    "@pulumi/pulumi",
    "@azure/identity",
    "@azure/core-rest-pipeline",
    "@aws-sdk/client-sts",
    "sh-syntax",
  ];
  jest.isolateModules(() => {
    for (const name of foreign)
      jest.doMock(name, () => {
        throw new Error(`${name} was loaded`);
      });
    expect(() => require("@pulumi/pulumi")).toThrow("@pulumi/pulumi was loaded");
    expect(() => require("../../constructs")).not.toThrow();
  });
});

describe("the folder with the code of the Lambda functions", () => {
  /** @param there the files that are there. */
  function folderWhen(...there: readonly string[]): string {
    let folder = "";
    jest.isolateModules(() => {
      jest.doMock("node:fs", () => ({ existsSync: (path: string) => there.includes(path) }));
      folder = require("../../constructs/handler-folder").handlerFolder();
    });
    return folder;
  }

  test("is beside the compiled constructs", () => {
    expect(folderWhen(join(SOURCES, "lambda/index.js"))).toBe(join(SOURCES, "lambda"));
  });

  test("is what the last build made, when the sources are used", () => {
    const built = join(SOURCES, "../dist/constructs/lambda");
    expect(folderWhen(join(built, "index.js"))).toBe(built);
  });

  test("is missed with a sentence that says how to make it", () => {
    expect(() => folderWhen()).toThrow(
      new Error(
        "the code of the Lambda functions (dist/constructs/lambda/index.js) is not there; make it with `npm run build`",
      ),
    );
  });
});
