import { listMembers } from "../../../core/arm/scale-set";
import { RunFailedError } from "../../../core/failures/errors";
import { type Answer, type Exchange, virtualOutside } from "../../support/virtual-outside";
import { sessionOn } from "../failures/ask-azure";

const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
const ID = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", scaleSetName: "web" };
const GROUP = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg" };
const ARM = "https://management.azure.com";
const COMPUTE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute`;
const SCALE_SET = `${COMPUTE}/virtualMachineScaleSets/web`;
const READ_SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets/read";

type Answers = (path: string, exchange: Exchange) => Answer;

/** An Azure with a scale set of a mode, whose members are as told. */
function azure(mode: string | undefined, list: Answers) {
  const outside = virtualOutside((exchange) => {
    const { pathname } = new URL(exchange.url);
    return pathname === SCALE_SET
      ? { status: 200, body: { name: "web", properties: { orchestrationMode: mode } } }
      : list(pathname, exchange);
  });
  return { outside, list: async () => listMembers(ID, await sessionOn(outside).client()) };
}

const page = (value: readonly unknown[], nextLink?: string): Answer => ({ status: 200, body: { value, nextLink } });
const vm = (name: string, provisioningState = "Succeeded") => ({
  id: `${COMPUTE}/virtualMachines/${name}`,
  name,
  properties: { provisioningState },
});
const instance = (instanceId: string, provisioningState = "Succeeded") => ({
  id: `${SCALE_SET}/virtualMachines/${instanceId}`,
  instanceId,
  properties: { provisioningState },
});

describe("the members of a Flexible scale set", () => {
  test("are the VMs of its group that Azure has filtered, page by page, in the order of their names", async () => {
    const { list, outside } = azure("Flexible", (_path, { url }) =>
      url.includes("skiptoken")
        ? page([vm("web_a")])
        : page([vm("web_c"), vm("web_b")], `${ARM}${COMPUTE}/virtualMachines?$skiptoken=2`),
    );
    expect(await list()).toEqual({
      mode: "Flexible",
      members: ["web_a", "web_b", "web_c"].map((vmName) => ({ ...GROUP, vmName })),
    });
    expect(outside.exchanges.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`)).toEqual([
      `GET ${ARM}${SCALE_SET}?api-version=2024-11-01`,
      `GET ${ARM}${COMPUTE}/virtualMachines?api-version=2024-11-01&$filter='virtualMachineScaleSet/id' eq '${SCALE_SET}'`,
      `GET ${ARM}${COMPUTE}/virtualMachines?$skiptoken=2`,
    ]);
  });

  test("are not those that are being deleted", async () => {
    const { list } = azure("Flexible", () => page([vm("web_a", "Deleting"), vm("web_b", "Creating")]));
    expect((await list()).members.map(({ vmName }) => vmName)).toEqual(["web_b"]);
  });
});

describe("the members of a Uniform scale set", () => {
  test.each(["Uniform", undefined])(
    "are its instances, in the order of their ids, when its mode is %s",
    async (mode) => {
      const { list, outside } = azure(mode, () => page([instance("10"), instance("2"), instance("3", "Deleting")], ""));
      expect(await list()).toEqual({
        mode: "Uniform",
        members: ["2", "10"].map((instanceId) => ({
          ...GROUP,
          vmName: `web_${instanceId}`,
          instance: { scaleSetName: "web", instanceId },
        })),
      });
      expect(outside.exchanges.at(-1)?.url).toBe(`${ARM}${SCALE_SET}/virtualMachines?api-version=2024-11-01`);
    },
  );

  test("can be none at all", async () => {
    expect(await azure("Uniform", () => page([])).list()).toEqual({ mode: "Uniform", members: [] });
  });

  test("whose list does not end are not taken for all there are", async () => {
    const { list, outside } = azure("Uniform", () => page([instance("0")], `${ARM}${SCALE_SET}/virtualMachines?again`));
    await expect(list()).rejects.toThrow(
      "the VMs of the scale set 'web' cannot be listed: Azure answered with status 200; Azure says \"the list has more than 100 pages\"; nothing was run",
    );
    expect(outside.exchanges).toHaveLength(101);
  });

  test("of which a page cannot be read are not taken for all there are", async () => {
    const { list } = azure("Uniform", (_path, { url }) =>
      url.includes("again")
        ? { status: 500, body: "" }
        : page([instance("0")], `${ARM}${SCALE_SET}/virtualMachines?again`),
    );
    await expect(list()).rejects.toMatchObject({ failure: { kind: "ScaleSetUnreadable", status: 500 } });
  });

  test("are not followed to a foreign host", async () => {
    const { list, outside } = azure("Uniform", () => page([], "https://evil.example/"));
    await expect(list()).rejects.toMatchObject({ failure: { kind: "ForeignUrl" } });
    expect(outside.exchanges).toHaveLength(2);
  });
});

