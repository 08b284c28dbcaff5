/** Which refusals of a POST pass by themselves, and which answers leave open whether it was taken. */
import { readPostReply } from "../../../core/arm/lro";

function meaningOf(status: number, code: string, message: string) {
  return readPostReply({ status, header: () => undefined, body: JSON.stringify({ error: { code, message } }) }, 0);
}

test.each<{ status: number; code: string; message: string; kind: string }>([
  {
    status: 409,
    code: "OperationNotAllowed",
    message: "The request cannot be completed since another operation is in progress. Please try again later.",
    kind: "busy",
  },
  {
    status: 409,
    code: "OperationNotAllowed",
    message: "Cannot modify extensions in the VM when the VM is changing power state.",
    kind: "busy",
  },
  { status: 409, code: "OperationNotAllowed", message: "The subscription is disabled.", kind: "refused" },
  { status: 409, code: "ScopeLocked", message: "another operation is in progress", kind: "refused" },
  { status: 400, code: "Conflict", message: "another operation is in progress", kind: "refused" },
  { status: 408, code: "RequestTimeout", message: "m", kind: "uncertain" },
  { status: 500, code: "InternalServerError", message: "m", kind: "uncertain" },
  { status: 504, code: "GatewayTimeout", message: "m", kind: "uncertain" },
  { status: 404, code: "ResourceNotFound", message: "m", kind: "refused" },
])("$status $code '$message' is $kind", ({ status, code, message, kind }) => {
  const known = kind === "busy" ? { retryAfterMs: undefined } : { status };
  expect(meaningOf(status, code, message)).toEqual({ kind, error: { code, message }, ...known });
});
