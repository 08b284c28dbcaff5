/**
 * `examples/ci`: its program on the real engine (azure-native's plugin has a stand-in), and its workflow: that its jobs sign in to
 * Azure as that program allows, and not otherwise.
 */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { parse } from "yaml";
import { RUN_ACTIONS } from "../../azure-native/actions";
import { readSettings } from "../../core/sign-in/settings";
import { ROOT } from "./support/engine";
import { exampleProject } from "./support/examples";
import type { PulumiProject, StoredResource } from "./support/pulumi-project";
import { type SimulatorProcess, startSimulatorProcess } from "./support/simulator-process";

jest.setTimeout(300_000);

interface Job {
  readonly if: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly concurrency?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<"preview" | "deploy" | "drift", Job>>;
}

/** As GitHub names it in tokens, by name and with its ids. Source: GitHub, "OpenID Connect reference", immutable subject claims. */
const OLD_REPOSITORY = "repo:my-company/my-repository";
const REPOSITORY = "repo:my-company@1234567/my-repository@7654321";
const ISSUER = "https://token.actions.githubusercontent.com";

const workflow = parse(readFileSync(join(ROOT, "examples/ci/deploy.yml"), "utf8")) as Workflow;

/** What the runner of GitHub puts in the place of `${{ vars.NAME }}`. */
function environmentOf(job: Job, variables: Readonly<Record<string, unknown>>): Record<string, string> {
  const values = Object.entries({ ...workflow.env, ...job.env });
  const evaluate = (text: string) => text.replace(/\$\{\{ vars\.(\w+) \}\}/g, (_all, name) => String(variables[name]));
  return Object.fromEntries(values.map(([name, text]) => [name, evaluate(text)]));
}

describe("the workflow", () => {
  const variables = { AZURE_CLIENT_ID: "client", AZURE_TENANT_ID: "tenant", AZURE_SUBSCRIPTION_ID: "subscription" };
  /** Set by the runner where the job may have a token. Source: GitHub, "OpenID Connect reference". */
  const token = {
    ACTIONS_ID_TOKEN_REQUEST_URL: "https://pipelines.example/token",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "b",
  };

  test.each(["deploy", "drift"] as const)("'%s' signs in with GitHub's token, as the variables say", (name) => {
    const job = workflow.jobs[name];
    expect(job.permissions).toEqual({ contents: "read", "id-token": "write" });
    const environment = { ...environmentOf(job, variables), ...token };
    const { credential, subscriptionId } = readSettings(
      () => undefined,
      (variable) => (environment as Record<string, string>)[variable],
    );
    expect(credential).toMatchObject({
      kind: "federated",
      clientId: "client",
      tenantId: "tenant",
      token: { from: "url", url: token.ACTIONS_ID_TOKEN_REQUEST_URL, source: "ACTIONS_ID_TOKEN_REQUEST_URL" },
    });
    expect(subscriptionId).toMatchObject({ value: "subscription", source: "ARM_SUBSCRIPTION_ID" });
  });

  // Of a group one waits, in the place of what waited before it. Source: GitHub, "Control the concurrency of workflows and jobs".
  test("two deployments are never under way at once, none is cut off, and the nightly look cannot take the place of one that waits", () => {
    const { preview, deploy, drift } = workflow.jobs;
    expect([preview, deploy, drift].map(({ concurrency }) => concurrency)).toEqual([undefined, "production", "drift"]);
  });

  test("a pull request has nothing to sign in with, and one of a fork does not even begin, as it has no secrets", () => {
    const { permissions, env, environment, if: when } = workflow.jobs.preview;
    expect(when).toBe(
      "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository",
    );
    expect(permissions).toEqual({ contents: "read", "pull-requests": "write" });
    expect([env, environment]).toEqual([undefined, undefined]);
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(Object.keys(workflow.env)).toEqual(["STACK", "PULUMI_ACCESS_TOKEN", "ARM_SUBSCRIPTION_ID"]);
  });
});