describe("a list that Azure does not give", () => {
  const refusal = (status: number, code: string, message: string): Answer => ({
    status,
    body: { error: { code, message } },
  });
  const noRight = (action: string): Answer =>
    refusal(403, "AuthorizationFailed", `no authorization to perform action '${action}' over scope 'x'.`);

  /** What is thrown when the scale set itself is refused. */
  async function thrownFor(answer: Answer): Promise<unknown> {
    const outside = virtualOutside(() => answer);
    return listMembers(ID, await sessionOn(outside).client()).catch((error: unknown) => error);
  }

  test.each<{ what: string; answer: Answer; message: string }>([
    {
      what: "of a scale set that is not there",
      answer: refusal(404, "ResourceNotFound", "was not found."),
      message:
        "there is no scale set 'web' in resource group 'rg': Azure says \"was not found.\"; check the name, the group and the subscription; nothing was run",
    },
    {
      what: "of a group that is not there",
      answer: refusal(404, "ResourceGroupNotFound", "m"),
      message:
        "there is no resource group 'rg', and so no scale set 'web' in it: Azure says \"m\"; check the name, the group and the subscription; nothing was run",
    },
    {
      what: "of a subscription that is not there",
      answer: refusal(404, "SubscriptionNotFound", "m"),
      message:
        "the subscription of the scale set 'web' is not there, or these credentials cannot see it: Azure says \"m\"; check the name, the group and the subscription; nothing was run",
    },
    {
      what: "for want of a right",
      answer: noRight(READ_SCALE_SET),
      message: `not allowed to list the VMs of the scale set 'web': the right '${READ_SCALE_SET}' is missing; give the role 'Virtual Machine Contributor', or one with this action, on its resource group; Azure says AuthorizationFailed: "no authorization to perform action '${READ_SCALE_SET}' over scope 'x'."; nothing was run`,
    },
    {
      what: "for a reason of its own",
      answer: refusal(400, "Odd", "odd."),
      message:
        "the VMs of the scale set 'web' cannot be listed: Azure answered with status 400; Azure says Odd: \"odd.\"; nothing was run",
    },
    {
      what: "with a token that it does not take",
      answer: refusal(401, "ExpiredAuthenticationToken", "m"),
      message:
        "Azure did not take the token for 'web': it had expired; check this machine's clock, or sign in again, then deploy again; Azure says ExpiredAuthenticationToken: \"m\"; nothing was run",
    },
    {
      what: "to one who asks too often",
      answer: refusal(429, "SubscriptionRequestsThrottled", "Please try again after '6' seconds."),
      message:
        "Azure refused requests for 'web': there were too many; wait 6 s, and look what else asks so often, then deploy again; Azure says \"Please try again after '6' seconds.\"; nothing was run",
    },
  ])("$what is told in a sentence", async ({ answer, message }) => {
    const thrown = await thrownFor(answer);
    expect(thrown).toBeInstanceOf(RunFailedError);
    expect((thrown as RunFailedError).message).toBe(message);
  });

  test.each([
    { mode: "Flexible", right: "Microsoft.Compute/virtualMachines/read" },
    { mode: "Uniform", right: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read" },
  ])("names the right on the members of a $mode scale set, also when Azure does not", async ({ mode, right }) => {
    const silent = azure(mode, () => refusal(403, "AuthorizationFailed", "no."));
    await expect(silent.list()).rejects.toMatchObject({ failure: { kind: "ScaleSetUnreadable", status: 403, right } });
  });

  test("is nothing that can be read", async () => {
    const odd = azure("Uniform", () => ({ status: 200, body: { values: [] } }));
    await expect(odd.list()).rejects.toMatchObject({ failure: { kind: "ScaleSetUnreadable", status: 200 } });
  });

  test("because nobody answers", async () => {
    expect(await thrownFor({ lost: "ECONNRESET" })).toMatchObject({ failure: { kind: "Unreachable" } });
  });
});
