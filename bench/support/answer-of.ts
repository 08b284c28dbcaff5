/** What a process of its own answers over Node's channel between processes. */
import { type EventEmitter, once } from "node:events";

/**
 * That a process has exited can be seen before a message that it sent: Node.js looks at all children when one of them ends. After
 * "close" nothing more comes.
 *
 * @param who the process, in a message.
 * @throws Error when it ends before it answers.
 */
export async function answerOf<Answer>(child: EventEmitter, who: string): Promise<Answer> {
  const over = new AbortController();
  const answered = once(child, "message", { signal: over.signal });
  const ended = once(child, "close", { signal: over.signal }).then(([code]) => {
    throw new Error(`${who} ended with ${code} before it had answered`);
  });
  try {
    const [answer] = await Promise.race([answered, ended]);
    return answer as Answer;
  } finally {
    over.abort();
    answered.catch(() => undefined);
    ended.catch(() => undefined);
  }
}
