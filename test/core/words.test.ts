import { countVms, joined, quotedNames } from "../../core/words";

test.each([
  { names: [], most: 3, expected: "" },
  { names: ["a"], most: 3, expected: "'a'" },
  { names: ["a", "b", "c"], most: 3, expected: "'a', 'b' and 'c'" },
  { names: ["a", "b", "c", "d"], most: 3, expected: "'a', 'b', 'c' and 1 more" },
  { names: ["a", "b", "c", "d"], most: undefined, expected: "'a', 'b', 'c' and 'd'" },
])("of $names, at most $most, is said: $expected", ({ names, most, expected }) => {
  expect(quotedNames(names, most)).toBe(expected);
});

test("parts are joined as one says them", () => {
  expect([joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])]).toEqual([
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
});

test("VMs are counted as one says it", () => {
  expect([countVms(0), countVms(1), countVms(2), countVms(1, "more"), countVms(2, "more")]).toEqual([
    "0 VMs",
    "1 VM",
    "2 VMs",
    "1 more VM",
    "2 more VMs",
  ]);
});
