import { EventEmitter } from "node:events";
import { answerOf } from "../../bench/support/answer-of";

test("what a process answered counts also when its exit is seen first", async () => {
  const child = new EventEmitter();
  const answer = answerOf(child, "the client");
  child.emit("exit", 0, null);
  await new Promise(setImmediate);
  child.emit("message", "told");
  child.emit("close", 0, null);
  expect(await answer).toBe("told");
});

test("a process that has ended without a word has not answered", async () => {
  const child = new EventEmitter();
  const answer = answerOf(child, "the client");
  child.emit("exit", 1, null);
  child.emit("close", 1, null);
  await expect(answer).rejects.toThrow("the client ended with 1 before it had answered");
});

test("nothing of an answer stays with the process", async () => {
  const child = new EventEmitter();
  const answer = answerOf(child, "the simulator");
  child.emit("message", "told");
  await answer;
  expect(child.eventNames()).toEqual([]);
});
