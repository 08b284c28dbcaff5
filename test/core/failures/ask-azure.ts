/** Sends what a user's deployment sends, by the real code, to an Azure that always gives the same answer. */
import { createArmClient } from "../../../core/arm/arm-client";
import type { VmTarget } from "../../../core/arm/invocation";
import { requireReadyVm } from "../../../core/arm/virtual-machine";
import { RunFailedError } from "../../../core/failures/errors";
import type { Outside } from "../../../core/outside";
import { Lane } from "../../../core/run/lane";
import type { Session } from "../../../core/run/session";
import { cloudByName } from "../../../core/sign-in/clouds";
import { readSettings } from "../../../core/sign-in/settings";
import { runRequestExample } from "../../support/examples";
import {
  type Answer,
  type Exchange,
  recordedReporter,
  recordedWatcher,
  virtualOutside,
} from "../../support/virtual-outside";
import type { AzureAnswer } from "./azure-answers";

export const TARGET: VmTarget = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const OPERATION: Answer = {
  status: 202,
  headers: { "azure-asyncoperation": "https://management.azure.com/subscriptions/s/providers/x/operations/o" },
};

/** What came of it, and what it took. */
export interface Asked {
  readonly error: RunFailedError;
  readonly commands: number;
  readonly questions: number;
  readonly seconds: number;
}

const known = new Map<AzureAnswer, Promise<Asked>>();

/** Asks once, however often it is called: some answers are asked for a thousand times. */
export function ask(row: AzureAnswer): Promise<Asked> {
  const asked = known.get(row) ?? askNow(row);
  known.set(row, asked);
  return asked;
}

async function askNow(row: AzureAnswer): Promise<Asked> {
  const outside = virtualOutside(({ method }) =>
    row.to === "operation" && method === "POST" ? OPERATION : row.answer,
  );
  const session = sessionOn(outside);
  const startedAtMs = outside.nowMs();
  const error = await send(row, session).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RunFailedError)) {
    throw new Error(`no failure when ${row.when}: ${String(error)}`);
  }
  const count = (wanted: string) => outside.exchanges.filter(({ method }: Exchange) => method === wanted).length;
  const seconds = Math.round((outside.nowMs() - startedAtMs) / 1_000);
  return { error, commands: count("POST"), questions: count("GET"), seconds };
}

async function send({ to, commandId }: AzureAnswer, session: Session): Promise<unknown> {
  if (to === "look") {
    return requireReadyVm(TARGET, session, { timeoutSeconds: 900, reporter: recordedReporter() });
  }
  const lane = await session.lane(TARGET);
  return commandId === undefined
    ? lane.submit(runRequestExample(), recordedWatcher())
    : lane.command({ commandId }, recordedWatcher(), { afterLoss: async () => "sendAgain", starts: true });
}

/** A session without sign-in. */
export function sessionOn(outside: Outside): Session {
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const lane = new Lane({ client, outside, target: TARGET, waitSliceSeconds: 60 });
  const nothing = () => undefined;
  return {
    settings: readSettings(nothing, nothing),
    outside,
    client: async () => client,
    startNothing: nothing,
    interruption: () => new AbortController().signal,
    lane: async () => lane,
    complete: (target) => target,
  };
}
