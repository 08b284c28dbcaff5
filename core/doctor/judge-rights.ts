/** What is said of the rights that these credentials have. Pure. */
import type { VmTarget } from "../arm/invocation";
import { RunFailedError } from "../failures/errors";
import { mendRights, type Patient } from "./mend";
import { READ_PERMISSIONS_ACTION } from "./permissions";
import { judgeRights, type Right, type SeenPermissions, scopeAt } from "./rights";
import type { Seen } from "./seen";
import { from, NO_VM, NOT_FOUND, ok, problem, unknown, type Verdict, whyHidden } from "./verdict";

export function judgeTheRights(permissions: SeenPermissions, seen: Seen, patient: Patient): Verdict {
  const { target, vm, probe } = seen;
  const { missing, hidden } = judgeRights(target, permissions);
  const [first] = missing.filter(isNeeded);
  const evidence = missing.map((right) => missingEvidence(right, target));
  const mend = mendRights(missing, patient);
  if (first !== undefined) {
    const failure = { kind: "NotAuthorized", vmName: target.vmName, action: first.action, message: undefined } as const;
    return problem(new RunFailedError(failure, false, "question").message, mend, evidence);
  }
  const [status] = hidden.filter(isNeeded).map(({ status }) => status);
  if (status === NOT_FOUND) {
    return from("vm", vm, () => NO_VM);
  }
  if (status === undefined) {
    return { ...ok("the rights to run scripts are there"), evidence, mend };
  }
  const proven = ["the probe came through, so that the rights to run scripts are there"];
  return {
    ...unknown(`which rights these credentials have cannot be seen: ${whyHidden(status, READ_PERMISSIONS_ACTION)}`),
    evidence: [...evidence, ...(probe.kind === "seen" ? proven : hidden.map((right) => hiddenEvidence(right, target)))],
    mend,
  };
}

/** Without the others, scripts run all the same. */
function isNeeded({ without }: Right): boolean {
  return without === undefined;
}

function missingEvidence({ action, place, role, without }: Right, target: VmTarget): string {
  const consequence = without === undefined ? "" : `: ${without}`;
  return `the right '${action}' is missing on ${scopeAt(place, target)} (role '${role}')${consequence}`;
}

function hiddenEvidence({ action, place, role, without }: Right, target: VmTarget): string {
  const consequence = without === undefined ? "" : `, and without it ${without}`;
  return `it takes the right '${action}' on ${scopeAt(place, target)} (role '${role}')${consequence}`;
}
