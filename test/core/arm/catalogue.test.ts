import { type CommandPlace, getCommand, listCommands } from "../../../core/arm/catalogue";
import { type Answer, type Exchange, virtualOutside } from "../../support/virtual-outside";
import { sessionOn } from "../failures/ask-azure";

const PLACE: CommandPlace = { subscriptionId: "s", location: "West Europe" };
const BASE =
  "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/westeurope/runCommands";
const RUN_SHELL_SCRIPT = {
  $schema: "http://schema.management.azure.com/schemas/2016-11-17/runcommands.json",
  id: "RunShellScript",
  osType: "Linux",
  label: "Executes a Linux shell script",
  description: "Custom multiline shell script should be defined in script property.",
};
const SUMMARY = {
  id: "RunShellScript",
  osType: "Linux",
  label: "Executes a Linux shell script",
  description: "Custom multiline shell script should be defined in script property.",
};

function azure(answer: (exchange: Exchange) => Answer) {
  const outside = virtualOutside(answer);
  return { outside, client: () => sessionOn(outside).client() };
}

describe("the list of commands", () => {
  test("is read, page by page, for a location that may be written as the portal shows it", async () => {
    const { client, outside } = azure(({ url }) => ({
      status: 200,
      body: url.includes("page2")
        ? { value: [{ id: "ifconfig" }, { label: "no id" }] }
        : { value: [RUN_SHELL_SCRIPT], nextLink: `${BASE}?page2` },
    }));
    expect(await listCommands(PLACE, await client())).toEqual([
      SUMMARY,
      { id: "ifconfig", osType: undefined, label: undefined, description: undefined },
    ]);
    expect(outside.exchanges.map(({ url }) => url)).toEqual([`${BASE}?api-version=2024-11-01`, `${BASE}?page2`]);
  });

  test("that has no end is not followed for ever, nor taken for all there is", async () => {
    const { client, outside } = azure(() => ({ status: 200, body: { value: [], nextLink: `${BASE}?again` } }));
    await expect(listCommands(PLACE, await client())).rejects.toThrow(
      "Azure's list of run commands in 'West Europe' cannot be read: status 200: \"the list has more than 100 pages\"; see that",
    );
    expect(outside.exchanges).toHaveLength(100);
  });

  test("that goes on at a foreign host does not get the token", async () => {
    const { client, outside } = azure(() => ({ status: 200, body: { value: [], nextLink: "https://evil.example/" } }));
    await expect(listCommands(PLACE, await client())).rejects.toMatchObject({ failure: { kind: "ForeignUrl" } });
    expect(outside.exchanges).toHaveLength(1);
  });

  test("that cannot be read is a failure with Azure's words", async () => {
    const error = { code: "LocationNotFound", message: "m" };
    const { client } = azure(() => ({ status: 404, body: { error } }));
    await expect(listCommands(PLACE, await client())).rejects.toMatchObject({
      message:
        "Azure's list of run commands in 'West Europe' cannot be read: 404 LocationNotFound: \"m\"; see that this is the name of a location, and that the right 'Microsoft.Compute/locations/runCommands/read' is there on the subscription",
    });
  });
});

describe("one command", () => {
  test("comes with its default script and its parameters", async () => {
    const { client, outside } = azure(() => ({
      status: 200,
      body: {
        ...RUN_SHELL_SCRIPT,
        script: ["echo This is a sample script", "echo Optional parameters: $0 $1"],
        parameters: [{ name: "arg1", type: "string", required: false }, { name: "arg2", defaultValue: "x" }, {}],
      },
    }));
    expect(await getCommand(PLACE, "RunShellScript", await client())).toEqual({
      ...SUMMARY,
      script: ["echo This is a sample script", "echo Optional parameters: $0 $1"],
      parameters: [
        { name: "arg1", type: "string", required: false, defaultValue: undefined },
        { name: "arg2", type: undefined, required: undefined, defaultValue: "x" },
      ],
    });
    expect(outside.exchanges[0]?.url).toBe(`${BASE}/RunShellScript?api-version=2024-11-01`);
  });

  test("of which Azure gives no script has none, and none is invented", async () => {
    const { client } = azure(() => ({ status: 200, body: RUN_SHELL_SCRIPT }));
    expect(await getCommand(PLACE, "RunShellScript", await client())).toEqual({
      ...SUMMARY,
      script: undefined,
      parameters: undefined,
    });
  });

  test("that is not there is told with those that are", async () => {
    const { client } = azure(({ url }) =>
      url.includes("/runCommands/")
        ? { status: 404, body: { error: { code: "NotFound", message: "m" } } }
        : { status: 200, body: { value: [{ id: "RunShellScript" }, { id: "ifconfig" }] } },
    );
    await expect(getCommand(PLACE, "ip/config", await client())).rejects.toMatchObject({
      message: "Azure knows no command 'ip/config' in 'West Europe': those that are there: RunShellScript, ifconfig",
    });
  });

  test("whose document is none cannot be read", async () => {
    const { client } = azure(() => ({ status: 200, body: [] }));
    await expect(getCommand(PLACE, "x", await client())).rejects.toMatchObject({
      failure: { kind: "CatalogueUnreadable", status: 200 },
    });
  });
});
