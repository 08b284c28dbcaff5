/** What DescribeStackEvents tells: in which order, in which pages, and with which properties. */
import type { CloudFormation } from "../simulator/engine/cloudformation";
import { Stack } from "../simulator/engine/stack";
import { cloudFormationService } from "../simulator/services/cloudformation";

const ACCOUNT = { accountId: "123456789012", region: "eu-west-1" };
const ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Demo/1";
const THING = { logicalId: "Thing", physicalId: "thing-1", type: "Custom::Thing" };

let nowMs: number;
let stack: Stack;
beforeEach(() => {
  nowMs = Date.parse("2026-11-26T10:00:00Z");
  stack = new Stack(
    ACCOUNT,
    ID,
    "Demo",
    () => {
      nowMs += 1_250;
      return nowMs;
    },
    () => undefined,
  );
});

interface Asked {
  readonly actions: readonly string[];
  readonly events: readonly Readonly<Record<string, string>>[];
  readonly nextToken: string | undefined;
}

async function ask(nextToken?: string): Promise<Asked> {
  const actions: string[] = [];
  const there = { find: () => stack } as unknown as CloudFormation;
  const form = { Action: "DescribeStackEvents", StackName: ID, ...(nextToken && { NextToken: nextToken }) };
  const reply = await cloudFormationService(ACCOUNT, there).handle({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(new URLSearchParams(form).toString()),
    principal: { kind: "nobody" } as never,
    authorize: (action, resource) => actions.push(`${action} ${resource}`),
    allowed: () => true,
  });
  const xml = String(reply.body);
  const members = [...xml.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = ""]) =>
    Object.fromEntries(
      [...member.matchAll(/<([A-Za-z]+)>([^<]*)</g)].map(([, name = "", value = ""]) => [name, value]),
    ),
  );
  return { actions, events: members, nextToken: /<NextToken>([^<]*)</.exec(xml)?.[1] };
}

test("events come newest first, to who may see those of the stack, with the properties that are asked for", async () => {
  stack.setStatus("CREATE_IN_PROGRESS", "User Initiated");
  stack.note({ ...THING, physicalId: undefined, status: "CREATE_IN_PROGRESS", properties: { A: ["1 & 2"] } });
  expect(await ask()).toEqual({
    actions: [`cloudformation:DescribeStackEvents ${ID}`],
    events: [
      {
        StackId: ID,
        EventId: "Thing-CREATE_IN_PROGRESS-2026-11-26T10:00:02.500Z",
        StackName: "Demo",
        LogicalResourceId: "Thing",
        PhysicalResourceId: "",
        ResourceType: "Custom::Thing",
        Timestamp: "2026-11-26T10:00:02.500Z",
        ResourceStatus: "CREATE_IN_PROGRESS",
        ResourceProperties: "{&quot;A&quot;:[&quot;1 &amp; 2&quot;]}",
      },
      {
        StackId: ID,
        EventId: "Demo-CREATE_IN_PROGRESS-2026-11-26T10:00:01.250Z",
        StackName: "Demo",
        LogicalResourceId: "Demo",
        PhysicalResourceId: ID,
        ResourceType: "AWS::CloudFormation::Stack",
        Timestamp: "2026-11-26T10:00:01.250Z",
        ResourceStatus: "CREATE_IN_PROGRESS",
        ResourceStatusReason: "User Initiated",
      },
    ],
    nextToken: undefined,
  });
});

test("a custom resource that is cleaned up has no properties and another type", async () => {
  stack.note({ ...THING, status: "DELETE_IN_PROGRESS" });
  const [event] = (await ask()).events;
  expect(event).toMatchObject({ ResourceType: "AWS::CloudFormation::CustomResource", PhysicalResourceId: "thing-1" });
  expect(event).not.toHaveProperty("ResourceProperties");
});

test("a page ends before a megabyte, and the next one goes on there", async () => {
  const Text = "x".repeat(400_000);
  for (let index = 0; index < 5; index += 1) {
    stack.note({ ...THING, status: "UPDATE_IN_PROGRESS", physicalId: `thing-${index}`, properties: { Text } });
  }
  const ids: string[][] = [];
  let token: string | undefined;
  do {
    const { events, nextToken } = await ask(token);
    ids.push(events.map(({ PhysicalResourceId = "" }) => PhysicalResourceId));
    token = nextToken;
  } while (token !== undefined);
  expect(ids).toEqual([["thing-4", "thing-3"], ["thing-2", "thing-1"], ["thing-0"]]);
});
