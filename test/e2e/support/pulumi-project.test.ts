/** The harness itself: the real engine runs a project in a temporary folder, and nothing of it is left behind. */
import { existsSync } from "node:fs";
import { marked } from "./processes";
import { type PulumiProject, pulumiProject } from "./pulumi-project";

jest.setTimeout(120_000);

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const provider = {
  async create(inputs) {
    console.log("create has been called");
    await new Promise((resolve) => setTimeout(resolve, inputs.createMs));
    return { id: "it", outs: inputs };
  },
};
class It extends pulumi.dynamic.Resource {
  constructor(name, props) { super(provider, name, props); }
}
const it = new It("it", { word: new pulumi.Config().get("word") ?? "none", createMs: Number(process.env.CREATE_MS ?? 0) });
exports.word = it.word;
exports.secret = pulumi.secret("hidden");
`;

describe("pulumiProject", () => {
  let project: PulumiProject;

  afterEach(() => project?.cleanUp());

  test("brings a program up with its configuration, reads its outputs and its state, and destroys it", async () => {
    project = await pulumiProject({ program: PROGRAM, config: { word: "-hello" } });
    expect(await project.up()).toMatchObject({ exitCode: 0, output: expect.stringContaining("+ 2 created") });
    expect(await project.outputs()).toEqual({ word: "-hello", secret: "hidden" });
    const { deployment } = await project.export();
    expect(deployment.resources?.map(({ type }) => type)).toEqual([
      "pulumi:pulumi:Stack",
      "pulumi:providers:pulumi-nodejs",
      "pulumi-nodejs:dynamic:Resource",
    ]);
    expect(deployment.resources?.[2]).toMatchObject({ id: "it", outputs: { word: "-hello", createMs: 0 } });
    expect(await project.preview()).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 unchanged") });
    expect(await project.refresh()).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 unchanged") });
    expect(await project.destroy()).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 2 deleted") });
  });

  test("the engine warns of nothing", async () => {
    project = await pulumiProject({ program: PROGRAM });
    expect((await project.up()).output).not.toMatch(/warning/i);
  });

  test("a program in TypeScript runs, too", async () => {
    project = await pulumiProject({ program: "export const sum: number = 1 + 2;\n", language: "typescript" });
    expect(await project.up()).toMatchObject({ exitCode: 0 });
    expect(await project.outputs()).toEqual({ sum: 3 });
  });

  test("a failing program's exit code and output are a result, not an exception", async () => {
    // Without a stack: util.inspect of Node.js 20 with colours, which the SDK calls, is busy for half a minute with the line
    // "node_modules/@pulumi/resource.ts:…", which has a scope and no package.
    project = await pulumiProject({ program: 'throw Object.assign(new Error("told so"), { stack: "told so" });' });
    expect(await project.up()).toMatchObject({ exitCode: 255, output: expect.stringContaining("told so") });
  });

  test("after the engine was killed in mid-create, cancel gives back the lock, and clean-up ends the orphan and removes the folder", async () => {
    project = await pulumiProject({ program: PROGRAM, environment: { CREATE_MS: "60000" } });
    const up = project.start("up");
    await up.waitForOutput(/create has been called/);
    up.kill("SIGKILL");
    expect(await up.ended).toMatchObject({ exitCode: undefined, signal: "SIGKILL" });
    expect(marked(project.folder)).not.toEqual([]);
    expect((await project.up()).output).toContain("the stack is currently locked by 1 lock(s)");
    expect(await project.cancel()).toMatchObject({ exitCode: 0 });
    expect((await project.export()).deployment.pending_operations).toHaveLength(1);

    project.cleanUp();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(marked(project.folder)).toEqual([]);
    expect(existsSync(project.folder)).toBe(false);
  });
});
