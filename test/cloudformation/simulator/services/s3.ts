/** Amazon S3: buckets with versions of objects; GetObject, HeadObject and PutObject in path style. */
import { createHash, randomUUID } from "node:crypto";
import { s3Error } from "./protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "./service";

interface ObjectVersion {
  readonly id: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly modifiedMs: number;
}

interface Bucket {
  readonly objects: Map<string, ObjectVersion[]>;
  versioned: boolean;
}

export class Buckets {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly nowMs: () => number) {}

  /** Makes a bucket; one that is there keeps its objects. */
  put(name: string, versioned = false): void {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      this.#buckets.set(name, { objects: new Map(), versioned });
    } else {
      bucket.versioned = versioned;
    }
  }

  /** @throws when it holds objects, as S3 refuses. */
  delete(name: string): void {
    if ((this.#buckets.get(name)?.objects.size ?? 0) > 0) {
      throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
    }
    this.#buckets.delete(name);
  }

  /** @returns the id of the version. */
  putObject(bucketName: string, key: string, body: Buffer, contentType = "binary/octet-stream"): string {
    this.put(bucketName, this.#buckets.get(bucketName)?.versioned);
    const bucket = this.#buckets.get(bucketName);
    const version = { id: randomUUID(), body, contentType, modifiedMs: this.nowMs() };
    const before = bucket?.versioned === true ? (bucket.objects.get(key) ?? []) : [];
    bucket?.objects.set(key, [...before, version]);
    return version.id;
  }

  getObject(bucketName: string, key: string): Buffer | undefined {
    return this.#buckets.get(bucketName)?.objects.get(key)?.at(-1)?.body;
  }

  deleteObject(bucketName: string, key: string): void {
    this.#buckets.get(bucketName)?.objects.delete(key);
  }

  keys(bucketName: string): readonly string[] {
    return [...(this.#buckets.get(bucketName)?.objects.keys() ?? [])];
  }

  service(): Service {
    return {
      refuse: s3Error,
      handle: (request) => {
        const [bucketName = "", ...parts] = decodeURIComponent(request.path.slice(1)).split("/");
        const key = parts.join("/");
        const bucket = this.#buckets.get(bucketName);
        if (key === "" || !["GET", "HEAD", "PUT"].includes(request.method)) {
          throw unknownOperation("s3", `${request.method} ${request.path}`);
        }
        return request.method === "PUT" ? this.#put(request, bucketName, key) : get(request, bucket, bucketName, key);
      },
    };
  }

  #put(request: ServiceRequest, bucketName: string, key: string): ServiceReply {
    request.authorize("s3:PutObject", `arn:aws:s3:::${bucketName}/${key}`);
    if (!this.#buckets.has(bucketName)) {
      throw noSuchBucket();
    }
    const encoding = String(request.headers["content-encoding"] ?? "");
    const body = encoding.includes("aws-chunked") ? readChunks(request.body) : request.body;
    const versionId = this.putObject(bucketName, key, body, String(request.headers["content-type"] ?? ""));
    return {
      status: 200,
      headers: {
        etag: etagOf(body),
        ...(this.#buckets.get(bucketName)?.versioned ? { "x-amz-version-id": versionId } : {}),
      },
      body: "",
    };
  }
}

function get(request: ServiceRequest, bucket: Bucket | undefined, bucketName: string, key: string): ServiceReply {
  const versionId = request.query.get("versionId");
  const action = versionId === null ? "s3:GetObject" : "s3:GetObjectVersion";
  request.authorize(action, `arn:aws:s3:::${bucketName}/${key}`);
  if (bucket === undefined) {
    throw noSuchBucket();
  }
  const versions = bucket.objects.get(key) ?? [];
  const version = versionId === null ? versions.at(-1) : versions.find(({ id }) => id === versionId);
  if (version === undefined) {
    throw missing(request, bucketName, versionId);
  }
  return {
    status: 200,
    headers: {
      "content-type": version.contentType,
      etag: etagOf(version.body),
      "last-modified": new Date(version.modifiedMs).toUTCString(),
      ...(bucket.versioned ? { "x-amz-version-id": version.id } : {}),
    },
    body: version.body,
  };
}

function noSuchBucket(): AwsError {
  return new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
}

/** Who may not list the bucket is not told that an object is missing. Source: S3 API Reference, GetObject, "Permissions". */
function missing({ allowed, principal }: ServiceRequest, bucketName: string, versionId: string | null): AwsError {
  if (!allowed("s3:ListBucket", `arn:aws:s3:::${bucketName}`)) {
    return new AwsError(
      "AccessDenied",
      `User: ${principal.sessionArn} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${bucketName}" because no identity-based policy allows the s3:ListBucket action`,
      403,
    );
  }
  return versionId === null
    ? new AwsError("NoSuchKey", "The specified key does not exist.", 404)
    : new AwsError("NoSuchVersion", "The specified version does not exist.", 404);
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

/** `<hex size>[;extension] CRLF <bytes> CRLF …`, ended by a chunk of size 0. Source: S3 API Reference, "aws-chunked". */
function readChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) {
      break;
    }
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
