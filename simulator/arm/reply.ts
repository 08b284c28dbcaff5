/** One answer of ARM as data, before it is sent. */
import { type ArmError, printError } from "./arm-error";
import { type Document, type Json, printDocument } from "./document";

/** Which of Azure's buckets a request is counted in; `none` for answers of the gateway alone. */
export type Counted =
  | "poll"
  | "run"
  | "power"
  | "getVm"
  | "listVms"
  | "getScaleSet"
  | "listInstances"
  | "instanceRun"
  | "instancePower"
  | "getInstance"
  | "catalogue"
  | "read"
  | "none";

export interface ArmReply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly counted: Counted;
}

type Headers = Readonly<Record<string, string>>;

export function indented(status: number, document: Document, counted: Counted, headers: Headers = {}): ArmReply {
  return { status, body: printDocument(document), headers, counted };
}

export function compact(status: number, document: Json, counted: Counted, headers: Headers = {}): ArmReply {
  return { status, body: JSON.stringify(document), headers, counted };
}

export function empty(status: number, counted: Counted, headers: Headers = {}): ArmReply {
  return { status, body: "", headers, counted };
}

/** Source of `x-ms-failure-cause`: azure-wire.md section 6. */
export function refused(error: ArmError, headers: Headers = {}): ArmReply {
  const cause: Headers = error.speaker === "gateway" ? { "x-ms-failure-cause": "gateway" } : {};
  return { status: error.status, body: printError(error), headers: { ...cause, ...headers }, counted: "none" };
}
