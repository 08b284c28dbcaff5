/** All benches, in the order in which they are run. */
import type { Bench } from "../support/bench";
import { bigOutput } from "./big-output";
import { coldStart } from "./cold-start";
import { engine } from "./engine";
import { fiftyScripts } from "./fifty-scripts";
import { manyVms } from "./many-vms";
import { oneScript } from "./one-script";

export const BENCHES: readonly Bench[] = [oneScript, fiftyScripts, manyVms, bigOutput, engine, coldStart];
