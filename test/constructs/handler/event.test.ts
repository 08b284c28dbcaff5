/** Requests of CloudFormation's, as the framework hands them on. */
import { readRequest } from "../../../constructs/handler/event";
import { eventOf, PROPERTIES, STACK_ID } from "./support/events";

test("an Update is read with both of its properties", () => {
  const event = eventOf({
    type: "Update",
    requestId: "r",
    physicalId: "azrc-1",
    properties: { A: "new" },
    oldProperties: { A: "old" },
  });
  expect(readRequest(event)).toEqual({
    type: "Update",
    isWait: false,
    stackId: STACK_ID,
    requestId: "r",
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

test.each([[undefined], [{}], ["text"], [{ ...eventOf(), RequestType: "Read" }], [{ ...eventOf(), StackId: 1 }]])(
  "%j is no request",
  (event) => {
    expect(() => readRequest(event)).toThrow(
      "this is no request of CloudFormation's: RequestType, StackId, RequestId and LogicalResourceId are expected; only the CDK's Provider framework calls this function",
    );
  },
);