describe("with an engine", () => {
  let simulator: SimulatorProcess;
  let project: PulumiProject | undefined;

  beforeAll(async () => {
    simulator = await startSimulatorProcess();
  });

  afterEach(() => project?.cleanUp());

  afterAll(() => simulator.stop());

  test("the program makes an identity that only the workflow's own jobs can sign in as, and that may only run commands", async () => {
    const config = { "ci:resourceGroupName": "rg", "ci:repositorySubject": REPOSITORY };
    project = await exampleProject(simulator, "ci", { config, azureNative: true });
    expect(await project.up()).toMatchObject({ exitCode: 0, output: expect.stringContaining("+ 6 created") });
    const stored = (await project.export()).deployment.resources ?? [];
    const inputsOf = (type: string) => stored.find((resource: StoredResource) => resource.type === type)?.inputs ?? {};

    expect(inputsOf("azure-native:authorization:RoleDefinition")).toMatchObject({
      assignableScopes: [simulator.ids.group],
      permissions: [{ actions: [...RUN_ACTIONS] }],
    });
    expect(inputsOf("azure-native:authorization:RoleAssignment")).toMatchObject({
      scope: simulator.ids.group,
      principalId: "its-object-id",
      principalType: "ServicePrincipal",
    });

    const outputs = await project.outputs();
    const { issuer, subject, audiences } = inputsOf("azure-native:managedidentity:FederatedIdentityCredential");
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "github" }] };
    const [audience] = audiences as string[];
    await simulator.admin("PUT", "federated-credentials", [{ issuer, subject, audience, jwks }]);
    const signIn = async (sub: string) => {
      const assertion = await new SignJWT({})
        .setProtectedHeader({ alg: "RS256", kid: "github" })
        .setIssuer(ISSUER)
        .setSubject(sub)
        .setAudience("api://AzureADTokenExchange")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey);
      return signedIn(simulator, environmentOf(workflow.jobs.deploy, outputs), assertion);
    };
    expect(await signIn(`${REPOSITORY}:environment:${workflow.jobs.deploy.environment}`)).toBe(200);
    expect(await signIn(`${REPOSITORY}:environment:${workflow.jobs.drift.environment}`)).toBe(200);
    expect(await signIn(`${REPOSITORY}:pull_request`)).toBe(401);
    expect(await signIn("repo:my-company@1234567/my-repository@7654322:environment:production")).toBe(401);
    expect(await signIn(`${OLD_REPOSITORY}:environment:production`)).toBe(401);

    await project.setConfig("repositorySubject", OLD_REPOSITORY);
    expect(await project.preview("--diff")).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(`"${subject}" => "${OLD_REPOSITORY}:environment:production"`),
    });
  });

  test("a pull request's preview needs no more than the id of the subscription", async () => {
    const config = {
      "post-deploy:resourceGroupName": "vms",
      "post-deploy:vmNames": ["web1"],
      "post-deploy:databasePassword": "x",
    };
    const { ARM_SUBSCRIPTION_ID = "" } = environmentOf(workflow.jobs.preview, {
      AZURE_SUBSCRIPTION_ID: simulator.environment.ARM_SUBSCRIPTION_ID,
    });
    const environment = { ARM_SUBSCRIPTION_ID };
    project = await exampleProject(simulator, "post-deploy", { config, environment });
    expect(await project.preview()).toMatchObject({ exitCode: 0, output: expect.stringContaining("+ 3 to create") });
    expect(await simulator.operations()).toEqual([]);
  });
});

/** @returns the status with which Entra answers. */
function signedIn(
  { endpoint, environment: { NODE_EXTRA_CA_CERTS = "" } }: SimulatorProcess,
  environment: Readonly<Record<string, string>>,
  assertion: string,
): Promise<number> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: environment.ARM_CLIENT_ID ?? "",
    scope: "https://management.core.windows.net//.default",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  });
  const options = {
    method: "POST",
    ca: readFileSync(NODE_EXTRA_CA_CERTS),
    agent: false,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}/${environment.ARM_TENANT_ID}/oauth2/v2.0/token`, options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(form.toString());
  });
}
