/** Reads the text of a script from where it is. */
import { isUtf8 } from "node:buffer";
import { textAt } from "../../core/json";
import { AwsFailure } from "./aws-errors";
import { type HandlerOutside, urlOf } from "./outside";

/** @throws AwsFailure */
export async function readScript(
  property: string,
  source: unknown,
  outside: Pick<HandlerOutside, "readObject">,
): Promise<string> {
  const text = textAt(source, "Text");
  if (text !== undefined) {
    return text;
  }
  const [bucket, key] = [textAt(source, "Bucket"), textAt(source, "Key")];
  if (bucket === undefined || key === undefined) {
    throw new AwsFailure(`${property} names neither a text nor an object in Amazon S3`);
  }
  const object = { bucket, key, versionId: textAt(source, "VersionId") };
  const bytes = await outside.readObject(object);
  if (!isUtf8(bytes)) {
    throw new AwsFailure(`the script '${urlOf(object)}' is no UTF-8 text`);
  }
  return Buffer.from(bytes).toString("utf8");
}
