/** The signed URLs under which an operation is followed: made at the 202, checked at every poll. */
import { createHash, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import type { Operation } from "../world";
import { dotNetTicks } from "./instant";

export interface OperationUrlOptions {
  /** `https://localhost:43210`, without a slash at the end. */
  readonly endpoint: () => string;
  readonly subscriptionId: string;
  readonly certificate: Buffer;
  readonly key: KeyObject;
}

export interface OperationUrls {
  /** For `Azure-AsyncOperation`. */
  async(operation: Operation, apiVersion: string): string;
  /** For `Location`. */
  monitor(operation: Operation, apiVersion: string): string;
  /** True when the query of a poll still holds what the 202 gave out. */
  intact(operation: Operation, query: Readonly<Record<string, unknown>>): boolean;
}

/**
 * `?p=…&api-version=…&t=…&c=…&s=…&h=…`; `Location` has `monitor=true` after `p`, everything else the same, `s` included.
 * Clients may send another api-version when they poll (az does): the signature does not cover it.
 * Source: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml (2026-04), carried over as fixture operation-deallocate;
 * cli#32286 for run commands. That `s` is a signature over the rest, and what happens when it is not intact: assumed.
 */
export function createOperationUrls(options: OperationUrlOptions): OperationUrls {
  const certificate = options.certificate.toString("base64url");
  const publicKey = createPublicKey(options.key);
  const path = (operation: Operation): string =>
    `/subscriptions/${options.subscriptionId}/providers/Microsoft.Compute/locations/${operation.location}/operations/${operation.id}`;
  const signed = (operation: Operation): Buffer =>
    Buffer.from(`${path(operation)}?p=${operation.partition}&t=${dotNetTicks(operation.startedAt)}`.toLowerCase());
  const hash = (operation: Operation): string => createHash("sha256").update(signed(operation)).digest("base64url");
  const signatures = new Map<string, string>();
  const signature = (operation: Operation): string => {
    const known = signatures.get(operation.id) ?? sign("sha256", signed(operation), options.key).toString("base64url");
    signatures.set(operation.id, known);
    return known;
  };
  const url = (operation: Operation, apiVersion: string, monitor: string): string =>
    `${options.endpoint()}${path(operation)}?p=${operation.partition}&${monitor}api-version=${apiVersion}&t=${dotNetTicks(operation.startedAt)}&c=${certificate}&s=${signature(operation)}&h=${hash(operation)}`;
  return {
    async: (operation, apiVersion) => url(operation, apiVersion, ""),
    monitor: (operation, apiVersion) => url(operation, apiVersion, "monitor=true&"),
    intact: (operation, query) =>
      query.p === operation.partition &&
      query.t === dotNetTicks(operation.startedAt) &&
      query.c === certificate &&
      sameText(query.h, hash(operation)) &&
      typeof query.s === "string" &&
      verify("sha256", signed(operation), publicKey, Buffer.from(query.s, "base64url")),
  };
}

function sameText(given: unknown, wanted: string): boolean {
  return (
    typeof given === "string" &&
    given.length === wanted.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(wanted))
  );
}
