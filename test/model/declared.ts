/** What a program can say of a resource, as far as the model goes. Pure. */

export interface Declared {
  /** A `RunCommandExtension` has a trigger and a `removeExtension` only; its script does nothing that one could see. */
  readonly kind: "RunCommand" | "RunCommandExtension";
  readonly vm: string;
  /** Number of the text of `script`; another number is another text. */
  readonly script: number;
  /** The exit code of `script`. */
  readonly exits: 0 | 3;
  readonly parameter: number;
  readonly trigger: number;
  readonly replaceTrigger: number;
  /** Numbers of the other scripts; null where there is none. `delete` has an exit code of its own. */
  readonly update: number | null;
  readonly delete: number | null;
  readonly deleteExits: 0 | 3;
  readonly check: number | null;
  /** `creates`, `unless`: what `script` makes is not there. `onlyIf`: somebody allows it. */
  readonly guard: "none" | "creates" | "unless" | "onlyIf";
  readonly treatFailureAsDeploymentFailure: boolean;
  readonly successExitCodes: readonly number[];
  readonly rebootPolicy: "fail" | "rerun";
  readonly deleteFailure: "fail" | "ignore";
  readonly removeExtension: "whenLast" | "always" | "never";
}

/** What somebody else can do to a resource's scripts, by files on the VM. */
export const MARKS = ["made", "broken", "allowed"] as const;
export type Mark = (typeof MARKS)[number];

export const SIMPLE: Omit<Declared, "vm"> = {
  kind: "RunCommand",
  script: 1,
  exits: 0,
  parameter: 1,
  trigger: 1,
  replaceTrigger: 1,
  update: null,
  delete: null,
  deleteExits: 0,
  check: null,
  guard: "none",
  treatFailureAsDeploymentFailure: true,
  successExitCodes: [0],
  rebootPolicy: "fail",
  deleteFailure: "fail",
  removeExtension: "whenLast",
};

/** A change of these alone runs a script. */
export function contentOf({ script, exits, parameter, trigger }: Declared): string {
  return JSON.stringify([script, exits, parameter, trigger]);
}
