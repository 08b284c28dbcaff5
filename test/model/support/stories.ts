/** Short sequences that matter and that chance finds seldom: each is named after what it shows. */
import { type Declared, SIMPLE } from "../declared";
import type { Step } from "./steps";

const BASE: Declared = { ...SIMPLE, vm: "a" };

function declare(name: string, change: Partial<Declared> = {}): Step {
  return { does: "declare", name, declared: { ...BASE, ...change } };
}

const UP: Step = { does: "up", stack: "one" };
const REFRESH: Step = { does: "refresh", stack: "one" };
const DESTROY: Step = { does: "destroy", stack: "one", targets: ["r1"] };
const DIES_UNHEARD = { kill: { victim: "engine", afterAnswers: 0 } } as const;

export const STORIES: readonly { readonly says: string; readonly steps: readonly Step[] }[] = [
  {
    says: "an update that failed, a refresh, and the old inputs again: the script runs again",
    steps: [
      ...[declare("r1"), UP, declare("r1", { script: 2, exits: 3 }), UP, REFRESH],
      ...[declare("r1"), UP, DESTROY],
    ],
  },
  {
    says: "the same where a failure of the old inputs would be none",
    steps: [
      ...[declare("r1", { treatFailureAsDeploymentFailure: false }), UP, declare("r1", { script: 2, exits: 3 }), UP],
      ...[REFRESH, declare("r1", { treatFailureAsDeploymentFailure: false }), UP, DESTROY],
    ],
  },
  {
    says: "the first run on a rebuilt VM, cut off, and a destroy: nothing is left there",
    steps: [
      ...([declare("r1"), UP, { does: "rebuild", vm: "a" }, declare("r1", { script: 2 })] as const),
      ...[{ ...UP, ...DIES_UNHEARD } as Step, DESTROY],
    ],
  },
  {
    says: "a destroy that was cut off after the delete script: it does not run again",
    steps: [
      ...[declare("r1", { delete: 1 }), UP, { ...DESTROY, kill: { victim: "provider", atStep: 12 } } as Step],
      ...[DESTROY],
    ],
  },
  {
    says: "one resource leaves a VM while another comes there, in one deployment: the extension stays for it",
    steps: [
      declare("r1"),
      UP,
      declare("r1", { vm: "b" }),
      declare("r2"),
      UP,
      declare("r1"),
      declare("r2", { vm: "b" }),
      UP,
    ],
  },
  {
    says: "two stacks on one VM: the first destroy leaves the extension, the second removes it",
    steps: [
      ...[declare("r1"), declare("q1"), UP, { does: "up", stack: "two" } as const],
      ...[DESTROY, { does: "destroy", stack: "two", targets: ["q1"] } as const],
    ],
  },
];
