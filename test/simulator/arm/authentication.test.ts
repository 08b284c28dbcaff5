/** Who gets in: the whole matrix of tokens, over HTTPS. */
import { generateKeyPair, SignJWT } from "jose";
import { type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 5, 15, 8, 22, 51));
let sim: Running;
beforeAll(async () => {
  sim = await run({}, { clock });
});
afterAll(stopAll);

const ARM = "https://management.azure.com/";
const PATH = (): string => `${sim.machine}?api-version=2024-11-01`;

async function answerTo(
  authorization: string | undefined,
): Promise<{ status: number; code: string; message: string; challenge: string | undefined }> {
  const answer = await sim.call(PATH(), authorization === undefined ? {} : { headers: { authorization } });
  const error = (JSON.parse(answer.body) as { error?: { code: string; message: string } }).error;
  return {
    status: answer.status,
    code: error?.code ?? "",
    message: error?.message ?? "",
    challenge: answer.headers["www-authenticate"],
  };
}

test.each([
  "https://management.azure.com/",
  "https://management.azure.com",
  "https://management.core.windows.net/",
  "https://management.core.windows.net",
])("a token for %s gets in", async (audience) => {
  expect(await answerTo(`Bearer ${await sim.simulator.tokens.issue(audience)}`)).toMatchObject({ status: 200 });
});

test("a token for the simulator's own address gets in", async () => {
  expect(await answerTo(`bearer ${await sim.simulator.tokens.issue(`${sim.simulator.endpoint}/`)}`)).toMatchObject({
    status: 200,
  });
});

test("no token", async () => {
  expect(await answerTo(undefined)).toEqual({
    status: 401,
    code: "AuthenticationFailed",
    message: "Authentication failed. The 'Authorization' header is missing.",
    challenge: `Bearer authorization_uri="${sim.simulator.endpoint}/${sim.simulator.environment.ARM_TENANT_ID}", error="invalid_token", error_description="The authentication failed because of missing 'Authorization' header."`,
  });
});

test("a header of another scheme", async () => {
  expect(await answerTo("Basic abc")).toMatchObject({ status: 401, code: "AuthenticationFailedInvalidHeader" });
});

test.each(["nonsense", "a.b.c"])("a token that is none: %s", async (token) => {
  expect(await answerTo(`Bearer ${token}`)).toMatchObject({
    status: 401,
    code: "InvalidAuthenticationToken",
    message: "The access token is invalid.",
  });
});

test("a token that somebody else signed", async () => {
  const { privateKey } = await generateKeyPair("RS256");
  const claims = JSON.parse(
    Buffer.from((await sim.simulator.tokens.issue(ARM)).split(".")[1] ?? "", "base64url").toString("utf8"),
  );
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
  expect(await answerTo(`Bearer ${forged}`)).toMatchObject({ status: 401, code: "InvalidAuthenticationToken" });
});

test("a token with changed claims", async () => {
  const [head = "", , signature = ""] = (await sim.simulator.tokens.issue(ARM)).split(".");
  const claims = Buffer.from(JSON.stringify({ aud: ARM, exp: 9_999_999_999 })).toString("base64url");
  expect(await answerTo(`Bearer ${head}.${claims}.${signature}`)).toMatchObject({
    status: 401,
    code: "InvalidAuthenticationToken",
  });
});

test("a token without a signature", async () => {
  const claims = (await sim.simulator.tokens.issue(ARM)).split(".")[1] ?? "";
  const head = Buffer.from('{"alg":"none"}').toString("base64url");
  expect(await answerTo(`Bearer ${head}.${claims}.`)).toMatchObject({
    status: 401,
    code: "InvalidAuthenticationToken",
  });
});

test("a token for something else", async () => {
  const token = await sim.simulator.tokens.issue("https://graph.microsoft.com");
  expect(await answerTo(`Bearer ${token}`)).toMatchObject({
    status: 401,
    code: "InvalidAuthenticationTokenAudience",
    message:
      "The access token has been obtained for wrong audience or resource 'https://graph.microsoft.com'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.",
  });
});

test("a token of another tenant", async () => {
  const tid = "11111111-1111-1111-1111-111111111111";
  const token = await sim.simulator.tokens.issue(ARM, { tid, iss: `https://sts.windows.net/${tid}/` });
  const answer = await answerTo(`Bearer ${token}`);
  expect(answer).toMatchObject({ status: 401, code: "InvalidAuthenticationTokenTenant" });
  expect(answer.message).toContain(`The access token is from the wrong issuer 'https://sts.windows.net/${tid}/'.`);
});

test("a token that has expired", async () => {
  const token = await sim.simulator.tokens.issue(ARM);
  await clock.advance(3_598_000);
  expect(await answerTo(`Bearer ${token}`)).toMatchObject({ status: 200 });
  await clock.advance(6_000);
  expect(await answerTo(`Bearer ${token}`)).toMatchObject({
    status: 401,
    code: "ExpiredAuthenticationToken",
    message:
      "The access token expiry UTC time '6/15/2026 9:22:50 AM' is earlier than current UTC time '6/15/2026 9:22:55 AM'.",
  });
});

test("the metadata need no token, everything of ARM does", async () => {
  expect((await sim.call("/metadata/endpoints?api-version=2022-09-01")).status).toBe(200);
  for (const path of [
    "/subscriptions",
    "/tenants",
    sim.subscription,
    `${sim.subscription}/anything/at/all`,
    "/providers/x",
  ]) {
    expect((await sim.call(`${path}?api-version=2022-12-01`)).status).toBe(401);
  }
});
