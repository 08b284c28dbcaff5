import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CfnOutput, Duration, aws_s3 as s3, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { DeleteFailure } from "../../constructs/run-command-words";
import { RunCommandScript } from "../../constructs/script";
import { RunCommandSecret } from "../../constructs/secret";
import { Assemblies, type Declaring, type Program } from "./support/assemblies";
import { FailingRuns } from "./support/failing";
import { counting, held } from "./support/ledger";
import { Scene } from "./support/scene";

/** Found in text by nothing else. */
const WHOLE = 'w-7f3a1c"\\$9e2b';
const FIELD = "f-81d0c6b2a7";
const ROTATED = "r-5be7704d91";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2"] });
  const { secrets, buckets } = scene.cloud;
  secrets.put("whole", WHOLE);
  secrets.put("fields", JSON.stringify({ code: FIELD, list: [1] }));
  buckets.put("output");
});
afterAll(() => scene?.stop());

/** A secret by its name, as the stack's program names it. */
function secret({ stack }: Declaring, name: string, field?: string): RunCommandSecret {
  const id = `Secret${name}`;
  const arn = scene.cloud.secrets.arnOf(name) ?? `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`;
  const known = stack.node.tryFindChild(id) as secretsmanager.ISecret | undefined;
  return RunCommandSecret.fromSecretsManager(
    known ?? secretsmanager.Secret.fromSecretCompleteArn(stack, id, arn),
    field,
  );
}

function both(declare: Declaring) {
  return { WHOLE: secret(declare, "whole"), FIELD: secret(declare, "fields", "code") };
}

/** The forms in which a value could be found. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString("hex"),
    bytes.toString("base64").replace(/=+$/, ""),
  ];
}

/** Which of the values a text has, also as JSON within JSON. */
function foundIn(text: string, values: readonly string[]): readonly string[] {
  const forms = values.flatMap((value) => formsOf(value));
  return [...forms, ...forms.map((form) => JSON.stringify(form).slice(1, -1))].filter((form) => text.includes(form));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [readFileSync(path, "utf8")];
  });
}

/** All that AWS and Azure keep or show. */
async function outsideOfGuest(): Promise<Readonly<Record<string, string>>> {
  const { cloud, simulator } = scene;
  const { executions, log, requests, buckets } = cloud;
  return {
    "execution history": JSON.stringify(executions),
    log: JSON.stringify(log),
    "requests and responses": JSON.stringify(requests),
    bucket: buckets
      .keys("output")
      .map((key) => buckets.getObject("output", key)?.toString())
      .join("\n"),
    "requests to Azure": JSON.stringify(await simulator.requests()),
    "what Azure's simulator printed": simulator.output(),
  };
}

async function expectNowhere(values: readonly string[]): Promise<void> {
  for (const [place, text] of Object.entries(await outsideOfGuest())) {
    expect({ place, found: foundIn(text, values) }).toEqual({ place, found: [] });
  }
}

