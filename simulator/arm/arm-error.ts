/** An error of ARM or Compute as data, and how it is printed. */
import { printDocument } from "./document";

/**
 * - `gateway`: Azure Resource Manager itself; one line, and the header `x-ms-failure-cause: gateway`.
 * - `compute`: the resource provider; indented, as all that Compute prints.
 */
export type Speaker = "gateway" | "compute";

export interface ArmError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly { readonly code: string; readonly target: string; readonly message: string }[];
  readonly speaker: Speaker;
}

/** `{"error": {"code", "message", "target"?, "details"?}}`. Source: azure-wire.md section 6. */
export function printError(error: ArmError): string {
  const { code, message, target, details } = error;
  const document = { error: { code, message, target, details: details?.map((detail) => ({ ...detail })) } };
  switch (error.speaker) {
    case "gateway":
      return JSON.stringify(document);
    case "compute":
      return printDocument(document);
  }
}
