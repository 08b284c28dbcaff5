import { describeFailure } from "../../../core/failures/errors";
import { cloudByName } from "../../../core/sign-in/clouds";
import {
  classifyCredentialError,
  createCredential,
  networkErrorCode,
  resolveCloud,
} from "../../../core/sign-in/credentials";
import type { CredentialChoice } from "../../../core/sign-in/settings";
import { virtualOutside } from "../../support/virtual-outside";

const PUBLIC = cloudByName("public") ?? fail();
const SECRET: CredentialChoice = {
  kind: "clientSecret",
  tenantId: "tenant",
  clientId: "client",
  clientSecret: "hunter2",
  source: "ARM_CLIENT_SECRET",
};
const DEFAULT: CredentialChoice = { kind: "default", source: "DefaultAzureCredential" };

function fail(): never {
  throw new Error("the public cloud is not known");
}

function sentence(error: Error, choice: CredentialChoice): string {
  return describeFailure(classifyCredentialError(error, choice, PUBLIC));
}

test.each<{ when: string; message: string; expected: string }>([
  {
    when: "has expired",
    message: "invalid_client: AADSTS7000222: The provided client secret keys for app 'client' are expired.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the client secret has expired (AADSTS7000222); make a new one and set it; for 'destroy' and 'refresh' a secret in the stack's configuration is the one of the last 'up': use --run-program or the environment; nothing was run",
  },
  {
    when: "is wrong",
    message: "invalid_client: AADSTS7000215: Invalid client secret provided.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
  },
  {
    when: "belongs to no application",
    message: "AADSTS700016: Application with identifier 'client' was not found in the directory 'tenant'.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the tenant has no application with this client id (AADSTS700016); check client id and tenant id; nothing was run",
  },
  {
    when: "is refused for another reason",
    message: "AADSTS50105: …",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET (AADSTS50105); check tenant id, client id and secret; nothing was run",
  },
  {
    when: "cannot be checked because nobody answers",
    message: "getaddrinfo ENOTFOUND login.microsoftonline.com",
    expected:
      "no answer from login.microsoftonline.com after 3 tries: ENOTFOUND; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
  },
])("a secret that $when is said in one sentence", ({ message, expected }) => {
  expect(sentence(new Error(message), SECRET)).toBe(expected);
});

test("nothing to sign in with is said with the ways to do it", () => {
  const error = new Error("EnvironmentCredential is unavailable.\nAzureCliCredential: …");
  error.name = "ChainedTokenCredential";
  expect(sentence(error, DEFAULT)).toBe(
    "no credentials for Azure were found: DefaultAzureCredential had none; sign in with 'az login', or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET; nothing was run",
  );
});

test("a certificate that is not trusted is told from a network that is down", () => {
  expect(networkErrorCode("request failed: SELF_SIGNED_CERT_IN_CHAIN")).toBe(
    "SELF_SIGNED_CERT_IN_CHAIN (its certificate is not trusted here: behind a company proxy, set NODE_EXTRA_CA_CERTS)",
  );
});

test("a cloud's name that does not exist is answered with those that do", async () => {
  const choice = { kind: "named", name: { value: "mars", source: "ARM_ENVIRONMENT" } } as const;
  await expect(
    resolveCloud(
      choice,
      virtualOutside(() => ({ lost: "nobody" })),
    ),
  ).rejects.toThrow(
    "the Azure cloud in ARM_ENVIRONMENT cannot be used: its value is 'mars', expected 'public', 'usgovernment' or 'china'; for another cloud set azure-native:metadataHost or ARM_METADATA_HOSTNAME; nothing was run",
  );
});

test("a metadata host that answers something else is no cloud", async () => {
  const choice = { kind: "metadata", host: { value: "web.example", source: "ARM_METADATA_HOSTNAME" } } as const;
  await expect(
    resolveCloud(
      choice,
      virtualOutside(() => ({ status: 200, body: "<html>" })),
    ),
  ).rejects.toThrow(
    "the Azure cloud in ARM_METADATA_HOSTNAME cannot be used: https://web.example/metadata/endpoints?api-version=2022-09-01 does not answer with the endpoints of an Azure cloud; nothing was run",
  );
});

test("making a credential asks for nothing", () => {
  const outside = virtualOutside(() => ({ lost: "nobody" }));
  createCredential(SECRET, PUBLIC, outside);
  expect(outside.exchanges).toEqual([]);
});
