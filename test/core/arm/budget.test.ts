import { Budget, type Settle } from "../../../core/arm/budget";
import type { BudgetedRequest } from "../../../core/arm/precedence";
import { virtualOutside } from "../../support/virtual-outside";

const GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute";
const POST: BudgetedRequest = { method: "POST", path: `${GROUP}/virtualMachines/web1/runCommand` };
const LOOK: BudgetedRequest = { method: "GET", path: `${GROUP}/virtualMachines/web1` };
const START_MS = 1_700_000_000_000;

function pollOf(operation: string, worth: number): BudgetedRequest {
  const path = `/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/${operation}`;
  return { method: "GET", path, worth: () => worth };
}

function reply(status: number, headers: Readonly<Record<string, string>> = {}, body = "") {
  return { status, header: (name: string) => headers[name], body };
}

function budgetInVirtualTime() {
  const outside = virtualOutside(() => {
    throw new Error("nobody is asked");
  });
  const budget = new Budget(outside);
  const afterMs = () => outside.nowMs() - START_MS;
  return { outside, budget, afterMs };
}

/** Lets requests out, one after the other, whose answers are not there yet. */
async function take(budget: Budget, request: BudgetedRequest, times: number): Promise<Settle[]> {
  const settles: Settle[] = [];
  for (let count = 0; count < times; count++) {
    settles.push(await budget.admit(request));
  }
  return settles;
}

/** Lets requests out whose answers come at once, and say nothing. */
async function exchange(budget: Budget, request: BudgetedRequest, times = 1): Promise<void> {
  for (let count = 0; count < times; count++) {
    (await budget.admit(request))(undefined);
  }
}

test("twelve commands go to a VM at once, the thirteenth when Azure has surely given some back", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  await exchange(budget, POST, 12);
  expect(afterMs()).toBe(0);
  const held: number[] = [];
  await budget.admit({ ...POST, onHeld: (waitMs) => held.push(waitMs) });
  expect(afterMs()).toBe(60_000);
  expect(held).toEqual([60_000]);
});

test("a command whose answer is late has perhaps not arrived: until then, nothing that came back since is counted on", async () => {
  const { budget, outside, afterMs } = budgetInVirtualTime();
  const settles = await take(budget, POST, 12);
  const next = budget.admit(POST).then(afterMs);
  await outside.sleep(90_000);
  for (const settle of settles) {
    settle(undefined);
  }
  expect(await next).toBe(150_000);
});

test("another VM has commands of its own", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  await take(budget, POST, 12);
  await take(budget, { ...POST, path: POST.path.replace("web1", "web2") }, 12);
  expect(afterMs()).toBe(0);
});

test("an Azure that says with each answer that there is enough keeps nobody waiting", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const full = {
    "x-ms-ratelimit-remaining-resource":
      "Microsoft.Compute/UpdateVMResource;11,Microsoft.Compute/UpdateVMSubscriptionMaximum;1499",
    "x-ms-ratelimit-remaining-subscription-writes": "199",
  };
  for (let count = 0; count < 1_000; count++) {
    (await budget.admit(POST))(reply(202, full));
  }
  expect(afterMs()).toBe(0);
});

test("what other processes have taken, as the headers tell it, is waited for", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const [settle] = await take(budget, POST, 1);
  settle?.(reply(202, { "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/UpdateVMResource;1" }));
  await take(budget, POST, 1);
  expect(afterMs()).toBe(0);
  await take(budget, POST, 1);
  expect(afterMs()).toBe(60_000);
});

test("patience that Azure asked one request for holds for the others, to the second", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const [settle] = await take(budget, LOOK, 1);
  settle?.(reply(429, { "retry-after": "6" }, '{"error":{"code":"SubscriptionRequestsThrottled"}}'));
  await budget.admit(pollOf("o", 1));
  expect(afterMs()).toBe(6_000);
});

test("a VM of which Azure has heard enough does not keep the others back", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const [settle] = await take(budget, POST, 1);
  const body =
    '{"error":{"code":"OperationNotAllowed","details":[{"code":"TooManyRequests","target":"UpdateVMResource"}]}}';
  settle?.(reply(429, { "retry-after": "37" }, body));
  await budget.admit({ ...POST, path: POST.path.replace("web1", "web2") });
  expect(afterMs()).toBe(0);
  await budget.admit(POST);
  expect(afterMs()).toBe(37_000);
});

test("a refusal that names no time leaves it to each one how long to wait", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const [settle] = await take(budget, POST, 1);
  settle?.(reply(429));
  await take(budget, POST, 1);
  expect(afterMs()).toBe(0);
});

test("64 requests are under way at most, and then those go first that are worth most", async () => {
  const { budget, outside, afterMs } = budgetInVirtualTime();
  const settles = await Promise.all(Array.from({ length: 64 }, (_, index) => budget.admit(pollOf(`o${index}`, 1))));
  const order: number[] = [];
  const others = [0.2, 0.9].map(async (worth) => {
    const settle = await budget.admit(pollOf(`${worth}`, worth));
    order.push(worth);
    await outside.sleep(1_000);
    settle(undefined);
  });
  await outside.sleep(5_000);
  expect(order).toEqual([]);
  settles[0]?.(undefined);
  await Promise.all(others);
  expect(order).toEqual([0.9, 0.2]);
  expect(afterMs()).toBeLessThan(7_500);
});

