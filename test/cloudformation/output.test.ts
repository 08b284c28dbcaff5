import { CfnOutput, aws_s3 as s3, aws_ssm as ssm } from "aws-cdk-lib";
import { RunCommandScript } from "../../constructs/script";
import { FAILING_ID, FailingRuns } from "./support/failing";
import { type Deployed, Scene } from "./support/scene";

const inline = RunCommandScript.fromInline;

let scene: Scene;
let failing: FailingRuns;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2", "vm3", "vm4"] });
  scene.cloud.buckets.put("output");
});
afterAll(() => scene?.stop());

/** Source: AWS CloudFormation, "Custom resource response objects". Unit: bytes. */
const RESPONSE_MAX_BYTES = 4_096;

afterEach(() => {
  const sizes = scene.cloud.requests.flatMap(({ responses }) => responses.map((text) => Buffer.byteLength(text)));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(RESPONSE_MAX_BYTES);
});

/** Prints so many lines as terminals show them: with colours, quotes, backslashes, control characters, signs of several bytes. */
function printing(lines: number): string {
  return `i=0; while [ $i -lt ${lines} ]; do i=$((i + 1)); printf '\\033[31mline "%s" \\\\ grün 🚀 \\001\\t\\r\\n' $i; done`;
}

function printed(lines: number): string {
  return Array.from({ length: lines }, (_, index) => `\u001b[31mline "${index + 1}" \\ grün 🚀 \u0001\t\r\n`).join("");
}

/** How much of a text's end another one is, which must be it to the letter. */
function endOf(text: string, end: string): { readonly isEnd: boolean; readonly bytes: number } {
  return { isEnd: end !== "" && text.endsWith(end), bytes: Buffer.byteLength(JSON.stringify(end)) - 2 };
}

/** Most bytes of each stream that are kept in a bucket. */
const KEPT_MAX_BYTES = 131_072;

function inBucket(location: string | undefined): string | undefined {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location ?? "") ?? [];
  return scene.cloud.buckets.getObject(bucket, key)?.toString();
}

/** As they came, with the random parts. */
function locationsOf(id: string): readonly (string | undefined)[] {
  const { Data } = JSON.parse(scene.requestsOf("Demo", id).at(-1)?.responses.at(-1) ?? "{}") as {
    readonly Data?: Readonly<Record<string, string>>;
  };
  return [Data?.StdoutLocation, Data?.StderrLocation];
}

