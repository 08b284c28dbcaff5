/**
 * The public types have the shape that jsii asks for and the docstrings that the CDK's users expect, so that another package can
 * offer them in other languages. Rules: awslint (props-…, docs-…, duration-prop-…), jsii (no unions, no generics).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const FOLDER = join(__dirname, "../../constructs");

type Public = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.EnumDeclaration;

const declared = publicDeclarations();
const structs = declared.filter(ts.isInterfaceDeclaration).filter(({ name }) => !/^I[A-Z]/.test(name.text));
const classes = declared.filter(ts.isClassDeclaration);

test("every name that the entry exports is declared where it says", () => {
  expect(declared.map(({ name }) => name?.text)).toEqual([
    "AzureVirtualMachine",
    "AzureVirtualMachineAttributes",
    "AzureClientSecretProps",
    "AzureCredentials",
    "AzureCredentialsConfig",
    "AzureWebIdentityProps",
    "AzureRunCommandProvider",
    "AzureRunCommandProviderProps",
    "AzureRunCommand",
    "AzureRunCommandOptions",
    "AzureRunCommandProps",
    "AzureCloud",
    "DeleteFailure",
    "RebootPolicy",
    "RemoveExtension",
    "RollbackBehavior",
    "RunCommandLogging",
    "RunCommandScript",
    "RunCommandScriptConfig",
    "RunCommandSecret",
    "RunCommandSecretConfig",
    "IAzureVirtualMachine",
  ]);
});

test("every public name and member has a docstring", () => {
  const without = declared.flatMap((declaration) => [
    ...(docOf(declaration) === "" ? [nameOf(declaration)] : []),
    ...membersOf(declaration)
      .filter((member) => docOf(member) === "")
      .map((member) => `${nameOf(declaration)}.${nameOf(member)}`),
  ]);
  expect(without).toEqual([]);
});

test("all props are readonly, and name no unit", () => {
  const wrong = structs.flatMap(({ name, members }) =>
    members
      .filter((member) => !isReadonly(member) || /(?:Seconds|Minutes|Hours|Ms|Arn)$/.test(nameOf(member)))
      .map((member) => `${name.text}.${nameOf(member)}`),
  );
  // Of what the constructs tell each other, and not the user.
  expect(wrong).toEqual(["RunCommandSecretConfig.secretArn"]);
});

test("every optional prop says what counts without it, and no other does", () => {
  const wrong = structs.flatMap(({ name, members }) =>
    members
      .filter((member) => (member.questionToken !== undefined) !== hasDefault(member))
      .map((member) => `${name.text}.${nameOf(member)}`),
  );
  expect(wrong).toEqual([]);
});

test("no public type is a union, a function, any, unknown or generic", () => {
  const wrong = declared.flatMap((declaration) =>
    membersOf(declaration).flatMap((member) =>
      typesIn(member)
        .filter((type) => !isOfJsii(type))
        .map((type) => `${nameOf(declaration)}.${nameOf(member)}: ${type.getText()}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test("every public member of a class says its type, and every property is readonly", () => {
  const wrong = classes.flatMap((declaration) =>
    membersOf(declaration)
      .filter(
        (member) =>
          !ts.isConstructorDeclaration(member) &&
          !(hasType(member) && (ts.isMethodDeclaration(member) || isReadonly(member))),
      )
      .map((member) => `${nameOf(declaration)}.${nameOf(member)}`),
  );
  expect(wrong).toEqual([]);
});

test("constructs begin with scope and id", () => {
  const wrong = classes
    .filter((declaration) =>
      declaration.heritageClauses?.some((clause) => clause.getText().includes("extends Construct")),
    )
    .flatMap((declaration) => declaration.members.filter(ts.isConstructorDeclaration))
    .filter(
      ({ parameters }) =>
        parameters
          .slice(0, 2)
          .map(({ name }) => name.getText())
          .join() !== "scope,id",
    );
  expect(wrong).toEqual([]);
});

test("what a program of its own can derive from is given the scope first, by every method", () => {
  const signatures = classes
    .filter((declaration) => declaration.members.some(isAbstract))
    .flatMap((declaration) =>
      declaration.members
        .filter((member) => isAbstract(member))
        .filter(ts.isMethodDeclaration)
        .map(
          ({ name, parameters }) =>
            `${nameOf(declaration)}.${name.getText()}(${parameters.map((parameter) => parameter.name.getText()).join(", ")})`,
        ),
    );
  expect(signatures).toEqual([
    "AzureCredentials.bind(scope, grantee)",
    "AzureCredentials.identify(scope)",
    "RunCommandScript.bind(scope, id, grantee)",
    "RunCommandSecret.bind(scope, grantee)",
  ]);
});

test("the words of enums are in capitals", () => {
  const words = declared
    .filter(ts.isEnumDeclaration)
    .flatMap(({ members }) => members.map(({ name }) => name.getText()));
  expect(words.filter((word) => !/^[A-Z]+(?:_[A-Z]+)*$/.test(word))).toEqual([]);
});

/** What the entry exports, in its order. */
function publicDeclarations(): readonly Public[] {
  return sourceOf("index")
    .statements.filter(ts.isExportDeclaration)
    .flatMap((statement) => {
      const from = statement.moduleSpecifier?.getText().slice(3, -1) ?? "";
      const exported = statement.exportClause;
      if (exported === undefined || !ts.isNamedExports(exported))
        throw new Error("the entry must list what it exports");
      const { statements } = sourceOf(from);
      return exported.elements.map(({ name }) => {
        const found = statements.find(
          (candidate): candidate is Public => isPublic(candidate) && candidate.name?.text === name.text,
        );
        if (found === undefined) throw new Error(`'${name.text}' is not declared in ${from}.ts`);
        return found;
      });
    });
}

