import { readFileSync } from "node:fs";
import { run, stopAll } from "../../simulator/running";
import { type Cloud, startCloud } from "../simulator/cloud";
import { answering, assembly, custom, lambda } from "./apps";

let cloud: Cloud | undefined;
afterAll(async () => {
  await cloud?.stop();
  await stopAll();
});

/** Asks STS for a token, and Entra for another in exchange. */
const SIGNING_IN = `
  const { STSClient, GetWebIdentityTokenCommand } = require("@aws-sdk/client-sts");
  const audience = "api://AzureADTokenExchange";
  const { WebIdentityToken } = await new STSClient().send(new GetWebIdentityTokenCommand({ Audience: [audience], SigningAlgorithm: "RS256", DurationSeconds: 300 }));
  const { Tenant, Client } = event.ResourceProperties;
  const answer = await fetch("https://" + process.env.ARM_METADATA_HOSTNAME + "/" + Tenant + "/oauth2/v2.0/token", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials", client_id: Client, scope: "https://management.azure.com/.default", client_assertion: WebIdentityToken,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }),
  });
  const { token_type, error_description } = await answer.json();
  return { Data: { Says: token_type ?? error_description.split(".")[0] } };`;

test("a function signs in to the Azure simulator as its role, once Azure trusts the account", async () => {
  const { simulator } = await run();
  const azure = simulator.environment;
  expect(readFileSync(azure.NODE_EXTRA_CA_CERTS ?? "", "utf8")).toContain("BEGIN CERTIFICATE");
  const here = await startCloud({ azure, scale: 60 });
  cloud = here;
  const role = {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: "signs-in",
      Policies: [
        { PolicyName: "sts", PolicyDocument: { Statement: { Effect: "Allow", Action: "sts:*", Resource: "*" } } },
      ],
    },
  };
  const deploy = async (stackName: string) => {
    const thing = custom({ Tenant: azure.AZURE_TENANT_ID, Client: azure.AZURE_CLIENT_ID });
    const resources = { Role: role, Handler: lambda(answering(SIGNING_IN), { Timeout: 900 }), Thing: thing };
    const outputs = { Says: { Value: { "Fn::GetAtt": ["Thing", "Says"] } } };
    const { outputs: given } = await here.deploy(assembly({ Resources: resources, Outputs: outputs }, stackName));
    return given.Says;
  };
  expect(await deploy("Stranger")).toBe(
    `AADSTS70025: The client '${azure.AZURE_CLIENT_ID}'(simulator) has no configured federated identity credentials`,
  );
  await here.trustRoles(["signs-in"]);
  expect(await deploy("Friend")).toBe("Bearer");
  await here.trustRoles(["somebody-else"]);
  expect(await deploy("Other")).toMatch(
    /^AADSTS7\d+: No matching federated identity record found for presented assertion subject 'arn:aws:iam::123456789012:role\/signs-in'$/,
  );
});

test("a cloud that knows no Azure simulator cannot be trusted by one", async () => {
  const other = await startCloud();
  await expect(other.trustRoles(["any"])).rejects.toThrow(
    "this cloud knows no Azure simulator; start it with `azure`, its environment",
  );
  await other.stop();
});
