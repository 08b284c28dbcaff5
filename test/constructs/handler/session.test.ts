/** How the handler signs in to Azure, and what it leaves behind between its calls. */
import { AwsFailure, awsFailure } from "../../../constructs/handler/aws-errors";
import { describeClaims } from "../../../constructs/handler/claims";
import type { Answer } from "../../support/virtual-outside";
import { eventOf } from "./support/events";
import { BUSY, CLIENT_SECRET, httpAzure, tokenOf, WEB_IDENTITY } from "./support/http-azure";

const CREATE = eventOf();
/** Azure does not take the command, and will not. */
const REFUSED: Answer = { status: 403, body: { error: { code: "ScopeLocked", message: "locked" } } };
const entraRefuses = (description: string) => (): Answer => ({
  status: 401,
  body: { error: "invalid_client", error_description: description },
});

describe("with the token of its role", () => {
  test("the handler asks AWS STS for one with Azure's audience, and gives it to Entra", async () => {
    const audiences: string[] = [];
    const azure = httpAzure({
      post: () => REFUSED,
      webIdentityToken: async (audience) => {
        audiences.push(audience);
        return "role-token";
      },
    });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "a lock keeps Run Command from 'web1'",
    );
    expect(audiences).toEqual(["api://AzureADTokenExchange"]);
    expect(azure.forms.map((form) => Object.fromEntries(form))).toEqual([
      {
        grant_type: "client_credentials",
        client_id: "client",
        scope: "https://management.azure.com/.default",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: "role-token",
      },
    ]);
    expect([...azure.userAgents]).toEqual([expect.stringMatching(/^azure-run-command\/[0-9.]+ cdk /)]);
  });

  test("that Entra refuses is told of with its claims, which say what differs", async () => {
    const token = tokenOf({
      iss: "https://0a0a.tokens.sts.global.api.aws",
      sub: "arn:aws:iam::123456789012:role/Runner",
      aud: "api://AzureADTokenExchange",
    });
    const azure = httpAzure({
      entra: entraRefuses("AADSTS700213: No matching federated identity record found for presented assertion subject."),
      webIdentityToken: async () => token,
    });
    const failure = azure.handler.onEvent(CREATE, azure.context());
    await expect(failure).rejects.toThrow(
      /^Entra refused the credentials from AzureCredentials.webIdentity: no federated credential of the application has this token's subject \(AADSTS700213\).*; nothing was run; the token that was sent has the issuer 'https:\/\/0a0a.tokens.sts.global.api.aws', the subject 'arn:aws:iam::123456789012:role\/Runner' and the audience 'api:\/\/AzureADTokenExchange'; the federated credential must have the same, letter by letter$/,
    );
  });

  test("that the account does not give out is told of with the command that switches it on", async () => {
    const error = Object.assign(new Error("no"), {
      name: "OutboundWebIdentityFederationDisabledException",
      $metadata: { httpStatusCode: 400 },
    });
    const azure = httpAzure({
      webIdentityToken: async (audience) => {
        throw awsFailure(error, { of: "token", audience });
      },
    });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "the credentials that AzureCredentials.webIdentity asks for cannot be used: AWS STS gives no token for Azure: outbound identity federation is switched off in this AWS account; switch it on once with 'aws iam enable-outbound-web-identity-federation'; nothing was run",
    );
  });
});

describe("with a client secret", () => {
  test("the handler reads it when Entra is asked, so that one which was rotated counts from then on", async () => {
    let version = 0;
    const azure = httpAzure({
      environment: CLIENT_SECRET,
      post: () => REFUSED,
      readSecret: async () => {
        version += 1;
        return { text: `client-secret-${version}`, versionId: String(version) };
      },
    });
    const create = () => azure.handler.onEvent(CREATE, azure.context()).catch(() => undefined);
    await create();
    await create();
    expect(azure.forms.map((form) => form.get("client_secret"))).toEqual(["client-secret-1"]);
    await azure.outside.sleep(3_600_000);
    await create();
    expect(azure.forms.map((form) => form.get("client_secret"))).toEqual(["client-secret-1", "client-secret-2"]);
  });

  test("in a field of a secret that has none is told of without what is in it", async () => {
    const azure = httpAzure({
      environment: { ...CLIENT_SECRET, AZURE_RUN_COMMAND_CLIENT_SECRET_JSON_FIELD: "password" },
      readSecret: async () => ({ text: '{"pw":"correct horse"}', versionId: "1" }),
    });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "the credentials that AzureCredentials.clientSecret asks for cannot be used: the secret 'arn:azure' has no field 'password'; nothing was run",
    );
  });

  test("that is not there is told of", async () => {
    const azure = httpAzure({
      environment: CLIENT_SECRET,
      readSecret: async () => {
        throw new AwsFailure("the secret 'arn:azure' cannot be read: there is no such secret", false, "missing");
      },
    });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "the credentials that AzureCredentials.clientSecret asks for cannot be used: the secret 'arn:azure' cannot be read: there is no such secret; nothing was run",
    );
  });

  test("that Entra refuses is told of", async () => {
    const azure = httpAzure({
      environment: CLIENT_SECRET,
      entra: entraRefuses("AADSTS7000215: Invalid client secret provided."),
    });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "Entra refused the credentials from AzureCredentials.clientSecret: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
    );
  });
});

