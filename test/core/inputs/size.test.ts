import type { Desired } from "../../../core/inputs/desired-state";
import { sizeProblems } from "../../../core/inputs/size";
import { knownExample } from "../../support/examples";

const DESIRED: Desired = { ...knownExample({ script: "uptime" }), target: undefined, settings: undefined };

test("what fits is no problem, and neither is what is not known yet", () => {
  expect(sizeProblems({ ...DESIRED, script: "x".repeat(120_000) })).toEqual([]);
  expect(sizeProblems({ ...DESIRED, script: undefined, environment: { A: "x".repeat(200_000) } })).toEqual([]);
});

test("a sentence names each part with its size: together they are too large", () => {
  const [problem] = sizeProblems({
    ...DESIRED,
    environment: { A: "ä".repeat(5_000) },
    protectedEnvironment: { B: "b".repeat(120_000), C: "c" },
    arguments: ["d".repeat(30_000)],
  });
  expect(problem?.property).toBe("script");
  expect(problem?.sentence).toMatch(
    /^script, parameters, protectedParameters and arguments are too large together: 'script' 6, 'parameters' 10,000, 'protectedParameters' 120,001, 'arguments' 30,000 bytes; with the runner that makes a request of 3\d\d,\d{3} bytes of base64 text, of which Azure takes at most 262,144 \(above that it reports success and runs nothing\); let the script download the bulk$/,
  );
});

test.each<{ what: string; desired: Partial<Desired> }>([
  { what: "a parameter", desired: { environment: { A: "x".repeat(90_000) } } },
  { what: "a protected parameter", desired: { protectedEnvironment: { A: "x".repeat(90_000) } } },
  { what: "an argument", desired: { arguments: ["x".repeat(90_000)] } },
  { what: "a folder", desired: { workingDirectory: `/${"x".repeat(90_000)}` } },
])("$what counts", ({ desired }) => {
  const script = "x".repeat(60_000);
  expect(sizeProblems({ ...DESIRED, script })).toEqual([]);
  expect(sizeProblems({ ...DESIRED, script, ...desired })).toHaveLength(1);
});

test("each script is measured for itself, and guards go along with 'script' alone", () => {
  const half = "x".repeat(100_000);
  const problems = sizeProblems({
    ...DESIRED,
    script: half,
    update: half,
    check: "x".repeat(200_000),
    guards: { creates: "/srv", unless: "y".repeat(100_000), onlyIf: null },
  });
  expect(problems.map(({ property }) => property)).toEqual(["script", "check"]);
  expect(problems[0]?.sentence).toMatch(
    /^script, guards, parameters, protectedParameters and arguments are too large together: 'script' 100,000, 'creates' 4, 'unless' 100,000 bytes; with/,
  );
  expect(problems[1]?.sentence).toMatch(
    /^check, parameters, protectedParameters and arguments are too large together: 'check' 200,000 bytes; with/,
  );
});
