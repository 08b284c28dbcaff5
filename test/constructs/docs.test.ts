/** The messages that docs/cdk.md quotes are ones that the code really says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { awsFailure } from "../../constructs/handler/aws-errors";
import { describeFailure, type RunFailure } from "../../core/failures/errors";
import { EXAMPLES } from "../core/failures/examples";
import { vmAnswer } from "../support/scripted-vm";
import { type Event, eventOf, PHYSICAL_ID } from "./handler/support/events";
import { BUSY, httpAzure } from "./handler/support/http-azure";
import { type WorldParts, worldOf } from "./handler/support/world";

const PAGE = readFileSync(join(__dirname, "../../docs/cdk.md"), "utf8");

/** What stands in the first column of the table of reasons, a text in backticks each. */
function quotedReasons(): readonly string[] {
  const [, table = ""] = PAGE.split("| The reason begins with, or contains | Do |\n|---|---|\n");
  const rows = table.split("\n\n")[0]?.split("\n") ?? [];
  return rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted),
  );
}

/** `…` stands for any text, also at an end. */
function patternOf(quoted: string): RegExp {
  return new RegExp(
    quoted
      .split("…")
      .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*"),
    "s",
  );
}

const ENTRA_CODES = ["AADSTS70025", "AADSTS700213", "AADSTS700211", "AADSTS700212", "AADSTS700016"];
const REFUSALS: readonly RunFailure[] = ENTRA_CODES.map((code) => ({ kind: "CredentialsRefused", code, source: "x" }));

const AWS_SAYS = [
  awsFailure({ name: "OutboundWebIdentityFederationDisabledException" }, { of: "token", audience: "a" }),
  awsFailure(
    { name: "AccessDenied", $metadata: { httpStatusCode: 403 } },
    { of: "secret", id: "s", versionId: undefined },
  ),
  awsFailure({ name: "NoSuchKey", $metadata: { httpStatusCode: 404 } }, { of: "script", url: "s3://assets/a.sh" }),
  awsFailure({ name: "TimeoutError" }, { of: "stack", id: "s" }),
];

const SCRIPT = { Script: { Text: "join" } };
const LOST_DELETE = { ...SCRIPT, Delete: { Bucket: "assets", Key: "delete.sh" } };

async function failureOf(parts: WorldParts, event: Event, prepare?: (world: ReturnType<typeof worldOf>) => void) {
  const world = worldOf(parts);
  prepare?.(world);
  return (await world.carryOut(event)).failure ?? "";
}

/** Reasons as the handler gives them. */
async function reasons(): Promise<readonly string[]> {
  const busy = httpAzure({ post: () => BUSY });
  const tooBusy = busy.handler.onEvent(eventOf(), busy.context()).then(
    () => "",
    (error: Error) => error.message,
  );
  return Promise.all([
    tooBusy,
    failureOf({ ending: () => ({ exitCode: 1, stderr: "no" }) }, eventOf()),
    failureOf({}, eventOf({ properties: { OutputNames: ["node_id"] } })),
    failureOf({ ending: () => ({ seconds: 10_000 }) }, eventOf()),
    failureOf({}, eventOf({ type: "Delete", properties: LOST_DELETE, physicalId: PHYSICAL_ID }), (world) =>
      world.vm.leave("1-create-121d4e4ce833"),
    ),
    failureOf({ vm: () => vmAnswer({ powerState: "deallocated" }) }, eventOf()),
    failureOf(
      { vm: () => vmAnswer({ powerState: "deallocated" }), stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS" },
      eventOf({ type: "Update", physicalId: PHYSICAL_ID, properties: SCRIPT }),
    ),
    failureOf(
      {
        ending: () => {
          throw new TypeError("nobody foresaw this");
        },
      },
      eventOf(),
    ),
  ]);
}

test("each reason that docs/cdk.md quotes is one that is given", async () => {
  const failures = [...Object.values(EXAMPLES), ...REFUSALS].map((failure) =>
    describeFailure(failure, false, "request"),
  );
  const said = [...failures, ...AWS_SAYS.map(({ message }) => message), ...(await reasons())];
  const quoted = quotedReasons();
  expect(quoted.length).toBeGreaterThan(15);
  expect(quoted.filter((quote) => !said.some((one) => patternOf(quote).test(one)))).toEqual([]);
});
