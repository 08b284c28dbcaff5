/** Azure's buckets, in simulated time: what finds one empty is refused as Azure does it, and what is left is told. */
import { Throttling } from "../../../simulator/arm/throttling";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

const START_MS = Date.parse("2026-11-26T09:00:00Z");
const clock = new VirtualClock(START_MS);
let sim: Running;

beforeAll(async () => {
  sim = await run({ throttling: "azure" }, { clock });
});
afterAll(stopAll);
/** By then every bucket is full, and its next step a whole one away. */
beforeEach(() => clock.advance(3_600_000));

async function repeated(times: number, call: () => Promise<Answer>): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < times; count++) {
    answers.push(await call());
  }
  return answers;
}

function statuses(answers: readonly Answer[]): string {
  return answers.map(({ status }) => status).join(" ");
}

test("the thirteenth command for a VM within a minute is refused by Compute, with the time until it takes more", async () => {
  const answers = await repeated(13, async () => {
    const answer = await sim.runCommand();
    await clock.advance(1_000);
    return answer;
  });
  expect(statuses(answers)).toBe(`${Array(12).fill("202").join(" ")} 429`);
  const refused = answers[12];
  expect(refused?.headers["retry-after"]).toBe("48");
  expect(JSON.parse(refused?.body ?? "")).toEqual({
    error: {
      code: "OperationNotAllowed",
      message: "The server rejected the request because too many requests have been received for this subscription.",
      details: [
        {
          code: "TooManyRequests",
          target: "UpdateVMResource",
          message:
            '{"operationGroup":"UpdateVMResource","startTime":"2026-11-26T09:59:12+00:00","endTime":"2026-11-26T10:00:12+00:00","allowedRequestCount":12,"measuredRequestCount":13}',
        },
      ],
    },
  });
  await clock.advance(47_000);
  expect(statuses(await repeated(5, () => sim.runCommand()))).toMatch(/^202( \d{3}){3} 429$/);
});

test("what is left for a VM is told with each answer, and comes back once a minute", async () => {
  const left = async (): Promise<string | undefined> => {
    const answer = await sim.runCommand();
    await clock.advance(1_000);
    return /UpdateVMResource;(\d+)/.exec(answer.headers["x-ms-ratelimit-remaining-resource"] ?? "")?.[1];
  };
  expect([await left(), await left()]).toEqual(["11", "10"]);
  await clock.advance(57_000);
  expect(await left()).toBe("9");
  await clock.advance(0);
  expect(await left()).toBe("11");
});

test("an operation takes 45 polls at once and 15 more each minute, whatever other operations of its VM take", async () => {
  const follow = async () => {
    const accepted = await sim.runCommand();
    await clock.advance(1_000);
    return accepted.headers["azure-asyncoperation"] ?? "";
  };
  const first = await follow();
  expect(statuses(await repeated(46, () => sim.arm(first)))).toBe(`${Array(45).fill("200").join(" ")} 429`);
  const second = await follow();
  const poll = await sim.arm(second);
  expect(poll.headers["x-ms-ratelimit-remaining-resource"]).toBe(
    "Microsoft.Compute/GetOperationResource;44,Microsoft.Compute/GetOperationSubscriptionMaximum;14954",
  );
  await clock.advance(60_000);
  expect(statuses(await repeated(16, () => sim.arm(first)))).toBe(`${Array(15).fill("200").join(" ")} 429`);
});

test("Azure Resource Manager takes 250 reads at once and 25 a second, and says how long to wait", () => {
  const throttling = new Throttling("azure");
  const read = (nowMs: number) =>
    throttling.enterArm({ method: "GET", resource: "", nowMs, subscriptionId: "s", objectId: "o" });
  expect(Array.from({ length: 250 }, () => read(0)).every((refused) => refused === undefined)).toBe(true);
  expect(read(400)).toMatchObject({
    status: 429,
    headers: { "retry-after": "1", "x-ms-failure-cause": "gateway" },
  });
  expect(JSON.parse(read(400)?.body ?? "").error).toEqual({
    code: "SubscriptionRequestsThrottled",
    message:
      "Number of 'read' requests for subscription 's' actor 'o' exceeded. Please try again after '1' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.",
  });
  expect(Array.from({ length: 26 }, () => read(1_000)?.status)).toEqual([...Array(25).fill(undefined), 429]);
});

test("who has no good token takes nothing from anybody's bucket", async () => {
  const group = `${sim.subscription}/resourceGroups/rg`;
  await repeated(3, () => sim.call(`${group}?api-version=2024-11-01`, { headers: { authorization: "Bearer no" } }));
  const answers = await repeated(2, () => sim.arm(group));
  expect(answers.map(({ headers }) => headers["x-ms-ratelimit-remaining-subscription-global-reads"])).toEqual([
    "3749",
    "3748",
  ]);
});

test("without throttling nothing is refused, and each answer says that all is there", async () => {
  const unthrottled = await run({}, { clock });
  const answers = await repeated(30, async () => {
    const answer = await unthrottled.runCommand();
    await clock.advance(1_000);
    return answer;
  });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(answers[29]?.headers).toMatchObject({
    "x-ms-ratelimit-remaining-resource":
      "Microsoft.Compute/UpdateVMSubscriptionMaximum;1499,Microsoft.Compute/UpdateVMResource;11",
    "x-ms-ratelimit-remaining-subscription-writes": "199",
    "x-ms-ratelimit-remaining-subscription-global-writes": "2999",
  });
  const read = await unthrottled.arm(`${unthrottled.subscription}/resourceGroups/rg`);
  expect(read.headers).toMatchObject({
    "x-ms-ratelimit-remaining-subscription-reads": "249",
    "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
  });
});
