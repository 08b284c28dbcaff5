import { allows, type Call, PolicyError, readPolicy } from "../simulator/iam/policy";

const CALL: Call = {
  action: "s3:GetObject",
  resource: "arn:aws:s3:::bucket/folder/key",
  context: { "aws:SecureTransport": ["true"], "sts:DurationSeconds": ["300"], "sts:Audience": ["a", "b"] },
};

function verdict(statement: object): boolean {
  const whole = { Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...statement };
  return allows(readPolicy({ Version: "2012-10-17", Statement: [whole] }), CALL);
}

test.each<[when: string, statement: object, allowed: boolean]>([
  ["it names action and resource", { Resource: CALL.resource }, true],
  ["the action differs by case", { Action: "S3:getobject" }, true],
  ["a pattern covers the action", { Action: ["sts:*", "s3:Get*"] }, true],
  ["it names another action", { Action: "s3:PutObject" }, false],
  ["a pattern covers the resource", { Resource: ["arn:aws:s3:::other/*", "arn:aws:s3:::bucket/*"] }, true],
  ["? stands for one character", { Resource: "arn:aws:s3:::bucket/folder/k?y" }, true],
  ["? does not stand for two", { Resource: "arn:aws:s3:::bucket/folder/k?" }, false],
  ["a dot is a dot", { Resource: "arn.aws.s3...bucket/folder/key" }, false],
  ["the resource differs by case", { Resource: "arn:aws:s3:::Bucket/folder/key" }, false],
  ["Bool holds", { Condition: { Bool: { "aws:SecureTransport": true } } }, true],
  ["a key differs by case", { Condition: { Bool: { "AWS:securetransport": "true" } } }, true],
  ["a number is not more", { Condition: { NumericLessThanEquals: { "sts:DurationSeconds": 300 } } }, true],
  ["a number is more", { Condition: { NumericLessThanEquals: { "sts:DurationSeconds": "299" } } }, false],
  ["the request lacks the key", { Condition: { StringEquals: { "s3:none": "x" } } }, false],
  ["StringEquals meets several values", { Condition: { StringEquals: { "sts:Audience": ["a", "b"] } } }, false],
  [
    "all of several values are named",
    { Condition: { "ForAllValues:StringEquals": { "sts:Audience": ["a", "b", "c"] } } },
    true,
  ],
  [
    "one of several values is not named",
    { Condition: { "ForAllValues:StringEquals": { "sts:Audience": "a" } } },
    false,
  ],
  ["ForAllValues meets no value at all", { Condition: { "ForAllValues:StringEquals": { "s3:none": "x" } } }, true],
  ["Null says that there is no value, and there is none", { Condition: { Null: { "s3:none": "true" } } }, true],
  ["Null says that there is a value, and there is none", { Condition: { Null: { "s3:none": "false" } } }, false],
  [
    "one of two conditions does not hold",
    { Condition: { Bool: { "aws:SecureTransport": "true" }, Null: { "s3:none": "false" } } },
    false,
  ],
])("when %s, a statement allows: %s", (_when, statement, allowed) => {
  expect(verdict(statement)).toBe(allowed);
});

test("a denial wins over what allows", () => {
  const statements = readPolicy({
    Statement: [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::bucket/*" },
    ],
  });
  expect(allows(statements, CALL)).toBe(false);
});

test("nothing allows what no statement names", () => {
  expect(allows([], CALL)).toBe(false);
});

test.each([
  [
    "NotAction",
    { NotAction: "s3:*" },
    "the simulator does not know the policy element NotAction; add it to iam/policy.ts",
  ],
  [
    "an operator",
    { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
    "the simulator does not know the policy operator IpAddress; add it to iam/policy.ts",
  ],
])("%s that the simulator does not know is an error", (_what, statement, message) => {
  expect(() => verdict(statement)).toThrow(new PolicyError(message));
});
