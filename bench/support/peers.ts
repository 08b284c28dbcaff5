/** The clients that are measured, under the names by which the tables know them. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { ClientKind } from "../clients/messages";

export interface Measured {
  readonly name: string;
  readonly client: ClientKind;
}

export const OURS: Measured = { name: "azure-run-command", client: { kind: "azure-run-command" } };

export const OUR_FLEET: Measured = { name: "azure-run-command, one fleet", client: { kind: "fleet" } };

export const ARM_COMPUTE: Measured = { name: "@azure/arm-compute", client: { kind: "arm-compute" } };

export const AZ: Measured = { name: "az CLI, the real one", client: { kind: "az" } };

/** Source: azure-wire.md 10.1: az 2.91.0 polls at once, then each 30 s. */
export const AZ_SCHEDULE: Measured = {
  name: "az CLI's schedule (30 s)",
  client: { kind: "schedule", firstPollMs: 0, intervalMs: 30_000 },
};

/** Source: hashicorp/go-azure-sdk, sdk/client/resourcemanager/poller_lro.go: 10 s before the first poll and between polls. */
export const TERRAFORM_SCHEDULE: Measured = {
  name: "Terraform's schedule (10 s)",
  client: { kind: "schedule", firstPollMs: 10_000, intervalMs: 10_000 },
};

/** Whether there is an `az` on the PATH. */
export function isAzInstalled(): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "az"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const ALL: readonly Measured[] = [OURS, ARM_COMPUTE, TERRAFORM_SCHEDULE, AZ_SCHEDULE];
