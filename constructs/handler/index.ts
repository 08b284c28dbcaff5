/** What AWS Lambda loads: the entry of the bundle. */
import { handlerIn } from "./handler";
import { realHandlerOutside } from "./outside";

export const { onEvent, isComplete } = handlerIn(realHandlerOutside());
