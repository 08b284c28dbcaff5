import { Clock, SleepAborted } from "../simulator/clock";
import { type Cloud, startCloud } from "../simulator/cloud";
import { assembly, custom, stack } from "./apps";

const HOUR_MS = 3_600_000;

describe("time that is skipped", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = new Clock(1);
  });
  afterEach(() => clock.stop());

  /** What has happened, in its order. */
  function listen(): { readonly heard: string[]; hear(what: string, work: Promise<unknown>): void } {
    const heard: string[] = [];
    return { heard, hear: (what, work) => void work.then(() => heard.push(what)).catch(() => undefined) };
  }

  test("is over at once for what waits, as far as it goes", async () => {
    const { heard, hear } = listen();
    const [hour, twoHours] = [clock.sleep(HOUR_MS), clock.sleep(2 * HOUR_MS)];
    hear("an hour", hour);
    hear("two hours", twoHours);
    await clock.skipTo(clock.nowMs() + 1.5 * HOUR_MS);
    await hour;
    expect(heard).toEqual(["an hour"]);
    await clock.skipTo(clock.nowMs() + HOUR_MS);
    await twoHours;
    expect(heard).toEqual(["an hour", "two hours"]);
  });

  test("does not call off what waits, and what calls that off does so after it too", async () => {
    const calling = new AbortController();
    const waiting = clock.sleep(2 * HOUR_MS, calling.signal);
    await clock.skipTo(clock.nowMs() + HOUR_MS);
    calling.abort();
    await expect(waiting).rejects.toBeInstanceOf(SleepAborted);
  });

  test("is none in the middle of work, and work that comes meanwhile begins afterwards", async () => {
    const { heard, hear } = listen();
    const startMs = clock.nowMs();
    const done: { now?: () => void } = {};
    hear(
      "work",
      clock.work(() => new Promise<void>((resolve) => (done.now = resolve))),
    );
    const skipping = clock.skipTo(startMs + HOUR_MS);
    hear("skip", skipping);
    let begunMs = 0;
    const later = clock.work(async () => {
      begunMs = clock.nowMs();
    });
    hear("later work", later);
    await clock.sleep(5);
    expect([heard, begunMs]).toEqual([[], 0]);
    done.now?.();
    await Promise.all([skipping, later]);
    expect(heard).toEqual(["work", "skip", "later work"]);
    expect(begunMs).toBeGreaterThanOrEqual(startMs + HOUR_MS);
  });

  test("is nothing when it is later already", async () => {
    const startMs = clock.nowMs();
    await clock.skipTo(startMs - HOUR_MS);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(startMs);
    expect(clock.time.skippedMs).toBe(0);
  });
});

describe("a Lambda process", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ scale: 2 });
  });
  afterAll(() => cloud.stop());

  test("that was there before tells the time that was skipped to, by all its clocks", async () => {
    const telling = `
      console.log(JSON.stringify([process.pid, Date.now(), performance.now(), Number(process.hrtime.bigint()) / 1e6]));
      return {};`;
    const program = (value: number) => assembly(stack(telling, { Thing: custom({ Value: value }) }), "Skips");
    await cloud.deploy(program(1), {});
    await cloud.settled();
    await cloud.clock.skipTo(cloud.clock.nowMs() + HOUR_MS);
    await cloud.deploy(program(2), {});
    await cloud.settled();
    const told = cloud.log.flatMap(({ text }) => {
      const [, array] = /\t(\[[0-9.,]+\])$/.exec(text) ?? [];
      return array === undefined ? [] : [JSON.parse(array) as number[]];
    });
    const [[pid, ...first] = [], [samePid, ...second] = []] = told;
    expect([told.length, samePid]).toEqual([2, pid]);
    const [, invocation] = cloud.invocations;
    expect(second[0]).toBeGreaterThanOrEqual(invocation?.startMs ?? 0);
    expect(second[0]).toBeLessThanOrEqual(invocation?.endMs ?? 0);
    for (const [index, ms] of second.entries()) {
      expect(ms - (first[index] ?? 0)).toBeGreaterThanOrEqual(HOUR_MS);
    }
  });
});
