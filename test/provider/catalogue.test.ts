/** What a program is told of Azure's own commands. The client of ARM is a stand-in here. */
import * as pulumi from "@pulumi/pulumi";
import type { ArmClient } from "../../core/arm/arm-client";
import { RunFailedError } from "../../core/failures/errors";
import { openSession, type Session } from "../../core/run/session";
import {
  type GetRunCommandDocumentArgs,
  getRunCommandDocument,
  getRunCommandDocumentOutput,
  getRunCommandDocuments,
  getRunCommandDocumentsOutput,
} from "../../provider";

jest.mock("../../core/run/session");

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const OTHER = "22222222-2222-3333-4444-555555555555";
const NETWORK = {
  id: "ifconfig",
  osType: "Linux",
  label: "List network configuration",
  description: "Get the configuration of all network interfaces.",
};
const SHELL = {
  id: "RunShellScript",
  osType: "Linux",
  label: "Executes a Linux shell script",
  description: "Custom multiline shell script should be defined in script property.",
  script: ["echo This is a sample script", "echo Optional parameters: $0 $1"],
  parameters: [{ name: "arg1", type: "string", required: false }],
};

let asked: string[];

beforeEach(async () => {
  await pulumi.runtime.setMocks({ newResource: ({ inputs }) => ({ id: "id", state: inputs }), call: () => ({}) });
  pulumi.runtime.setAllConfig({ "azure-native:subscriptionId": SUBSCRIPTION });
});

afterEach(() => pulumi.runtime.setAllConfig({}));

function answerWith(answer: (path: string) => { readonly status: number; readonly body: unknown }): void {
  asked = [];
  const client: Pick<ArmClient, "get"> = {
    get: async (path) => {
      asked.push(path.replace(/api-version=.*/, "…"));
      const { status, body } = answer(path);
      return { kind: "reply", status, header: () => undefined, body: JSON.stringify(body) };
    },
  };
  jest
    .mocked(openSession)
    .mockImplementation(({ settings }) => ({ settings, client: async () => client }) as Partial<Session> as Session);
}

const pathIn = (subscription: string, rest: string) =>
  `/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${rest}?…`;

function settled<Value>(output: pulumi.Output<Value>): Promise<Value> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as Value));
  });
}

test("the commands of a location are listed, in the subscription of the stack's configuration or of the call", async () => {
  answerWith(() => ({ status: 200, body: { value: [NETWORK, { ...NETWORK, id: "IPConfig", osType: "Windows" }] } }));
  const listed = [NETWORK, { ...NETWORK, id: "IPConfig", osType: "Windows" }];
  expect(await getRunCommandDocuments({ location: "West Europe" })).toEqual(listed);
  expect(await getRunCommandDocuments({ location: "westeurope", subscriptionId: OTHER })).toEqual(listed);
  expect(asked).toEqual([pathIn(SUBSCRIPTION, "westeurope/runCommands"), pathIn(OTHER, "westeurope/runCommands")]);
});

test("of one command the default script and the parameters are told", async () => {
  answerWith(() => ({ status: 200, body: { $schema: "x", ...SHELL } }));
  expect(await getRunCommandDocument({ location: "westeurope", commandId: "RunShellScript" })).toEqual(SHELL);
  expect(asked).toEqual([pathIn(SUBSCRIPTION, "westeurope/runCommands/RunShellScript")]);
});

test("arguments may be outputs", async () => {
  answerWith((path) => ({ status: 200, body: path.includes("ifconfig") ? NETWORK : { value: [NETWORK] } }));
  const location = pulumi.output("westeurope");
  expect(await settled(getRunCommandDocumentsOutput({ location }))).toEqual([NETWORK]);
  const one = getRunCommandDocumentOutput({ location, commandId: Promise.resolve("ifconfig") });
  expect(await settled(one.label)).toBe("List network configuration");
});

test("a failure is a sentence without a stack in the program", async () => {
  answerWith(() => ({ status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } }));
  const failure = {
    kind: "CatalogueUnreadable",
    location: "westeurope",
    status: 403,
    code: "AuthorizationFailed",
    message: "no",
  } as const;
  const error = await getRunCommandDocuments({ location: "westeurope" }).catch((caught: unknown) => caught);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ message: new RunFailedError(failure).message });
});

test("of an id that is not there, the ids that are there are named", async () => {
  answerWith((path) =>
    path.includes("ipconfig")
      ? {
          status: 404,
          body: { error: { code: "NotFound", message: "The entity was not found in this Azure location." } },
        }
      : { status: 200, body: { value: [NETWORK, SHELL] } },
  );
  await expect(getRunCommandDocument({ location: "westeurope", commandId: "ipconfig" })).rejects.toThrow(
    /ipconfig.*ifconfig.*RunShellScript/,
  );
});

test.each<{ args: unknown; problem: string }>([
  { args: undefined, problem: "location is undefined, expected text" },
  { args: { location: " ", commandId: "ifconfig" }, problem: "location is blank" },
  { args: { location: "westeurope", commandId: 7 }, problem: "commandId is a number, expected text" },
  { args: { location: "westeurope", commandId: "" }, problem: "commandId is blank" },
])("$problem, and nothing is asked", async ({ args, problem }) => {
  answerWith(() => ({ status: 200, body: {} }));
  await expect(getRunCommandDocument(args as GetRunCommandDocumentArgs)).rejects.toThrow(problem);
  expect(asked).toEqual([]);
});

test("without a subscription, it is said where to give one", async () => {
  answerWith(() => ({ status: 200, body: {} }));
  pulumi.runtime.setAllConfig({});
  await expect(getRunCommandDocuments({ location: "westeurope" })).rejects.toThrow(
    "no subscription is known: set azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or give 'subscriptionId'",
  );
});
