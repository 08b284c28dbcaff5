/** Work of one name goes one after the other. */
import { Turns } from "../../simulator/turns";

test("work of one name waits for the one before, also when that fails; work of another name does not", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  let fail: (why: Error) => void = () => undefined;
  const first = turns.take("a", () => new Promise<void>((_resolve, reject) => (fail = reject)));
  const second = turns.take("a", async () => seen.push("second of a"));
  await turns.take("b", async () => seen.push("b"));
  expect(seen).toEqual(["b"]);
  fail(new Error("no room"));
  await expect(first).rejects.toThrow("no room");
  await second;
  expect(seen).toEqual(["b", "second of a"]);
});
