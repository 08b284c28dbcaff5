/** From what was seen to what is well and what is wrong. Pure. */
import { RunFailedError } from "../failures/errors";
import { CHECK_NAMES, type Check, type CheckName, type Checkup } from "./checkup";
import { blockingLocks, failuresMet, hints } from "./failures-met";
import { judgeTheRights } from "./judge-rights";
import { judgeAgent, judgeBusy, judgeExtension, judgeLocks, judgeProbe } from "./judge-vm";
import { mendFailure, type Patient } from "./mend";
import type { Seen } from "./seen";
import { from, ofVm, ok, problem, unknown, type Verdict } from "./verdict";

export function judge(seen: Seen): Checkup {
  const met = failuresMet(seen);
  const patient = patientOf(seen);
  const checks = CHECK_NAMES.map((name): Check => {
    const own = judgeOne(name, seen, patient);
    const error = met.get(name);
    if (error === undefined) {
      return { name, ...own };
    }
    const sentence = withoutEvidence(error).message;
    const mend = own.status === "problem" ? own.mend : mendFailure(error.failure, patient);
    const evidence = [...error.evidence, ...hints(error.failure), ...own.evidence];
    return { name, status: "problem", sentence, evidence, mend };
  });
  return { target: seen.target, checks, cause: checks.find(({ status }) => status === "problem")?.name };
}

function patientOf({ target, credential, subscriptions, locks }: Seen): Patient {
  return {
    target,
    credential,
    subscriptionIds:
      subscriptions.kind === "seen" ? subscriptions.value.map(({ subscriptionId }) => subscriptionId) : [],
    locks: locks.kind === "seen" ? blockingLocks(locks.value) : [],
  };
}

/** What stands below a sentence has lines of its own here. */
function withoutEvidence({ failure, mayHaveRun }: RunFailedError): RunFailedError {
  return new RunFailedError(failure, mayHaveRun, "question");
}

function judgeOne(name: CheckName, seen: Seen, patient: Patient): Verdict {
  const { target, subscriptions, vm, permissions, locks } = seen;
  switch (name) {
    case "connection":
      return judgeConnection(subscriptions);
    case "sign-in":
      return from("sign-in", subscriptions, () =>
        ok(`there is a token for the credentials from ${seen.credential.source}, and Azure takes it`),
      );
    case "subscription":
      return judgeSubscription(seen);
    case "vm":
      return from("vm", vm, () => ok(`'${target.vmName}' is there${inLocation(vm)}`));
    case "system":
      return ofVm(vm, ({ osType }) =>
        osType === undefined
          ? unknown("Azure does not say which operating system the VM has")
          : ok(`its operating system is '${osType}'`),
      );
    case "rights":
      return from("rights", permissions, (found) => judgeTheRights(found, seen, patient));
    case "power":
      return ofVm(vm, ({ powerState }) =>
        powerState === undefined
          ? unknown("Azure does not say what the VM's power state is")
          : ok(`its power state is '${powerState}'`),
      );
    case "agent":
      return ofVm(vm, judgeAgent);
    case "locks":
      return from("locks", locks, (found) => judgeLocks(found, seen));
    case "extension":
      return ofVm(vm, (facts) => judgeExtension(facts, seen));
    case "busy":
      return judgeBusy(seen);
    case "throttling":
      return from("sign-in", subscriptions, () => ok("Azure took all requests"));
    case "probe":
      return judgeProbe(seen);
  }
}

/** A refusal is an answer. */
function judgeConnection(subscriptions: Seen["subscriptions"]): Verdict {
  const failure = subscriptions.kind === "failed" ? subscriptions.error.failure : undefined;
  const refusal = failure?.kind;
  if (refusal === "CredentialsRefused" || (failure?.kind === "Unreachable" && failure.came === "tooMany")) {
    return ok("Entra answers");
  }
  const both = ok("Entra and Azure Resource Manager answer");
  return refusal === "TokenRefused" || refusal === "Throttled" ? both : from("connection", subscriptions, () => both);
}

function judgeSubscription({ target, subscriptions, vm }: Seen): Verdict {
  const { subscriptionId } = target;
  return from("sign-in", subscriptions, (all) => {
    const found = all.find((one) => one.subscriptionId.toLowerCase() === subscriptionId.toLowerCase());
    const others = all.map((one) => `these credentials see ${one.subscriptionId} (${one.name ?? "without a name"})`);
    if (found !== undefined) {
      // Source: Learn, "Azure subscription states".
      return found.state === "Disabled" || found.state === "Deleted"
        ? problem(
            `the state of the subscription '${subscriptionId}' is '${found.state}', expected 'Enabled': nothing can be run in it; have its owner reactivate it`,
            [`az account show --subscription ${subscriptionId} --query state`],
          )
        : ok(`'${found.name ?? subscriptionId}' (${subscriptionId}) is there`);
    }
    return vm.kind === "seen"
      ? ok(`'${subscriptionId}' is there`)
      : { ...unknown(`'${subscriptionId}' is not among those that these credentials see`), evidence: others };
  });
}

function inLocation(vm: Seen["vm"]): string {
  const location = vm.kind === "seen" && vm.value.kind === "there" ? vm.value.facts.location : undefined;
  return location === undefined ? "" : `, in '${location}'`;
}
