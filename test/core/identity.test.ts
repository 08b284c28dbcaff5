import { type RunContent, resourceKey, runId } from "../../core/identity";

const CONTENT: RunContent = { script: "uptime", environment: { A: "1", B: "2" }, arguments: ["x"], triggers: null };

test("a key is 20 hexadecimal digits and depends on the name alone", () => {
  expect(resourceKey("urn:pulumi:dev::app::t::prepare")).toBe("cb3e536984817495b518");
});

test("the same intent has the same name, whatever the order of its parameters", () => {
  const reordered: RunContent = { ...CONTENT, environment: { B: "2", A: "1" } };
  expect(runId("k", 1, "create", reordered, [])).toBe(runId("k", 1, "create", CONTENT, []));
  expect(runId("k", 1, "create", CONTENT, [])).toMatch(/^1-create-[0-9a-f]{12}$/);
});

test.each<{ what: string; other: string }>([
  { what: "resource", other: runId("other", 1, "create", CONTENT, []) },
  { what: "generation", other: runId("k", 2, "create", CONTENT, []) },
  { what: "reason", other: runId("k", 1, "update", CONTENT, []) },
  { what: "script", other: runId("k", 1, "create", { ...CONTENT, script: "date" }, []) },
  { what: "parameter", other: runId("k", 1, "create", { ...CONTENT, environment: { A: "1", B: "3" } }, []) },
  { what: "argument", other: runId("k", 1, "create", { ...CONTENT, arguments: ["x", ""] }, []) },
  { what: "trigger", other: runId("k", 1, "create", { ...CONTENT, triggers: [1] }, []) },
])("another $what is another run", ({ other }) => {
  expect(other).not.toBe(runId("k", 1, "create", CONTENT, []));
});

describe("of secrets", () => {
  const secret = (value: string) =>
    runId("k", 1, "create", { ...CONTENT, environment: { PW: value }, script: `echo ${value}` }, [value]);

  test("a name tells no more than two digits, so that two values in 256 have the same one", () => {
    const names = new Set(Array.from({ length: 2_000 }, (_, index) => secret(`hunter${index}`)));
    expect(names.size).toBeLessThanOrEqual(256);
    expect(names.size).toBeGreaterThan(200);
    expect(new Set([...names].map((name) => name.slice(0, -2))).size).toBe(1);
  });

  test("a changed value is usually another run", () => {
    expect(secret("hunter2")).not.toBe(secret("hunter3"));
  });
});