function sourceOf(name: string): ts.SourceFile {
  const path = join(FOLDER, `${name}.ts`);
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
}

function isPublic(node: ts.Node): node is Public {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node);
}

type Member = ts.ClassElement | ts.TypeElement | ts.EnumMember;

function membersOf(declaration: Public): readonly Member[] {
  const members: readonly Member[] = [...declaration.members];
  return members.filter((member) => !isHidden(member));
}

/** Private, or for this package alone: then its name begins with `_` and its docstring says so. */
function isHidden(member: Member): boolean {
  const flags = ts.isEnumMember(member) ? 0 : ts.getCombinedModifierFlags(member as ts.Declaration);
  const isInternal = ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal");
  return (
    (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
    (isInternal && nameOf(member).startsWith("_"))
  );
}

function nameOf(node: Member | Public): string {
  return ts.isConstructorDeclaration(node) ? "constructor" : (node.name?.getText() ?? "");
}

function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  return doc === undefined ? "" : (ts.getTextOfJSDocComment(doc.comment as string) ?? "");
}

function hasDefault(member: ts.Node): boolean {
  return ts
    .getJSDocTags(member)
    .some(({ tagName, comment }) => tagName.text === "default" && comment !== undefined && comment !== "");
}

function isAbstract(member: ts.ClassElement): boolean {
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Abstract) !== 0;
}

function isReadonly(member: ts.Node): boolean {
  return (
    ts.canHaveModifiers(member) && (member.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword)
  );
}

function hasType(member: ts.Node): boolean {
  return "type" in member && member.type !== undefined;
}

function typesIn(member: ts.Node): readonly ts.TypeNode[] {
  const found: ts.TypeNode[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isBlock(node)) return;
    if (ts.isTypeNode(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(member);
  return found;
}

function isOfJsii(type: ts.TypeNode): boolean {
  const forbidden = [
    ts.SyntaxKind.UnionType,
    ts.SyntaxKind.FunctionType,
    ts.SyntaxKind.AnyKeyword,
    ts.SyntaxKind.UnknownKeyword,
  ];
  return !forbidden.includes(type.kind) && !(ts.isTypeReferenceNode(type) && type.typeArguments !== undefined);
}
