/** Where the text of a script is: in the template, in a file of the app, or in a bucket. */
import { readFileSync, statSync } from "node:fs";
import { aws_iam as iam, type aws_s3 as s3, aws_s3_assets as s3Assets, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { kindOf } from "../core/inputs/input";
import { BUCKET, objectProblem, refuse, textProblem } from "./required";

/**
 * Most bytes of a script in the properties of a resource. They are sent with every event, in an update twice, and
 * CloudFormation and AWS Step Functions carry little. Source: our own choice; see `property-size.ts`.
 */
const INLINE_MAX_BYTES = 4_096;

/** A larger file is not read: Azure could not take it. Source: our own choice, the same as in the Pulumi half. */
const FILE_MAX_BYTES = 4 * 1024 * 1024;

/** What a run command needs of a script. */
export interface RunCommandScriptConfig {
  /**
   * The text, as far as it is known when the app is synthesised.
   *
   * @default the text is known only when the script runs
   */
  readonly text?: string;
  /**
   * The object that holds the text.
   *
   * @default `text` is in the template
   */
  readonly location?: s3.Location;
}

/** A script. */
export abstract class RunCommandScript {
  /**
   * A script in the template.
   *
   * @param lines joined by line breaks; at most 4,096 bytes of UTF-8 in all. Tokens are allowed.
   * @throws when it is longer.
   */
  public static fromInline(...lines: string[]): RunCommandScript {
    const other = lines.findIndex((line) => typeof line !== "string" && !Token.isUnresolved(line));
    if (other >= 0) {
      const what = `is ${kindOf(lines[other])}, expected text; give each line as an argument of its own`;
      refuse("RunCommandScript.fromInline", `line ${other + 1}`, what);
    }
    return new InlineScript(lines.join("\n"));
  }

  /**
   * A file of the app, which is put into the bootstrap bucket. Another content is another script.
   *
   * @param path of one file with UTF-8 text, absolute or from the current folder.
   * @throws when there is no such file, or when it is no UTF-8 text.
   */
  public static fromAsset(path: string): RunCommandScript {
    const what = "the path of a file, absolute or from the current folder";
    refuse("RunCommandScript.fromAsset", "path", textProblem(path, what));
    return new AssetScript(path, readScriptFile(path));
  }

  /**
   * An object in a bucket, read when the script runs.
   *
   * @param bucket the Lambda functions are given the permission to read this object of it.
   * @param key the object's key, without `*`, `?` and `${`. That the object under the same key changed, nothing notices: use
   * another key, give the version, or change `triggers` with it.
   * @param version the object's version, in a bucket with versioning; left out: the newest.
   * @throws when the key is empty, or would be a pattern in a permission.
   */
  public static fromBucket(bucket: s3.IBucket, key: string, version?: string): RunCommandScript {
    const caller = "RunCommandScript.fromBucket";
    refuse(caller, "bucket", objectProblem(bucket, "arnForObjects", BUCKET));
    refuse(caller, "key", textProblem(key, "the key of the object that holds the script") ?? keyProblem(key));
    if (version !== undefined) {
      refuse(caller, "version", textProblem(version, "the object's version, or leave it out for the newest"));
    }
    return new BucketScript(bucket, key, version);
  }

  /**
   * Gives the permission to read the script.
   *
   * @param scope the run command.
   * @param id a name that nothing else in the scope has.
   * @param grantee who reads it.
   */
  public abstract bind(scope: Construct, id: string, grantee: iam.IGrantable): RunCommandScriptConfig;
}

class InlineScript extends RunCommandScript {
  public constructor(private readonly text: string) {
    super();
    const bytes = Buffer.byteLength(text);
    if (!Token.isUnresolved(text) && bytes > INLINE_MAX_BYTES) {
      throw new Error(
        `RunCommandScript.fromInline: the script has ${bytes.toLocaleString("en-US")} bytes of UTF-8, of which a template carries at most ${INLINE_MAX_BYTES.toLocaleString("en-US")}; put it into a file and use RunCommandScript.fromAsset("script.sh")`,
      );
    }
  }

  public override bind(): RunCommandScriptConfig {
    return { text: this.text };
  }
}

class AssetScript extends RunCommandScript {
  public constructor(
    private readonly path: string,
    private readonly text: string,
  ) {
    super();
  }

  public override bind(scope: Construct, id: string, grantee: iam.IGrantable): RunCommandScriptConfig {
    const { bucket, s3ObjectKey: objectKey } = new s3Assets.Asset(scope, id, { path: this.path });
    grantRead(grantee, bucket, objectKey, undefined);
    return { text: this.text, location: { bucketName: bucket.bucketName, objectKey } };
  }
}

class BucketScript extends RunCommandScript {
  public constructor(
    private readonly bucket: s3.IBucket,
    private readonly key: string,
    private readonly version: string | undefined,
  ) {
    super();
  }

  public override bind(_scope: Construct, _id: string, grantee: iam.IGrantable): RunCommandScriptConfig {
    const { bucket, key, version } = this;
    grantRead(grantee, bucket, key, version);
    const object = { bucketName: bucket.bucketName, objectKey: key };
    return { location: version === undefined ? object : { ...object, objectVersion: version } };
  }
}

/** `IBucket.grantRead` would give the whole bucket's list too. */
function grantRead(grantee: iam.IGrantable, bucket: s3.IBucket, key: string, version: string | undefined): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: [version === undefined ? "s3:GetObject" : "s3:GetObjectVersion"],
      resources: [bucket.arnForObjects(key)],
    }),
  );
  bucket.encryptionKey?.grant(grantee, "kms:Decrypt");
}

/** A token in a text looks like a variable of a policy. Source: aws-cdk-lib, core/lib/private/encoding. */
const TOKEN = /\$\{Token\[[a-zA-Z0-9:._-]+\]\}/g;

/**
 * In the permission, these would stand for other objects too. IAM has a way to write them (`${*}`), which the CDK's own check of
 * templates refuses.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags", special characters; aws-cdk-lib 2.276, rule E3510.
 */
const WILDCARD = /[*?]|\$\{/;

/** Tokens are taken as they are: what they stand for is known only in CloudFormation. */
function keyProblem(key: string): string | undefined {
  const found = WILDCARD.exec(key.replace(TOKEN, ""))?.[0];
  return found === undefined
    ? undefined
    : `has '${found}' in it, with which the permission to read it would be one for other objects too; give the object a key without it`;
}

function readScriptFile(path: string): string {
  const caller = `RunCommandScript.fromAsset: '${path}'`;
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) {
    throw new Error(`${caller} is not there; give the path of a file, absolute or from the current folder`);
  }
  if (!file.isFile()) {
    throw new Error(`${caller} is no file; give the path of one file with the script`);
  }
  if (file.size > FILE_MAX_BYTES) {
    throw new Error(
      `${caller} has ${file.size.toLocaleString("en-US")} bytes, far more than Azure takes; let the script download the bulk`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch {
    throw new Error(`${caller} is no UTF-8 text; save it as UTF-8`);
  }
}