describe("output of a script that is a success", () => {
  let deployed: Deployed;
  beforeAll(async () => {
    deployed = await scene.deploy("Demo", ({ run, stack }) => {
      const bucket = s3.Bucket.fromBucketName(stack, "Output", "output");
      run("Cut", { script: inline(printing(5_000), `(${printing(5_000)}) >&2`) }, "vm1");
      run("Kept", { script: inline(printing(3_000), `(${printing(5_000)}) >&2`), outputBucket: bucket }, "vm2");
      run("Small", { script: inline("echo small"), outputBucket: bucket }, "vm2");
      const missing = s3.Bucket.fromBucketName(stack, "Missing", "missing");
      run("Lost", { script: inline(printing(100)), outputBucket: missing }, "vm3");
      const named = run("Named", { script: inline(writing) }, "vm4");
      const [name, empty, lines] = [named.output("name"), named.output("empty"), named.output("lines")];
      new ssm.StringParameter(stack, "Parameter", { stringValue: `${name}|${empty}|${lines}` });
      run("Uses", { script: inline('printf %s "$NAME"'), parameters: { NAME: name } }, "vm4");
      const hidden = run("Hidden", { script: inline(...telling), sensitiveOutput: true }, "vm4");
      new CfnOutput(stack, "HiddenStdout", { value: hidden.stdout });
      new CfnOutput(stack, "HiddenName", { value: hidden.output("name") });
      new ssm.StringParameter(stack, "HiddenParameter", { stringValue: hidden.output("name") });
    });
    expect(deployed.status).toBe("CREATE_COMPLETE");
  });

  const writing = `printf 'name=web "1"\\nempty=\\nlines<<END\\na\\n\\nb\\nEND\\nmore=unused\\n' > $AZURE_RUN_COMMAND_OUTPUT`;
  /** Its name is nowhere whole but on the VM. */
  const telling = [
    'word=PLUGH; word="xyzzy-$word"',
    'echo "stdout $word"; echo "stderr $word" >&2; echo "name=$word" > $AZURE_RUN_COMMAND_OUTPUT',
  ];

  test("is in the attributes as far as it has room, to the letter, with the rest told of", () => {
    const { Stdout = "", Stderr = "", ...others } = scene.attributes("Demo", "Cut");
    const [stdout, stderr] = [endOf(printed(5_000), Stdout), endOf(printed(5_000), Stderr)];
    expect([stdout.isEnd, stderr.isEnd]).toEqual([true, true]);
    expect(stdout.bytes).toBeGreaterThan(2_000);
    expect(stderr.bytes).toBeGreaterThan(1_000);
    expect(others).toMatchObject({
      StdoutTruncated: "true",
      StderrTruncated: "true",
      StdoutTotalBytes: "168893",
      StderrTotalBytes: "168893",
      StdoutLocation: "",
    });
  });

  test("is in the bucket byte for byte, beyond 131,072 bytes its end, and the attributes say where", () => {
    const { Stdout = "", Stderr = "", ...others } = scene.attributes("Demo", "Kept");
    expect([endOf(printed(3_000), Stdout).isEnd, endOf(printed(5_000), Stderr).isEnd]).toEqual([true, true]);
    expect(others).toMatchObject({
      StdoutTruncated: "true",
      StderrTruncated: "true",
      StdoutLocation: "s3://output/azure-run-command/<key>/1-create-<h>/stdout.txt",
      StderrLocation: "s3://output/azure-run-command/<key>/1-create-<h>/stderr.txt",
    });
    const [stdout, stderr] = locationsOf("Kept").map(inBucket);
    expect(stdout).toBe(printed(3_000));
    expect(stderr).toBe(Buffer.from(printed(5_000)).subarray(-KEPT_MAX_BYTES).toString());
  });

  test("that has room in the attributes is not put into the bucket", () => {
    expect(scene.attributes("Demo", "Small")).toMatchObject({ Stdout: "small\n", StdoutLocation: "" });
    expect(scene.cloud.buckets.keys("output")).toHaveLength(2);
  });

  test("for which there is no bucket fails nothing: the log tells, and the attributes name no place", () => {
    expect(scene.attributes("Demo", "Lost")).toMatchObject({ StdoutTruncated: "true", StdoutLocation: "" });
    expect(scene.messages("Demo", "Lost")).toContain(
      "the output cannot be kept in 's3://missing/azure-run-command/<key>/1-create-<h>/stdout.txt': there is no such bucket; the attributes name no place of it",
    );
  });

  test("under a name reaches other resources, with quotes and line breaks; what no resource uses is not answered", () => {
    expect([...scene.cloud.systemsManager.parameters.values()]).toContain('web "1"||a\n\nb');
    expect(scene.attributes("Demo", "Uses").Stdout).toBe('web "1"');
    const names = Object.keys(scene.attributes("Demo", "Named")).filter((name) => name.startsWith("Outputs."));
    expect(names).toEqual(["Outputs.empty", "Outputs.lines", "Outputs.name"]);
  });

  test("that is sensitive is shown nowhere: not as the stack's outputs, in no execution history, in no log", () => {
    expect(deployed.outputs).toEqual({ HiddenStdout: "*****", HiddenName: "*****" });
    expect([...scene.cloud.systemsManager.parameters.values()]).toContain("xyzzy-PLUGH");
    const { executions, log } = scene.cloud;
    expect(scene.attributes("Demo", "Hidden")).toMatchObject({ Stdout: "stdout xyzzy-PLUGH\n" });
    // The resource that uses it is given it, and says so in its own events.
    const events = deployed.events.filter(({ logicalId }) => !logicalId.startsWith("HiddenParameter"));
    expect(JSON.stringify([executions, log, events])).not.toContain("xyzzy-PLUGH");
  });
});

