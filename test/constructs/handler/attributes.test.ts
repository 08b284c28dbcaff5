/** The attributes of an answer, within the 4,096 bytes of which CloudFormation takes no one more. */
import { attributesOf, attributesWithoutResult, type ToAnswer } from "../../../constructs/handler/attributes";
import { jsonBytes } from "../../../constructs/handler/json-bytes";
import { RESPONSE_MAX_BYTES, responseBytes } from "../../../constructs/handler/response";
import { ATTRIBUTE_NAMES } from "../../../constructs/resource-properties";
import { type RunResult, UNKNOWN_RESULT } from "../../../core/run/outcome";
import { Random } from "../../model/support/random";
import { KEY, PHYSICAL_ID, STACK_ID } from "./support/events";

const ENVELOPE = {
  stackId: STACK_ID,
  requestId: "0a0a0a0a-0000-4000-8000-000000000000",
  logicalResourceId: "Install",
  physicalResourceId: PHYSICAL_ID,
};
const RUN = { key: KEY, runId: "12-create-121d4e4ce833", secretVersions: "", lastRunId: "" };

function resultOf(more: Partial<RunResult> = {}): RunResult {
  const { stdout = "", stderr = "" } = more;
  return {
    ...UNKNOWN_RESULT,
    executionState: "Succeeded",
    exitCode: 0,
    stdout,
    stderr,
    stdoutTruncated: false,
    stderrTruncated: false,
    stdoutTotalBytes: Buffer.byteLength(stdout),
    stderrTotalBytes: Buffer.byteLength(stderr),
    outputs: {},
    startTime: "2026-01-01T00:00:00Z",
    endTime: "2026-01-01T00:00:01Z",
    ...more,
  };
}

function made(toAnswer: Partial<ToAnswer>) {
  const answer = attributesOf({
    run: RUN,
    result: resultOf(),
    outputNames: [],
    envelope: ENVELOPE,
    places: undefined,
    ...toAnswer,
  });
  if (answer.kind === "problem") {
    throw new Error(answer.problem);
  }
  return answer;
}

const bytesOf = (attributes: Readonly<Record<string, string>>, envelope = ENVELOPE) =>
  responseBytes(envelope, attributes);

test("what has room is there whole", () => {
  const { attributes, kept } = made({ result: resultOf({ stdout: "a\n", stderr: "b\n", stdoutTotalBytes: 2 }) });
  expect(attributes).toEqual({
    ExecutionState: "Succeeded",
    ExitCode: "0",
    Stdout: "a\n",
    Stderr: "b\n",
    StdoutTruncated: "false",
    StderrTruncated: "false",
    StdoutTotalBytes: "2",
    StderrTotalBytes: "2",
    StdoutLocation: "",
    StderrLocation: "",
    StartTime: "2026-01-01T00:00:00Z",
    EndTime: "2026-01-01T00:00:01Z",
    Key: KEY,
    RunId: "12-create-121d4e4ce833",
    SecretVersions: "",
    LastRunId: "",
  });
  expect(Object.keys(attributes)).toEqual([...ATTRIBUTE_NAMES]);
  expect(kept).toEqual([]);
});

test("of a long stream the end is there, and the answer is as long as it may be", () => {
  const stdout = `${"x".repeat(10_000)}the end`;
  const { attributes } = made({ result: resultOf({ stdout }) });
  expect(attributes).toMatchObject({ StdoutTruncated: "true", StderrTruncated: "false" });
  expect(stdout.endsWith(attributes.Stdout ?? "?")).toBe(true);
  // One less, since "true" is shorter than "false".
  expect(bytesOf(attributes)).toBe(RESPONSE_MAX_BYTES - 1);
});

test("a third is for stderr when both streams are long", () => {
  const long = "y".repeat(10_000);
  const { attributes } = made({ result: resultOf({ stdout: long, stderr: long }) });
  const [stdout = 0, stderr = 0] = [attributes.Stdout?.length, attributes.Stderr?.length];
  expect(stderr).toBe(Math.floor((stdout + stderr) / 3));
});

