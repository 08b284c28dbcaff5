import type { ArmCredential } from "../../../core/sign-in/credentials";
import { createTokenKeeper } from "../../../core/sign-in/token-keeper";
import { type VirtualOutside, virtualOutside } from "../../support/virtual-outside";

const HOUR_MS = 3_600_000;

interface Given {
  readonly outside: VirtualOutside;
  readonly asked: string[];
  readonly forgotten: number[];
  readonly credential: ArmCredential;
  /** What the next questions are answered with; without it, with a new token. */
  readonly failures: Error[];
}

function given(lifeMs = HOUR_MS): Given {
  const outside = virtualOutside(() => ({ lost: "nobody" }));
  const asked: string[] = [];
  const forgotten: number[] = [];
  const failures: Error[] = [];
  const credential: ArmCredential = {
    forget: () => forgotten.push(outside.nowMs()),
    getToken: async (scopes) => {
      asked.push(String(scopes));
      const failure = failures.shift();
      if (failure !== undefined) {
        throw failure;
      }
      return { token: `t${asked.length}`, expiresOnTimestamp: outside.nowMs() + lifeMs };
    },
  };
  return { outside, asked, forgotten, credential, failures };
}

/** Lets the renewal in the background come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("many who need a token at the same time share one question", async () => {
  const { credential, outside, asked } = given();
  const keeper = createTokenKeeper(credential, "scope", outside);
  expect(await Promise.all([keeper.token(), keeper.token(), keeper.token()])).toEqual(["t1", "t1", "t1"]);
  expect(await keeper.token()).toBe("t1");
  expect(asked).toEqual(["scope"]);
});

test("a token is renewed five minutes before its end, while the old one is used", async () => {
  const { credential, outside, asked, forgotten } = given();
  const keeper = createTokenKeeper(credential, "scope", outside);
  await keeper.token();
  await outside.sleep(HOUR_MS - 300_001);
  expect(await keeper.token()).toBe("t1");
  await settle();
  expect(asked).toHaveLength(1);
  await outside.sleep(1);
  expect(await keeper.token()).toBe("t1");
  await settle();
  expect(await keeper.token()).toBe("t2");
  expect(asked).toHaveLength(2);
  expect(forgotten).toHaveLength(1);
});

test("a token that lives for ten seconds is renewed after five of them", async () => {
  const { credential, outside } = given(10_000);
  const keeper = createTokenKeeper(credential, "scope", outside);
  await keeper.token();
  await outside.sleep(4_999);
  expect(await keeper.token()).toBe("t1");
  await settle();
  expect(await keeper.token()).toBe("t1");
  await outside.sleep(1);
  await keeper.token();
  await settle();
  expect(await keeper.token()).toBe("t2");
});

test("a renewal that fails leaves the old token in use, is tried again each half minute, and harms nobody", async () => {
  const { credential, outside, asked, failures } = given();
  const keeper = createTokenKeeper(credential, "scope", outside);
  const unhandled = jest.fn();
  process.on("unhandledRejection", unhandled);
  await keeper.token();
  failures.push(new Error("Entra is down"), new Error("Entra is down"));
  await outside.sleep(HOUR_MS - 300_000);
  for (let second = 0; second < 30; second += 1) {
    expect(await keeper.token()).toBe("t1");
    await settle();
    await outside.sleep(1_000);
  }
  expect(asked).toHaveLength(2);
  expect(await keeper.token()).toBe("t1");
  await settle();
  await outside.sleep(30_000);
  expect(await keeper.token()).toBe("t1");
  await settle();
  expect(await keeper.token()).toBe("t4");
  process.off("unhandledRejection", unhandled);
  // Node would end the process.
  expect(unhandled).not.toHaveBeenCalled();
});

test("when the old token has come to its end, the failure of the renewal is told", async () => {
  const { credential, outside, failures } = given();
  const keeper = createTokenKeeper(credential, "scope", outside);
  await keeper.token();
  failures.push(new Error("Entra is down"));
  await outside.sleep(HOUR_MS - 10_000);
  await expect(keeper.token()).rejects.toThrow("Entra is down");
  expect(await keeper.token()).toBe("t3");
});

test("a failure is not kept", async () => {
  const { credential, outside, failures } = given();
  failures.push(new Error("Entra is down"));
  const keeper = createTokenKeeper(credential, "scope", outside);
  await expect(Promise.all([keeper.token(), keeper.token()])).rejects.toThrow("Entra is down");
  expect(await keeper.token()).toBe("t2");
});

test("several who were refused with the same token get one new one", async () => {
  const { credential, outside, asked, forgotten } = given();
  const keeper = createTokenKeeper(credential, "scope", outside);
  await keeper.token();
  expect(await Promise.all([keeper.tokenInsteadOf("t1"), keeper.tokenInsteadOf("t1")])).toEqual(["t2", "t2"]);
  expect(await keeper.tokenInsteadOf("t1")).toBe("t2");
  expect(asked).toHaveLength(2);
  expect(forgotten).toHaveLength(1);
});

test("the same token again is none in its stead", async () => {
  const { outside } = given();
  const getToken = async () => ({ token: "same", expiresOnTimestamp: outside.nowMs() + HOUR_MS });
  const keeper = createTokenKeeper({ getToken }, "scope", outside);
  await keeper.token();
  expect(await keeper.tokenInsteadOf("same")).toBeUndefined();
});

test("one who gives up waiting does not take the token from the others", async () => {
  const { outside } = given();
  let answer: (token: string) => void = () => undefined;
  const getToken = () =>
    new Promise<{ token: string; expiresOnTimestamp: number }>((resolve) => {
      answer = (token) => resolve({ token, expiresOnTimestamp: outside.nowMs() + HOUR_MS });
    });
  const keeper = createTokenKeeper({ getToken }, "scope", outside);
  const controller = new AbortController();
  const impatient = keeper.token(controller.signal);
  const patient = keeper.token();
  controller.abort(new Error("enough"));
  await expect(impatient).rejects.toThrow("enough");
  answer("late");
  expect(await patient).toBe("late");
  await expect(createTokenKeeper({ getToken }, "scope", outside).token(controller.signal)).rejects.toThrow("enough");
});
