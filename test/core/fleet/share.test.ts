import { describeShare, readShare, type Share, vmsAtOnce, vmsIn } from "../../../core/fleet/share";
import { makeReader } from "../../../core/inputs/input";

const COUNT: Share = { kind: "count", count: 7 };

function read(value: unknown, least = 0): { readonly share: Share | undefined; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const reader = makeReader({ isUnknown: (one) => one === "?" }, (property, sentence) =>
    problems.push(`${property} ${sentence}`),
  );
  return { share: readShare("maxErrors", value, { least, absent: COUNT }, reader), problems };
}

test.each([
  { share: COUNT, vms: 3, expected: 7, words: "7" },
  { share: { kind: "percentage", percentage: 10 }, vms: 20, expected: 2, words: "10% of 20" },
  { share: { kind: "percentage", percentage: 10 }, vms: 29, expected: 2, words: "10% of 29" },
  { share: { kind: "percentage", percentage: 10 }, vms: 9, expected: 0, words: "10% of 9" },
  { share: { kind: "percentage", percentage: 100 }, vms: 9, expected: 9, words: "100% of 9" },
] as const satisfies readonly { share: Share; vms: number; expected: number; words: string }[])(
  "$words VMs are $expected",
  ({ share, vms, expected, words }) => {
    expect(vmsIn(share, vms)).toBe(expected);
    expect(describeShare(share, vms)).toBe(words);
  },
);

test("at once there is one at least", () => {
  expect(vmsAtOnce({ kind: "percentage", percentage: 10 }, 5)).toBe(1);
  expect(vmsAtOnce({ kind: "percentage", percentage: 50 }, 5)).toBe(2);
});

test.each([
  { value: 0, expected: { kind: "count", count: 0 } },
  { value: 100_000, expected: { kind: "count", count: 100_000 } },
  { value: "0%", expected: { kind: "percentage", percentage: 0 } },
  { value: "100%", expected: { kind: "percentage", percentage: 100 } },
  { value: undefined, expected: COUNT },
  { value: null, expected: COUNT },
])("$value is read", ({ value, expected }) => {
  expect(read(value)).toEqual({ share: expected, problems: [] });
});

test("what is not known yet is no problem", () => {
  expect(read("?")).toEqual({ share: undefined, problems: [] });
});

const EXPECTED = 'expected a whole number of VMs from 0 to 100,000, or a percentage from "0%" to "100%"';

test.each([
  { value: -1, problem: `is -1, ${EXPECTED}` },
  { value: 0.5, problem: `is 0.5, ${EXPECTED}` },
  { value: 100_001, problem: `is 100001, ${EXPECTED}` },
  { value: "101%", problem: `is "101%", ${EXPECTED}` },
  { value: "1.5%", problem: `is "1.5%", ${EXPECTED}` },
  { value: "10", problem: `is "10", ${EXPECTED}; a number is given without quotes` },
  { value: "hunter2", problem: `is another text, ${EXPECTED}` },
  { value: true, problem: `is a boolean, ${EXPECTED}` },
  { value: ["1%"], problem: `is a list, ${EXPECTED}` },
])("$value is refused, without what may be a secret", ({ value, problem }) => {
  expect(read(value)).toEqual({ share: undefined, problems: [`maxErrors ${problem}`] });
});

test("where one VM is the least, none is refused", () => {
  const expected = 'expected a whole number of VMs from 1 to 100,000, or a percentage from "1%" to "100%"';
  expect(read(0, 1).problems).toEqual([`maxErrors is 0, ${expected}`]);
  expect(read("0%", 1).problems).toEqual([`maxErrors is "0%", ${expected}`]);
});