/** The files of the guest that have one of the values. */
async function filesInGuest(vm: string, values: readonly string[]): Promise<readonly string[]> {
  const patterns = values.flatMap(formsOf).join("\n");
  const folders = ["/var", "/tmp", "/etc", "/run", "/root", "/home", "/dev/shm"];
  const { stdout } = await scene.simulator.exec(vm, ["grep", "-rsalF", "-f", "-", ...folders], `${patterns}\n`);
  return stdout.split("\n").filter((line) => line !== "");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const DIGESTS = ['printf %s "$WHOLE" | sha256sum | cut -c1-64', 'printf %s "$FIELD" | sha256sum | cut -c1-64'];

describe("secrets of Secrets Manager", () => {
  const program: Program = (declare) => {
    const { run, stack } = declare;
    run("Quiet", { script: counting("Quiet", "v1", ...DIGESTS), protectedParameters: both(declare) }, "vm2");
    const telling = run("Telling", {
      script: counting(
        "Telling",
        "v1",
        'echo "$WHOLE and $FIELD"; echo "$FIELD" >&2; printf %s "$WHOLE" | base64; printf %s "$FIELD" | od -An -tx1 | tr -d " \\n"; echo',
        'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo "$i: $WHOLE $FIELD"; done',
        'echo "name=$FIELD" > $AZURE_RUN_COMMAND_OUTPUT',
      ),
      protectedParameters: both(declare),
      outputBucket: s3.Bucket.fromBucketName(stack, "Output", "output"),
    });
    new CfnOutput(stack, "Name", { value: telling.output("name") });
  };

  test("reach the script to the letter, the whole text and a field of it", async () => {
    const deployed = await scene.deploy("Demo", program);
    expect(deployed.status).toBe("CREATE_COMPLETE");
    expect(scene.attributes("Demo", "Quiet").Stdout).toBe(`${sha256(WHOLE)}\n${sha256(FIELD)}\n`);
  });

  test("are replaced in all that a script prints of them, in attributes, named outputs and the bucket", () => {
    const { Stdout = "", Stderr, "Outputs.name": name } = scene.attributes("Demo", "Telling");
    expect([Stdout.endsWith("199: [secret] [secret]\n200: [secret] [secret]\n"), Stderr, name]).toEqual([
      true,
      "[secret]\n",
      "[secret]",
    ]);
    const { buckets } = scene.cloud;
    const [key = ""] = buckets.keys("output");
    const text = buckets.getObject("output", key)?.toString() ?? "";
    expect(text.split("\n").slice(0, 4)).toEqual([
      "[secret] and [secret]",
      "[secret]",
      "[secret]",
      "1: [secret] [secret]",
    ]);
  });

  test("are nowhere outside of the guest", async () => {
    const assemblies = new Assemblies(scene.simulator);
    const template = filesIn(assemblies.synthesise("Demo", program)).join("\n");
    assemblies.remove();
    expect(foundIn(template, [WHOLE, FIELD])).toEqual([]);
    await expectNowhere([WHOLE, FIELD]);
  });

  test("are nowhere in the guest once a script has ended that did not print them", async () => {
    expect(await filesInGuest("vm2", [WHOLE, FIELD])).toEqual([]);
    // Else nothing would ever be found.
    expect(await filesInGuest("vm1", [WHOLE, FIELD])).not.toEqual([]);
  });

  test("that a script prints and then fails with are not in the reason", async () => {
    const failing = await FailingRuns.in(scene, "Fails");
    const reason = await failing.reasonOf((declare) => ({
      script: RunCommandScript.fromInline('echo "$FIELD" >&2; printf %s "$WHOLE" | base64 >&2; exit 3'),
      protectedParameters: both(declare),
    }));
    expect(reason).toBe(`the script on 'vm1' exited with 3; end of stderr: "[secret]\\n[secret]"`);
    await expectNowhere([WHOLE, FIELD]);
  });
});

describe("a secret that cannot be had", () => {
  let failing: FailingRuns;
  beforeAll(async () => {
    failing = await FailingRuns.in(scene, "Missing");
    const { secrets } = scene.cloud;
    secrets.put("nul", "a\u0000b");
    secrets.put("doomed", "d-1");
    secrets.scheduleDeletion("doomed");
  });

  test.each<{ what: string; name: string; field?: string; expected: string }>([
    {
      what: "that is not there",
      name: "none",
      expected: "the secret '<secret>' cannot be read: there is no such secret, or it has no value yet",
    },
    {
      what: "that is marked for deletion",
      name: "doomed",
      expected: `the secret '<secret>' cannot be read: AWS says InvalidRequestException: "You can't perform this operation on the secret because it was marked for deletion."`,
    },
    { what: "without the field", name: "fields", field: "none", expected: "the secret '<secret>' has no field 'none'" },
    {
      what: "whose field is a list",
      name: "fields",
      field: "list",
      expected: "the secret '<secret>' has a field 'list' that is no text, number or boolean",
    },
    {
      what: "that is no JSON",
      name: "whole",
      field: "code",
      expected:
        "the secret '<secret>' is no JSON object, so it has no field 'code'; leave the field out for the whole text",
    },
    {
      what: "with a NUL byte",
      name: "nul",
      expected: `protectedParameters has "CODE", which has a NUL byte; the shell cannot hold one`,
    },
  ])("$what is told of, and nothing of it is shown", async ({ name, field, expected }) => {
    const reason = await failing.reasonOf((declare) => ({
      script: RunCommandScript.fromInline("echo ran"),
      protectedParameters: { CODE: secret(declare, name, field) },
    }));
    expect(reason.replace(/arn:aws:secretsmanager:[^']+/, "<secret>")).toBe(`${expected}; nothing was run`);
  });
});

describe("a secret that is rotated", () => {
  /** So that the end is seen by a function that has to read the secret again. */
  const LONGER_THAN_A_LOOK = ["sleep 2"];
  const options = (declare: Declaring, more: Partial<AzureRunCommandOptions> = {}): AzureRunCommandOptions => ({
    script: counting("Rotated", "v1", ...held("rotated"), ...LONGER_THAN_A_LOOK, 'echo "$WHOLE"'),
    protectedParameters: { WHOLE: secret(declare, "whole") },
    ...more,
  });
  const deploy = (more?: Partial<AzureRunCommandOptions>) =>
    scene.deploy("Rotated", (declare) => {
      declare.run("Run", options(declare, more));
    });

  test("while a script runs with it is still replaced in what the script prints", async () => {
    const deploying = deploy();
    await scene.untilLedger("Rotated", 1);
    scene.cloud.secrets.put("whole", ROTATED);
    await scene.release("rotated");
    expect((await deploying).status).toBe("CREATE_COMPLETE");
    expect(scene.attributes("Rotated").Stdout).toBe("[secret]\n");
  });

  test("runs nothing by itself, and an update that runs nothing still hides the old value", async () => {
    await deploy({ timeout: Duration.minutes(30) });
    expect(await scene.ledger("Rotated")).toEqual(["create v1"]);
    expect(scene.attributes("Rotated").Stdout).toBe("[secret]\n");
    await expectNowhere([WHOLE, ROTATED]);
  });

  test("counts when the script runs again", async () => {
    await deploy({ script: counting("Rotated", "v2", 'printf %s "$WHOLE" | sha256sum | cut -c1-64') });
    expect(scene.attributes("Rotated").Stdout).toBe(`${sha256(ROTATED)}\n`);
  });
});

describe("a secret that is gone when the resource is deleted", () => {
  const create = (stackName: string, more: Partial<AzureRunCommandOptions>) =>
    scene.deploy(stackName, (declare) => {
      const code = secret(declare, "passing");
      declare.run("Run", {
        script: RunCommandScript.fromInline("echo ran"),
        protectedParameters: { CODE: code },
        ...more,
      });
    });
  const bye = { delete: RunCommandScript.fromInline("echo bye") };
  beforeEach(() => {
    scene.cloud.secrets.put("passing", "p-1");
  });

  test("does not matter to one without a delete script", async () => {
    await create("Plain", {});
    scene.cloud.secrets.delete("passing");
    expect((await scene.destroy("Plain")).status).toBe("DELETE_COMPLETE");
  });

  test("fails the deletion of one with a delete script, and the reason says what to do", async () => {
    await create("Strict", bye);
    scene.cloud.secrets.delete("passing");
    const { status, events } = await scene.destroy("Strict");
    expect(status).toBe("DELETE_FAILED");
    const reason = events.find(
      (event) => event.status === "DELETE_FAILED" && event.type.startsWith("Custom::"),
    )?.reason;
    expect(reason?.replace(/arn:aws:secretsmanager:[^']+/, "<secret>")).toContain(
      `the 'delete' script cannot be run: the secret '<secret>' cannot be read: there is no such secret, or it has no value yet; the resource stays; mend that and delete again, or set deleteFailure to "ignore"`,
    );
  });

  test("is only told of in the log with deleteFailure IGNORE", async () => {
    await create("Lax", { ...bye, deleteFailure: DeleteFailure.IGNORE });
    scene.cloud.secrets.delete("passing");
    expect((await scene.destroy("Lax")).status).toBe("DELETE_COMPLETE");
    const told = scene.messages("Lax").map((message) => message.replace(/arn:aws:secretsmanager:[^']+/, "<secret>"));
    expect(told).toContain(
      "the 'delete' script is not run: the secret '<secret>' cannot be read: there is no such secret, or it has no value yet; the resource is deleted all the same (deleteFailure 'ignore')",
    );
  });
});
