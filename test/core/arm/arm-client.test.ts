import { RestError } from "@azure/core-rest-pipeline";
import { createArmClient } from "../../../core/arm/arm-client";
import { type Cloud, cloudByName } from "../../../core/sign-in/clouds";
import { type Answer, type Exchange, type VirtualOutside, virtualOutside } from "../../support/virtual-outside";

const ARM = "https://management.azure.com";

function publicCloud(): Cloud {
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  return cloud;
}

function armClient(outside: VirtualOutside, askedFor: (string | string[])[] = []) {
  const getToken = async (scopes: string | string[]) => {
    askedFor.push(scopes);
    return { token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 };
  };
  return createArmClient({ cloud: publicCloud(), credential: { getToken }, outside, userAgent: "test" });
}

/** Answers one after the other; the last one again and again. */
function answering(...answers: readonly Answer[]): VirtualOutside {
  return virtualOutside((exchange: Exchange, count) => {
    const answer = answers[count - 1] ?? answers.at(-1);
    if (answer === undefined) {
      throw new Error(`nobody answers ${exchange.method} ${exchange.url}`);
    }
    return answer;
  });
}

/** The connection fails with this error of Node's. */
function failing(code: string, message: string): VirtualOutside {
  const outside = answering();
  const sendRequest = async () => {
    throw new RestError(message, { code });
  };
  return { ...outside, httpClient: async () => ({ sendRequest }) };
}

describe("a URL that Azure names", () => {
  test.each([
    `${ARM}/subscriptions/s/operations/o?p=1&c=%7E`,
    "https://westeurope.management.azure.com/subscriptions/s/operations/o",
    "https://MANAGEMENT.azure.com/subscriptions/s/operations/o",
  ])("is asked as it stands when it is one of this cloud's ARM: %s", async (url) => {
    const outside = answering({ status: 200, body: {} });
    expect((await armClient(outside).get(url)).status).toBe(200);
    expect(outside.exchanges.map((exchange) => exchange.url)).toEqual([url]);
  });

  test.each([
    ["http://management.azure.com/operations/o", "management.azure.com"],
    ["https://evil.example/operations/o", "evil.example"],
    ["https://management.azure.com.evil.example/operations/o", "management.azure.com.evil.example"],
    ["https://evilmanagement.azure.com/operations/o", "evilmanagement.azure.com"],
    ["https://evil.example/?x=.management.azure.com", "evil.example"],
    ["https://management.azure.com@evil.example/operations/o", "evil.example"],
    ["https://management.azure.com:8443/operations/o", "management.azure.com:8443"],
    ["https://management.usgovcloudapi.net/operations/o", "management.usgovcloudapi.net"],
    ["operations/o", "(no URL)"],
  ])("gets neither a request nor a token when it is not: %s", async (url, foreignHost) => {
    const outside = answering({ status: 200, body: {} });
    const askedFor: string[] = [];
    await expect(armClient(outside, askedFor).get(url)).rejects.toMatchObject({
      failure: { kind: "ForeignUrl", host: "management.azure.com", foreignHost },
    });
    expect(outside.exchanges).toEqual([]);
    expect(askedFor).toEqual([]);
  });
});

describe.each([301, 302, 303, 307, 308])("a redirection of status %i", (status) => {
  test.each(["https://evil.example/", `${ARM}/elsewhere`])(
    "is an answer, and is not followed to %s",
    async (location) => {
      const outside = answering({ status, headers: { location } }, { status: 200 });
      expect((await armClient(outside).get("/a")).status).toBe(status);
      expect(outside.exchanges.map(({ url }) => url)).toEqual([`${ARM}/a`]);
      const other = answering({ status, headers: { location } }, { status: 200 });
      expect(await armClient(other).post("/a", {})).toMatchObject({ kind: "reply", status });
      expect(other.exchanges.map(({ url }) => url)).toEqual([`${ARM}/a`]);
    },
  );
});

test("a token is asked for ARM, with the cloud's audience as it stands", async () => {
  const askedFor: (string | string[])[] = [];
  await armClient(answering({ status: 200 }), askedFor).get("/a");
  expect(askedFor.flat()).toEqual([`${ARM}/.default`]);
});

