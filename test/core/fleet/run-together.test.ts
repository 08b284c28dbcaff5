/** In virtual time: how many are at work at once, in which order they begin, and what stops them. */
import { runTogether } from "../../../core/fleet/run-together";
import { virtualOutside } from "../../support/virtual-outside";

function place() {
  const outside = virtualOutside(() => {
    throw new Error("nobody asks Azure here");
  });
  const startMs = outside.nowMs();
  const story: string[] = [];
  let atWork = 0;
  let most = 0;
  return {
    story,
    most: () => most,
    elapsedSeconds: () => (outside.nowMs() - startMs) / 1_000,
    work: async (seconds: number) => {
      atWork += 1;
      most = Math.max(most, atWork);
      story.push(`+${seconds}`);
      await outside.sleep(seconds * 1_000);
      story.push(`-${seconds}`);
      atWork -= 1;
      return `${seconds} s`;
    },
  };
}

const always = () => true;

test("never more are at work than may be, and the next begins as soon as one has ended", async () => {
  const { work, story, most, elapsedSeconds } = place();
  const ends = await runTogether([5, 1, 2, 4, 1], { maxAtOnce: 2, mayBegin: always }, work);
  expect(ends).toEqual(["5 s", "1 s", "2 s", "4 s", "1 s"]);
  expect(story).toEqual(["+5", "+1", "-1", "+2", "-2", "+4", "-5", "+1", "-1", "-4"]);
  expect(most()).toBe(2);
  expect(elapsedSeconds()).toBe(7);
});

test("a thousand take as long as the slowest, when all may be at work at once", async () => {
  const { work, most, elapsedSeconds } = place();
  const seconds = Array.from({ length: 1_000 }, (_, index) => 10 + (index % 50));
  await runTogether(seconds, { maxAtOnce: 5_000, mayBegin: always }, work);
  expect(most()).toBe(1_000);
  expect(elapsedSeconds()).toBe(59);
});

test("once no further one may begin, those at work are waited for, and the others have no end", async () => {
  const { work, story } = place();
  let left = 3;
  const ends = await runTogether([3, 1, 9, 4], { maxAtOnce: 2, mayBegin: () => left-- > 0 }, work);
  expect(ends).toEqual(["3 s", "1 s", "9 s", undefined]);
  expect(story).toEqual(["+3", "+1", "-1", "+9", "-3", "-9"]);
});

test("none begins where none may, and there may be nothing to do", async () => {
  const { work, story } = place();
  expect(await runTogether([1, 2], { maxAtOnce: 2, mayBegin: () => false }, work)).toEqual([undefined, undefined]);
  expect(await runTogether([], { maxAtOnce: 2, mayBegin: always }, work)).toEqual([]);
  expect(story).toEqual([]);
});

test("what is thrown comes when all that had begun has ended, and no further one was begun", async () => {
  const { work, story } = place();
  const fault = async (seconds: number) => {
    const end = await work(seconds);
    if (seconds === 1) {
      throw new Error("broken");
    }
    return end;
  };
  await expect(runTogether([5, 1, 2, 3], { maxAtOnce: 2, mayBegin: always }, fault)).rejects.toThrow("broken");
  expect(story).toEqual(["+5", "+1", "-1", "-5"]);
});
