import { readFileSync } from "node:fs";
import { join } from "node:path";
import { aws_s3 as s3, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import { RunCommandScript, type RunCommandScriptConfig } from "../../constructs/script";
import { RunCommandSecret, type RunCommandSecretConfig } from "../../constructs/secret";
import { FailingRuns } from "./support/failing";
import { counting } from "./support/ledger";
import { plain } from "./support/readable";
import { Scene } from "./support/scene";

const RUN = { script: RunCommandScript.fromInline("echo ran") };

let scene: Scene;
let secretArn: string;
let failing: FailingRuns;
beforeAll(async () => {
  scene = await Scene.open();
  const { buckets, secrets } = scene.cloud;
  buckets.putObject("scripts", "print.sh", Buffer.from("seq 2000"));
  buckets.put("output");
  secretArn = secrets.put("code", "the-code-itself");
  failing = await FailingRuns.in(scene, "Demo");
});
afterAll(() => scene?.stop());
afterEach(() => {
  expect(scene.cloud.faults.left()).toEqual([]);
});

describe("in AWS, with the permissions that the template gives", () => {
  /** What the role is allowed that the functions do not ask for themselves, or not in what is deployed here. */
  const ASKED_BY_OTHERS = [
    // AWS Lambda writes the logs; the services ask AWS KMS for what they keep encrypted.
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    // For a script of which the version is given.
    "s3:GetObjectVersion",
  ];

  interface Permissions {
    readonly statements: readonly { readonly Action: string | readonly string[] }[];
  }

  /** Of the roles in the golden file, which have a statement for everything that a run command can need. */
  function allowedActions(): readonly string[] {
    const file = readFileSync(join(__dirname, "../golden/cdk-permissions.json"), "utf8");
    const roles: readonly Permissions[] = JSON.parse(file);
    return roles.flatMap(({ statements }) => statements.flatMap(({ Action }) => Action));
  }

  test("everything that a run needs is allowed, and all that is allowed is asked for", async () => {
    const before = scene.cloud.calls.length;
    const created = await scene.deploy("All", ({ run, stack }) => {
      const bucket = s3.Bucket.fromBucketName(stack, "Scripts", "scripts");
      const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, "Code", secretArn);
      run("Run", {
        script: RunCommandScript.fromBucket(bucket, "print.sh"),
        delete: RunCommandScript.fromInline("echo bye"),
        protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) },
        outputBucket: s3.Bucket.fromBucketName(stack, "Output", "output"),
      });
    });
    const destroyed = await scene.destroy("All");
    expect([created.status, destroyed.status]).toEqual(["CREATE_COMPLETE", "DELETE_COMPLETE"]);
    const ours = scene.cloud.calls.slice(before).filter(({ roleArn }) => roleArn.endsWith("/All-handler"));
    const asked = ours.map(({ action, resource, verdict }) => `${verdict}: ${action} ${plain(resource)}`);
    expect([...new Set(asked)].sort()).toEqual([
      "allowed: cloudformation:DescribeStackEvents arn:aws:cloudformation:eu-west-1:123456789012:stack/All/<uuid>",
      "allowed: cloudformation:DescribeStacks arn:aws:cloudformation:eu-west-1:123456789012:stack/All/<uuid>",
      "allowed: s3:GetObject arn:aws:s3:::scripts/print.sh",
      "allowed: s3:PutObject arn:aws:s3:::output/azure-run-command/<key>/1-create-<h>/stdout.txt",
      `allowed: secretsmanager:GetSecretValue ${secretArn}`,
      "allowed: sts:GetWebIdentityToken arn:aws:sts::123456789012:self",
    ]);
    const actions = new Set([...ours.map(({ action }) => action), ...ASKED_BY_OTHERS]);
    expect([...actions].sort()).toEqual([...new Set(allowedActions())].sort());
  });

  /** A construct of somebody else that forgets the permission. */
  class ForbiddenScript extends RunCommandScript {
    override bind(): RunCommandScriptConfig {
      return { location: { bucketName: "scripts", objectKey: "print.sh" } };
    }
  }
  class ForbiddenSecret extends RunCommandSecret {
    override bind(): RunCommandSecretConfig {
      return { secretArn };
    }
  }

  test("a script that no statement names is denied, and the reason says which action", async () => {
    expect(await failing.reasonOf({ script: new ForbiddenScript() })).toBe(
      "the script 's3://scripts/print.sh' cannot be read: not allowed: the function's role needs 's3:GetObject'; S3 says the same of an object that is not there; nothing was run",
    );
  });

  test("a secret that no statement names is denied, and the reason says which action", async () => {
    const reason = await failing.reasonOf({ ...RUN, protectedParameters: { CODE: new ForbiddenSecret() } });
    expect(reason.replace(secretArn, "<secret>")).toBe(
      "the secret '<secret>' cannot be read: not allowed: the function's role needs 'secretsmanager:GetSecretValue', and 'kms:Decrypt' where the secret has a key of its own; nothing was run",
    );
  });

  test("a permission that IAM has yet to spread is waited for", async () => {
    scene.cloud.faults.add(
      { kind: "refuse", action: "s3:GetObject", with: "accessDenied" },
      { kind: "refuse", action: "secretsmanager:GetSecretValue", with: "accessDenied" },
    );
    const created = await scene.deploy("Spread", ({ run, stack }) => {
      const bucket = s3.Bucket.fromBucketName(stack, "Scripts", "scripts");
      const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, "Code", secretArn);
      run("Run", {
        script: RunCommandScript.fromBucket(bucket, "print.sh"),
        protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) },
      });
    });
    expect(created.status).toBe("CREATE_COMPLETE");
  });

  test("a stack whose state may not be seen is deployed all the same, and the log says what that means", async () => {
    const actions = ["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"];
    const refused = { kind: "refuse", with: "accessDenied", count: 1_000 } as const;
    scene.cloud.faults.add(...actions.map((action) => ({ ...refused, action })));
    await scene.deploy("Spread", ({ run }) => {
      run("Unseen", { script: counting("Unseen", "v1") });
    });
    scene.cloud.faults.clear();
    expect(await scene.ledger("Unseen")).toEqual(["create v1"]);
    expect(scene.messages("Spread", "Unseen")).toEqual([
      "the state of the stack 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Spread/<uuid>' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStacks'; a rollback is not noticed",
      "the events of the stack 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Spread/<uuid>' cannot be seen: not allowed: the function's role needs 'cloudformation:DescribeStackEvents'; a request that comes late, or a second time, is not noticed",
    ]);
  });
});

