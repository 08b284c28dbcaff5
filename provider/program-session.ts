/** A session with Azure for one question of the user's program: another stack of the same process may have other settings. */
import * as pulumi from "@pulumi/pulumi";
import { RunFailedError } from "../core/failures/errors";
import { WAIT_SLICE_SECONDS } from "../core/limits";
import { realOutside } from "../core/outside";
import { openSession, type Session } from "../core/run/session";
import { loadCredential } from "../core/sign-in/identity-library";
import { readSettings } from "../core/sign-in/settings";
import { USER_AGENT } from "./user-agent";

/** @throws pulumi.RunError a sentence, where the question fails with one. */
export async function askAzure<Answer>(question: (session: Session) => Promise<Answer>): Promise<Answer> {
  const outside = realOutside();
  const config = new pulumi.Config("azure-native");
  const session = openSession({
    settings: readSettings((name) => config.get(name), outside.environment),
    outside,
    loadCredential,
    userAgent: USER_AGENT,
    waitSliceSeconds: WAIT_SLICE_SECONDS,
  });
  try {
    return await question(session);
  } catch (error) {
    throw error instanceof RunFailedError ? new pulumi.RunError(error.message) : error;
  }
}
