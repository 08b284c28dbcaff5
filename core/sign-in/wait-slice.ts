/** How long operations wait in the VM, as the machine that deploys sets it. Pure. */
import { WAIT_SLICE_SECONDS } from "../limits";
import type { LookUp } from "./setting";

/** How long one Azure operation waits inside the VM for a script to end before it tells how things stand. */
export type WaitSlice =
  | { readonly kind: "seconds"; readonly value: number; readonly source: string }
  /** A whole sentence. */
  | { readonly kind: "problem"; readonly problem: string };

/**
 * Shorter: fresher progress, and other clients' commands get their turn sooner, for more operations.
 * It belongs to the machine that deploys and not to the stack, so it is no configuration.
 */
const WAIT_SLICE_VARIABLE = "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS";

/** Within the 90 minutes that Azure gives an operation. Source: our own choice. */
const WAIT_SLICE_MAX_SECONDS = 3_600;

export function readWaitSlice(environment: LookUp): WaitSlice {
  const text = environment(WAIT_SLICE_VARIABLE) ?? "";
  if (text === "") {
    return { kind: "seconds", value: WAIT_SLICE_SECONDS, source: "the default" };
  }
  const value = Number(text);
  return /^[0-9]+$/.test(text) && value >= 1 && value <= WAIT_SLICE_MAX_SECONDS
    ? { kind: "seconds", value, source: WAIT_SLICE_VARIABLE }
    : {
        kind: "problem",
        problem: `the environment variable ${WAIT_SLICE_VARIABLE} is ${JSON.stringify(text.slice(0, 20))}, expected a whole number of seconds from 1 to ${WAIT_SLICE_MAX_SECONDS.toLocaleString("en-US")}`,
      };
}
