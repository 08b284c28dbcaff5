/** The guest agent of a VM as Azure sees it. Data only. */

/**
 * - `Absent`: the VM is new, and its agent has not reported yet;
 * - `NotReady`: it has reported, and does not any more;
 * - `Silent`: Azure takes it for ready, and it does nothing.
 */
export const AGENT_STATUSES = ["Absent", "Ready", "NotReady", "Silent"] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

export interface VmAgent {
  readonly status: AgentStatus;
  readonly version: string;
  /** Whether the VM reaches Azure's public addresses; the results of scripts go there. */
  readonly outbound443: "open" | "closed";
  /** How long Azure waits for it; undefined: as long as the simulator's timing says. */
  readonly timeoutMs: number | undefined;
}

/** Newest release of the agent whose source was read. Source: Azure/WALinuxAgent a976115 (2025-11-19). */
const AGENT_VERSION = "2.15.0.1";

export const READY_AGENT: VmAgent = {
  status: "Ready",
  version: AGENT_VERSION,
  outbound443: "open",
  timeoutMs: undefined,
};
