/** Requests of CloudFormation's, as the framework hands them on. */
import { readRequest } from "../../../constructs/handler/event";
import { eventOf, PROPERTIES, STACK_ID } from "./support/events";

test("an Update is read with both of its properties", () => {
  const event = eventOf({
    type: "Update",
    requestId: "r",
    sentAt: "20231114T221320Z",
    physicalId: "azrc-1",
    properties: { A: "new" },
    oldProperties: { A: "old" },
  });
  expect(readRequest(event)).toEqual({
    type: "Update",
    isWait: false,
    stackId: STACK_ID,
    requestId: "r",
    sentAtMs: 1_700_000_000_000,
    logicalResourceId: "Install",
    physicalResourceId: "azrc-1",
    properties: { ...PROPERTIES, A: "new" },
    oldProperties: { ...PROPERTIES, A: "old" },
  });
});

test("what is not there is empty", () => {
  const { ResourceProperties: _, ...event } = eventOf({ isWait: true });
  expect(readRequest(event)).toMatchObject({
    isWait: true,
    physicalResourceId: undefined,
    properties: {},
    oldProperties: {},
  });
});

test.each([
  ["?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20240426T194214Z&X-Amz-SignedHeaders=host", "2024-04-26T19:42:14Z"],
  ["?X-Amz-Date=20240426T194214Z", "2024-04-26T19:42:14Z"],
  ["?X-Amz-Date=20241399T194214Z", undefined],
  ["?AWSAccessKeyId=AKIA&Expires=1700007200&Signature=x", undefined],
  ["?Not-X-Amz-Date=20240426T194214Z", undefined],
  ["", undefined],
])("when it was sent tells the date of the address for its answer: %s", (query, expected) => {
  const event = {
    ...eventOf(),
    ResponseURL: `https://cloudformation-custom-resource-response-euwest1.example/arn${query}`,
  };
  expect(readRequest(event).sentAtMs).toBe(expected === undefined ? undefined : Date.parse(expected));
});

test.each([[undefined], [{}], ["text"], [{ ...eventOf(), RequestType: "Read" }], [{ ...eventOf(), StackId: 1 }]])(
  "%j is no request",
  (event) => {
    expect(() => readRequest(event)).toThrow(
      "this is no request of CloudFormation's: RequestType, StackId, RequestId and LogicalResourceId are expected; only the CDK's Provider framework calls this function",
    );
  },
);
