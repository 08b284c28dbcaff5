/** Keeps output in Amazon S3 that has no room in an answer. */

import { OUTPUT_PREFIX } from "../resource-properties";
import type { OutputPlaces } from "./attributes";
import { AwsFailure } from "./aws-errors";
import type { RequestLog } from "./log";
import { type HandlerOutside, urlOf } from "./outside";

type Stream = keyof OutputPlaces;

function objectOf(bucket: string, key: string, runId: string, stream: Stream) {
  return { bucket, key: `${OUTPUT_PREFIX}${key}/${runId}/${stream}.txt`, versionId: undefined };
}

export function placesIn(bucket: string | undefined, key: string, runId: string): OutputPlaces | undefined {
  return bucket === undefined
    ? undefined
    : {
        stdout: urlOf(objectOf(bucket, key, runId, "stdout")),
        stderr: urlOf(objectOf(bucket, key, runId, "stderr")),
      };
}

export interface Output {
  readonly bucket: string;
  readonly key: string;
  readonly runId: string;
  readonly texts: Readonly<Record<Stream, string>>;
}

/**
 * A bucket that cannot be written to does not undo what the script did: that is only told.
 *
 * @returns whether all is kept.
 */
export async function keepOutput(
  { bucket, key, runId, texts }: Output,
  streams: readonly Stream[],
  outside: Pick<HandlerOutside, "writeObject">,
  log: RequestLog,
): Promise<boolean> {
  try {
    await Promise.all(
      streams.map((stream) => outside.writeObject(objectOf(bucket, key, runId, stream), texts[stream])),
    );
    return true;
  } catch (error) {
    if (error instanceof AwsFailure) {
      log.warn(`${error.message}; the attributes name no place of it`);
      return false;
    }
    throw error;
  }
}