test.each([
  [
    { AZURE_RUN_COMMAND_CREDENTIALS: "" },
    "the function's environment variable AZURE_RUN_COMMAND_CREDENTIALS is not set",
  ],
  [
    { AZURE_RUN_COMMAND_CREDENTIALS: "password" },
    "the function's environment variable AZURE_RUN_COMMAND_CREDENTIALS is 'password', expected 'webIdentity' or 'clientSecret'",
  ],
  [{ AZURE_TENANT_ID: "" }, "the function's environment variable AZURE_TENANT_ID is not set"],
  [
    { AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "soon" },
    'the environment variable AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS is "soon", expected a whole number of seconds from 1 to 3,600',
  ],
])("an environment that is not that of the construct is told of: %j", async (wrong, sentence) => {
  const azure = httpAzure({ environment: { ...WEB_IDENTITY, ...wrong } });
  await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(`${sentence}; nothing was run`);
});

test("the cloud of the environment is where the token is for", async () => {
  const azure = httpAzure({
    environment: { ...WEB_IDENTITY, ARM_ENVIRONMENT: "moon" },
  });
  await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
    "the Azure cloud in ARM_ENVIRONMENT cannot be used",
  );
});

test("an operation that is still followed when the time is over is left alone from then on", async () => {
  const operation = "https://management.azure.com/operations/1?api-version=1";
  const azure = httpAzure({ post: () => ({ status: 202, headers: { "azure-asyncoperation": operation } }) });
  const answer = await azure.handler.onEvent(CREATE, azure.context());
  expect(answer.AzureRunCommand.next).toMatchObject({ kind: "follow", run: { doubt: expect.anything() } });
  const asked = azure.exchanges.length;
  await azure.outside.sleep(3_600_000);
  expect(azure.exchanges.length).toBe(asked);
});

describe("a VM that another client's commands keep busy", () => {
  test("is waited for 13 minutes at most; then nothing is sent any more, also not when the container is thawed", async () => {
    const azure = httpAzure({ post: () => BUSY });
    const beganAtMs = azure.outside.nowMs();
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow(
      "the script was not sent to 'web1' within 780 s ('web1' is busy with another run command: waiting for its turn): look what keeps the VM, then deploy again; nothing was run",
    );
    expect(azure.outside.nowMs() - beganAtMs).toBeLessThan(800_000);
    const sent = azure.posts();
    await azure.outside.sleep(3_600_000);
    expect(azure.posts()).toBe(sent);
  });

  test("in a rollback is told of with the way in which a rollback goes on", async () => {
    const azure = httpAzure({ post: () => BUSY, stackStatus: "UPDATE_ROLLBACK_IN_PROGRESS" });
    const event = eventOf({ type: "Update", properties: { Script: { Text: "one" } } });
    await expect(azure.handler.onEvent(event, azure.context())).rejects.toThrow(
      "look what keeps the VM, then continue the rollback with 'aws cloudformation continue-update-rollback', or let that skip this resource ('--resources-to-skip'); nothing was run",
    );
  });

  test("does not keep the next call from its turn", async () => {
    const azure = httpAzure({ post: (_exchange, count) => (count < 60 ? BUSY : REFUSED) });
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow("was not sent to 'web1' within");
    await expect(azure.handler.onEvent(CREATE, azure.context())).rejects.toThrow("a lock keeps Run Command");
  });
});

test.each([
  [tokenOf({ iss: "i", sub: "s", aud: ["a", "b"] }), "issuer 'i', the subject 's' and the audience 'a, b'"],
  ["no.token.at-all", undefined],
  ["", undefined],
])("of the token %s it is told what it says of itself, or nothing", (token, expected) => {
  const described = describeClaims(token);
  expect(expected === undefined ? described : described?.includes(expected)).toBe(
    expected === undefined ? undefined : true,
  );
});
