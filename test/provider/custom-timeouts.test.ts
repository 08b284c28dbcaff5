/** The option `customTimeouts`, as the constructor passes it on and as the provider reads it. */
import { readCustomTimeouts, timeoutOf, timeoutsProblem } from "../../provider/custom-timeouts";

test.each<[string, number]>([
  ["90s", 90],
  ["10m", 600],
  ["1h30m", 5_400],
  ["1.5h", 5_400],
  [".5s", 0.5],
  ["1m0.5s", 60.5],
  ["1500ms", 1.5],
])("%s is read as the engine reads it: %d s", (text, seconds) => {
  expect(readCustomTimeouts({ create: text })).toEqual({ create: seconds });
});

test("each operation has its own, and what is not given has none", () => {
  const passed = readCustomTimeouts({ create: "1m", update: undefined, delete: "5s" });
  expect(passed).toEqual({ create: 60, delete: 5 });
  const inputs = { customTimeouts: passed };
  expect((["create", "update", "delete"] as const).map((name) => timeoutOf(inputs, name))).toEqual([60, undefined, 5]);
  expect(timeoutsProblem(inputs)).toBeUndefined();
});

test.each([undefined, null, {}, { read: "5m" }])("%j limits nothing", (option) => {
  expect(readCustomTimeouts(option)).toBeUndefined();
  expect(timeoutOf({}, "create")).toBeUndefined();
});

test.each<[unknown, string]>([
  [{ create: "soon" }, 'customTimeouts.create is "soon", expected a duration such as "90s", "10m" or "1h30m"'],
  [{ update: "10" }, 'customTimeouts.update is "10", expected a duration such as "90s", "10m" or "1h30m"'],
  [{ delete: 30 }, 'customTimeouts.delete is a number, expected a duration such as "90s", "10m" or "1h30m"'],
  [{ delete: "0s" }, 'customTimeouts.delete is "0s", expected a duration such as "90s", "10m" or "1h30m"'],
  [{ create: "-5m" }, 'customTimeouts.create is "-5m", expected a duration such as "90s", "10m" or "1h30m"'],
  [{ create: "5m later" }, 'customTimeouts.create is "5m later", expected a duration such as "90s", "10m" or "1h30m"'],
  [{ create: "" }, 'customTimeouts.create is "", expected a duration such as "90s", "10m" or "1h30m"'],
  ["10m", 'customTimeouts is a string, expected an object such as { create: "10m" }'],
])("%j is a problem that check can report", (option, problem) => {
  const customTimeouts = readCustomTimeouts(option);
  expect(customTimeouts).toEqual({ problem });
  expect(timeoutsProblem({ customTimeouts })).toBe(problem);
  expect(timeoutOf({ customTimeouts }, "create")).toBeUndefined();
});
