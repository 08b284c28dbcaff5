/** What the Lambda functions may do with the bucket for output that has no room in the attributes. */
import { aws_iam as iam, type aws_s3 as s3 } from "aws-cdk-lib";
import { OUTPUT_PREFIX } from "./resource-properties";

/** `IBucket.grantPut` would let them change tags, retention and legal holds too. */
export function allowOutput(grantee: iam.IGrantable, bucket: s3.IBucket): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ["s3:PutObject"], resources: [bucket.arnForObjects(`${OUTPUT_PREFIX}*`)] }),
  );
  bucket.encryptionKey?.grant(grantee, "kms:GenerateDataKey");
}
