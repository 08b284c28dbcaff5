/** Whether two props mean the same. */
import { Duration } from "aws-cdk-lib";
import { isSameValue } from "../../constructs/same-value";
import { newStack } from "./support/synth";

test.each<{ what: string; one: unknown; other: unknown }>([
  { what: "the same text", one: "a", other: "a" },
  { what: "durations of the same length in other units", one: Duration.minutes(1), other: Duration.seconds(60) },
  { what: "lists of the same", one: ["a", { b: 1 }], other: ["a", { b: 1 }] },
  { what: "maps of the same in another order", one: { a: 1, b: [2] }, other: { b: [2], a: 1 } },
  { what: "a name that is left out, and one that is undefined", one: { a: 1 }, other: { a: 1, b: undefined } },
])("$what is the same, whichever comes first", ({ one, other }) => {
  expect([isSameValue(one, other), isSameValue(other, one)]).toEqual([true, true]);
});

test.each<{ what: string; one: unknown; other: unknown }>([
  { what: "another text", one: "a", other: "b" },
  { what: "another duration", one: Duration.minutes(1), other: Duration.seconds(61) },
  { what: "a list with more in it", one: ["a"], other: ["a", "b"] },
  { what: "a list in another order", one: ["a", "b"], other: ["b", "a"] },
  { what: "a map with more in it", one: { a: 1 }, other: { a: 1, b: 2 } },
  { what: "a map and a list", one: { 0: "a" }, other: ["a"] },
  { what: "nothing, and an empty map", one: undefined, other: {} },
])("$what is not the same, whichever comes first", ({ one, other }) => {
  expect([isSameValue(one, other), isSameValue(other, one)]).toEqual([false, false]);
});

test("constructs are the same only when they are one", () => {
  const stack = newStack();
  expect(isSameValue(stack, stack)).toBe(true);
  expect(isSameValue(stack, newStack())).toBe(false);
});