test.each([
  ["stdout", { stdout: "x".repeat(10_000), stderr: "short" }, { Stderr: "short", StderrTruncated: "false" }],
  ["stderr", { stdout: "short", stderr: "x".repeat(10_000) }, { Stdout: "short", StdoutTruncated: "false" }],
])("what the one stream does not need %s has", (_name, streams, expected) => {
  const { attributes } = made({ result: resultOf(streams) });
  expect(attributes).toMatchObject(expected);
  expect(bytesOf(attributes)).toBe(RESPONSE_MAX_BYTES - 1);
});

test("a stream of which the VM kept only the end is cut, however short it is", () => {
  const { attributes } = made({
    result: resultOf({ stdout: "end", stdoutTruncated: true, stdoutTotalBytes: 900_000 }),
  });
  expect(attributes).toMatchObject({ Stdout: "end", StdoutTruncated: "true", StdoutTotalBytes: "900000" });
});

test("no character is cut", () => {
  const { attributes } = made({ result: resultOf({ stdout: "😀".repeat(2_000) }) });
  expect(attributes.Stdout).toMatch(/^(😀)+$/u);
  expect(RESPONSE_MAX_BYTES - bytesOf(attributes)).toBeLessThan(1 + Buffer.byteLength("😀"));
});

test("what is not known is an empty text", () => {
  const { attributes } = made({ result: { ...UNKNOWN_RESULT, executionState: "Skipped" }, outputNames: ["a"] });
  const { ExecutionState, Key, RunId, StdoutTruncated, StderrTruncated, ...others } = attributes;
  expect(new Set(Object.values(others))).toEqual(new Set([""]));
  expect(attributes["Outputs.a"]).toBe("");
});

test("a stream that has no room is to be kept where there is a place for it, and only then", () => {
  const places = { stdout: "s3://logs/stdout.txt", stderr: "s3://logs/stderr.txt" };
  const cut = made({ result: resultOf({ stdout: "x".repeat(10_000) }), places });
  expect(cut.kept).toEqual(["stdout"]);
  expect(cut.attributes).toMatchObject({ StdoutLocation: places.stdout, StderrLocation: "" });
  expect(bytesOf(cut.attributes)).toBe(RESPONSE_MAX_BYTES - 1);
  expect(made({ result: resultOf({ stdout: "short" }), places })).toMatchObject({
    kept: [],
    attributes: { StdoutLocation: "" },
  });
});

test("a stream for which the place of the other one leaves no room is kept too", () => {
  const places = { stdout: `s3://${"l".repeat(60)}/stdout.txt`, stderr: `s3://${"l".repeat(60)}/stderr.txt` };
  const room = RESPONSE_MAX_BYTES - bytesOf(made({}).attributes);
  const stderr = "y".repeat(Math.floor(room / 3));
  const { kept, attributes } = made({ result: resultOf({ stdout: "x".repeat(10_000), stderr }), places });
  expect(kept).toEqual(["stdout", "stderr"]);
  expect(attributes).toMatchObject({ StdoutLocation: places.stdout, StderrLocation: places.stderr });
  expect(bytesOf(attributes)).toBeLessThanOrEqual(RESPONSE_MAX_BYTES);
});

