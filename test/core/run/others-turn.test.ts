/** Two clients and one VM: who only waits for a script lets the other have a turn; and a clock that is set back. Time is virtual. */
import { executeRun } from "../../../core/run/execute";
import { OthersTurn } from "../../../core/run/others-turn";
import type { Session } from "../../../core/run/session";
import { Stopwatch } from "../../../core/stopwatch";
import { knownExample, scriptIntentExample } from "../../support/examples";
import { targetOf, type VirtualAzure, virtualAzure } from "../../support/virtual-azure";
import { recordedReporter, virtualOutside } from "../../support/virtual-outside";

function up(session: Session, key: string, seconds: number, parallelOnVm = false) {
  const { settings, ...known } = knownExample({ target: targetOf("web1"), script: `seconds=${seconds}` });
  const intent = scriptIntentExample({ ...known, settings: { ...settings, parallelOnVm } });
  return executeRun({ ...intent, name: { key, runId: "1-create-0" }, label: key }, session, recordedReporter());
}

/** When the first call that carries it was taken. */
function takenAtMs({ operations }: VirtualAzure, key: string): number {
  return operations.find(({ call }) => call?.lines.some((line) => line.key === key))?.atMs ?? Number.NaN;
}

test.each([
  { beside: false, afterSeconds: 100 },
  { beside: false, afterSeconds: 150 },
  { beside: true, afterSeconds: 120 },
])(
  "what another client asks for after $afterSeconds s of a long script gets through within 4 minutes (beside: $beside)",
  async ({ beside, afterSeconds }) => {
    const azure = virtualAzure({ vmNames: ["web1"] });
    const [one, other] = [azure.session(), azure.session()];
    const long = up(one, "long", 1_500, beside);
    await azure.outside.sleep(afterSeconds * 1_000);
    const askedAtMs = azure.outside.nowMs();
    azure.nextProcess();
    await Promise.all([up(other, "short", 1, beside), long]);
    expect(takenAtMs(azure, "short") - askedAtMs).toBeLessThan(240_000);
  },
);

test("what comes to the same client while others have their turn goes at once", async () => {
  const azure = virtualAzure({ vmNames: ["web1"] });
  const session = azure.session();
  const long = up(session, "long", 600);
  let gapMs = 0;
  // Between two calls that only wait, and as soon as there is one that is longer than company is waited for.
  while (gapMs < 3_000) {
    await azure.outside.sleep(500);
    gapMs = azure.vm("web1").out === undefined && azure.operations.length > 1 ? gapMs + 500 : 0;
  }
  const askedAtMs = azure.outside.nowMs();
  await Promise.all([up(session, "short", 1), long]);
  expect(takenAtMs(azure, "short") - askedAtMs).toBeLessThan(1_000);
});

describe("an own turn of two minutes, and later of one", () => {
  function turn() {
    const outside = virtualOutside(() => {
      throw new Error("nobody is asked");
    });
    const others = new OthersTurn(new Stopwatch(outside));
    /** A call of so many seconds, and what is rested before it. */
    const call = async (seconds: number) => {
      const askedAtMs = outside.nowMs();
      await others.leave(undefined);
      const restedMs = outside.nowMs() - askedAtMs;
      await outside.sleep(seconds * 1_000);
      others.callEnded();
      return restedMs;
    };
    return { outside, call };
  }

  test("is followed by 16 s for others, longer than the 15 s after which another client asks again", async () => {
    const { call } = turn();
    expect([await call(60), await call(60), await call(60)]).toEqual([0, 0, 16_000]);
  });

  test("is over a minute after that", async () => {
    const { call } = turn();
    const rests = [];
    for (let count = 0; count < 5; count++) rests.push(await call(60));
    expect(rests).toEqual([0, 0, 16_000, 16_000, 16_000]);
  });

  test("begins anew after the VM was left free for as long", async () => {
    const { call, outside } = turn();
    await call(110);
    await outside.sleep(16_000);
    expect([await call(60), await call(60), await call(50), await call(50), await call(50)]).toEqual([
      0, 0, 16_000, 0, 16_000,
    ]);
    await outside.sleep(16_000);
    expect([await call(110), await call(10), await call(10)]).toEqual([0, 0, 16_000]);
  });
});

test("nothing rests when nothing waits any more", async () => {
  const azure = virtualAzure({ vmNames: ["web1"] });
  let resting = 0;
  const sleep = async (ms: number, signal?: AbortSignal) => {
    resting += 1;
    await azure.outside.sleep(ms, signal).finally(() => {
      resting -= 1;
    });
  };
  await up(azure.session({ outside: { ...azure.outside, sleep } }), "a", 115);
  // What follows the end, as far as no time has to pass for it.
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  expect(resting).toBe(0);
});

test("a script of less than two minutes is waited for without a pause", async () => {
  const azure = virtualAzure({ vmNames: ["web1"] });
  await up(azure.session(), "a", 110);
  const gapsMs = azure.operations.map(({ atMs }, index) => atMs - (azure.operations[index - 1]?.atMs ?? atMs));
  expect(azure.operations).toHaveLength(2);
  expect(Math.max(...gapsMs)).toBeLessThan(60_000 + 13_000 + 10_000);
});

describe("a clock that is set back by an hour", () => {
  function world() {
    const azure = virtualAzure({ vmNames: ["web1"] });
    let aheadMs = 0;
    const setBack = () => {
      aheadMs = -3_600_000;
    };
    const clock = { ...azure.outside, nowMs: () => azure.outside.nowMs() + aheadMs };
    return { azure, setBack, clock };
  }

  test("between two calls keeps nothing from being sent", async () => {
    const { azure, setBack, clock } = world();
    const session = azure.session({ outside: clock });
    await up(session, "a", 1);
    setBack();
    const { outcome } = await up(session, "b", 1);
    expect(outcome.result.executionState).toBe("Succeeded");
  });

  test("while a call waits for company holds it back for no longer", async () => {
    const { azure, setBack, clock } = world();
    const beganAtMs = azure.outside.nowMs();
    const sleep = async (ms: number, signal?: AbortSignal) => {
      const slept = azure.outside.sleep(ms, signal);
      setBack();
      await slept;
    };
    await up(azure.session({ outside: { ...clock, sleep } }), "a", 1);
    expect(takenAtMs(azure, "a") - beganAtMs).toBeLessThan(11_000);
  });
});