describe("a command", () => {
  test.each([
    ["ENOTFOUND", "getaddrinfo ENOTFOUND management.azure.com", false],
    ["EAI_AGAIN", "getaddrinfo EAI_AGAIN management.azure.com", false],
    ["ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:443", false],
    ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain", false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", false],
    ["CERT_HAS_EXPIRED", "certificate has expired", false],
    ["ECONNRESET", "read ECONNRESET", true],
    ["ETIMEDOUT", "read ETIMEDOUT", true],
    ["EPIPE", "write EPIPE", true],
    ["REQUEST_SEND_ERROR", "socket hang up", true],
  ])("whose connection fails with %s: %s: may have arrived: %s", async (code, message, mayHaveArrived) => {
    expect(await armClient(failing(code, message)).post("/a", {})).toMatchObject({ kind: "lost", mayHaveArrived });
  });

  test.each([
    [{ lost: "ECONNRESET" }, { kind: "lost", detail: "ECONNRESET" }],
    [{ status: 503 }, { kind: "reply", status: 503 }],
    [{ status: 429 }, { kind: "reply", status: 429 }],
    [{ status: 408 }, { kind: "reply", status: 408 }],
  ])("that is answered with %j is not sent again", async (answer, expected) => {
    const outside = answering(answer, { status: 200 });
    expect(await armClient(outside).post("/a", { b: 1 })).toMatchObject(expected);
    expect(outside.exchanges.map(({ body }) => body)).toEqual([{ b: 1 }]);
    expect(outside.sleptMs).toEqual([]);
  });
});

describe("a question", () => {
  const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

  test("without an answer is asked six times, with growing pauses, then ARM is unreachable", async () => {
    const outside = answering({ lost: "ETIMEDOUT" });
    await expect(armClient(outside).get("/a")).rejects.toMatchObject({
      failure: { kind: "Unreachable", host: "management.azure.com", detail: "ETIMEDOUT", afterTries: 6 },
      mayHaveRun: false,
    });
    expect(outside.exchanges).toHaveLength(6);
    expect(outside.sleptMs).toEqual(WAITS_MS);
  });

  test.each([408, 429, 500, 503])("that is always answered with %i gives the sixth answer", async (status) => {
    const outside = answering({ status, body: "no" });
    expect(await armClient(outside).get("/a")).toMatchObject({ kind: "reply", status, body: "no" });
    expect(outside.exchanges).toHaveLength(6);
    expect(outside.sleptMs).toEqual(WAITS_MS);
  });

  test.each([200, 202, 400, 401, 403, 404, 409])("that is answered with %i is not repeated", async (status) => {
    const outside = answering({ status });
    expect((await armClient(outside).get("/a")).status).toBe(status);
    expect(outside.exchanges).toHaveLength(1);
    expect(outside.sleptMs).toEqual([]);
  });

  test("waits as long as Retry-After asks, and at most two minutes", async () => {
    const asks = (seconds: string): Answer => ({ status: 429, headers: { "retry-after": seconds } });
    const outside = answering(asks("37"), asks("120"), asks("121"), asks("999999999"), { status: 200 });
    expect((await armClient(outside).get("/a")).status).toBe(200);
    expect(outside.sleptMs).toEqual([37_000, 120_000, 120_000, 120_000]);
  });

  test("that is answered by half a document is asked again, and not believed", async () => {
    const outside = answering({ status: 200, body: '{"properties":{"vmId":"' }, { status: 200, body: { whole: true } });
    expect((await armClient(outside).get("/a")).body).toBe('{"whole":true}');
    const never = answering(...Array(6).fill({ status: 200, body: "{" }));
    await expect(armClient(never).get("/a")).rejects.toMatchObject({
      failure: { kind: "Unreachable", host: "management.azure.com", detail: "the answer is cut off", afterTries: 6 },
    });
  });

  test("that was lost and then answered gives that answer", async () => {
    const outside = answering({ lost: "ECONNRESET" }, { status: 500 }, { status: 200, body: {} });
    expect((await armClient(outside).get("/a")).body).toBe("{}");
    expect(outside.sleptMs).toEqual([1_000, 2_000]);
  });
});
