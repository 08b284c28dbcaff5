/** The clients that are measured, under the names by which the tables know them. */
import type { ClientKind } from "../clients/messages";

export interface Measured {
  readonly name: string;
  readonly client: ClientKind;
}

export const OURS: Measured = { name: "azure-run-command", client: { kind: "azure-run-command" } };

export const ARM_COMPUTE: Measured = { name: "@azure/arm-compute", client: { kind: "arm-compute" } };

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

export const ALL: readonly Measured[] = [OURS, ARM_COMPUTE, TERRAFORM_SCHEDULE, AZ_SCHEDULE];