describe("output of a script that fails", () => {
  beforeAll(async () => {
    failing = await FailingRuns.in(scene, "Fails");
  });

  /** The newest answer, as it travelled. */
  function answer(): string {
    return (
      scene.requestsOf("Fails", FAILING_ID).find(({ event }) => event.RequestType === "Create")?.responses[0] ?? ""
    );
  }

  test("ends the reason, which is one line of what is printable, with the exit code", async () => {
    const reason = await failing.reasonOf({ script: inline(printing(10), `(${printing(5_000)}) >&2`, "exit 9") });
    expect(reason).toMatch(/^the script on 'vm1' exited with 9; end of stderr: "/);
    expect(reason).toContain(`\\u001b[31mline \\"5000\\" \\\\ grün 🚀 \\u0001"`);
    expect([...reason].filter((character) => character < " ")).toEqual([]);
    expect(Buffer.byteLength(answer())).toBeLessThanOrEqual(RESPONSE_MAX_BYTES);
  });

  test("is in the bucket whole, and the reason says where", async () => {
    const script = inline("echo before", `(${printing(3_000)}) >&2`, "exit 9");
    const reason = await failing.reasonOf(({ stack }) => ({
      script,
      outputBucket: s3.Bucket.fromBucketName(stack, "Output", "output"),
    }));
    const [stdout, stderr] = ["stdout", "stderr"].map(
      (name) => `s3://output/azure-run-command/<key>/1-create-<h>/${name}.txt`,
    );
    expect(reason.slice(reason.lastIndexOf("; "))).toBe(`; what it printed is in ${stdout} and ${stderr}`);
    const kept = scene.cloud.buckets
      .keys("output")
      .slice(-2)
      .map((key) => inBucket(`s3://output/${key}`));
    expect(kept).toEqual(["before\n", printed(3_000)]);
  });

  test("is not in the reason when it is sensitive, nor in any log or execution history", async () => {
    const script = inline("word=PLUGH; word=xyzzy-$word; echo $word; echo $word >&2", "exit 9");
    const reason = await failing.reasonOf({ script, sensitiveOutput: true });
    expect(reason).toBe("the script on 'vm1' exited with 9; end of stderr: \"(hidden: the output is sensitive)\"");
    expect(JSON.stringify([scene.cloud.executions, scene.cloud.log])).not.toContain("xyzzy-PLUGH");
  });

  test("that is nothing is told of as nothing", async () => {
    const reason = await failing.reasonOf({ script: inline("kill -KILL $$") });
    expect(reason).toBe("the script on 'vm1' was ended by signal 9; it printed nothing");
  });

  test("under a name that the stack uses and the script did not write, says what it wrote, and how to", async () => {
    const script = inline("echo Name=a > $AZURE_RUN_COMMAND_OUTPUT");
    expect(await failing.reasonOf({ script }, undefined, ["name", "id"])).toBe(
      "the script on 'vm1' ended without the named outputs 'id', 'name', which the stack uses; it wrote 'Name'; write 'name=value' to the file $AZURE_RUN_COMMAND_OUTPUT",
    );
  });

  test("under a name that has no room in an answer, says how much there is", async () => {
    const script = inline("printf 'big=%05000d\\nsmall=1\\n' 0 > $AZURE_RUN_COMMAND_OUTPUT");
    const reason = await failing.reasonOf({ script }, undefined, ["big", "small"]);
    expect(reason.replace(/leaves room for 3,[0-9]{3};/, "leaves room for 3,…;")).toBe(
      "the script on 'vm1' wrote named outputs of 5,001 bytes as JSON that the stack uses ('big' 5,000, 'small' 1), and CloudFormation leaves room for 3,…; write less, or print it to stdout: with 'outputBucket' all of that is kept in Amazon S3",
    );
  });

  test("that cannot be read as named outputs is told of with the line", async () => {
    const script = inline("echo no name here > $AZURE_RUN_COMMAND_OUTPUT");
    expect(await failing.reasonOf({ script }, undefined, ["name"])).toBe(
      "the script on 'vm1' exited with 0, but its named outputs cannot be read ($AZURE_RUN_COMMAND_OUTPUT): line 1 is neither 'name=value' nor 'name<<WORD'; mend the script, and the next deployment runs it again",
    );
  });
});
