/** Notes what became of a VM since the resource's script ran there. */
import { executeLook } from "../core/run/execute-look";
import { labelOf, urnOf } from "./names";
import { withSentences } from "./provider-error";
import { maskFor, secretValues } from "./secret-values";
import { clean, type Properties, type Stored } from "./state";
import { DRIFT_OUTPUTS } from "./stored-outputs";
import { currentWork } from "./work";

/** @returns undefined when the VM is gone, else what is to be stored now. */
export async function refreshed(stored: Stored, properties: Properties): Promise<Properties | undefined> {
  const { session, log } = currentWork();
  const { key, prior } = stored;
  const mask = maskFor(properties);
  const reporter = log.reporterFor(urnOf(properties));
  const owner = { key, label: labelOf(properties, key), mask, secrets: secretValues(properties) };
  const vm = await withSentences(() => executeLook({ owner, stored }, session, reporter), mask);
  switch (vm.kind) {
    case "gone":
      return undefined;
    case "rebuilt":
      // The comparison that the engine asks for next says it.
      return clean({ ...properties, ...DRIFT_OUTPUTS, driftCheckId: undefined, rebuilt: true });
    case "there":
      break;
  }
  const same = vm.isIdentified ? { ...properties, rebuilt: undefined } : properties;
  switch (vm.check?.kind) {
    case undefined:
      return clean(same);
    case "asItShouldBe":
      return clean({ ...same, ...DRIFT_OUTPUTS, driftCheckId: undefined });
    case "drifted": {
      const { exitCode, output, runId } = vm.check;
      // What was found before is still to be mended, or is being mended: that is one intent.
      const driftCheckId = prior.driftCheckId ?? runId;
      return clean({ ...same, drifted: true, checkExitCode: exitCode, checkOutput: output, driftCheckId });
    }
    case "unknown":
      reporter.warn(mask(`whether '${prior.target.vmName}' is as it should be is not known: ${vm.check.why}`));
      return clean(same);
  }
}
