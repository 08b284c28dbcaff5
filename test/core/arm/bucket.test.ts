import { Bucket } from "../../../core/arm/bucket";

/** As Azure has one for the commands of one VM. */
const SIZE = { capacity: 12, refill: 4, everyMs: 60_000 };

function emptied(atMs: number): Bucket {
  const bucket = new Bucket(SIZE, 0);
  for (let taken = 0; taken < SIZE.capacity; taken++) {
    bucket.answered(bucket.take(atMs), undefined, atMs);
  }
  return bucket;
}

test("what is taken is gone, and comes back in steps, a whole step after the bucket was last full", () => {
  const bucket = emptied(1_000);
  expect(bucket.left(1_000)).toBe(0);
  expect(bucket.left(60_999)).toBe(0);
  expect(bucket.left(61_000)).toBe(4);
  expect(bucket.left(121_000)).toBe(8);
  expect(bucket.left(1_000_000)).toBe(12);
});

test("how long it takes until so much is there is told", () => {
  const bucket = emptied(0);
  expect(bucket.msUntil(1, 10_000)).toBe(50_000);
  expect(bucket.msUntil(5, 10_000)).toBe(110_000);
  expect(new Bucket(SIZE, 0).msUntil(12, 0)).toBe(0);
});

test("what Azure says that is left is believed, less what is still on its way", () => {
  const bucket = new Bucket(SIZE, 0);
  const first = bucket.take(0);
  bucket.take(0);
  bucket.answered(first, 6, 100);
  expect(bucket.left(100)).toBe(5);
});

test("what Azure says of an earlier request makes it less, never more", () => {
  const bucket = new Bucket(SIZE, 0);
  const first = bucket.take(0);
  const second = bucket.take(0);
  bucket.answered(second, 4, 100);
  bucket.answered(first, 10, 200);
  expect(bucket.left(200)).toBe(3);
});

test("a full bucket gains nothing while requests are on their way to it, and says so", () => {
  const bucket = new Bucket(SIZE, 0);
  const taken = Array.from({ length: 12 }, () => bucket.take(0));
  expect(bucket.left(300_000)).toBe(0);
  for (const one of taken) {
    bucket.answered(one, undefined, 300_000);
  }
  expect([bucket.left(359_999), bucket.left(360_000)]).toEqual([0, 4]);
});

test("what Azure says was true before requests came that went out later and are answered already", () => {
  const bucket = emptied(0);
  const late = bucket.take(10_000);
  bucket.answered(bucket.take(10_000), undefined, 10_000);
  bucket.answered(bucket.take(10_000), undefined, 10_000);
  bucket.answered(late, 9, 10_000);
  expect(bucket.left(10_000)).toBe(7);
});

test("a bucket that Azure says is full again is, and its next step is a whole one away", () => {
  const bucket = emptied(0);
  bucket.answered(bucket.take(30_000), 11, 30_000);
  expect(bucket.left(30_000)).toBe(11);
  expect(bucket.left(89_999)).toBe(11);
  expect(bucket.left(90_000)).toBe(12);
});

test("nothing is let out while Azure asks for patience, and one request after it", () => {
  const bucket = new Bucket(SIZE, 0);
  bucket.refused(37_000, 0);
  expect(bucket.left(36_999)).toBe(0);
  expect(bucket.msUntil(1, 0)).toBe(37_000);
  expect(bucket.left(37_000)).toBe(1);
});

test("a reserve is never counted on", () => {
  const bucket = new Bucket({ ...SIZE, reserve: 5 }, 0);
  bucket.answered(bucket.take(0), 9, 0);
  expect(bucket.left(0)).toBe(4);
});

describe("when the clock is set back by an hour", () => {
  const HOUR_MS = 3_600_000;

  test("tokens come back after a step, not after an hour", () => {
    const bucket = emptied(2 * HOUR_MS);
    expect(bucket.left(HOUR_MS)).toBe(0);
    expect(bucket.left(HOUR_MS + 60_000)).toBe(4);
  });

  test("patience that Azure asked for ends within a step", () => {
    const bucket = new Bucket(SIZE, 2 * HOUR_MS);
    bucket.refused(10_000, 2 * HOUR_MS);
    expect(bucket.left(HOUR_MS)).toBe(0);
    expect(bucket.left(HOUR_MS + 60_000)).toBeGreaterThan(0);
  });
});
