/** Required by a process before anything else: from then on its time passes as fast as the simulator's. */
import { scaleTime } from "../../test/cloudformation/simulator/lambda/process/scaled-time";
import { TIME_VARIABLE, type TimeScale } from "./time-scale";

const given = process.env[TIME_VARIABLE];
if (given !== undefined) {
  scaleTime(JSON.parse(given) as TimeScale);
}
