/** The handler's only door to the world: that of the core, and the four services of AWS that it asks. */
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type StackEvent as RawStackEvent,
} from "@aws-sdk/client-cloudformation";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetWebIdentityTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { type Outside, realOutside } from "../../core/outside";
import { type AwsQuestion, awsFailure } from "./aws-errors";

export interface SecretQuestion {
  readonly id: string;
  /** `undefined` for the version with the label `stage`. */
  readonly versionId: string | undefined;
  /** @default AWSCURRENT */
  readonly stage?: "AWSPREVIOUS";
}

export interface SecretVersion {
  /** `undefined` when it is binary. */
  readonly text: string | undefined;
  readonly versionId: string;
}

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Something that has happened in a stack. Source: AWS CloudFormation API Reference, StackEvent. */
export interface StackEvent {
  /** Milliseconds since 1970, by CloudFormation's clock. */
  readonly atMs: number;
  readonly logicalResourceId: string;
  /** `""` as long as CloudFormation does not know it. Of the stack itself its ARN. */
  readonly physicalResourceId: string;
  /** `UPDATE_IN_PROGRESS`, … */
  readonly status: string;
  /** Whether it tells of a step within this status, which goes on. */
  readonly isDetail: boolean;
  /** JSON; `undefined` where there are none, such as in what happens while CloudFormation cleans up. */
  readonly properties: string | undefined;
}

/** What is asked of AWS fails with an `AwsFailure`. */
export interface HandlerOutside extends Outside {
  readSecret(question: SecretQuestion): Promise<SecretVersion>;
  readObject(object: StoredObject): Promise<Uint8Array>;
  writeObject(object: Omit<StoredObject, "versionId">, text: string): Promise<void>;
  /** A token that says which IAM role this function has. */
  webIdentityToken(audience: string): Promise<string>;
  /** @returns undefined when there is no such stack. */
  stackStatus(stackId: string): Promise<string | undefined>;
  /** Newest first: those since then, as far as `EVENT_PAGES_MAX` pages reach, and some before. */
  stackEvents(stackId: string, sinceMs: number): Promise<readonly StackEvent[]>;
  /** Adds a line to the function's log. */
  writeLine(line: string): void;
}

/**
 * How long one request to AWS may take to connect, and then to be answered, in milliseconds. Source: our own choice; the clients
 * themselves wait without end.
 */
const REQUEST_HANDLER = { connectionTimeout: 3_000, requestTimeout: 10_000 };

/** Tries of one request, the first one included. Source: our own choice; the clients' own is 3. */
const CLIENT = { requestHandler: REQUEST_HANDLER, maxAttempts: 4 };

/** Least of what STS gives out that Entra has time to read, in seconds. Source: AWS STS, GetWebIdentityToken: 60 to 3,600. */
const TOKEN_SECONDS = 300;

/**
 * How many pages of events are read at most: one has about 100 events, and the first page mostly reaches back far enough. Source:
 * our own choice.
 */
export const EVENT_PAGES_MAX = 10;

export function realHandlerOutside(): HandlerOutside {
  const secrets = new SecretsManagerClient(CLIENT);
  const s3 = new S3Client({ ...CLIENT, followRegionRedirects: true });
  const sts = new STSClient(CLIENT);
  const cloudFormation = new CloudFormationClient(CLIENT);
  return {
    ...realOutside(),
    readSecret: ({ id, versionId, stage }) =>
      asking({ of: "secret", id, versionId }, async () => {
        const version = versionId === undefined ? {} : { VersionId: versionId };
        const label = stage === undefined ? {} : { VersionStage: stage };
        const answer = await secrets.send(new GetSecretValueCommand({ SecretId: id, ...version, ...label }));
        return { text: answer.SecretString, versionId: answer.VersionId ?? "" };
      }),
    readObject: (object) =>
      asking({ of: "script", url: urlOf(object) }, async () => {
        const { bucket, key, versionId } = object;
        const version = versionId === undefined ? {} : { VersionId: versionId };
        const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...version }));
        return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      }),
    writeObject: ({ bucket, key }, text) =>
      asking({ of: "output", url: urlOf({ bucket, key, versionId: undefined }) }, async () => {
        const what = { Body: text, ContentType: "text/plain; charset=utf-8" };
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...what }));
      }),
    webIdentityToken: (audience) =>
      asking({ of: "token", audience }, async () => {
        // Entra takes no other algorithm. Source: Learn, "Important considerations for federated identity credentials".
        const how = { SigningAlgorithm: "RS256", DurationSeconds: TOKEN_SECONDS };
        const answer = await sts.send(new GetWebIdentityTokenCommand({ Audience: [audience], ...how }));
        return answer.WebIdentityToken ?? "";
      }),
    stackStatus: (stackId) =>
      asking({ of: "stack", id: stackId }, async () => {
        const answer = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
        return answer.Stacks?.[0]?.StackStatus;
      }),
    stackEvents: (stackId, sinceMs) =>
      asking({ of: "stackEvents", id: stackId }, () => readEvents(cloudFormation, stackId, sinceMs)),
    // AWS Lambda puts the request's id on lines that come this way.
    writeLine: (line) => console.log(line),
  };
}

async function readEvents(
  client: CloudFormationClient,
  stackId: string,
  sinceMs: number,
): Promise<readonly StackEvent[]> {
  const events: StackEvent[] = [];
  let token: string | undefined;
  for (let page = 1; page <= EVENT_PAGES_MAX; page += 1) {
    const next = token === undefined ? {} : { NextToken: token };
    const answer = await client.send(new DescribeStackEventsCommand({ StackName: stackId, ...next }));
    events.push(...(answer.StackEvents ?? []).map(eventOf));
    token = answer.NextToken;
    if (token === undefined || (events.at(-1)?.atMs ?? 0) < sinceMs) {
      break;
    }
  }
  return events;
}

function eventOf(event: RawStackEvent): StackEvent {
  return {
    atMs: event.Timestamp?.getTime() ?? 0,
    logicalResourceId: event.LogicalResourceId ?? "",
    physicalResourceId: event.PhysicalResourceId ?? "",
    status: event.ResourceStatus ?? "",
    isDetail: event.DetailedStatus !== undefined || event.HookStatus !== undefined,
    properties: event.ResourceProperties,
  };
}

/** `s3://…`, as the AWS command line writes it. */
export function urlOf({ bucket, key, versionId }: StoredObject): string {
  return `s3://${bucket}/${key}${versionId === undefined ? "" : `?versionId=${versionId}`}`;
}

async function asking<Answer>(question: AwsQuestion, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw awsFailure(error, question);
  }
}
