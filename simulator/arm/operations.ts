/** What a poll of an operation says. Pure: operation in, reply out. */
import type { Operation, StatusEntry } from "../world";
import { OneLine } from "./document";
import { formatInstant } from "./instant";
import { type ArmReply, compact, empty, indented } from "./reply";

/** Newest api-version that gives `properties.output` as a bare array. Source: azure-wire.md 2.2. */
const BARE_ARRAY_UNTIL = "2017-12-01";

/** GET of `Azure-AsyncOperation`: HTTP 200 whatever came of it. Source: recordings, 495 of 495 polls. */
export function pollReply(operation: Operation, apiVersion: string): ArmReply {
  const start = { startTime: formatInstant(operation.startedAt) };
  const outcome = operation.outcome;
  switch (outcome.kind) {
    case "running":
      return indented(200, { ...start, status: "InProgress", name: operation.id }, "poll");
    case "succeeded":
      return indented(
        200,
        {
          ...start,
          endTime: formatInstant(outcome.endedAt),
          status: "Succeeded",
          properties:
            outcome.output === undefined ? undefined : { output: new OneLine(pollOutput(outcome.output, apiVersion)) },
          name: operation.id,
        },
        "poll",
      );
    case "failed":
    case "canceled":
      return indented(
        200,
        {
          ...start,
          endTime: formatInstant(outcome.endedAt),
          status: outcome.kind === "failed" ? "Failed" : "Canceled",
          error: { code: outcome.code, message: outcome.message },
          name: operation.id,
        },
        "poll",
      );
  }
}

function pollOutput(entries: readonly StatusEntry[], apiVersion: string): { value: StatusFields[] } | StatusFields[] {
  const fields = entries.map(statusFields);
  return apiVersion.slice(0, BARE_ARRAY_UNTIL.length) <= BARE_ARRAY_UNTIL ? fields : { value: fields };
}

type StatusFields = { [name in keyof StatusEntry]: string };

function statusFields({ code, level, displayStatus, message }: StatusEntry): StatusFields {
  return { code, level, displayStatus, message };
}

/**
 * GET of `Location`: 202 while running, then 200: the output on one line, or nothing for an operation without one.
 * Source: recordings; 202: the rule of ARM. After a failure: assumed to be 200 with the same error as the poll.
 */
export function monitorReply(operation: Operation): ArmReply {
  const outcome = operation.outcome;
  switch (outcome.kind) {
    case "running":
      return empty(202, "poll");
    case "succeeded":
      return outcome.output === undefined
        ? empty(200, "poll")
        : compact(200, { value: outcome.output.map(statusFields) }, "poll");
    case "failed":
    case "canceled":
      return compact(200, { error: { code: outcome.code, message: outcome.message } }, "poll");
  }
}
