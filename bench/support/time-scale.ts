/** What a process needs to know of the bench's time. */
export type { TimeScale } from "../../test/cloudformation/simulator/clock";

/** Where a process finds its `TimeScale`, as JSON. */
export const TIME_VARIABLE = "AZURE_RUN_COMMAND_BENCH_TIME";