describe("in Azure", () => {
  afterEach(() => scene.simulator.denyActions([]));

  const AZURE_SAYS = (action: string, scope: string) =>
    `Azure says "The client '<uuid>' with object id '<uuid>' does not have authorization to perform action '${action}' over scope '/subscriptions/<uuid>${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."`;
  const OF_VM = "/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1";

  test.each(["Microsoft.Compute/virtualMachines/read", "Microsoft.Compute/virtualMachines/runCommand/action"])(
    "without the right %s nothing runs, and the reason names it and a role that has it",
    async (action) => {
      await scene.simulator.denyActions([action]);
      expect(await failing.reasonOf(RUN)).toBe(
        `not allowed to use Run Command on 'vm1': the right '${action}' is missing; give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group; ${AZURE_SAYS(action, OF_VM)}; nothing was run`,
      );
    },
  );

  test("without the right to follow operations the reason says where it belongs, and that the script may have run", async () => {
    const action = "Microsoft.Compute/locations/operations/read";
    await scene.simulator.denyActions([action]);
    expect(await failing.reasonOf(RUN)).toBe(
      `not allowed to follow a run command on 'vm1': the right '${action}' is missing; operations belong to the subscription, not to the VM: give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group or its subscription, not on the VM alone; ${AZURE_SAYS(action, "/providers/Microsoft.Compute/locations/westeurope/operations/<uuid>")}; the script had been sent already and may have run; the next deployment runs it again`,
    );
  });

  test("a lock is told of with its name and where it is", async () => {
    await scene.simulator.setLock("keep", { scope: scene.simulator.ids.vm("vm1"), level: "ReadOnly" });
    try {
      expect(await failing.reasonOf(RUN)).toBe(
        `a lock keeps Run Command from 'vm1': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; Azure says "The scope '/subscriptions/<uuid>${OF_VM}' cannot perform write operation because following scope(s) are locked: '/subscriptions/<uuid>${OF_VM}'. Please remove the lock and try again."; nothing was run; lock 'keep', ReadOnly, on /subscriptions/<uuid>${OF_VM}`,
      );
    } finally {
      await scene.simulator.removeLock("keep");
    }
  });
});
