/** Government and China by name: where tokens are asked for, for whom, and where they go. Nobody there is really asked. */
import { createHttpHeaders, type PipelineRequest } from "@azure/core-rest-pipeline";
import { openSession } from "../../../core/run/session";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import { virtualOutside } from "../../support/virtual-outside";

interface Question {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

/** Answers as Entra, ARM and a pipeline's token service do, whatever their host. */
function answerTo({ url }: PipelineRequest): object {
  const { origin, pathname } = new URL(url);
  if (pathname.endsWith("/.well-known/openid-configuration")) {
    return {
      token_endpoint: `${origin}/tenant/oauth2/v2.0/token`,
      authorization_endpoint: `${origin}/tenant/oauth2/v2.0/authorize`,
      issuer: `${origin}/tenant/v2.0`,
      jwks_uri: `${origin}/tenant/discovery/v2.0/keys`,
    };
  }
  if (pathname === "/tenant/oauth2/v2.0/token") {
    return { token_type: "Bearer", expires_in: 3_599, access_token: `token-of-${new URL(url).host}` };
  }
  return { value: "assertion" };
}

async function questionsIn(environment: Readonly<Record<string, string>>): Promise<readonly Question[]> {
  const questions: Question[] = [];
  const sendRequest = async (request: PipelineRequest) => {
    const form = typeof request.body === "string" ? Object.fromEntries(new URLSearchParams(request.body)) : {};
    questions.push({ url: request.url, form, authorization: request.headers.get("authorization") });
    return { request, status: 200, headers: createHttpHeaders(), bodyAsText: JSON.stringify(answerTo(request)) };
  };
  const outside = {
    ...virtualOutside(() => ({ lost: "nobody" })),
    nowMs: () => Date.now(),
    httpClient: async () => ({ sendRequest }),
  };
  const settings = readSettings(
    () => undefined,
    (name) => ({ ARM_TENANT_ID: "tenant", ARM_CLIENT_ID: "client", ...environment })[name],
  );
  const session = openSession({ settings, outside, loadCredential, userAgent: "test", waitSliceSeconds: 60 });
  await (await session.client()).get("/subscriptions");
  return questions;
}

test.each([
  ["public", "login.microsoftonline.com", "management.azure.com", "api://AzureADTokenExchange"],
  ["usgovernment", "login.microsoftonline.us", "management.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"],
  // The library asks China's Entra under its newer name.
  ["china", "login.partner.microsoftonline.cn", "management.chinacloudapi.cn", "api://AzureADTokenExchangeChina"],
])("in the cloud '%s' tokens come from %s, and go to %s alone", async (name, login, arm, exchangeAudience) => {
  const questions = await questionsIn({
    ARM_ENVIRONMENT: name,
    ARM_USE_OIDC: "true",
    ARM_OIDC_REQUEST_URL: "https://pipelines.example/token",
    ARM_OIDC_REQUEST_TOKEN: "bearer",
  });
  const of = (host: string) => questions.filter(({ url }) => new URL(url).host === host);
  expect(of("pipelines.example").map(({ url }) => new URL(url).searchParams.get("audience"))).toEqual([
    exchangeAudience,
  ]);
  expect(of(login).at(-1)).toMatchObject({
    url: expect.stringContaining(`https://${login}/tenant/oauth2/v2.0/token`),
    form: { scope: `https://${arm}/.default`, client_assertion: "assertion" },
  });
  expect(of(arm)).toEqual([
    { url: `https://${arm}/subscriptions`, form: {}, authorization: `Bearer token-of-${login}` },
  ]);
  expect(questions.every(({ url }) => ["pipelines.example", login, arm].includes(new URL(url).host))).toBe(true);
});
