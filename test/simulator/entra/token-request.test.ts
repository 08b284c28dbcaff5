/** Entra's decisions about token requests, each error by its full text. */
import { decideToken, entraErrorDocument, type TokenFacts } from "../../../simulator/entra/token-request";

const TENANT = "11111111-1111-1111-1111-111111111111";
const CLIENT = "22222222-2222-2222-2222-222222222222";
const FACTS: TokenFacts = {
  tenantId: TENANT,
  clientId: CLIENT,
  secretMatches: (given) => given === "right",
  secretExpired: false,
  assertionRefusal: undefined,
  otherTenants: [],
  endpoint: "https://localhost:1",
};
const GOOD = {
  grant_type: "client_credentials",
  client_id: CLIENT,
  client_secret: "right",
  scope: "https://management.azure.com/.default",
};

test.each([
  { scope: "https://management.azure.com/.default", audience: "https://management.azure.com" },
  { scope: "https://management.azure.com//.default", audience: "https://management.azure.com/" },
  { scope: "https://management.core.windows.net//.default", audience: "https://management.core.windows.net/" },
  { scope: "openid https://management.azure.com/.default offline_access", audience: "https://management.azure.com" },
  { scope: "https://graph.microsoft.com/.default", audience: "https://graph.microsoft.com" },
  { scope: "https://localhost:1/.default", audience: "https://localhost:1" },
])("scope $scope gives audience $audience", ({ scope, audience }) => {
  expect(decideToken("v2", TENANT, { ...GOOD, scope }, FACTS)).toEqual({ kind: "grant", audience });
});

test("version 1 takes a resource", () => {
  const form = { ...GOOD, scope: undefined, resource: "https://management.core.windows.net/" };
  expect(decideToken("v1", TENANT.toUpperCase(), form, FACTS)).toEqual({
    kind: "grant",
    audience: "https://management.core.windows.net/",
  });
});

test("an assertion that is not refused, and another tenant of the application, get a token", () => {
  const form = { ...GOOD, client_secret: undefined, client_assertion: "x" };
  expect(decideToken("v2", "other", form, { ...FACTS, otherTenants: ["other"] })).toEqual({
    kind: "grant",
    audience: "https://management.azure.com",
  });
});

test.each<{
  what: string;
  tenant?: string;
  form: Record<string, string | undefined>;
  facts?: Partial<TokenFacts>;
  status: number;
  error: string;
  number: number;
  message: string;
}>([
  {
    what: "an unknown tenant",
    tenant: "nope",
    form: {},
    status: 400,
    error: "invalid_request",
    number: 90002,
    message:
      "Tenant 'nope' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  {
    what: "no grant",
    form: { grant_type: undefined },
    status: 400,
    error: "invalid_request",
    number: 900144,
    message: "The request body must contain the following parameter: 'grant_type'.",
  },
  {
    what: "another grant",
    form: { grant_type: "password" },
    status: 400,
    error: "unsupported_grant_type",
    number: 70003,
    message: "The app requested an unsupported grant type 'password'.",
  },
  {
    what: "no client",
    form: { client_id: undefined },
    status: 400,
    error: "invalid_request",
    number: 900144,
    message: "The request body must contain the following parameter: 'client_id'.",
  },
  {
    what: "an unknown client",
    form: { client_id: "x" },
    status: 400,
    error: "unauthorized_client",
    number: 700016,
    message: `Application with identifier 'x' was not found in the directory '${TENANT}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  },
  {
    what: "no secret",
    form: { client_secret: undefined },
    status: 401,
    error: "invalid_client",
    number: 7000216,
    message: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
  {
    what: "a wrong secret",
    form: { client_secret: "wrong" },
    status: 401,
    error: "invalid_client",
    number: 7000215,
    message: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${CLIENT}'.`,
  },
  {
    what: "an expired secret",
    form: {},
    facts: { secretExpired: true },
    status: 401,
    error: "invalid_client",
    number: 7000222,
    message: `The provided client secret keys for app '${CLIENT}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  },
  {
    what: "a refused assertion, whatever the secret",
    form: { client_assertion: "x" },
    facts: { assertionRefusal: { status: 401, error: "invalid_client", number: 700027, message: "Not this one." } },
    status: 401,
    error: "invalid_client",
    number: 700027,
    message: "Not this one.",
  },
  {
    what: "no scope",
    form: { scope: undefined },
    status: 400,
    error: "invalid_request",
    number: 900144,
    message: "The request body must contain the following parameter: 'scope'.",
  },
  {
    what: "a scope without /.default",
    form: { scope: "https://management.azure.com/user" },
    status: 400,
    error: "invalid_scope",
    number: 1002012,
    message:
      "The provided value for scope https://management.azure.com/user is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
  },
  {
    what: "an unknown resource",
    form: { scope: "https://example.org/.default" },
    status: 400,
    error: "invalid_resource",
    number: 500011,
    message: `The resource principal named https://example.org was not found in the tenant named ${TENANT}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  },
])("$what: AADSTS$number", ({ tenant = TENANT, form, facts = {}, status, error, number, message }) => {
  expect(decideToken("v2", tenant, { ...GOOD, ...form }, { ...FACTS, ...facts })).toEqual({
    kind: "refuse",
    status,
    error,
    number,
    message,
  });
});

test("an error is printed with trace, correlation and time, as Entra does", () => {
  const error = { status: 401, error: "invalid_client", number: 7000215, message: "Invalid." };
  expect(entraErrorDocument(error, "T", "C", Date.UTC(2026, 8, 4, 0, 40, 39), "https://localhost:1")).toEqual({
    error: "invalid_client",
    error_description: "AADSTS7000215: Invalid. Trace ID: T Correlation ID: C Timestamp: 2026-09-04 00:40:39Z",
    error_codes: [7000215],
    timestamp: "2026-09-04 00:40:39Z",
    trace_id: "T",
    correlation_id: "C",
    error_uri: "https://localhost:1/error?code=7000215",
  });
});