test("when whoever waited has given up, nothing is waited for that would keep the process", async () => {
  const { outside } = budgetInVirtualTime();
  let sleeping = 0;
  const sleep = async (ms: number, signal?: AbortSignal) => {
    sleeping += 1;
    await outside.sleep(ms, signal).finally(() => {
      sleeping -= 1;
    });
  };
  const budget = new Budget({ nowMs: outside.nowMs, sleep });
  await exchange(budget, POST, 12);
  const end = new AbortController();
  const held = budget.admit({ ...POST, signal: end.signal });
  expect(sleeping).toBe(1);
  end.abort(new Error("given up"));
  await expect(held).rejects.toThrow("given up");
  await new Promise(setImmediate);
  expect(sleeping).toBe(0);
});

test("however long it takes to see what requests are worth, that time is counted once", async () => {
  let nowMs = 0;
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const budget = new Budget({ nowMs: () => nowMs, sleep: async (ms) => pass(ms) });
  const slow = (index: number): BudgetedRequest => ({
    ...pollOf(`o${index}`, 1),
    worth: () => {
      pass(1);
      return 1;
    },
  });
  await Promise.all(Array.from({ length: 600 }, (_, index) => exchange(budget, slow(index))));
  expect(nowMs).toBeGreaterThanOrEqual((600 - 225) * 40);
});

describe("where Azure Resource Manager has nothing left to read", () => {
  async function exhausted() {
    const world = budgetInVirtualTime();
    for (let vm = 0; vm < 225; vm++) {
      await exchange(world.budget, { ...LOOK, path: LOOK.path.replace("web1", `vm${vm}`) });
    }
    expect(world.afterMs()).toBe(0);
    return world;
  }

  test("polls are let out by what they are likely to tell, and all of them in the end", async () => {
    const { budget } = await exhausted();
    const order: number[] = [];
    const worths = [0.6, 0.9, 0.01, 0.7];
    await Promise.all(
      worths.map(async (worth, index) => {
        await exchange(budget, pollOf(`o${index}`, worth));
        order.push(worth);
      }),
    );
    expect(order).toEqual([0.9, 0.7, 0.6, 0.01]);
  });

  test("a poll that will hardly tell anything has its turn too, however many better ones come", async () => {
    const { budget, outside, afterMs } = await exhausted();
    const poor = budget.admit(pollOf("poor", 0.05)).then(afterMs);
    const others: Promise<void>[] = [];
    for (let second = 0; second < 40; second++) {
      others.push(...Array.from({ length: 30 }, (_, index) => exchange(budget, pollOf(`o${second}-${index}`, 0.9))));
      await outside.sleep(1_000);
    }
    expect(await poor).toBeGreaterThan(10_000);
    expect(await poor).toBeLessThan(30_000);
    await Promise.all(others);
  });

  test("25 requests a second go out, and no more", async () => {
    const { budget, afterMs } = await exhausted();
    await Promise.all(Array.from({ length: 100 }, (_, index) => exchange(budget, pollOf(`o${index}`, 0.9))));
    expect(afterMs()).toBeGreaterThanOrEqual(4_000);
    expect(afterMs()).toBeLessThan(4_500);
  });

  test("who gives up leaves, with the reason of the signal, and takes nothing", async () => {
    const { budget, outside, afterMs } = await exhausted();
    const end = new AbortController();
    const held = budget.admit({ ...pollOf("o", 0.9), signal: end.signal });
    const given = new Error("given up");
    end.abort(given);
    await expect(held).rejects.toBe(given);
    await budget.admit(pollOf("p", 1));
    expect(afterMs()).toBeLessThan(300);
    expect(outside.exchanges).toEqual([]);
  });
});

test("an answer that is told twice counts once", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const settles = await take(budget, POST, 12);
  for (const settle of settles) {
    settle(undefined);
    settle(reply(202, { "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/UpdateVMResource;11" }));
  }
  await take(budget, POST, 1);
  expect(afterMs()).toBe(60_000);
});

test("who comes does not go before who waits and is worth more", async () => {
  const { budget } = budgetInVirtualTime();
  const settles: Settle[] = [];
  for (let count = 0; count < 64; count++) {
    settles.push(await budget.admit(pollOf(`o${count}`, 1)));
  }
  const order: string[] = [];
  const poll = (name: string, worth: number) => budget.admit(pollOf(name, worth)).then(() => order.push(name));
  const waiting = [poll("first", 0.9), poll("second", 0.9)];
  for (const settle of settles.slice(0, 2)) settle(undefined);
  const late = poll("late", 0.3);
  for (const settle of settles.slice(2, 4)) settle(undefined);
  await Promise.all([...waiting, late]);
  expect(order).toEqual(["first", "second", "late"]);
});

test("who has to wait for long does not make the others wait as long", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  await exchange(budget, POST, 12);
  const long = budget.admit(POST);
  await exchange(budget, { method: "GET", path: "/subscriptions/s/x" }, 226);
  expect(afterMs()).toBeLessThan(1_000);
  await long;
});

test("a subscription whose commands Azure throttles, by its name, holds back those of its other VMs too", async () => {
  const { budget, afterMs } = budgetInVirtualTime();
  const settle = await budget.admit(POST);
  const target = "UpdateVMSubscriptionMaximum";
  const error = { code: "OperationNotAllowed", details: [{ code: "TooManyRequests", target }] };
  settle(reply(429, { "retry-after": "37" }, JSON.stringify({ error })));
  await budget.admit({ ...POST, path: `${GROUP}/virtualMachines/web2/runCommand` });
  expect(afterMs()).toBe(37_000);
});
