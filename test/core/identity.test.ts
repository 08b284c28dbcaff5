import { type RunContent, resourceKey, runId } from "../../core/identity";
import { NO_GUARDS } from "../../core/inputs/input-guards";

const CONTENT: RunContent = {
  script: "uptime",
  environment: { A: "1", B: "2" },
  protectedEnvironment: {},
  arguments: ["x"],
  triggers: null,
  replaceTriggers: null,
  guards: NO_GUARDS,
  runAsUser: null,
  workingDirectory: null,
  occasion: null,
};

test("a key is 20 hexadecimal digits and depends on the name alone", () => {
  expect(resourceKey("urn:pulumi:dev::app::t::prepare")).toBe("cb3e536984817495b518");
});

test("the same intent has the same name, whatever the order of its parameters", () => {
  const reordered: RunContent = { ...CONTENT, environment: { B: "2", A: "1" } };
  expect(runId("k", 1, "create", reordered, [])).toBe(runId("k", 1, "create", CONTENT, []));
  expect(runId("k", 1, "create", CONTENT, [])).toMatch(/^1-create-[0-9a-f]{12}$/);
});

test("a run that uses nothing of what came later has the name that version 0.1.0 gave it", () => {
  expect(runId("k", 1, "create", CONTENT, [])).toBe("1-create-d3eddd35d1a9");
  const secret: RunContent = { ...CONTENT, script: "echo hunter2", environment: { PW: "hunter2\n" }, triggers: [1] };
  expect(runId("k", 2, "update", secret, ["hunter2\n"])).toBe("2-update-9741cbfc0ad396");
});

test.each<{ what: string; other: string }>([
  { what: "resource", other: runId("other", 1, "create", CONTENT, []) },
  { what: "generation", other: runId("k", 2, "create", CONTENT, []) },
  { what: "purpose", other: runId("k", 1, "update", CONTENT, []) },
  { what: "script", other: runId("k", 1, "create", { ...CONTENT, script: "date" }, []) },
  { what: "parameter", other: runId("k", 1, "create", { ...CONTENT, environment: { A: "1", B: "3" } }, []) },
  { what: "protected parameter", other: runId("k", 1, "create", { ...CONTENT, protectedEnvironment: { C: "" } }, []) },
  { what: "argument", other: runId("k", 1, "create", { ...CONTENT, arguments: ["x", ""] }, []) },
  { what: "trigger", other: runId("k", 1, "create", { ...CONTENT, triggers: [1] }, []) },
  { what: "user", other: runId("k", 1, "create", { ...CONTENT, runAsUser: "app" }, []) },
  { what: "trigger of a replacement", other: runId("k", 1, "create", { ...CONTENT, replaceTriggers: [1] }, []) },
  {
    what: "guard",
    other: runId("k", 1, "create", { ...CONTENT, guards: { ...NO_GUARDS, unless: "true" } }, []),
  },
  { what: "occasion", other: runId("k", 1, "create", { ...CONTENT, occasion: "1-check-0" }, []) },
  { what: "folder", other: runId("k", 1, "create", { ...CONTENT, workingDirectory: "/srv" }, []) },
])("another $what is another run", ({ other }) => {
  expect(other).not.toBe(runId("k", 1, "create", CONTENT, []));
});

test("a user and a folder of the same name are two things", () => {
  const user = runId("k", 1, "create", { ...CONTENT, runAsUser: "/x" }, []);
  expect(user).not.toBe(runId("k", 1, "create", { ...CONTENT, workingDirectory: "/x" }, []));
});

test("of a secret that begins with another one, a name tells no more", () => {
  const name = (value: string, secrets: readonly string[]) =>
    runId("k", 1, "create", { ...CONTENT, script: `echo ${value}` }, secrets).slice(0, -2);
  expect(name("hunter22", ["hunter", "hunter22"])).toBe(name("hunter99", ["hunter", "hunter99"]));
  expect(name("hunter22", ["hunter22", "hunter"])).toBe(name("hunter99", ["hunter99", "hunter"]));
});

test("of secrets in triggers, in the user and in the folder, a name tells no more than two digits", () => {
  const name = (pin: number) => {
    const secrets = [`token-${pin}`, String(pin), `user-${pin}`, `/srv/${pin}`];
    const triggers = [{ deep: [`token-${pin}`] }, pin];
    const content = { ...CONTENT, triggers, runAsUser: `user-${pin}`, workingDirectory: `/srv/${pin}` };
    return runId("k", 1, "create", content, secrets).slice(0, -2);
  };
  expect(name(1234)).toBe(name(8765));
});

describe.each(["environment", "protectedEnvironment"])("of secrets in the %s", (place) => {
  const secret = (value: string) =>
    runId("k", 1, "create", { ...CONTENT, [place]: { PW: value }, script: `echo ${value}` }, [value]);

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
