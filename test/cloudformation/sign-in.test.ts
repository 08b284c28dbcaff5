import { type Stack, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import { AzureCredentials } from "../../constructs/credentials";
import { AzureRunCommandProvider } from "../../constructs/provider";
import { RunCommandScript } from "../../constructs/script";
import { type FederatedCredential, trustInAzure } from "./simulator/azure-trust";
import type { Declaring } from "./support/assemblies";
import { FailingRuns } from "./support/failing";
import { counting } from "./support/ledger";
import { Scene } from "./support/scene";

/** So short that every invocation signs in anew, also in a function that is warm. Unit: seconds. */
const TOKEN_LIFETIME_SECONDS = 20;

const RUN = { script: RunCommandScript.fromInline("echo ran") };

let scene: Scene;
let failing: FailingRuns;
beforeAll(async () => {
  scene = await Scene.open();
  await scene.simulator.admin("PUT", "token-lifetime", { seconds: TOKEN_LIFETIME_SECONDS });
  failing = await FailingRuns.in(scene, "Demo");
});
afterAll(() => scene?.stop());

describe("by web identity, with tokens that AWS STS signs and Entra verifies", () => {
  /** What the application has in Entra when all is well. */
  let good: FederatedCredential;
  beforeAll(() => {
    const { federation } = scene.cloud;
    const { issuer, jwks } = federation;
    good = { issuer, jwks, subject: scene.cloud.roleArn("Demo-handler"), audience: "api://AzureADTokenExchange" };
    // These tests say themselves what is trusted.
    jest.spyOn(scene.cloud, "trustRoles").mockResolvedValue();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await trust(good);
  });

  function trust(...credentials: readonly FederatedCredential[]): Promise<void> {
    return trustInAzure(scene.simulator.environment, credentials);
  }

  const COMPARE =
    "; nothing was run; the token that was sent has the issuer 'https://<uuid>.tokens.sts.global.api.aws', the subject 'arn:aws:iam::123456789012:role/Demo-handler' and the audience 'api://AzureADTokenExchange'; the federated credential must have the same, letter by letter";

  test.each<{ what: string; wrong: Partial<FederatedCredential>; expected: string }>([
    {
      what: "subject",
      wrong: { subject: "arn:aws:iam::123456789012:role/other" },
      expected:
        "no federated credential of the application has this token's subject (AADSTS700213); in GitHub Actions it names the branch, tag, environment or pull request, of an AWS role its ARN: make a credential for the one that runs",
    },
    {
      what: "subject in upper case",
      wrong: { subject: "ARN:AWS:IAM::123456789012:ROLE/DEMO-HANDLER" },
      expected:
        "the federated credential's subject differs from the token's in upper and lower case (AADSTS7002138); write it as the token has it",
    },
    {
      what: "issuer",
      wrong: { issuer: "https://other.tokens.sts.global.api.aws" },
      expected:
        "no federated credential of the application has this token's issuer (AADSTS700211); compare both, also a slash at the end",
    },
    {
      what: "audience",
      wrong: { audience: "sts.amazonaws.com" },
      expected:
        "no federated credential of the application has this token's audience (AADSTS700212); it must be api://AzureADTokenExchange on both sides (in Government api://AzureADTokenExchangeUSGov, in China api://AzureADTokenExchangeChina)",
    },
  ])("another $what in Entra is told of, with what the token has", async ({ wrong, expected }) => {
    await trust({ ...good, ...wrong });
    expect(await failing.reasonOf(RUN)).toBe(
      `Entra refused the credentials from AzureCredentials.webIdentity: ${expected}${COMPARE}`,
    );
  });

  test("an application without a federated credential is told of", async () => {
    await trust();
    expect(await failing.reasonOf(RUN)).toBe(
      `Entra refused the credentials from AzureCredentials.webIdentity: the application has no federated credential (AADSTS70025); add one for what runs here${COMPARE}`,
    );
  });

  test("an account that has federation switched off is told the command that switches it on", async () => {
    await trust(good);
    scene.cloud.federation.enabled = false;
    try {
      expect(await failing.reasonOf(RUN)).toBe(
        "the credentials that AzureCredentials.webIdentity asks for cannot be used: AWS STS gives no token for Azure: outbound identity federation is switched off in this AWS account; switch it on once with 'aws iam enable-outbound-web-identity-federation'; nothing was run",
      );
    } finally {
      scene.cloud.federation.enabled = true;
    }
  });

  test("a refusal leaves nothing on the VM, and the same deployment succeeds when it is mended", async () => {
    expect(await scene.receipts()).toEqual(["<key>/1-create-<h>"]);
    expect(await failing.reasonOf(RUN)).toBe("no failure: UPDATE_COMPLETE");
  });
});

describe("by client secret", () => {
  let fields: Readonly<Record<string, string>>;
  let secretArn: string;
  let refused: FailingRuns;
  beforeAll(async () => {
    const { ARM_TENANT_ID = "", ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = scene.simulator.environment;
    fields = { tenant: ARM_TENANT_ID, client: ARM_CLIENT_ID, good: ARM_CLIENT_SECRET, wrong: "not-the-secret" };
    secretArn = scene.cloud.secrets.put("azure-client", JSON.stringify(fields));
    refused = await FailingRuns.in(scene, "Client");
  });

  const OTHER_ID = "00000000-0000-4000-8000-000000000000";

  function clientSecret(stack: Stack, jsonField: string, ids: { tenantId?: string; clientId?: string } = {}) {
    return AzureCredentials.clientSecret({
      tenantId: fields.tenant ?? "",
      clientId: fields.client ?? "",
      ...ids,
      secret: secretsmanager.Secret.fromSecretCompleteArn(stack, "ClientSecret", secretArn),
      jsonField,
    });
  }

  function withSecret(jsonField: string, ids: { tenantId?: string; clientId?: string } = {}) {
    return ({ stack }: Declaring) => {
      const credentials = clientSecret(stack, jsonField, ids);
      return { ...RUN, provider: AzureRunCommandProvider.getOrCreate(stack, { providerId: "Secret", credentials }) };
    };
  }

  test.each<{ what: string; options: () => ReturnType<typeof withSecret>; expected: string }>([
    {
      what: "a wrong value",
      options: () => withSecret("wrong"),
      expected:
        "Entra refused the credentials from AzureCredentials.clientSecret: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
    },
    {
      what: "a field that is not there",
      options: () => withSecret("missing"),
      expected:
        "the credentials that AzureCredentials.clientSecret asks for cannot be used: the secret '<secret>' has no field 'missing'; nothing was run",
    },
    {
      what: "another client id",
      options: () => withSecret("good", { clientId: OTHER_ID }),
      expected:
        "Entra refused the credentials from AzureCredentials.clientSecret: the tenant has no application with this client id (AADSTS700016); check client id and tenant id; nothing was run",
    },
    {
      what: "another tenant",
      options: () => withSecret("good", { tenantId: OTHER_ID }),
      expected:
        "Entra refused the credentials from AzureCredentials.clientSecret: there is no such tenant (AADSTS90002); check the tenant id; nothing was run",
    },
  ])("$what is told of", async ({ options, expected }) => {
    expect((await refused.reasonOf(options())).replace(secretArn, "<secret>")).toBe(expected);
  });

  test("a secret that has been mended counts at once, in functions that are warm", async () => {
    scene.cloud.secrets.put("azure-client", JSON.stringify({ ...fields, wrong: fields.good }));
    expect(await refused.reasonOf(withSecret("wrong"))).toBe("no failure: UPDATE_COMPLETE");
  });

  test("a stack that signs in by web identity from now on deploys, runs nothing for that, and its next run signs in so", async () => {
    await scene.deploy("Changed", ({ stack, vm }) => {
      vm("vm1").runCommand("Run", { script: counting("changed", "v1"), credentials: clientSecret(stack, "good") });
    });
    const byWebIdentity = (mark: string) =>
      scene.deploy("Changed", ({ run }) => {
        run("Run", { script: counting("changed", mark) });
      });
    expect((await byWebIdentity("v1")).lines).toEqual([
      "Changed UPDATE_IN_PROGRESS: User Initiated",
      "Changed UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "Changed UPDATE_COMPLETE",
    ]);
    expect(await scene.ledger("changed")).toEqual(["create v1"]);
    expect((await byWebIdentity("v2")).status).toBe("UPDATE_COMPLETE");
    expect(await scene.ledger("changed")).toEqual(["create v1", "update v2"]);
  });

  test("the secret is in no log, no execution history and no answer", () => {
    const { executions, log, requests } = scene.cloud;
    const all = JSON.stringify([executions, log, requests]);
    expect([fields.good, fields.wrong].filter((value) => all.includes(value ?? ""))).toEqual([]);
  });
});

describe("while a script runs", () => {
  /** @returns how the deployment ended, what ran, and what it printed. */
  async function underFaults(
    id: string,
    faults: readonly { readonly fault: string; readonly on: string; readonly count: number }[],
  ) {
    const deploying = scene.deploy("Well", ({ run }) => {
      run(id, { script: counting(id, "v1", "sleep 3", "echo done") });
    });
    await scene.untilLedger(id, 1);
    await scene.simulator.admin("POST", "faults", faults);
    const { lines } = await deploying;
    const reports = (await scene.simulator.admin("GET", "faults")) as readonly { readonly struck: number }[];
    await scene.simulator.admin("DELETE", "faults");
    expect(reports.map((report) => report.struck)).toEqual(faults.map(({ count }) => count));
    return [lines.at(-1), ...(await scene.ledger(id)), scene.attributes("Well", id).Stdout];
  }

  test("an Entra that is down for some time is waited for", async () => {
    const seen = await underFaults("EntraDown", [{ fault: "status-503", on: "token", count: 12 }]);
    expect(seen).toEqual(["Well CREATE_COMPLETE", "create v1", "done\n"]);
  });

  test("an Azure that throttles is waited for", async () => {
    const seen = await underFaults("Throttled", [
      { fault: "throttled-retry-after", on: "post", count: 6 },
      { fault: "throttled", on: "poll", count: 6 },
    ]);
    expect(seen).toEqual(["Well UPDATE_COMPLETE", "create v1", "done\n"]);
  });
});
