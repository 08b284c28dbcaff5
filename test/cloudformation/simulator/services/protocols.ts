/** The four protocols of AWS services, as far as answers need them. Source: https://smithy.io/2.0/aws/protocols/ */
import type { AwsError, ServiceReply, ServiceRequest } from "./service";

export function json(value: object, status = 200): ServiceReply {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(value) };
}

/** Of awsJson1_0 and awsJson1_1. */
export function jsonError({ code, message, status }: AwsError, requestId: string): ServiceReply {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code, "x-amzn-requestid": requestId },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** Of restJson1. */
export function restJsonError({ code, message, status }: AwsError, requestId: string): ServiceReply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": requestId },
    body: JSON.stringify({ Type: status < 500 ? "User" : "Service", Message: message }),
  };
}

/** The answer of awsQuery: the result of an action inside its envelope. */
export function queryXml(action: string, namespace: string, result: string, requestId: string): ServiceReply {
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
  };
}

export function queryError({ code, message, status }: AwsError, requestId: string): ServiceReply {
  const type = status < 500 ? "Sender" : "Receiver";
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

/** Of restXml, as Amazon S3 has it. */
export function s3Error({ code, message, status }: AwsError, requestId: string): ServiceReply {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
  };
}

export function element(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}>${escapeXml(value)}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The operation of an awsJson request: `Target.Operation`. */
export function targetOf({ headers }: ServiceRequest): string {
  return String(headers["x-amz-target"] ?? "").split(".")[1] ?? "";
}

export function readJson(body: Buffer): Readonly<Record<string, unknown>> {
  return body.length === 0 ? {} : (JSON.parse(body.toString("utf8")) as Readonly<Record<string, unknown>>);
}
