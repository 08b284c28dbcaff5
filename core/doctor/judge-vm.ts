/** What is said of what is on the VM and around it: agent, locks, extension, other commands. Pure. */
import { READ_LOCKS_ACTION } from "../arm/invocation";
import type { LocksOfVm } from "../arm/locks";
import type { VmFacts } from "../arm/vm-facts";
import { agentEvidence, extensionEvidence, lockEvidence } from "../failures/evidence";
import type { Receipt } from "../guest/protocol";
import { removeExtension } from "./az";
import { placeOf } from "./place";
import type { Seen } from "./seen";
import { from, NO_VM, NOT_FOUND, ok, problem, unknown, type Verdict, whyHidden } from "./verdict";

export function judgeAgent(facts: VmFacts): Verdict {
  const sentence = agentEvidence(facts);
  if (facts.powerState !== undefined && facts.powerState !== "running") {
    return unknown("a VM that does not run has no agent that reports");
  }
  return facts.agentStatus === undefined ? unknown(sentence) : ok(sentence);
}

export function judgeLocks(found: LocksOfVm, { vm, probe }: Seen): Verdict {
  switch (found.kind) {
    case "hidden": {
      if (found.status === NOT_FOUND) {
        return from("vm", vm, () => NO_VM);
      }
      const verdict = unknown(
        `whether a lock is in the way cannot be seen: ${whyHidden(found.status, READ_LOCKS_ACTION)}`,
      );
      return probe.kind === "seen" ? { ...verdict, evidence: ["the probe came through, so that none is"] } : verdict;
    }
    case "known":
      return found.locks.length === 0
        ? ok("no lock holds for the VM")
        : {
            ...ok("no lock keeps scripts from the VM: what is locked cannot be deleted, and that is all"),
            evidence: lockEvidence(found),
          };
  }
}

export function judgeExtension(facts: VmFacts, { target, probe }: Seen): Verdict {
  if (facts.agentStatus === undefined) {
    return unknown("without a report of the agent nothing is known of the extension");
  }
  if (facts.extension === undefined && probe.kind === "seen") {
    return ok(
      "the extension RunCommandLinux was not on the VM; the probe brought it, as any run command does: 'azure-run-command remove-extension' takes it off",
    );
  }
  const sentence = extensionEvidence(facts);
  const status = facts.extension?.status?.toLowerCase();
  if (facts.extension === undefined || status === "ready") {
    return ok(sentence);
  }
  if (probe.kind === "seen") {
    return { ...ok(sentence), evidence: ["the probe came through all the same"] };
  }
  // It installs itself, or nothing is said of it.
  return status === undefined || status === "installing"
    ? unknown(sentence)
    : problem(sentence, [removeExtension(target)]);
}

export function judgeBusy({ vm, probe }: Seen): Verdict {
  const state = vm.kind === "seen" && vm.value.kind === "there" ? vm.value.facts.provisioningState : undefined;
  const evidence = state === undefined || state === "Succeeded" ? [] : [`the VM's provisioning state is '${state}'`];
  switch (probe.kind) {
    case "seen":
      return {
        ...ok("no other run command was in the way"),
        evidence: [...evidence, ...probe.value.going.slice(0, GOING_SHOWN_MAX).map(goingEvidence)],
      };
    case "failed":
      return { ...unknown(`it could not be seen: see '${placeOf(probe.error.failure, "probe")}'`), evidence };
    case "skipped":
      return { ...unknown("only a command shows whether another one is out, and none was sent"), evidence };
  }
}

export function judgeProbe({ target: { vmName }, probe }: Seen): Verdict {
  return from("probe", probe, ({ unwritable }) =>
    unwritable === undefined
      ? ok(
          "our runner ran on the VM, could write there, and its report came back: agent, network, handler and disk work, and nothing of ours is left there",
        )
      : problem(
          `no script can be started on '${vmName}': nothing can be written below /var/lib/azure-run-command there, where scripts and their results are kept; make room on that disk, or mount it so that it can be written, then look again`,
          [],
          unwritable,
        ),
  );
}

/** How many scripts that go on are shown. Source: our own choice. */
const GOING_SHOWN_MAX = 5;

function goingEvidence({ key, runId, state, startedAtSeconds }: Receipt): string {
  const since = startedAtSeconds === undefined ? "" : ` since ${new Date(startedAtSeconds * 1_000).toISOString()}`;
  return `the script of run '${runId}' of '${key}' ${state === "Running" ? `goes on${since}` : "waits for its turn"}`;
}
