/** A failure of something that somebody asked of a VM, with what could be found out about it. */
import type { VmTarget } from "../arm/invocation";
import { diagnose } from "../failures/diagnose";
import { RunFailedError } from "../failures/errors";
import type { Session } from "./session";

/** @throws RunFailedError about a "question". */
export async function explained<Answer>(answer: Promise<Answer>, target: VmTarget, session: Session): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof RunFailedError ? await diagnose(error.about("question"), target, session) : error;
  }
}
