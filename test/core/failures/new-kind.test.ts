/** What the compiler says where a new kind of failure was added, and nothing else: each place that must decide on it does not compile. */
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "../../..");
const UNION = join(ROOT, "core/failures/run-failure.ts");

/** Each of them says something of every kind; and what the compiler says of it. */
const DECIDING = {
  "core/failures/sentences.ts": "Function lacks ending return statement and return type does not include 'undefined'.",
  "core/failures/looks.ts": "Function lacks ending return statement and return type does not include 'undefined'.",
  "core/doctor/place.ts": "Function lacks ending return statement and return type does not include 'undefined'.",
  "core/doctor/mend.ts": "Function lacks ending return statement and return type does not include 'undefined'.",
  "test/core/failures/examples.ts": expect.stringMatching(/^Property 'Unheard' is missing in type /),
};

test("a new kind of failure does not compile until all who must decide on it have", () => {
  const program = programWith('export type RunFailure =\n  | { readonly kind: "Unheard" }');
  const said = Object.keys(DECIDING).map((file) => {
    const diagnostics = program.getSemanticDiagnostics(program.getSourceFile(join(ROOT, file)));
    const messages = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    return [file, messages.join("\n")];
  });
  expect(Object.fromEntries(said)).toEqual(DECIDING);
});

function programWith(union: string): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, types: ["node"] }, ROOT);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  const changed = () => (ts.sys.readFile(UNION) ?? "").replace("export type RunFailure =", union);
  host.getSourceFile = (name, ...rest) =>
    name === UNION ? ts.createSourceFile(name, changed(), ts.ScriptTarget.ES2022) : read(name, ...rest);
  const files = Object.keys(DECIDING).map((file) => join(ROOT, file));
  return ts.createProgram(files, options, host);
}
