/** Waits for rights that IAM has been told of a moment ago, since it takes a while until AWS knows them everywhere. */
import { AwsFailure } from "./aws-errors";
import type { HandlerOutside } from "./outside";

/**
 * How long a refusal may be for that reason, counted from the request, and how long between two tries. Source: our own choice; AWS
 * IAM, "Changes that I make are not always immediately visible", gives no number.
 */
export const RIGHTS_SPREAD_SECONDS = 60;
const TRY_INTERVAL_SECONDS = 5;

/**
 * The same door, behind which a refusal is no answer yet. The state of the stack is asked for once: the right to see it is as
 * old as the function's role.
 *
 * @param untilMs from when on a refusal counts.
 */
export function withPatience(outside: HandlerOutside, untilMs: () => number): HandlerOutside {
  const patiently = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const isDenied = error instanceof AwsFailure && error.refusal === "denied";
        if (!isDenied || outside.nowMs() >= untilMs()) {
          throw error;
        }
      }
      await outside.sleep(TRY_INTERVAL_SECONDS * 1_000);
    }
  };
  return {
    ...outside,
    readSecret: (question) => patiently(() => outside.readSecret(question)),
    readObject: (object) => patiently(() => outside.readObject(object)),
    writeObject: (object, text) => patiently(() => outside.writeObject(object, text)),
    webIdentityToken: (audience) => patiently(() => outside.webIdentityToken(audience)),
  };
}