describe("named outputs", () => {
  test("that the stack uses are there, and no others", () => {
    const { attributes } = made({ result: resultOf({ outputs: { a: "1", b: "2" } }), outputNames: ["b"] });
    expect(attributes).toMatchObject({ "Outputs.b": "2" });
    expect(attributes).not.toHaveProperty(["Outputs.a"]);
  });

  test("leave less room for the streams, and are never cut themselves", () => {
    const outputs = { key: "k".repeat(2_000) };
    const { attributes } = made({ result: resultOf({ outputs, stdout: "x".repeat(10_000) }), outputNames: ["key"] });
    expect(attributes["Outputs.key"]).toBe(outputs.key);
    expect(bytesOf(attributes)).toBe(RESPONSE_MAX_BYTES - 1);
  });

  test.each(["constructor", "__proto__", "toString"])("named '%s' are as good as others", (name) => {
    const outputs = Object.fromEntries([[name, "mine"]]);
    expect(made({ result: resultOf({ outputs }), outputNames: [name] }).attributes[`Outputs.${name}`]).toBe("mine");
    expect(
      attributesOf({ run: RUN, result: resultOf(), outputNames: [name], envelope: ENVELOPE, places: undefined }),
    ).toEqual({
      kind: "problem",
      problem: `ended without the named output '${name}', which the stack uses; it wrote none; write 'name=value' to the file $AZURE_RUN_COMMAND_OUTPUT`,
    });
  });

  test("of exactly the room that there is are there, and of one byte more are a problem", () => {
    const withOutput = (bytes: number): Partial<ToAnswer> => ({
      result: resultOf({ outputs: { key: "k".repeat(bytes) } }),
      outputNames: ["key"],
    });
    const room = RESPONSE_MAX_BYTES - bytesOf(made(withOutput(0)).attributes);
    expect(bytesOf(made(withOutput(room)).attributes)).toBe(RESPONSE_MAX_BYTES);
    expect(() => made(withOutput(room + 1))).toThrow(
      `wrote named outputs of ${(room + 1).toLocaleString("en-US")} bytes as JSON that the stack uses ('key' ${(room + 1).toLocaleString("en-US")}), and CloudFormation leaves room for ${room.toLocaleString("en-US")}`,
    );
  });
});

test("of a run that is handed over, or of which nothing is known, every attribute is there", () => {
  const attributes = attributesWithoutResult("Running", { ...RUN, secretVersions: "{}", lastRunId: "1-create-x" }, [
    "a",
  ]);
  expect(Object.keys(attributes)).toEqual([...ATTRIBUTE_NAMES, "Outputs.a"]);
  expect(Object.entries(attributes).filter(([, value]) => value !== "")).toEqual([
    ["ExecutionState", "Running"],
    ["Key", KEY],
    ["RunId", RUN.runId],
    ["SecretVersions", "{}"],
    ["LastRunId", "1-create-x"],
  ]);
});

test("500 random answers: none is too long, no stream is cut without need, and what is there is its end", () => {
  const random = new Random(20_261_126);
  const pieces = [
    "x",
    "\n",
    '"',
    "\\",
    "\u001b[31m",
    "\u0000",
    "é",
    "漢",
    "😀",
    "\u2028",
    "\ud800",
    "a line of text\r\n",
  ];
  const text = (most: number) => Array.from({ length: random.whole(0, most) }, () => random.of(pieces)).join("");
  for (let turn = 0; turn < 500; turn += 1) {
    const [stdout, stderr] = [text(4_000), text(2_000)];
    const outputs = Object.fromEntries(
      Array.from({ length: random.whole(0, 3) }, (_, index) => [`name_${index}`, text(60)]),
    );
    const envelope = {
      stackId: `${STACK_ID}${"s".repeat(random.whole(0, 128))}`,
      requestId: ENVELOPE.requestId,
      logicalResourceId: "L".repeat(random.whole(1, 255)),
      physicalResourceId: PHYSICAL_ID,
    };
    const places = random.is(0.5) ? undefined : { stdout: `s3://${text(9)}`, stderr: `s3://${text(9)}` };
    const { attributes } = made({
      result: resultOf({ stdout, stderr, outputs }),
      outputNames: Object.keys(outputs),
      envelope,
      places,
    });
    const bytes = bytesOf(attributes, envelope);
    expect(bytes).toBeLessThanOrEqual(RESPONSE_MAX_BYTES);
    expect(stdout.endsWith(attributes.Stdout ?? "?") && stderr.endsWith(attributes.Stderr ?? "?")).toBe(true);
    const isCut = attributes.StdoutTruncated === "true" || attributes.StderrTruncated === "true";
    expect(isCut).toBe(attributes.Stdout !== stdout || attributes.Stderr !== stderr);
    if (isCut) {
      // What is left has no room for one more character of each, of 12 bytes at most ("\ud800" twice).
      expect(RESPONSE_MAX_BYTES - bytes).toBeLessThan(2 + 2 * jsonBytes("\ud800"));
    }
  }
});
