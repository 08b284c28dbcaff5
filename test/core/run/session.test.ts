import type { VmTarget } from "../../../core/arm/invocation";
import { openSession } from "../../../core/run/session";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import { type Answer, virtualOutside } from "../../support/virtual-outside";

const TARGET: VmTarget = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };

/** @param answers of the metadata endpoint, one after the other; without them the public cloud is meant. */
function session(answers: readonly Answer[] = [], environment: Readonly<Record<string, string>> = {}) {
  const outside = virtualOutside(({ url }, count) => {
    const answer = answers[count - 1];
    if (answer === undefined) {
      throw new Error(`nobody answers ${url}`);
    }
    return answer;
  });
  const variables: Readonly<Record<string, string>> =
    answers.length === 0 ? environment : { ...environment, ARM_METADATA_HOSTNAME: "cloud.example" };
  const settings = readSettings(
    () => undefined,
    (name) => variables[name],
  );
  return {
    outside,
    opened: openSession({ settings, outside, loadCredential, userAgent: "test", waitSliceSeconds: 60 }),
  };
}

const METADATA: Answer = {
  status: 200,
  body: {
    resourceManager: "https://arm.cloud.example/",
    authentication: { loginEndpoint: "https://login.cloud.example", audiences: ["https://arm.cloud.example"] },
  },
};

describe("the cloud", () => {
  test("that could not be reached is tried again by the next resource", async () => {
    const { opened, outside } = session([{ lost: "EHOSTUNREACH" }, METADATA]);
    await expect(opened.lane(TARGET)).rejects.toMatchObject({
      failure: { kind: "Unreachable", host: "cloud.example", detail: "EHOSTUNREACH" },
      mayHaveRun: false,
    });
    expect((await opened.client()).host).toBe("arm.cloud.example");
    expect(outside.exchanges).toHaveLength(2);
  });

  test("is asked for once, however many resources need it at the same time or later", async () => {
    const { opened, outside } = session([METADATA]);
    const [first, second] = await Promise.all([opened.client(), opened.client()]);
    expect(second).toBe(first);
    expect(await opened.client()).toBe(first);
    expect(outside.exchanges).toHaveLength(1);
  });
});

describe("a lane", () => {
  test("is shared by all that name the same VM, in whatever case", async () => {
    const { opened } = session();
    const first = await opened.lane(TARGET);
    expect(await opened.lane({ subscriptionId: "S", resourceGroupName: "RG", vmName: "Web1" })).toBe(first);
  });

  test("is one also for two that ask for it at the same time", async () => {
    const { opened } = session();
    const [first, second] = await Promise.all([opened.lane(TARGET), opened.lane(TARGET)]);
    expect(second).toBe(first);
  });

  test("is shared by one whose subscription is not known and the first that has its names, whichever comes first", async () => {
    const unknown = { ...TARGET, subscriptionId: "" };
    const { opened } = session();
    const first = await opened.lane(TARGET);
    const other = await opened.lane({ ...TARGET, subscriptionId: "s2" });
    expect([await opened.lane(unknown), await opened.lane(TARGET), other === first]).toEqual([first, first, false]);
    const later = session().opened;
    expect(await later.lane(unknown)).toBe(await later.lane(TARGET));
  });

  test.each<{ what: string; other: Partial<VmTarget> }>([
    { what: "name", other: { vmName: "web2" } },
    { what: "group", other: { resourceGroupName: "rg2" } },
    { what: "subscription", other: { subscriptionId: "s2" } },
    { what: "kind", other: { instance: { scaleSetName: "web", instanceId: "1" } } },
  ])("is not shared with a VM of another $what", async ({ other }) => {
    const { opened } = session();
    expect(await opened.lane({ ...TARGET, ...other })).not.toBe(await opened.lane(TARGET));
  });
});

describe("a VM that is named by group and name", () => {
  test("is in the subscription of the settings", () => {
    const { opened } = session([], { ARM_SUBSCRIPTION_ID: "from-settings" });
    expect(opened.complete({ ...TARGET, subscriptionId: "" })).toEqual({ ...TARGET, subscriptionId: "from-settings" });
    expect(opened.complete(TARGET)).toEqual(TARGET);
  });

  test("is nowhere when no subscription is known", () => {
    expect(() => session().opened.complete({ ...TARGET, subscriptionId: "" })).toThrow(
      expect.objectContaining({ failure: { kind: "SubscriptionUnknown" } }),
    );
  });
});
