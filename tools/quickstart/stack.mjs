// One stack of the simulated AWS: changes it step by step, and shows what CloudFormation tells of it.
import { say, step } from "../progress.mjs";
import { quote } from "./show.mjs";

/** @param {{ name: string, cdk: object, cloud: object, events: ReturnType<typeof eventsShown>, interruption: object }} options */
export function stackOf({ name, cdk, cloud, events, interruption }) {
  /** `expected` is the status that the stack is to end in. */
  async function change({ title, usually, expected }, act) {
    const result = await step({ title, usually }, (sayBelow) => {
      events.sayBy(sayBelow);
      return interruption.race(act()).finally(() => events.sayBy(undefined));
    });
    if (result.status !== expected)
      throw new Error(`the stack should be ${expected} now, and is ${result.status}: ${reasonOf(result)}`);
    return result;
  }

  return {
    /** `shown` of the context is said, `hidden` is only given. */
    async deploy({ shown, hidden }, described) {
      const options = Object.entries(shown).map(([option, value]) => ` -c ${option}=${value}`);
      const assembly = await step({ title: `cdk synth${options.join("")}`, usually: "10 s" }, () =>
        interruption.race(cdk.synth({ ...hidden, ...shown })),
      );
      return change(described, () => cloud.deploy(assembly));
    },
    destroy: (described) => change(described, () => cloud.destroy(name)),
    showOutputs({ outputs }) {
      const lines = Object.entries(outputs).map(([output, value]) => `${name}.${output} = ${value}`);
      say("\nStack outputs:\n");
      quote(lines.join("\n"));
    },
  };
}

/** The first failure; what CloudFormation stopped because of it says nothing. */
export function reasonOf({ events, reason }) {
  const failed = events.find((event) => event.status.endsWith("_FAILED") && event.reason !== undefined);
  return failed?.reason ?? reason ?? "no reason is given";
}
