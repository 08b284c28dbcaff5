/** Moments in the life of a run at which the engine or the provider is killed; each is known by what has happened. */
import { providersOf, type Victim } from "./deaths";
import { slowProgram } from "./slow-program";
import { count, inProgress, letGo, requestsOf, type Stage, untilSent } from "./stages";
import { until } from "./until";

/** About 40 KB when compressed: seven more pieces are read after the first. */
export const LONG_SCRIPT = "echo began >> /var/tmp/count; head -c 40000 /dev/urandom | base64 | tee /var/tmp/printed";

export interface Moment {
  readonly when: string;
  readonly script?: string;
  /** Makes sure that the moment comes. @returns what is to be done when the victim is dead. */
  prepare?(stage: Stage, victim: Victim): Promise<(() => Promise<void>) | undefined>;
  /** Resolves when the moment has come. */
  come(stage: Stage): Promise<void>;
  /** Looks at what must be so at this moment, right after the kill. */
  look?(stage: Stage): Promise<void>;
  /** What the next deployment finds of the script. An orphan may still send what was not sent. */
  readonly left: "nothing" | "a run" | "a run, if the orphan has sent it";
  /** Nothing of ours is loaded yet: Pulumi's own code waits for its engine's first call for ever. */
  readonly orphanIsPulumis?: true;
  /** Else it may end before the next deployment begins. */
  readonly endsWhileAttached?: true;
}

/** Longer than it takes to see the moment and to kill; somebody waits for it. */
export const HELD_MS = 8_000;

/** For a wait slice of 1 s. */
export const EARLY: readonly Moment[] = [
  {
    when: "the provider has begun and nothing was sent",
    come: (stage) => until("the provider has begun", () => providersOf(stage.project).length > 0, { intervalMs: 20 }),
    look: async (stage) => expect(await requestsOf(stage)).toEqual([]),
    left: "nothing",
    orphanIsPulumis: true,
  },
  {
    when: "the VM was looked at and the script was turned away (429)",
    // Soon enough for the orphan of a killed engine, which lives for another 5 to 10 s.
    prepare: async (stage, victim) =>
      void (await stage.fault({
        fault: "throttled-retry-after",
        ms: victim === "engine" ? 3_000 : 60_000,
        on: "post",
      })),
    come: (stage) =>
      until("the script was turned away", async () =>
        (await requestsOf(stage)).some(({ method, status }) => method === "POST" && status === 429),
      ),
    look: async (stage) => expect(await stage.operations()).toEqual([]),
    left: "a run, if the orphan has sent it",
  },
  {
    when: "Azure has got the script and not answered yet",
    prepare: async (stage) => void (await stage.fault({ fault: "reply-lost-after", ms: HELD_MS, on: "post" })),
    come: (stage) => untilSent(stage, 1),
    look: async (stage) =>
      expect((await requestsOf(stage)).filter(({ method, status }) => method === "POST" && status !== null)).toEqual(
        [],
      ),
    left: "a run",
  },
  {
    when: "Azure has accepted the script and it has not begun on the VM",
    prepare: async (stage) => {
      const slow = await slowProgram(stage.simulator, stage.vm, "base64");
      return slow.letGo;
    },
    come: (stage) =>
      until(
        "the runner unpacks the script",
        async () => (await stage.inGuest("ls /var/tmp/called-base64 2>/dev/null")) !== "",
      ),
    look: async (stage) => expect(await count(stage)).toBe(""),
    left: "a run",
  },
  {
    when: "the script is waited for a second time",
    come: (stage) => untilSent(stage, 2),
    left: "a run",
    endsWhileAttached: true,
  },
];

/** For the usual wait slice. */
export const LATE: readonly Moment[] = [
  {
    when: "the script has begun and printed half",
    come: (stage) =>
      until(
        "half is printed",
        async () => (await stage.inGuest("cat /var/lib/azure-run-command/*/*/out 2>/dev/null")) === "first half\n",
      ),
    look: async (stage) => expect(await inProgress(stage)).toBeDefined(),
    left: "a run",
  },
  {
    when: "the script has ended and its operation has not",
    prepare: async (stage) => {
      await letGo(stage);
      await stage.fault({ fault: "operation-stuck", ms: HELD_MS, on: "post" });
      return undefined;
    },
    come: (stage) =>
      until(
        "the end is in the receipt",
        async () => (await stage.inGuest("ls /var/lib/azure-run-command/*/*/end.* 2>/dev/null")) !== "",
      ),
    look: async (stage) => expect(await inProgress(stage)).toBeDefined(),
    left: "a run",
  },
  {
    when: "the output is being read",
    script: LONG_SCRIPT,
    prepare: async (stage) => void (await stage.fault({ fault: "operation-stuck", ms: HELD_MS, on: "post", skip: 2 })),
    come: (stage) => untilSent(stage, 3),
    look: async (stage) => expect((await stage.operations()).length).toBeLessThan(8),
    left: "a run",
  },
];
